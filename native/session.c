#include "session.h"
#include "cgroup.h"
#include "interpreter.h"
#include "message.h"
#include "sys.h"

#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/wait.h>

struct session sessions[MOST_SESSIONS];
int sessions_end = 1;

int aside(int fd)
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

static void clear(struct session *session)
{
  *session = (struct session){.pidfd = -1, .parent = -1, .input = -1, .outputs = {-1, -1}};
}

struct session *session_new(void)
{
  for (int i = 1; i < MOST_SESSIONS; i++) {
    if (sessions[i].phase != SESSION_FREE)
      continue;
    clear(&sessions[i]);
    if (i >= sessions_end)
      sessions_end = i + 1;
    return &sessions[i];
  }
  return 0;
}

/* Ours do not block; theirs do. `theirs` gets the process's ends. */
static int make_pipes(struct session *session, int theirs[3])
{
  int ends[2];
  if (!session->has_input) {
    theirs[0] = aside((int)SYS(openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC));
  } else {
    if (SYS(pipe2, ends, O_CLOEXEC) < 0)
      return -EMFILE;
    theirs[0] = aside(ends[0]), session->input = aside(ends[1]);
    SYS(fcntl, session->input, F_SETFL, O_WRONLY | O_NONBLOCK);
  }
  for (int i = 0; i < 2; i++) {
    if (SYS(pipe2, ends, O_CLOEXEC) < 0)
      return -EMFILE;
    theirs[1 + i] = aside(ends[1]), session->outputs[i] = aside(ends[0]);
    SYS(fcntl, session->outputs[i], F_SETFL, O_RDONLY | O_NONBLOCK);
  }
  return 0;
}

/* The helper sees the descriptors that launch programs count on, and none of ours. */
static int help(const struct session *session, int launch, int parent, const int theirs[3])
{
  if (cgroup_was_killed)
    enter_cgroup(PAYLOAD);
  SYS(dup3, launch, LAUNCH, O_CLOEXEC);
  SYS(dup3, parent, HELPER_PARENT, O_CLOEXEC);
  for (int i = 0; i < 3; i++) {
    if (session->is_terminal)
      SYS(close, HELPER_STDIO + i);
    else
      SYS(dup3, theirs[i], HELPER_STDIO + i, O_CLOEXEC);
  }
  if (session != &sessions[0])
    SYS(dup3, sessions[0].pidfd, HELPER_FIRST, O_CLOEXEC);
  SYS(close, CGROUPS);
  SYS(close_range, OUT_OF_THE_WAY, ~0u, 0);
  return interpret(LAUNCH, HELPER_PARENT);
}

int session_launch(struct session *session, int launch)
{
  int theirs[3] = {-1, -1, -1}, pair[2];
  int is_terminal = session->is_terminal, has_input = session->has_input, input_ends = session->input_ends;
  clear(session);
  session->is_terminal = is_terminal, session->has_input = has_input, session->input_ends = input_ends;
  long result = is_terminal ? 0 : make_pipes(session, theirs);
  if (result == 0)
    result = SYS(socketpair, 1 /* AF_UNIX */, 5 | O_CLOEXEC /* SOCK_SEQPACKET */, 0, pair);
  if (result == 0) {
    session->parent = aside(pair[0]);
    int parent = aside(pair[1]);
    result = SYS(clone, SIGCHLD, 0, 0, 0, 0);
    if (result == 0) {
      uint64_t none = 0;
      SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
      SYS(exit_group, help(session, launch, parent, theirs));
    }
    SYS(close, parent);
  }
  SYS(close, launch);
  for (int i = 0; i < 3; i++)
    close_if_open(&theirs[i]);
  if (result < 0) {
    session_close(session);
    return (int)result;
  }
  session->helper = (int)result, session->phase = SESSION_LAUNCHING;
  return 0;
}

static void reap_helper(struct session *session)
{
  if (session->helper)
    while (SYS(wait4, session->helper, 0, 0, 0) == -EINTR)
      ;
  session->helper = 0;
}

void session_hear(struct session *session)
{
  int32_t number = 0;
  int descriptor;
  long got = message_receive(session->parent, &number, sizeof number, &descriptor);
  if (got == -EAGAIN)
    return;
  if (descriptor >= 0 && session->is_terminal && session->outputs[0] < 0) {
    session->outputs[0] = aside(descriptor);
    SYS(fcntl, session->outputs[0], F_SETFL, O_RDWR | O_NONBLOCK);
    session->input = (int)SYS(fcntl, session->outputs[0], F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  } else if (descriptor >= 0) {
    SYS(close, descriptor);
  } else if (got == sizeof number && number > 0 && !session->pid) {
    session->pid = number;
    session->pidfd = aside((int)SYS(pidfd_open, number, 0));
    reap_helper(session);
  } else {
    int failed = got > 0 || !session->pid; /* a step has failed, or its helper was killed */
    reap_helper(session);
    if (failed && session->pid) { /* on its way out; unreaped, it would keep the container from ever ending */
      SYS(kill, session->pid, SIGKILL);
      while (SYS(wait4, session->pid, 0, 0, 0) == -EINTR)
        ;
    }
    close_if_open(&session->parent);
    session->phase = failed ? SESSION_FAILED : SESSION_RUNNING;
  }
}

int session_reap(struct session *session)
{
  struct {
    int signo, error, code, unused, pid, uid, status;
    char rest[128 - 7 * sizeof(int)];
  } info = {0};
  long result;
  do
    result = SYS(waitid, 3 /* P_PIDFD */, session->pidfd, &info, WEXITED | WNOHANG, 0);
  while (result == -EINTR);
  if (result == 0 && info.pid == 0)
    return -EAGAIN;
  return info.code == 1 /* CLD_EXITED */ ? info.status : 128 + info.status;
}

void session_close(struct session *session)
{
  close_if_open(&session->pidfd);
  close_if_open(&session->parent);
  close_if_open(&session->input);
  for (int i = 0; i < 2; i++)
    close_if_open(&session->outputs[i]);
  session->phase = SESSION_FREE;
}
