/* Doors: sockets that are watched for a container and served by a child of the shim's, which lives while there is something to serve.
 * So a published port costs a descriptor, and no process. There are two kinds: the relay serves what reaches a published port
 * untranslated, the resolver answers the container's questions about names. */
#pragma once

#include <stdint.h>

enum { DOOR_RELAY, DOOR_RESOLVER, DOOR_KINDS };
enum { DOOR_TCP = 6, DOOR_UDP = 17 }; /* numbers of protocols (RFC 5237) */

/* The payload of FRAME_DOOR. A resolver has no target. */
struct door_frame {
  uint32_t kind, protocol, family /* of the target: 4, 6, or 0 for none */, port;
  uint8_t address[16]; /* the first four bytes of it, where it is an IPv4 one */
};

struct door {
  int32_t fd;
  uint8_t kind, protocol, family /* of the target */, is_six /* our socket is one of IPv6 */;
  uint16_t port; /* of the target */
  uint8_t address[16];
};

extern struct door *doors; /* in the order of their descriptors */
extern uint32_t door_count;

#define EACH_DOOR(door, of) \
  for (struct door *door = doors; door < doors + door_count; door++) \
    if (door->kind == (of))

/* Takes the socket over, which does not block from then on. Returns 0, or -errno, and then it is closed. A child that serves the kind
 * does not know it and ends; the next packet starts one that does. */
int door_add(const struct door_frame *frame, int fd);

/* Ends the child that serves the kind, and closes its doors. */
void doors_shut(int kind);

/* What to wait for to be readable, or -1 where a child serves, a pause is made, or there is no door. */
int doors_watched(int kind, int64_t now);

/* The end of a pause, of the boot clock, or NEVER. */
int64_t doors_due(int64_t now);

/* Starts a child for what has come. */
void doors_serve(int kind, int64_t now);

/* A child of the shim's was reaped: perhaps one that served. `status` as wait4(2) gives it. */
void doors_ended(int pid, int status);

/* What the child does, for as long as there is something to do: relay.c, resolver.c. `..._open` comes first, while it is root and has
 * the bundle; nothing that comes from outside is looked at by then. */
void relay_open(void);
void relay_serve(void);
void resolver_open(void);
void resolver_serve(void);
