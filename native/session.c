#include "session.h"
#include "cgroup.h"
#include "file.h"
#include "frame.h"
#include "program.h"
#include "sys.h"

#include <asm/poll.h>
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/wait.h>

struct session sessions[MOST_SESSIONS];
struct session *sessions_end = sessions + 1;

int aside(int fd) {
  long moved = SYS(fcntl, fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  SYS(close, fd);
  return (int)moved;
}

void let_go(int *fd) {
  SYS(close, *fd);
  *fd = -1;
}

struct session *session_new(uint32_t wants) {
  struct session *session = &sessions[1];
  while (session < sessions + MOST_SESSIONS && session->phase != SESSION_FREE)
    session++;
  if (session == sessions + MOST_SESSIONS)
    return 0;
  session->is_terminal = (wants & WANT_TERMINAL) != 0, session->has_input = (wants & WANT_STDIN) != 0, session->input_ends = 1;
  if (session >= sessions_end)
    sessions_end = session + 1;
  return session;
}

/* The end at `ours` does not block, the other one does. */
static int make_pipe(int ends[2], int ours) {
  if (SYS(pipe2, ends, O_CLOEXEC) < 0)
    return -EMFILE;
  ends[0] = aside(ends[0]), ends[1] = aside(ends[1]);
  SYS(fcntl, ends[ours], F_SETFL, O_NONBLOCK);
  return 0;
}

/* `theirs` gets the process's ends. */
static int make_pipes(struct session *session, int theirs[3]) {
  int ends[2];
  if (!session->has_input)
    theirs[0] = aside((int)SYS(openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC));
  else if (make_pipe(ends, 1) < 0)
    return -EMFILE;
  else
    theirs[0] = ends[0], session->input = ends[1];
  for (int i = 0; i < 2; i++) {
    if (make_pipe(ends, 0) < 0)
      return -EMFILE;
    session->outputs[i] = ends[0], theirs[1 + i] = ends[1];
  }
  return 0;
}

/* The helper sees the descriptors that launch programs count on, and none of ours. */
static int help(const struct session *session, int launch, int parent, const int theirs[3]) {
  uint64_t none = 0;
  SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
  if (cgroup_was_killed)
    file_write(PAYLOAD, "cgroup.procs", 0, "0", 1);
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

int session_launch(struct session *session, int launch) {
  int theirs[3] = {-1, -1, -1}, pair[2] = {-1, -1};
  session->pid = session->helper = 0;
  session->pidfd = session->parent = session->input = session->outputs[0] = session->outputs[1] = -1;
  long result = launch < 0 ? launch : session->is_terminal ? 0 : make_pipes(session, theirs);
  if (result == 0)
    result = SYS(socketpair, 1 /* AF_UNIX */, 5 | O_CLOEXEC /* SOCK_SEQPACKET */, 0, pair);
  session->parent = aside(pair[0]), pair[1] = aside(pair[1]);
  if (result == 0 && (result = SYS(clone, SIGCHLD, 0, 0, 0, 0)) == 0)
    SYS(exit_group, help(session, launch, pair[1], theirs));
  SYS(close, pair[1]);
  SYS(close, launch);
  for (int i = 0; i < 3; i++)
    let_go(&theirs[i]);
  if (result < 0) {
    session_close(session);
    return (int)result;
  }
  session->helper = (int)result, session->phase = SESSION_LAUNCHING;
  return 0;
}

/* Waits until a child of ours has ended, and forgets it. */
static void reap_child(int *pid) {
  if (*pid)
    SYS(wait4, *pid, 0, 0, 0);
  *pid = 0;
}

void session_hear(struct session *session) {
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
    reap_child(&session->helper);
  } else {
    int failed = got > 0 || !session->pid; /* a step has failed, or its helper was killed */
    reap_child(&session->helper);
    if (failed && session->pid) { /* on its way out; unreaped, it would keep the container from ever ending */
      SYS(kill, session->pid, SIGKILL);
      reap_child(&session->pid);
    }
    let_go(&session->parent);
    session->phase = failed ? SESSION_FAILED : SESSION_RUNNING;
  }
}

int session_reap(struct session *session) {
  siginfo_t info = {0};
  long result = SYS(waitid, 3 /* P_PIDFD */, session->pidfd, &info, WEXITED | WNOHANG, 0);
  if (result == 0 && info.si_pid == 0)
    return -EAGAIN;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/* Whether the process is, or may turn out to be, of a session: what a helper clones can have ended before its pid is told. */
static int is_expected(int pid) {
  for (const struct session *session = sessions; session < sessions_end; session++)
    if (session->phase != SESSION_FREE &&
        (session->pid == pid || session->helper == pid || (session->phase == SESSION_LAUNCHING && !session->pid)))
      return 1;
  return 0;
}

void sessions_reap_strangers(void (*ended)(int pid, int status)) {
  for (;;) {
    siginfo_t info = {0};
    if (SYS(waitid, 0 /* P_ALL */, 0, &info, WEXITED | WNOHANG | WNOWAIT, 0) < 0 || info.si_pid == 0)
      return;
    if (is_expected(info.si_pid))
      return; /* it is reaped in its own place, and then we are called again */
    int status = 0;
    if (SYS(wait4, info.si_pid, &status, WNOHANG, 0) == info.si_pid)
      ended(info.si_pid, status);
  }
}

int session_signal(const struct session *session, int signal) {
  return session->pidfd < 0 ? -ESRCH : (int)SYS(pidfd_send_signal, session->pidfd, signal, 0, 0);
}

int session_kill(struct session *session) {
  struct pollfd ended = {session->pidfd, POLLIN, 0};
  if (session->helper)
    SYS(kill, session->helper, SIGKILL);
  reap_child(&session->helper);
  if (session->pidfd < 0)
    return 128 + SIGKILL;
  session_signal(session, SIGKILL);
  SYS(ppoll, &ended, 1, 0, 0, 0);
  return session_reap(session);
}

void session_close(struct session *session) {
  let_go(&session->pidfd);
  let_go(&session->parent);
  let_go(&session->input);
  for (int i = 0; i < 2; i++)
    let_go(&session->outputs[i]);
  session->phase = SESSION_FREE;
}
