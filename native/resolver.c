#include "resolver.h"
#include "confine.h"
#include "file.h"
#include "moment.h"
#include "names.h"
#include "session.h"
#include "text.h"

#include <dirent.h> /* its struct is what getdents64(2) writes on 64-bit machines */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

enum { IDLE = 10000, SETTLED = 100 /* milliseconds */, MOST_FOLDERS = 64, AT_ONCE = 64, NO_WAIT = 0x40 /* MSG_DONTWAIT */ };

int64_t resolver_now;
uint8_t resolver_packet[PACKET_ROOM];

static int epoll, folders[MOST_FOLDERS], folder_count, forwards, settings;
static struct statx settings_facts;
static char text[1 << 16];

static void read_facts(int fd, struct statx *facts) {
  SYS(statx, fd, "", AT_EMPTY_PATH, STATX_MTIME | STATX_NLINK | STATX_SIZE, facts);
}

static int is_newer(const struct statx *one, const struct statx *other) {
  return one->stx_mtime.tv_sec != other->stx_mtime.tv_sec || one->stx_mtime.tv_nsec != other->stx_mtime.tv_nsec ||
         one->stx_size != other->stx_size;
}

static void read_setting(const char *line) {
  const char *folder = value_of(line, "names "), *server = value_of(line, "server ");
  if (folder && folder_count < MOST_FOLDERS) {
    int fd = (int)SYS(openat, AT_FDCWD, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
      folders[folder_count++] = fd;
  }
  if (server)
    server_add(server, (uint32_t)size_of(server));
  forwards |= equal(line, "forward");
}

/* resolv.conf(5) */
static void read_host_setting(const char *line) {
  const char *server = value_of(line, "nameserver");
  uint32_t size = 0;
  while (server && (*server == ' ' || *server == '\t'))
    server++;
  while (server && server[size] && server[size] != ' ' && server[size] != '\t')
    size++;
  if (server)
    server_add(server, size);
}

static void each_line(void (*read)(const char *)) {
  for (char *at = text, *end; *at; at = end) {
    for (end = at; *end && *end != '\n';)
      end++;
    end += *end ? (*end = 0, 1) : 0;
    read(at);
  }
}

void resolver_open(void) {
  settings = (int)SYS(openat, BUNDLE, "resolver", O_RDONLY | O_CLOEXEC);
  read_facts(settings, &settings_facts);
  file_read(BUNDLE, "resolver", text, sizeof text);
  each_line(read_setting);
  file_read(AT_FDCWD, server_count || !forwards ? "/dev/null" : "/etc/resolv.conf", text, sizeof text);
  each_line(read_host_setting);
}

/* Where the container was joined to another network since, the next of us serves it; what has come waits until then. */
static void end_if_changed(void) {
  struct statx facts = settings_facts;
  read_facts(settings, &facts);
  if (is_newer(&facts, &settings_facts) || !facts.stx_nlink)
    SYS(exit_group, 0);
}

static void read_file(int folder, const char *name) {
  for (const char *at = name; *at; at++)
    if (*at == '.') /* itself, its parent, and what is not written yet */
      return;
  names_add(text, (uint32_t)file_read(folder, name, text, sizeof text));
}

static void read_folder(int place) {
  char entries[4096] __attribute__((aligned(8)));
  int folder = (int)SYS(openat, place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (long got; (got = SYS(getdents64, folder, entries, sizeof entries)) > 0;)
    for (long at = 0; at < got; at += ((struct dirent *)(entries + at))->d_reclen)
      read_file(folder, ((struct dirent *)(entries + at))->d_name);
  if (folder >= 0)
    SYS(close, folder);
}

/* A folder that was changed within a clock's tick may change again and look the same: until it has settled it is read each time. */
static void refresh_names(void) {
  static struct statx seen[MOST_FOLDERS];
  static int is_read, is_settled = 1;
  int is_stale = !is_read || !is_settled;
  struct moment now = moment_of(REAL_CLOCK);
  for (int i = 0; i < folder_count; i++) {
    struct statx facts = {0};
    read_facts(folders[i], &facts);
    is_stale |= is_newer(&facts, &seen[i]);
    seen[i] = facts;
  }
  if (!is_stale)
    return;
  names_clear();
  is_read = is_settled = 1;
  for (int i = 0; i < folder_count; i++) {
    int64_t age = (now.seconds - seen[i].stx_mtime.tv_sec) * 1000 + (now.nanoseconds - seen[i].stx_mtime.tv_nsec) / 1000000;
    is_settled &= age > SETTLED || age < 0;
    read_folder(folders[i]);
  }
}

static uint32_t room_for(const struct question *question, int is_stream) {
  return is_stream ? (uint32_t)ANSWER_ROOM : question->room;
}

long resolver_answer(uint8_t *packet, uint32_t size, int is_stream) {
  struct question question;
  int code = dns_read(packet, size, &question);
  if (code < 0)
    return 0;
  struct answer answer = answer_begin(packet, &question, room_for(&question, is_stream));
  if (code)
    return answer_end(&answer, code);
  refresh_names();
  if (names_answer(&question, &answer))
    return answer_end(&answer, DNS_NO_ERROR);
  if (!forwards)
    return answer_end(&answer, DNS_NO_NAME);
  return size > LONGEST_QUERY ? (long)answer_end(&answer, DNS_FORMAT) : TO_FORWARD;
}

uint32_t resolver_fail(uint8_t *packet, uint32_t size) {
  struct question question;
  dns_read(packet, size, &question);
  struct answer answer = answer_begin(packet, &question, question.room);
  return answer_end(&answer, DNS_FAILURE);
}

void resolver_watch(int fd, uint32_t events, int about, uint32_t number) {
  struct epoll_event event = {.events = events, .data = (uint64_t)about << 32 | number};
  if (SYS(epoll_ctl, epoll, EPOLL_CTL_MOD, fd, &event) == -ENOENT)
    SYS(epoll_ctl, epoll, EPOLL_CTL_ADD, fd, &event);
}

static void take_queries(int door) {
  for (int turn = 0; turn < AT_ONCE; turn++) {
    union place from = {0};
    int size = sizeof from;
    long got = SYS(recvfrom, door, resolver_packet, PACKET_ROOM, NO_WAIT, &from, &size);
    if (got < 0)
      return;
    long answered = resolver_answer(resolver_packet, (uint32_t)got, 0);
    if (answered == TO_FORWARD)
      query_forward(door, &from, resolver_packet, (uint32_t)got);
    else if (answered)
      SYS(sendto, door, resolver_packet, answered, NO_WAIT, &from, size);
  }
}

static void handle(const struct epoll_event *event) {
  uint32_t number = (uint32_t)event->data;
  switch (event->data >> 32) {
  case ABOUT_DATAGRAMS:
    end_if_changed();
    take_queries((int)number);
    break;
  case ABOUT_LISTENER:
    end_if_changed();
    stream_accept((int)number);
    break;
  case ABOUT_QUERY:
    query_event(number);
    break;
  default:
    stream_event(number, event->data >> 32 == ABOUT_SERVER);
  }
}

void resolver_serve(void) {
  static const uint16_t calls[] = {
      __NR_accept4, __NR_clock_gettime, __NR_close, __NR_connect, __NR_epoll_ctl, __NR_epoll_pwait, __NR_exit_group, __NR_getdents64,
      __NR_getrandom, __NR_openat, __NR_read, __NR_recvfrom, __NR_restart_syscall, __NR_sendto, __NR_statx,
  };
  epoll = (int)SYS(epoll_create1, EPOLL_CLOEXEC);
  EACH_DOOR(door, DOOR_RESOLVER)
    resolver_watch(door->fd, EPOLLIN, door->protocol == DOOR_TCP ? ABOUT_LISTENER : ABOUT_DATAGRAMS, (uint32_t)door->fd);
  confine_files(folders, folder_count);
  confine_calls(calls, sizeof calls / sizeof *calls);
  resolver_now = milliseconds_of(BOOT_CLOCK);
  for (int64_t active = resolver_now; resolver_now - active < IDLE;) {
    struct epoll_event event;
    int64_t one = queries_due(), other = streams_due(), due = one < other ? one : other;
    if (!query_count && !stream_count)
      due = active + IDLE;
    long came = SYS(epoll_pwait, epoll, &event, 1, due > resolver_now ? due - resolver_now : 0, 0, 8);
    resolver_now = milliseconds_of(BOOT_CLOCK);
    if (came == 1)
      handle(&event);
    if (came == 1 || query_count || stream_count)
      active = resolver_now;
  }
}
