/* A client reads as fast as it likes. What it does not read at once goes to a file of its own without a name, so that neither the
 * container nor another client waits for it, and nothing of it stays in memory. */
#include "client.h"
#include "sys.h"

#include <linux/fcntl.h>

#define MOST_SPOOLED (64u << 20)

struct client clients[MOST_CLIENTS], *clients_end = clients;
int client_count, client_spools;

struct client *client_add(int fd, struct session *session) {
  struct client *client = clients;
  while (client < clients + MOST_CLIENTS && client->fd)
    client++;
  if (fd < 0 || client == clients + MOST_CLIENTS) {
    SYS(close, fd);
    return 0;
  }
  client->fd = fd, client->session = session, client->wants = 0, client->descriptor = client->spool = -1;
  client->spool_from = client->spool_to = client->missed = 0;
  client->is_ending = 0, client->got = client->input_at = client->input_size = 0;
  client_count++;
  if (client >= clients_end)
    clients_end = client + 1;
  return client;
}

void client_drop(struct client *client) {
  if (!client->fd)
    return;
  SYS(close, client->fd);
  SYS(close, client->spool);
  SYS(close, client->descriptor);
  client->fd = 0;
  client_count--;
}

/* Puts the bytes behind the first `at` behind those that wait. Returns 0 where there is no place for them. */
static int keep(struct client *client, const void *bytes, uint64_t size, uint64_t at) {
  if (client->spool < 0)
    client->spool = (int)SYS(openat, client_spools, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  while (at < size) {
    long put = SYS(pwrite64, client->spool, (const char *)bytes + at, size - at, client->spool_to);
    if (put <= 0)
      return 0;
    at += (uint64_t)put, client->spool_to += (uint64_t)put;
  }
  return 1;
}

static int is_far_behind(const struct client *client) {
  return client->spool_to - client->spool_from >= MOST_SPOOLED;
}

void client_send(struct client *client, uint32_t kind, const void *bytes, uint32_t size) {
  struct frame frame = {kind, size};
  int is_output = kind == FRAME_STDOUT || kind == FRAME_STDERR;
  if (is_output && (client->missed || (!(client->wants & WANT_ALL) && is_far_behind(client)))) {
    client->missed += size; /* until the rest is read: then it learns what is missing between */
    return;
  }
  long sent = client->spool_to > client->spool_from ? 0 : message_send(client->fd, &frame, sizeof frame, bytes, size);
  if (sent < 0) {
    client_drop(client);
    return;
  }
  uint64_t at = (uint64_t)sent, before = client->spool_to;
  if (at == sizeof frame + size)
    return;
  if (keep(client, &frame, sizeof frame, at) && keep(client, bytes, size, at > sizeof frame ? at - sizeof frame : 0))
    return;
  client->spool_to = before;
  if (is_output && at == 0)
    client->missed += size;
  else if (kind == FRAME_MISSED && at == 0)
    __builtin_memcpy(&client->missed, bytes, sizeof client->missed); /* it is told another time */
  else
    client_drop(client); /* no disk to keep the rest on: it would wait for an answer, or could not tell apart what comes next */
}

void client_flush(struct client *client) {
  while (client->spool_to > client->spool_from) {
    long sent = SYS(sendfile, client->fd, client->spool, &client->spool_from, client->spool_to - client->spool_from);
    if (sent == -EAGAIN)
      return;
    if (sent <= 0) {
      client_drop(client);
      return;
    }
  }
  if (client->spool_to > 0) {
    client->spool_from = client->spool_to = 0;
    SYS(ftruncate, client->spool, 0);
  }
  if (client->missed) {
    uint64_t missed = client->missed;
    client->missed = 0;
    client_send(client, FRAME_MISSED, &missed, sizeof missed);
  }
  if (client->fd && client->is_ending && client->spool_to == 0 && !client->missed) {
    struct frame frame = {FRAME_EXITED, sizeof client->ending};
    if (message_send(client->fd, &frame, sizeof frame, client->ending, sizeof client->ending) != 0) /* so little goes whole or not at all */
      client_drop(client);
  }
}

int client_is_behind(const struct client *client) {
  return client->spool_to > client->spool_from || client->missed || client->is_ending;
}

int client_holds(const struct client *client) {
  return (client->wants & WANT_ALL) && is_far_behind(client);
}

void client_end(struct client *client, int32_t status, int32_t oom) {
  client->ending[0] = status, client->ending[1] = oom, client->is_ending = 1;
  client_flush(client);
}

/* Returns 0 where the client does not keep to the protocol. */
static int take_frames(struct client *client, int (*handle)(struct client *, const struct frame *, const char *)) {
  struct frame frame;
  uint32_t at = 0;
  for (; client->got - at >= sizeof frame; at += (uint32_t)sizeof frame + frame.size) {
    __builtin_memcpy(&frame, client->bytes + at, sizeof frame);
    if (frame.size > FRAME_MOST)
      return 0;
    if (client->got - at < sizeof frame + frame.size)
      break;
    if (!handle(client, &frame, client->bytes + at + sizeof frame) || !client->fd)
      return 0;
  }
  client->got -= at;
  for (uint32_t i = 0; i < client->got; i++)
    client->bytes[i] = client->bytes[at + i];
  return 1;
}

void client_receive(struct client *client, int (*handle)(struct client *, const struct frame *, const char *)) {
  int descriptor;
  long got = message_receive(client->fd, client->bytes + client->got, sizeof client->bytes - client->got, &descriptor);
  if (got == -EAGAIN)
    return;
  if (descriptor >= 0) {
    SYS(close, client->descriptor);
    client->descriptor = descriptor;
  }
  client->got += got > 0 ? (uint32_t)got : 0;
  if (got <= 0 || !take_frames(client, handle))
    client_drop(client);
}
