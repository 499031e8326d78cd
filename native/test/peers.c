#include "peers.h"
#include "../door.h"
#include "../frame.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_PEERS = 30, MOST_ENDS = 1000 };

static struct peer {
  int fd; /* 0: nobody */
  int is_honest, has_attached, has_credit, is_told;
  uint32_t wants;
  int next[2]; /* the byte of each output that comes next, or -1 */
  unsigned size;
  char bytes[sizeof(struct frame) + FRAME_OUTPUT_MOST];
} peers[MOST_PEERS];
static int ends[MOST_ENDS][2], end_count; /* where the outputs of the first process stood when a process had ended */
static unsigned long frames, missing, exits, dropped;
static uint64_t state;

void random_begin(uint64_t seed) {
  state = seed * 2654435761u + 88172645463325252u;
}

uint64_t below(uint64_t bound) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state % bound;
}

void check(int is_right, const char *what) {
  if (is_right)
    return;
  fprintf(stderr, "driver: %s\n", what);
  abort();
}

void send_with_descriptor(int socket, const void *bytes, unsigned long size, int descriptor) {
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec vector = {(void *)bytes, size};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void begin(struct peer *peer, int fd) {
  int small = 1;
  memset(peer, 0, sizeof *peer);
  peer->fd = fd, peer->is_honest = below(2) == 0, peer->has_credit = 1;
  peer->next[0] = peer->next[1] = -1;
  if (below(2)) /* so that frames are sent in parts */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
}

static void end(struct peer *peer) {
  close(peer->fd);
  peer->fd = 0;
}

void peers_begin(void) {
  int ends[2];
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, "no socket pair");
  dup2(ends[0], 4);
  close(ends[0]);
  begin(&peers[0], ends[1]);
  peers[0].is_honest = 0; /* the shim thinks that it wants nothing */
}

static int connected(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "store/container/id/socket"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
    return fd;
  close(fd);
  return -1;
}

static void send_frame(struct peer *peer, uint32_t kind, const void *bytes, uint32_t size, int descriptor) {
  char frame[sizeof(struct frame) + FRAME_MOST + 64];
  struct frame header = {kind, size};
  memcpy(frame, &header, sizeof header);
  memcpy(frame + sizeof header, bytes, size);
  if (descriptor >= 0)
    send_with_descriptor(peer->fd, frame, sizeof header + size, descriptor);
  else if (send(peer->fd, frame, sizeof header + size, MSG_NOSIGNAL | MSG_DONTWAIT) != (long)(sizeof header + size))
    peer->is_honest = 0; /* half a frame: whatever follows is read as something else */
}

/* Holds output to its pattern. What is missing must have been told; of which output it is, only who wants one of them knows. */
static void follow(struct peer *peer, int output, const unsigned char *bytes, uint32_t size) {
  int next = peer->next[output];
  for (uint32_t i = 0; i < size; i++) {
    check(next < 0 || bytes[i] == next, "output is missing or out of order");
    next = (bytes[i] + 1) % PATTERN;
  }
  peer->next[output] = next;
}

/* Who is told the end has read all output before it. */
static void check_end(const struct peer *peer) {
  for (int output = 0; output < 2; output++) {
    int is_one = peer->next[output] < 0;
    for (int i = 0; i < end_count && !is_one; i++)
      is_one = peer->next[output] == ends[i][output];
    check(is_one, "output before the end is missing");
  }
}

void peers_note_end(const unsigned *written) {
  check(end_count < MOST_ENDS, "too many ends");
  for (int output = 0; output < 2; output++)
    ends[end_count][output] = (int)(written[output + 1] % PATTERN);
  end_count++;
}

static void take(struct peer *peer, const struct frame *frame, const char *bytes) {
  uint32_t want = frame->kind == FRAME_STDOUT ? WANT_STDOUT : WANT_STDERR;
  uint64_t missed;
  frames++;
  check(!peer->is_told, "something follows the last frame");
  switch (frame->kind) {
  case FRAME_STARTED:
  case FRAME_DONE:
    check(frame->size == 4, "a frame of a wrong size");
    break;
  case FRAME_STDOUT:
  case FRAME_STDERR:
    check(frame->size > 0 && frame->size <= FRAME_OUTPUT_MOST, "a frame of a wrong size");
    if (!peer->is_honest)
      break;
    check((peer->wants & want) != 0, "output that nobody asked for");
    follow(peer, frame->kind == FRAME_STDERR, (const unsigned char *)bytes, frame->size);
    break;
  case FRAME_EXITED:
    check(frame->size == 8, "a frame of a wrong size");
    peer->is_told = 1, exits++;
    if (peer->is_honest)
      check_end(peer);
    break;
  case FRAME_MISSED:
    check(frame->size == 8, "a frame of a wrong size");
    memcpy(&missed, bytes, sizeof missed);
    check(missed > 0, "nothing is missed");
    missing++;
    for (int i = 0; i < 2; i++)
      if (peer->next[i] >= 0)
        peer->next[i] = (peer->wants & (WANT_STDOUT | WANT_STDERR)) == (WANT_STDOUT | WANT_STDERR) ? -1 : (int)((peer->next[i] + missed) % PATTERN);
    break;
  case FRAME_CREDIT:
    check(frame->size == 0, "a frame of a wrong size");
    peer->has_credit = 1;
    break;
  default:
    check(0, "a frame of a kind that is none");
  }
}

static void receive(struct peer *peer, size_t most) {
  size_t room = sizeof peer->bytes - peer->size;
  long got = recv(peer->fd, peer->bytes + peer->size, most < room ? most : room, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0) {
    dropped += !peer->is_told;
    end(peer);
    return;
  }
  peer->size += (unsigned)got;
  struct frame frame;
  unsigned at = 0;
  while (peer->size - at >= sizeof frame) {
    memcpy(&frame, peer->bytes + at, sizeof frame);
    check(frame.size <= FRAME_OUTPUT_MOST, "a frame that is too large");
    if (peer->size - at < sizeof frame + frame.size)
      break;
    take(peer, &frame, peer->bytes + at + sizeof frame);
    at += (unsigned)sizeof frame + frame.size;
  }
  peer->size -= at;
  memmove(peer->bytes, peer->bytes + at, peer->size);
}

static void be_honest(struct peer *peer) {
  uint32_t words[2] = {(uint32_t)below(2), (uint32_t)below(4)};
  static const char input[FRAME_MOST];
  if (!peer->has_attached) {
    peer->has_attached = 1;
    peer->wants = (uint32_t)below(16);
    send_frame(peer, FRAME_ATTACH, &peer->wants, 4, -1);
  } else if ((peer->wants & WANT_STDIN) && peer->has_credit) {
    uint32_t size = 1 + (uint32_t)below(FRAME_MOST);
    peer->has_credit = 0;
    send_frame(peer, FRAME_INPUT, input, size, -1);
  } else {
    static const uint32_t kinds[] = {FRAME_RESIZE, FRAME_SIGNAL, FRAME_PAUSE, FRAME_POLICY, FRAME_SHUT};
    uint32_t kind = kinds[below(5)];
    send_frame(peer, kind, words, kind == FRAME_POLICY ? 8 : 4, -1);
  }
}

/* A socket that something has come to, or will never. */
static int some_socket(int is_stream) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  bind(fd, (struct sockaddr *)&address, size);
  getsockname(fd, (struct sockaddr *)&address, &size);
  if (is_stream)
    listen(fd, 1);
  else if (below(2))
    sendto(fd, "x", 1, 0, (struct sockaddr *)&address, size);
  return fd;
}

static void bring_door(struct peer *peer) {
  struct door_frame door = {(uint32_t)below(2), below(2) ? DOOR_TCP : DOOR_UDP, 4, 80, {127, 0, 0, 1}};
  int fd = some_socket(door.protocol == DOOR_TCP);
  send_frame(peer, FRAME_DOOR, &door, sizeof door, fd);
  close(fd);
}

/* Any kind, any size, with or without a descriptor; or just bytes. */
static void be_rude(struct peer *peer) {
  char bytes[FRAME_MOST + 64];
  int descriptor = below(4) ? -1 : below(2) ? some_socket(0) : open("/dev/null", O_RDWR);
  uint32_t words[2] = {(uint32_t)below(40), (uint32_t)below(3)}, kind = (uint32_t)below(11);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (char)below(256);
  if (below(3))
    memcpy(bytes, words, sizeof words);
  if (kind == FRAME_EXECUTE && descriptor < 0 && below(10))
    descriptor = open("/dev/null", O_RDWR);
  if ((kind == FRAME_STOP && below(300)) || (kind == FRAME_SIGNAL && words[0] == 9 && below(100)))
    kind = FRAME_RESIZE;
  if (below(12))
    send_frame(peer, kind, bytes, below(8) ? 4 : (uint32_t)below(below(2) ? 9 : sizeof bytes), descriptor);
  else
    send(peer->fd, bytes, 1 + below(below(2) ? 20 : sizeof bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (descriptor >= 0)
    close(descriptor);
}

void peers_move(void) {
  struct peer *peer = &peers[below(MOST_PEERS)];
  if (peer->fd == 0) {
    int fd = connected();
    if (fd >= 0)
      begin(peer, fd);
    return;
  }
  switch (below(12)) {
  case 0: case 1: case 2:
    receive(peer, 1 + below(200));
    break;
  case 3: case 4: case 5: case 6:
    receive(peer, sizeof peer->bytes);
    break;
  case 7:
    if (below(10) == 0)
      end(peer);
    break;
  case 8:
    if (below(20) == 0)
      shutdown(peer->fd, (int)below(3)), peer->is_honest = 0;
    break;
  default:
    if (below(3) == 0)
      bring_door(peer);
    else if (peer->is_honest)
      be_honest(peer);
    else
      for (uint64_t count = 1 + below(4); count > 0; count--)
        be_rude(peer);
    if (below(30) == 0)
      end(peer); /* before it is answered */
  }
}

/* Those who have asked for everything read what there is, the others leave it. */
void peers_end(void) {
  for (int i = 0; i < MOST_PEERS; i++) {
    for (int turns = 0; turns < 10 && peers[i].fd && peers[i].is_honest; turns++)
      receive(&peers[i], sizeof peers[i].bytes);
    if (peers[i].fd)
      end(&peers[i]);
  }
}

void peers_stop_container(void) {
  struct peer *peer = &peers[0];
  uint32_t signal = 15;
  peers_end();
  int fd = connected();
  if (fd < 0)
    return;
  begin(peer, fd);
  send_frame(peer, FRAME_STOP, &signal, sizeof signal, -1);
  end(peer);
}

void peers_report(void) {
  printf("%lu frames, %lu ends, %lu gaps, %lu dropped\n", frames, exits, missing, dropped);
}
