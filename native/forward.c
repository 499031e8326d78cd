#include "moment.h"
#include "resolver.h"

#include <linux/eventpoll.h>
#include <linux/fcntl.h>

enum { MOST_QUERIES = 256, MOST_SERVERS = 8, PORT = 53, NO_WAIT = 0x40 /* MSG_DONTWAIT */ };

static union place servers[MOST_SERVERS];
static struct query {
  int fd; /* 0: none */
  int door;
  union place from;
  uint16_t id, theirs;
  uint32_t server, tries, size;
  int64_t due;
  uint8_t bytes[LONGEST_QUERY];
} queries[MOST_QUERIES];

uint32_t query_count, server_count;

/* `address`, or `address#port`. */
void server_add(const char *text, uint32_t size) {
  uint8_t address[16];
  uint32_t length = 0, port = 0;
  while (length < size && text[length] != '#')
    length++;
  for (uint32_t i = length + 1; i < size; i++)
    port = port * 10 + (uint32_t)(text[i] - '0');
  int family = address_in(text, length, address);
  if (family && server_count < MOST_SERVERS)
    servers[server_count++] = place_at(family, address, (int)(port ? port : PORT));
}

uint32_t server_tries(void) {
  return server_count < 2 ? server_count * 2 : server_count;
}

int server_connect(int type, uint32_t number) {
  const union place *place = &servers[number % server_count];
  long fd = SYS(socket, place->family, type | O_NONBLOCK | O_CLOEXEC, 0);
  long connected = fd < 0 ? fd : SYS(connect, fd, place, place_size(place));
  if (connected == 0 || connected == -EINPROGRESS || fd < 0)
    return (int)fd;
  SYS(close, fd);
  return (int)connected;
}

uint16_t random_id(void) {
  uint16_t id = 0;
  SYS(getrandom, &id, sizeof id, 0);
  return id;
}

/* Sends it to the next server for which that works. Returns 0 where there is none left. */
static int send_on(struct query *query) {
  while (query->tries++ < server_tries()) {
    if (query->fd > 0)
      SYS(close, query->fd);
    query->fd = server_connect(DATAGRAM, query->server++);
    query->id = random_id(), query->due = resolver_now + SERVER_PATIENCE;
    query->bytes[0] = (uint8_t)(query->id >> 8), query->bytes[1] = (uint8_t)query->id;
    if (query->fd < 0 || SYS(sendto, query->fd, query->bytes, query->size, NO_WAIT, 0, 0) < 0)
      continue;
    resolver_watch(query->fd, EPOLLIN, ABOUT_QUERY, (uint32_t)(query - queries));
    return 1;
  }
  return 0;
}

static void reply(struct query *query, uint8_t *packet, uint32_t size) {
  packet[0] = (uint8_t)(query->theirs >> 8), packet[1] = (uint8_t)query->theirs;
  SYS(sendto, query->door, packet, size, NO_WAIT, &query->from, place_size(&query->from));
  if (query->fd > 0)
    SYS(close, query->fd);
  query->fd = 0;
  query_count--;
}

static void go_on(struct query *query) {
  if (send_on(query))
    return;
  __builtin_memcpy(resolver_packet, query->bytes, query->size);
  reply(query, resolver_packet, resolver_fail(resolver_packet, query->size));
}

/* One too many gets no answer, and asks again. */
void query_forward(int door, const union place *from, const uint8_t *packet, uint32_t size) {
  struct query *query = queries;
  while (query < queries + MOST_QUERIES && query->fd)
    query++;
  if (query == queries + MOST_QUERIES)
    return;
  query_count++;
  query->door = door, query->from = *from, query->theirs = (uint16_t)(packet[0] << 8 | packet[1]);
  query->server = query->tries = 0, query->size = size;
  __builtin_memcpy(query->bytes, packet, size);
  go_on(query);
}

void query_event(uint32_t number) {
  struct query *query = &queries[number];
  struct question question;
  long got = SYS(recvfrom, query->fd, resolver_packet, PACKET_ROOM, NO_WAIT, 0, 0);
  if (got == -EAGAIN)
    return;
  if (got < 0) { /* nobody listens there */
    go_on(query);
    return;
  }
  dns_read(query->bytes, query->size, &question);
  if (!dns_answers(resolver_packet, (uint32_t)got, query->bytes, &question, query->id))
    return;
  int code = resolver_packet[3] & 15;
  if ((code == DNS_FAILURE || code == DNS_REFUSED || code == DNS_NOT_KNOWN) && query->tries < server_count)
    go_on(query);
  else
    reply(query, resolver_packet, dns_cut(resolver_packet, (uint32_t)got, &question));
}

int64_t queries_due(void) {
  int64_t due = NEVER;
  for (struct query *query = queries; query_count && query < queries + MOST_QUERIES; query++) {
    if (query->fd && query->due <= resolver_now)
      go_on(query);
    if (query->fd && query->due < due)
      due = query->due;
  }
  return due;
}
