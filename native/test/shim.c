/* Runs the shim under the sanitizers: `shim FOLDER SEED STEPS`. Sockets, pipes and files are real; processes, time and signals are
 * not: a pidfd is an eventfd, and this driver plays whatever was cloned. It makes its moves where the shim waits: it connects, sends,
 * reads, writes output, ends processes. Some clients keep to the protocol (frame.h), and what they read is checked; others send
 * anything. A descriptor that is closed twice or stays open, and output that is not told as missing, end the driver by abort(3). */
#undef main
#include "peers.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main_of_part(int argc, char **argv);

enum { MOST_HELD = 1000, BUNDLE = 5, LAST = 12, NONBLOCKING = 04000 /* O_NONBLOCK */ };

/* The other ends of what the shim makes. `stream`: 1 and 2 for the output of the first process; 1 for what else is of it. */
static struct held {
  enum { NOTHING, WRITTEN, READ, PAIR, PROCESS } kind;
  int fd, stream;
} held[MOST_HELD];
static int64_t moment = 1000000;
static int pipes[3][2], pipe_count, is_first = 1, clones, is_ending;
static uint64_t fullness; /* a write to a spool of so many fails */
static unsigned long steps, ended_processes, restarts, turns_after_end;
static unsigned written[3];

static void hold(int fd, int kind, int stream) {
  int at = 0;
  while (at < MOST_HELD && held[at].kind)
    at++;
  check(at < MOST_HELD && fd > 0, "too many descriptors are held");
  SYS_REAL(fcntl, fd, 4 /* F_SETFL */, NONBLOCKING);
  held[at].kind = (unsigned)kind, held[at].fd = fd, held[at].stream = stream;
}

static void let_go(struct held *one) {
  close(one->fd);
  one->kind = NOTHING;
}

/* The pipes of a session are complete when the pair is made: with three of them the first is its stdin. */
static void take_pipes(void) {
  for (int i = 0; i < MOST_HELD && is_first; i++)
    held[i].stream = 0; /* of the time before */
  for (int i = 0; i < pipe_count; i++) {
    int is_input = pipe_count == 3 && i == 0;
    close(pipes[i][is_input]);
    hold(pipes[i][!is_input], is_input ? READ : WRITTEN, is_first && !is_input ? i - (pipe_count == 3) + 1 : 0);
  }
  pipe_count = 0;
}

static void end_process(int pidfd) {
  uint64_t one = 1;
  check(write(pidfd, &one, sizeof one) == sizeof one, "a process that is none ends");
}

/* What the process that was to be started says of itself. */
static void tell_launch(struct held *pair) {
  int32_t pid = pair->stream ? 100 : 5000, failure = -2;
  unsigned way = (unsigned)below(pair->stream && !below(30) ? 10 : pair->stream ? 6 : 10);
  if (way < 8)
    send(pair->fd, &pid, sizeof pid, 0);
  if (way >= 5 && way < 8) { /* its terminal */
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "no socket pair");
    send_with_descriptor(pair->fd, &pid, sizeof pid, ends[0]);
    close(ends[0]);
    hold(ends[1], WRITTEN, pair->stream);
  }
  if (way == 7 || way == 8)
    send(pair->fd, &failure, way == 7 ? 3 : 4, 0);
  let_go(pair);
}

static void write_output(struct held *pipe) {
  static char bytes[70000];
  size_t size = below(8) ? below(300) : below(sizeof bytes);
  for (size_t i = 0; i < size; i++)
    bytes[i] = (char)((written[pipe->stream] + i) % PATTERN);
  long put = write(pipe->fd, bytes, size);
  if (put > 0)
    written[pipe->stream] += (unsigned)put;
}

static void move(void) {
  struct held *one = &held[below(MOST_HELD)];
  for (int i = 0; i < 40 && one->kind == NOTHING; i++)
    one = &held[below(40)];
  switch (below(2) ? one->kind : NOTHING) {
  case WRITTEN:
    if (below(60) || one->stream)
      write_output(one);
    else
      let_go(one);
    break;
  case READ: {
    char bytes[5000];
    if (read(one->fd, bytes, 1 + below(sizeof bytes)) == 0 || !below(100))
      let_go(one);
    break;
  }
  case PAIR:
    tell_launch(one);
    break;
  case PROCESS:
    if (below(one->stream ? 200 : 4))
      break;
    end_process(one->fd);
    let_go(one);
    break;
  default:
    peers_move();
  }
  moment += (int64_t)below(below(50) ? 20 : 5000);
}

/* The last moves: everybody goes, and the container is stopped. */
static void end_all(void) {
  check(turns_after_end++ < 5000, "the shim does not end");
  if (!is_ending)
    peers_end();
  is_ending = 1;
  for (int i = 0; i < MOST_HELD; i++) {
    if (held[i].kind == PROCESS)
      end_process(held[i].fd);
    if (held[i].kind)
      let_go(&held[i]);
  }
  if (turns_after_end % 100 == 1)
    peers_stop_container();
  moment += 10000;
}

/* Answers the calls of the shim. */
long outside(long number, long a, long b, long c, long d, long e, long f) {
  long result;
  switch (number) {
  case __NR_ppoll: {
    const int64_t none[2] = {0};
    if (steps > 0 && steps--)
      move();
    else
      end_all();
    return sys(number, a, b, (long)none, 0, 0, 0);
  }
  case __NR_close:
    if (a < 0) /* what could not be opened */
      return -EBADF;
    check(a > 2, "the shim closes what is not its own");
    check(sys(number, a, 0, 0, 0, 0, 0) == 0, "the shim closes a descriptor twice");
    return 0;
  case __NR_openat:
    is_first |= strcmp((char *)b, "launch") == 0;
    restarts += strcmp((char *)b, "launch") == 0;
    return sys(number, a, b, c, d, 0, 0);
  case __NR_pipe2:
    result = sys(number, a, b, 0, 0, 0, 0);
    check(result == 0 && pipe_count < 3, "no pipe");
    for (int i = 0; i < 2; i++)
      pipes[pipe_count][i] = dup(((int *)a)[i]);
    pipe_count++;
    return 0;
  case __NR_socketpair:
    check(sys(number, a, b, c, d, 0, 0) == 0, "no socket pair");
    take_pipes();
    hold(dup(((int *)d)[1]), PAIR, is_first);
    is_first = 0;
    return 0;
  case __NR_clone:
    return clones++; /* the first one leaves the starter behind */
  case __NR_pidfd_open:
    result = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    hold(dup((int)result), PROCESS, a < 1000);
    return result;
  case __NR_pidfd_send_signal:
    if (b == 9)
      end_process((int)a);
    return b < 0 || b > 64 ? -EINVAL : 0;
  case __NR_waitid: {
    struct pollfd process = {.fd = (int)b, .events = POLLIN};
    int *info = (int *)c;
    if (a == P_ALL) { /* a child of nobody's now and then, or one that served doors, which wait4 takes away */
      info[4] = below(20) ? 0 : below(2) ? 9000 : 1 + (int)below((uint64_t)clones);
      return 0;
    }
    poll(&process, 1, 0);
    if (process.revents & POLLIN) {
      info[2] = 1 + (int)below(3), info[4] = 1, info[6] = (int)below(128), ended_processes++;
      peers_note_end(written); /* of any process: which one it is cannot be seen */
    }
    return 0;
  }
  case __NR_clock_gettime:
    ((int64_t *)b)[0] = moment / 1000, ((int64_t *)b)[1] = moment % 1000 * 1000000;
    return 0;
  case __NR_pwrite64: /* the spool of a client that is slow, on a disk that is full now and then */
    return below(fullness) ? sys(number, a, b, below(40) ? c : (c + 1) / 2, d, 0, 0) : -ENOSPC;
  case __NR_wait4:
    if (b)
      *(int *)b = below(2) ? 9 : 0;
    return a;
  case __NR_kill:
  case __NR_nanosleep:
  case __NR_flock:
  case __NR_setsid:
  case __NR_rt_sigaction:
  case __NR_rt_sigprocmask:
    return 0;
  case __NR_execve:
  case __NR_exit_group:
    check(0, "the shim does what only a child does");
    return 0;
  default:
    return sys(number, a, b, c, d, e, f);
  }
}

int interpret(int launch, int parent) {
  (void)launch, (void)parent;
  check(0, "the shim runs a program itself");
  return 1;
}

static int open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder))
    count++;
  closedir(folder);
  return count;
}

int main(int argc, char **argv) {
  static char *words[] = {"shim", "an-id", "log-size=20000", "log-files=2", 0, 0, 0, 0, 0, 0, 0};
  char *choices[] = {"stdin=1", "once=1", "terminal=1", "health-interval=700", "health-timeout=300", "health-retries=2"};
  char policy[] = "policy=0";
  int count = 4;
  if (argc != 4 || chdir(argv[1]))
    return 2;
  signal(SIGPIPE, SIG_IGN);
  random_begin(strtoull(argv[2], 0, 10));
  steps = strtoul(argv[3], 0, 10);
  fullness = 2 + below(60);
  policy[7] = (char)('0' + below(4));
  words[count++] = policy;
  for (int i = 0; i < 3; i++)
    if (below(3) == 0 || (i == 0 && below(2)))
      words[count++] = choices[i];
  for (int i = 3; i < 6 && argv[2][0] % 2; i++)
    words[count++] = choices[i];
  int folder = (int)SYS_REAL(openat, -100, "store/container/id", 0200000 /* O_DIRECTORY */);
  int below_it = (int)SYS_REAL(openat, -100, "cgroup", 0200000);
  check(folder >= 0 && below_it >= 0, "no folders");
  folder = (int)SYS_REAL(fcntl, folder, 0 /* F_DUPFD */, 40), below_it = (int)SYS_REAL(fcntl, below_it, 0, 40);
  for (int fd = 3; fd <= LAST; fd++)
    dup2(fd == BUNDLE ? folder : below_it, fd);
  peers_begin();
  int before = open_descriptors(), status = main_of_part(count, words);
  peers_end();
  for (int i = 0; i < MOST_HELD; i++)
    if (held[i].kind)
      let_go(&held[i]);
  check(open_descriptors() <= before + 2, "descriptors stay open");
  printf("%d: %lu steps not made, %lu processes ended, %lu restarts, ", status, steps, ended_processes, restarts);
  peers_report();
  return 0;
}
