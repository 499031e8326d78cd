/* A connection to a published port and ours to the container. What the other side does not take is left where it came, in the kernel's
 * buffer of the socket, so that the sender waits and a connection costs two descriptors and no memory: bytes are looked at, sent, and so
 * many of them then dropped unread (tcp(7), "MSG_TRUNC"). splice(2) would need a pipe for each direction and is no faster (tried). */
#include "relay.h"
#include "moment.h"

#include <asm/socket.h>
#include <linux/fcntl.h>
#include <linux/tcp.h>

enum { MOST_CONNECTIONS = 1 << 15, MOST_TURNS = 16, RETRY = 100 /* milliseconds */ };
enum { LOOK = 0x2 /* MSG_PEEK */, DROP = 0x20 /* MSG_TRUNC */, NO_SIGNAL = 0x4000, ONLY_WRITING = 1 /* SHUT_WR */ };

static struct connection {
  int fd[2]; /* 0: nobody's */
  uint32_t next; /* of the free ones: number + 1 */
  uint8_t is_connecting;
  uint8_t is_over[2]; /* that side has said everything, and the other was told */
} connections[MOST_CONNECTIONS];

static char bytes[1 << 18];
static uint32_t used, first_free;
static int64_t paused_until; /* 0: connections are accepted */

uint32_t connection_count;

static void watch_listeners(int is_watched) {
  struct epoll_event event = {.events = is_watched ? EPOLLIN : 0, .data = (uint64_t)ABOUT_LISTENERS << 32};
  SYS(epoll_ctl, relay_epoll, EPOLL_CTL_MOD, relay_listeners, &event);
}

/* No place, no descriptors or no memory: who waits is served when a connection has ended, or after a moment. */
static void pause_accepting(void) {
  paused_until = relay_now + RETRY;
  watch_listeners(0);
}

static void go_on_accepting(void) {
  if (paused_until)
    watch_listeners(1);
  paused_until = 0;
}

int64_t connections_due(void) {
  if (paused_until && paused_until <= relay_now)
    go_on_accepting();
  return paused_until ? paused_until : NEVER;
}

/* The client sees a reset where not everything was passed on. */
static void reset(int fd) {
  const int linger[2] = {1, 0};
  SYS(setsockopt, fd, SOL_SOCKET, SO_LINGER, linger, sizeof linger);
  SYS(close, fd);
}

static void end(struct connection *connection, int is_whole) {
  for (int side = 0; side < 2; side++) {
    if (is_whole)
      SYS(close, connection->fd[side]);
    else
      reset(connection->fd[side]);
  }
  connection->fd[0] = 0;
  connection->next = first_free, first_free = (uint32_t)(connection - connections) + 1;
  connection_count--;
  go_on_accepting();
}

/* Returns 0 when the connection has failed, 1 when there is nothing to do until something happens, 2 when there may be. */
static int move(struct connection *connection, int side) {
  int from = connection->fd[side], to = connection->fd[!side];
  for (int turn = 0; turn < MOST_TURNS && !connection->is_over[side]; turn++) {
    long came = SYS(recvfrom, from, bytes, sizeof bytes, LOOK, 0, 0);
    if (came == 0) {
      SYS(shutdown, to, ONLY_WRITING);
      connection->is_over[side] = 1;
    }
    long went = came > 0 ? SYS(sendto, to, bytes, came, NO_SIGNAL, 0, 0) : came;
    if (went == -EAGAIN)
      return 1;
    if (went < 0)
      return 0;
    SYS(recvfrom, from, bytes, went, DROP, 0, 0);
  }
  return connection->is_over[side] ? 1 : 2;
}

void connection_event(uint32_t number, uint32_t events) {
  struct connection *connection = &connections[number / 2];
  int side = number % 2;
  if (connection->is_connecting && (side == 0 || !(events & (EPOLLOUT | EPOLLERR))))
    return; /* the client may send, and wait, until it is known whether anybody is there */
  connection->is_connecting = 0;
  int one = events & EPOLLERR ? 0 : move(connection, 0);
  int other = one ? move(connection, 1) : 0;
  int is_whole = connection->is_over[0] && connection->is_over[1];
  if (!one || !other || is_whole) {
    end(connection, is_whole);
  } else if (one == 2 || other == 2) { /* others first: being changed, an edge is told once more */
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = (uint64_t)ABOUT_CONNECTION << 32 | number};
    SYS(epoll_ctl, relay_epoll, EPOLL_CTL_MOD, connection->fd[side], &event);
  }
}

static void begin(int client, int target) {
  struct connection *connection = first_free ? &connections[first_free - 1] : &connections[used++];
  const int one = 1;
  uint32_t number = (uint32_t)(connection - connections) * 2;
  int watched = 0;
  if (first_free)
    first_free = connection->next;
  *connection = (struct connection){.fd = {client, target}, .is_connecting = 1};
  connection_count++;
  for (uint32_t side = 0; side < 2; side++) {
    SYS(setsockopt, connection->fd[side], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SYS(setsockopt, connection->fd[side], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    watched += relay_watch(connection->fd[side], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, ABOUT_CONNECTION, number + side);
  }
  if (watched < 2)
    end(connection, 0);
}

/* Returns 0 where no more can be accepted for now. */
static int accept_one(const struct door *door) {
  union place peer = {0}, target = place_at(door->family, door->address, door->port);
  int size = sizeof peer;
  if (connection_count == MOST_CONNECTIONS)
    return 0;
  long to = SYS(socket, target.family, STREAM | O_NONBLOCK | O_CLOEXEC, 0); /* first: nobody is accepted in vain */
  long client = to < 0 ? to : SYS(accept4, door->fd, &peer, &size, O_NONBLOCK | O_CLOEXEC);
  long connected = client < 0 ? client : relay_serves(door, &peer) ? SYS(connect, to, &target, place_size(&target)) : -EPERM;
  if (client >= 0 && (connected == 0 || connected == -EINPROGRESS)) {
    begin((int)client, (int)to);
    return 1;
  }
  if (client >= 0)
    reset((int)client);
  if (to >= 0)
    SYS(close, to);
  return client >= 0 || client == -EAGAIN || client == -ECONNABORTED || client == -EINTR;
}

void connection_accept(const struct door *door) {
  if (!accept_one(door))
    pause_accepting();
}
