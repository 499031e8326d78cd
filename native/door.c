#include "door.h"
#include "confine.h"
#include "internet.h"
#include "moment.h"
#include "session.h"
#include "sys.h"

#include <asm/signal.h>
#include <asm/socket.h>
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>

enum { MOST_DOORS = 1 << 16, FIRST_ROOM = 128, QUICK = 1000, FIRST_PAUSE = 100, LONGEST_PAUSE = 60000 /* milliseconds */ };

struct door *doors;
uint32_t door_count;

static uint32_t room;
static struct {
  int epoll, pid; /* none: 0, or negative where there could be none */
  int64_t began, pause, due;
} kinds[DOOR_KINDS];

static const struct {
  const char *name;
  void (*open)(void), (*serve)(void);
} work[DOOR_KINDS] = {{"tsdocker-relay", relay_open, relay_serve}, {"tsdocker-names", resolver_open, resolver_serve}};

static int number_of(int fd, int option) {
  int number = 0, size = sizeof number;
  return SYS(getsockopt, fd, SOL_SOCKET, option, &number, &size) < 0 ? -1 : number;
}

static int is_one(const struct door_frame *frame, int fd) {
  int domain = number_of(fd, SO_DOMAIN);
  return frame->kind < DOOR_KINDS && (domain == FAMILY4 || domain == FAMILY6) && frame->port <= 0xffff &&
         number_of(fd, SO_PROTOCOL) == (int)frame->protocol && (frame->protocol == DOOR_TCP || frame->protocol == DOOR_UDP) &&
         (frame->kind == DOOR_RESOLVER || frame->family == 4 || frame->family == 6);
}

static int make_room(void) {
  uint32_t more = room ? room * 2 : FIRST_ROOM;
  if (door_count < room)
    return 1;
  if (more > MOST_DOORS)
    return 0;
  long mapped = room ? SYS(mremap, doors, room * sizeof *doors, more * sizeof *doors, MREMAP_MAYMOVE)
                     : SYS(mmap, 0, more * sizeof *doors, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped < 0)
    return 0;
  doors = (struct door *)mapped, room = more;
  return 1;
}

/* They stay in order: a child finds its own among all others without a search. A new one is nearly always the last. */
static void insert(struct door door) {
  uint32_t at = door_count++;
  for (; at > 0 && doors[at - 1].fd > door.fd; at--)
    doors[at] = doors[at - 1];
  doors[at] = door;
}

static void end_child(int kind) {
  if (kinds[kind].pid > 0) {
    SYS(kill, kinds[kind].pid, SIGKILL);
    SYS(wait4, kinds[kind].pid, 0, 0, 0);
  }
  kinds[kind].pid = 0, kinds[kind].pause = kinds[kind].due = 0;
}

int door_add(const struct door_frame *frame, int fd) {
  const int one = 1;
  struct epoll_event event = {.events = EPOLLIN};
  fd = aside(fd);
  if (!is_one(frame, fd) || !make_room()) {
    SYS(close, fd);
    return -EINVAL;
  }
  end_child((int)frame->kind);
  if (kinds[frame->kind].epoll <= 0)
    kinds[frame->kind].epoll = aside((int)SYS(epoll_create1, EPOLL_CLOEXEC));
  SYS(fcntl, fd, F_SETFL, O_RDWR | O_NONBLOCK);
  int is_six = number_of(fd, SO_DOMAIN) == FAMILY6;
  if (frame->protocol == DOOR_UDP) /* an answer comes from where the question went */
    SYS(setsockopt, fd, is_six ? IPPROTO_IPV6 : IPPROTO_IP, is_six ? IPV6_RECVPKTINFO : IP_PKTINFO, &one, sizeof one);
  long added = SYS(epoll_ctl, kinds[frame->kind].epoll, EPOLL_CTL_ADD, fd, &event);
  if (added < 0) {
    SYS(close, fd);
    return (int)added;
  }
  struct door door = {fd, (uint8_t)frame->kind, (uint8_t)frame->protocol, (uint8_t)frame->family, (uint8_t)is_six, (uint16_t)frame->port, {0}};
  __builtin_memcpy(door.address, frame->address, sizeof door.address);
  insert(door);
  return 0;
}

void doors_shut(int kind) {
  uint32_t kept = 0;
  end_child(kind);
  for (uint32_t i = 0; i < door_count; i++) {
    if (doors[i].kind == kind)
      SYS(close, doors[i].fd);
    else
      doors[kept++] = doors[i];
  }
  door_count = kept;
  if (kinds[kind].epoll > 0)
    SYS(close, kinds[kind].epoll);
  kinds[kind].epoll = 0;
}

int doors_watched(int kind, int64_t now) {
  return kinds[kind].epoll > 0 && !kinds[kind].pid && kinds[kind].due <= now ? kinds[kind].epoll : -1;
}

int64_t doors_due(int64_t now) {
  int64_t due = NEVER;
  for (int kind = 0; kind < DOOR_KINDS; kind++)
    if (kinds[kind].epoll > 0 && !kinds[kind].pid && kinds[kind].due > now && kinds[kind].due < due)
      due = kinds[kind].due;
  return due;
}

/* Of all that the shim holds, only the doors of its kind are left to a child, and for a moment the bundle. */
static void close_others(int kind) {
  uint32_t at = BUNDLE + 1;
  SYS(close_range, 3, BUNDLE - 1, 0);
  EACH_DOOR(door, kind) {
    if ((uint32_t)door->fd > at)
      SYS(close_range, at, door->fd - 1, 0);
    at = (uint32_t)door->fd + 1;
  }
  SYS(close_range, at, ~0u, 0);
}

void doors_serve(int kind, int64_t now) {
  int parent = (int)SYS(getpid);
  long pid = SYS(clone, SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    SYS(prctl, PR_SET_NAME, work[kind].name);
    close_others(kind);
    work[kind].open();
    SYS(close, BUNDLE);
    confine(parent);
    work[kind].serve();
    SYS(exit_group, 0);
  }
  kinds[kind].began = now;
  if (pid > 0)
    kinds[kind].pid = (int)pid;
  else
    kinds[kind].due = now + FIRST_PAUSE; /* no process to be had */
}

/* One that has nothing to do ends with 0. Another one has failed or was killed; where that happens at once, the next one waits. */
void doors_ended(int pid, int status) {
  for (int kind = 0; kind < DOOR_KINDS; kind++) {
    if (kinds[kind].pid != pid)
      continue;
    int64_t now = milliseconds_of(BOOT_CLOCK), doubled = kinds[kind].pause ? kinds[kind].pause * 2 : FIRST_PAUSE;
    int is_usual = status == 0 || now - kinds[kind].began >= QUICK;
    kinds[kind].pause = is_usual ? 0 : doubled < LONGEST_PAUSE ? doubled : LONGEST_PAUSE;
    kinds[kind].pid = 0, kinds[kind].due = kinds[kind].pause ? now + kinds[kind].pause : 0;
  }
}
