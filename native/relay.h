/* The relay: what reaches a published port of the host untranslated goes on to the container. Translation is the kernel's work
 * (nftables); what is left are connections from the host's own loopback addresses, clients with IPv6 addresses of a container that has
 * none, and link-local clients. One process with one epoll(7) instance serves all ports of a container. */
#pragma once

#include "door.h"
#include "internet.h"
#include "sys.h"

#include <linux/eventpoll.h>

/* What an event is about: the kind in the upper half, a number in the lower one. */
enum { ABOUT_LISTENERS, ABOUT_DATAGRAMS /* at the door of this descriptor */, ABOUT_CONNECTION, ABOUT_ASSOCIATION };

extern int relay_epoll, relay_listeners;
extern int64_t relay_now; /* of the boot clock */

/* Has us told of events at a descriptor. Returns whether that could be. */
int relay_watch(int fd, uint32_t events, int about, uint32_t number);

/* Whether it is ours to serve this peer. A link-local address is not translated: it cannot be forwarded. Whatever the kernel should have
 * translated is refused, or a flushed ruleset would be a way past the administrator's rules. */
static inline int relay_serves(const struct door *door, const union place *peer) {
  return place_is_loopback(peer) || place_is_link_local(peer) || (door->is_six && door->family == 4);
}

/* connection.c: tcp. `connection_accept` takes what waits at a door. */
extern uint32_t connection_count;
void connection_accept(const struct door *door);
void connection_event(uint32_t number, uint32_t events);
int64_t connections_due(void); /* when accepting is tried again, or NEVER */

/* association.c: udp. */
extern uint32_t association_count;
void association_take(const struct door *door);
void association_answer(uint32_t number);
int64_t associations_due(void); /* when the next one has been idle for too long, or NEVER; ends those that were */
