#include "moment.h"
#include "resolver.h"

#include <linux/eventpoll.h>
#include <linux/fcntl.h>

enum { MOST_STREAMS = 64, PATIENCE = 10000 /* milliseconds for whoever says nothing */, NO_SIGNAL = 0x4040 /* MSG_NOSIGNAL | MSG_DONTWAIT */ };

/* What comes or goes is two bytes of length, and the message. */
static struct stream {
  int fd, server; /* 0: none */
  enum { READING, TELLING, HEARING, WRITING } phase; /* the client, a server, a server, the client */
  uint16_t id;
  uint32_t number, tries, at; /* `at`: so much was read, or written */
  int64_t due;
  uint8_t query[2 + LONGEST_QUERY], bytes[2 + PACKET_ROOM];
} streams[MOST_STREAMS];

uint32_t stream_count;

static uint32_t size_in(const uint8_t *bytes) {
  return 2u + ((uint32_t)bytes[0] << 8 | bytes[1]);
}

static void set_size(struct stream *stream, uint32_t size) {
  stream->bytes[0] = (uint8_t)(size >> 8), stream->bytes[1] = (uint8_t)size;
}

static void leave_server(struct stream *stream) {
  if (stream->server > 0)
    SYS(close, stream->server);
  stream->server = 0;
}

static void end(struct stream *stream) {
  leave_server(stream);
  SYS(close, stream->fd);
  stream->fd = 0;
  stream_count--;
}

static void change(struct stream *stream, int phase, int64_t patience) {
  stream->phase = (unsigned)phase, stream->at = 0, stream->due = resolver_now + patience;
}

/* Reads up to the end of a message, not beyond. Returns 1 at its end, 0 where more is to come, -1 where no more will. */
static int read_message(struct stream *stream, int from) {
  for (;;) {
    uint32_t end = stream->at < 2 ? 2 : size_in(stream->bytes);
    if (stream->at >= 2 && stream->at == end)
      return 1;
    long got = SYS(recvfrom, from, stream->bytes + stream->at, end - stream->at, 0, 0, 0);
    if (got == -EAGAIN)
      return 0;
    if (got <= 0)
      return -1;
    stream->at += (uint32_t)got;
  }
}

/* Returns 1 when all was written, 0 where there is no room for more, -1 where nobody reads it. */
static int write_message(struct stream *stream) {
  while (stream->at < size_in(stream->bytes)) {
    long put = SYS(sendto, stream->fd, stream->bytes + stream->at, size_in(stream->bytes) - stream->at, NO_SIGNAL, 0, 0);
    if (put == -EAGAIN)
      return 0;
    if (put <= 0)
      return -1;
    stream->at += (uint32_t)put;
  }
  return 1;
}

static void ask(struct stream *stream) {
  uint32_t number = (uint32_t)(stream - streams), size = size_in(stream->query);
  leave_server(stream);
  while (stream->tries++ < server_tries() && (stream->server = server_connect(STREAM, stream->number++)) < 0)
    ;
  if (stream->server > 0) {
    resolver_watch(stream->server, EPOLLOUT, ABOUT_SERVER, number);
    change(stream, TELLING, SERVER_PATIENCE);
    return;
  }
  __builtin_memcpy(stream->bytes, stream->query, size);
  set_size(stream, resolver_fail(stream->bytes + 2, size - 2));
  change(stream, WRITING, PATIENCE);
}

/* A whole query has come. */
static void answer(struct stream *stream) {
  uint32_t size = size_in(stream->bytes) - 2;
  long answered = resolver_answer(stream->bytes + 2, size, 1);
  if (answered == TO_FORWARD) {
    __builtin_memcpy(stream->query, stream->bytes, size + 2);
    stream->number = stream->tries = 0;
    ask(stream);
  } else if (!answered) {
    end(stream);
  } else {
    set_size(stream, (uint32_t)answered);
    change(stream, WRITING, PATIENCE);
  }
}

/* The server can be written to: the whole query fits. */
static void tell_server(struct stream *stream) {
  uint32_t size = size_in(stream->query);
  stream->id = random_id();
  __builtin_memcpy(stream->bytes, stream->query, size);
  stream->bytes[2] = (uint8_t)(stream->id >> 8), stream->bytes[3] = (uint8_t)stream->id;
  if (SYS(sendto, stream->server, stream->bytes, size, NO_SIGNAL, 0, 0) != (long)size) {
    ask(stream);
    return;
  }
  resolver_watch(stream->server, EPOLLIN, ABOUT_SERVER, (uint32_t)(stream - streams));
  change(stream, HEARING, SERVER_PATIENCE);
}

static void hear_server(struct stream *stream) {
  struct question question;
  int done = read_message(stream, stream->server);
  if (done == 0)
    return;
  dns_read(stream->query + 2, size_in(stream->query) - 2, &question);
  if (done < 0 || !dns_answers(stream->bytes + 2, size_in(stream->bytes) - 2, stream->query + 2, &question, stream->id)) {
    ask(stream);
    return;
  }
  leave_server(stream);
  stream->bytes[2] = stream->query[2], stream->bytes[3] = stream->query[3];
  change(stream, WRITING, PATIENCE);
}

/* A client is listened to while it is to say something. One that hangs up is always heard. */
static void watch_client(const struct stream *stream) {
  uint32_t events = stream->phase == READING ? EPOLLIN : stream->phase == WRITING ? EPOLLOUT : 0;
  if (stream->fd)
    resolver_watch(stream->fd, events, ABOUT_STREAM, (uint32_t)(stream - streams));
}

static void serve_client(struct stream *stream) {
  int done = stream->phase == READING ? read_message(stream, stream->fd) : stream->phase == WRITING ? write_message(stream) : -1;
  if (done < 0)
    end(stream);
  else if (done && stream->phase == READING)
    answer(stream);
  else if (done)
    change(stream, READING, PATIENCE);
}

void stream_event(uint32_t number, int is_server) {
  struct stream *stream = &streams[number];
  if (!is_server)
    serve_client(stream);
  else if (stream->phase == TELLING)
    tell_server(stream);
  else
    hear_server(stream);
  watch_client(stream);
}

void stream_accept(int door) {
  struct stream *stream = streams;
  long fd = SYS(accept4, door, 0, 0, O_NONBLOCK | O_CLOEXEC);
  while (stream < streams + MOST_STREAMS && stream->fd)
    stream++;
  if (fd >= 0 && stream == streams + MOST_STREAMS)
    SYS(close, fd);
  if (fd < 0 || stream == streams + MOST_STREAMS)
    return;
  stream->fd = (int)fd, stream->server = 0;
  stream_count++;
  change(stream, READING, PATIENCE);
  watch_client(stream);
}

int64_t streams_due(void) {
  int64_t due = NEVER;
  for (struct stream *stream = streams; stream_count && stream < streams + MOST_STREAMS; stream++) {
    if (!stream->fd)
      continue;
    if (stream->due <= resolver_now && (stream->phase == TELLING || stream->phase == HEARING))
      ask(stream), watch_client(stream);
    else if (stream->due <= resolver_now)
      end(stream);
    if (stream->fd && stream->due < due)
      due = stream->due;
  }
  return due;
}
