/* The shim: one a container. It runs the container's launch program, is the parent of its first process, keeps its
 * terminal or pipes open, and at its end leaves nothing behind: processes, cgroup, and with `remove` the bundle. It
 * decides nothing about containers; what it needs to know stands in its arguments and descriptors (README.md).
 *
 *   tsdocker-shim ID [terminal] [stdin] [remove]
 *
 * Descriptors at start: 3 the launch socket, 4 the control socket, 5 the bundle (locked by flock for as long as we live),
 * 6 the cgroup of the container, 7 the folder in which that cgroup lies, 8 the layer namespace and 9 its root directory, which
 * we only keep (or /dev/null twice). */
#include "control.h"
#include "interpreter.h"
#include "ending.h"
#include "remove.h"
#include "start.h"

#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/wait.h>

enum { LAUNCH = 3, CONTROL = 4, BUNDLE = 5, CGROUP = 6, CGROUPS = 7, LAYERS = 8, LAYERS_ROOT = 9 };
enum { HELPER_PARENT = 4, HELPER_STDIO = 5 }; /* what the launch program finds: program.h's `parent`, 5, 6 and 7, and LAYERS */
#define OUT_OF_THE_WAY 32

struct container {
  const char *id;
  int terminal, stdin, remove;
  int parent;      /* our end of the pair on which the launch program answers */
  int outputs[2];  /* stdout and stderr of the container, or its terminal */
  int input;       /* the end that feeds its stdin; ours only until the client has it */
  int pid, pidfd;
};

static int equal(const char *a, const char *b)
{
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static int aside(int fd)
{
  long moved = SYS(fcntl, fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  SYS(close, fd);
  return (int)moved;
}

static void close_if_open(int *fd)
{
  if (*fd >= 0)
    SYS(close, *fd);
  *fd = -1;
}

/* Signal dispositions and the mask are inherited through execve: a container must not start with what our caller chose
 * (`nohup`, Node.js ignoring SIGPIPE). */
static void reset_signals(void)
{
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } standard = {0};
  uint64_t none = 0;
  for (int signal = 1; signal <= 64; signal++)
    SYS(rt_sigaction, signal, &standard, 0, 8);
  SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

/* Makes the pipes of a container without a terminal; `theirs` gets its three ends. */
static int make_pipes(struct container *container, int theirs[3])
{
  int ends[2];
  if (container->stdin) {
    if (SYS(pipe2, ends, O_CLOEXEC) < 0)
      return -1;
    theirs[0] = aside(ends[0]), container->input = aside(ends[1]);
  } else {
    theirs[0] = aside((int)SYS(openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC));
  }
  for (int i = 0; i < 2; i++) {
    if (SYS(pipe2, ends, O_CLOEXEC) < 0)
      return -1;
    theirs[1 + i] = aside(ends[1]), container->outputs[i] = aside(ends[0]);
  }
  return 0;
}

/* The helper: sees the descriptors that launch programs count on, and none of ours. */
static int help(int parent, const int theirs[3], int terminal)
{
  SYS(dup3, parent, HELPER_PARENT, O_CLOEXEC);
  for (int i = 0; i < 3; i++) {
    if (terminal)
      SYS(close, HELPER_STDIO + i);
    else
      SYS(dup3, theirs[i], HELPER_STDIO + i, O_CLOEXEC);
  }
  SYS(close_range, OUT_OF_THE_WAY, ~0u, 0);
  SYS(fcntl, LAUNCH, F_SETFD, FD_CLOEXEC);
  return interpret(LAUNCH, HELPER_PARENT);
}

/* Runs the launch program up to its execve. Returns 0 once the container's process is about to execute. */
static int launch(struct container *container)
{
  int theirs[3] = {-1, -1, -1}, pair[2];
  if (!container->terminal && make_pipes(container, theirs))
    return -1;
  if (SYS(socketpair, 1 /* AF_UNIX */, 5 | O_CLOEXEC /* SOCK_SEQPACKET */, 0, pair) < 0)
    return -1;
  container->parent = aside(pair[0]);
  int parent = aside(pair[1]);

  long helper = SYS(clone, SIGCHLD, 0, 0, 0, 0);
  if (helper == 0)
    SYS(exit_group, help(parent, theirs, container->terminal));
  SYS(close, LAUNCH);
  SYS(close, parent);
  for (int i = 0; i < 3; i++)
    close_if_open(&theirs[i]);
  if (helper < 0)
    return -1;

  /* The child's pid, then, before it executes, its terminal; the end of the socket says that both have been told. */
  int32_t number;
  int descriptor;
  while (control_receive(container->parent, &number, sizeof number, &descriptor) > 0) {
    if (descriptor >= 0) {
      container->outputs[0] = aside(descriptor);
    } else if (!container->pid) {
      container->pid = number;
      container->pidfd = (int)SYS(pidfd_open, number, 0);
      SYS(wait4, helper, 0, 0, 0);
    }
  }
  close_if_open(&container->parent);
  return container->pid > 0 && container->pidfd >= 0 ? 0 : -1;
}

/* Hands the client the ends it relays. The input is then the client's alone: when it closes it, the container reads the end. */
static void give(struct container *container)
{
  int descriptors[3], count = 0;
  if (container->input >= 0)
    descriptors[count++] = container->input;
  for (int i = 0; i < 2; i++)
    if (container->outputs[i] >= 0)
      descriptors[count++] = container->outputs[i];
  struct control_message started = {.kind = CONTROL_STARTED, .value = container->pid};
  control_send(CONTROL, &started, descriptors, count);
  close_if_open(&container->input);
}

/* With no client to read it, output is read and dropped, so that the container never blocks on a full pipe. */
static void drain(int *output)
{
  static char buffer[65536];
  long got = SYS(read, *output, buffer, sizeof buffer);
  if (got == 0 || (got < 0 && got != -EINTR && got != -EAGAIN))
    close_if_open(output);
}

/* Serves the client and waits until the container's first process has ended. Returns its exit status as a shell gives it. */
static int serve(struct container *container)
{
  int control = CONTROL;
  for (;;) {
    struct pollfd polled[4] = {{.fd = container->pidfd, .events = POLLIN}, {.fd = control, .events = POLLIN}};
    for (int i = 0; i < 2; i++)
      polled[2 + i] = (struct pollfd){.fd = control < 0 ? container->outputs[i] : -1, .events = POLLIN};
    if (SYS(ppoll, polled, 4, 0, 0, 0) < 0)
      continue;
    if (polled[0].revents) {
      struct {
        int signo, error, code, unused, pid, uid, status;
        char rest[128 - 7 * sizeof(int)];
      } info = {0};
      if (SYS(waitid, 3 /* P_PIDFD */, container->pidfd, &info, WEXITED, 0) == -EINTR)
        continue;
      return info.code == 1 /* CLD_EXITED */ ? info.status : 128 + info.status;
    }
    if (polled[1].revents) {
      struct control_message message;
      int descriptor;
      if (control_receive(control, &message, sizeof message, &descriptor) != sizeof message)
        control = -1;
      else if (message.kind == CONTROL_SIGNAL)
        SYS(pidfd_send_signal, container->pidfd, message.value, 0, 0);
      close_if_open(&descriptor);
    }
    for (int i = 0; i < 2; i++)
      if (polled[2 + i].revents)
        drain(&container->outputs[i]);
  }
}

int main(int argc, char **argv)
{
  struct container container = {.parent = -1, .outputs = {-1, -1}, .input = -1, .pidfd = -1};
  if (argc < 2)
    return 125;
  container.id = argv[1];
  for (int i = 2; i < argc; i++) {
    container.terminal |= equal(argv[i], "terminal");
    container.stdin |= equal(argv[i], "stdin");
    container.remove |= equal(argv[i], "remove");
  }

  /* Our starter waits for this first process only; the one that stays belongs to init and has no terminal. */
  if (SYS(clone, SIGCHLD, 0, 0, 0, 0) != 0)
    return 0;
  SYS(setsid);
  reset_signals();
  for (int fd = CONTROL; fd <= LAYERS_ROOT; fd++)
    SYS(fcntl, fd, F_SETFD, FD_CLOEXEC);

  if (launch(&container))
    return 125;
  uint64_t pipe_signal = 1ull << (SIGPIPE - 1); /* a client may be gone when we tell it something */
  SYS(rt_sigprocmask, SIG_BLOCK, &pipe_signal, 0, 8);
  give(&container);
  int status = serve(&container);
  int oom = oom_kills(CGROUP) > 0;
  empty_cgroup(CGROUP, CGROUPS, container.id);
  if (container.remove)
    remove_bundle(BUNDLE, container.id);
  else
    record_exit(BUNDLE, status, oom);
  struct control_message ended = {.kind = CONTROL_EXITED, .value = status, .oom = oom};
  control_send(CONTROL, &ended, 0, 0);
  return 0;
}
