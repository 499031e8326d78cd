#include "relay.h"
#include "confine.h"
#include "moment.h"

enum { IDLE = 10000 /* milliseconds without anything to do, and we end */ };

int relay_epoll, relay_listeners;
int64_t relay_now;

void relay_open(void) {}

int relay_watch(int fd, uint32_t events, int about, uint32_t number) {
  struct epoll_event event = {.events = events, .data = (uint64_t)about << 32 | number};
  int epoll = about == ABOUT_LISTENERS && number ? relay_listeners : relay_epoll;
  return SYS(epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static const struct door *door_of(uint32_t fd) {
  uint32_t low = 0, high = door_count;
  while (low + 1 < high) {
    uint32_t middle = (low + high) / 2;
    if ((uint32_t)doors[middle].fd <= fd)
      low = middle;
    else
      high = middle;
  }
  return &doors[low];
}

static void accept_at_doors(void) {
  struct epoll_event event;
  if (SYS(epoll_pwait, relay_listeners, &event, 1, 0, 0, 8) == 1)
    connection_accept(door_of((uint32_t)event.data));
}

static void handle(const struct epoll_event *event) {
  uint32_t number = (uint32_t)event->data;
  switch (event->data >> 32) {
  case ABOUT_LISTENERS:
    accept_at_doors();
    break;
  case ABOUT_DATAGRAMS:
    association_take(door_of(number));
    break;
  case ABOUT_CONNECTION:
    connection_event(number, event->events);
    break;
  default:
    association_answer(number);
  }
}

static void watch_doors(void) {
  relay_epoll = (int)SYS(epoll_create1, EPOLL_CLOEXEC), relay_listeners = (int)SYS(epoll_create1, EPOLL_CLOEXEC);
  relay_watch(relay_listeners, EPOLLIN, ABOUT_LISTENERS, 0);
  EACH_DOOR(door, DOOR_RELAY)
    relay_watch(door->fd, EPOLLIN, door->protocol == DOOR_TCP ? ABOUT_LISTENERS : ABOUT_DATAGRAMS, (uint32_t)door->fd);
}

static int64_t lesser(int64_t one, int64_t other) {
  return one < other ? one : other;
}

void relay_serve(void) {
  static const uint16_t calls[] = {
      __NR_accept4, __NR_clock_gettime, __NR_close, __NR_connect, __NR_epoll_ctl, __NR_epoll_pwait, __NR_exit_group, 
      __NR_recvfrom, __NR_recvmsg, __NR_restart_syscall, __NR_sendmsg, __NR_sendto, __NR_setsockopt, __NR_shutdown,
  };
  watch_doors();
  confine_calls(calls, sizeof calls / sizeof *calls);
  relay_now = milliseconds_of(BOOT_CLOCK);
  for (int64_t active = relay_now; relay_now - active < IDLE;) {
    struct epoll_event event;
    int64_t due = lesser(lesser(connections_due(), associations_due()), connection_count || association_count ? NEVER : active + IDLE);
    long came = SYS(epoll_pwait, relay_epoll, &event, 1, due == NEVER ? -1 : due > relay_now ? due - relay_now : 0, 0, 8);
    relay_now = milliseconds_of(BOOT_CLOCK);
    if (came == 1)
      handle(&event);
    if (came == 1 || connection_count || association_count)
      active = relay_now;
  }
}
