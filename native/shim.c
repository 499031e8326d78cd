/* The shim: one a container. It runs the container's launch program, is the parent of its processes, keeps their terminals and
 * pipes, writes the log, serves clients, starts the container again as its policy says, and at its end leaves nothing
 * behind. It decides nothing about containers; what it needs to know stands in its arguments and descriptors (README.md).
 *
 *   tsdocker-shim ID [terminal] [stdin] [once] [remove] [WORD=NUMBER…]
 *
 * Descriptors at start: session.h. The bundle is locked by flock(2) for as long as the container is ours. */
#include "cgroup.h"
#include "client.h"
#include "health.h"
#include "log.h"
#include "remove.h"
#include "session.h"
#include "start.h"
#include "state.h"
#include "text.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/wait.h>

enum { POLICY_NO, POLICY_ON_FAILURE, POLICY_ALWAYS, POLICY_UNLESS_STOPPED };
enum { FIRST_PAUSE = 100, LONGEST_PAUSE = 60000, STEADY = 10000 /* milliseconds (docker run --help, "--restart") */ };

static struct {
  const char *id;
  int removes, has_log, listener, children;
  enum { LAUNCHING, RUNNING, WAITING, OVER } phase;
  int policy;
  uint64_t maximum;
  int64_t pause, began, due; /* of the monotonic clock */
  int oom_before, had_feeder, signal;
  struct state state;
  struct log log;
} container;

static char buffer[FRAME_OUTPUT_MOST];

static int64_t clock_now(void)
{
  struct {
    int64_t seconds, nanoseconds;
  } now = {0};
  SYS(clock_gettime, 7 /* CLOCK_BOOTTIME */, &now);
  return now.seconds * 1000 + now.nanoseconds / 1000000;
}

static void tell_all(int session, uint32_t want, uint32_t kind, const void *bytes, uint32_t size)
{
  for (int i = 0; i < clients_end; i++)
    if (clients[i].fd && !clients[i].is_ending && clients[i].session == session && (!want || clients[i].wants & want))
      client_send(&clients[i], kind, bytes, size);
}

static void end_clients(int session, int status, int oom)
{
  for (int i = 0; i < clients_end; i++)
    if (clients[i].fd && clients[i].session == session)
      client_end(&clients[i], status, oom);
}

/* Reads what there is of an output. Returns 0 at its end. */
static long pump(struct session *session, int which)
{
  long got = SYS(read, session->outputs[which], buffer, sizeof buffer);
  if (got == -EAGAIN || got == -EINTR)
    return got;
  int number = (int)(session - sessions);
  if (got <= 0) { /* the end, or EIO: nobody has the terminal's other side */
    SYS(close, session->outputs[which]);
    session->outputs[which] = -1;
    if (number == 0 && container.has_log)
      log_flush(&container.log, which + 1);
    return 0;
  }
  if (health_is(session))
    health_output(buffer, got);
  if (number == 0 && container.has_log)
    log_write(&container.log, which + 1, buffer, got);
  tell_all(number, which ? WANT_STDERR : WANT_STDOUT, which ? FRAME_STDERR : FRAME_STDOUT, buffer, (uint32_t)got);
  return got;
}

/* What is left in the pipes of a process that has ended. Others may go on writing to them: it is not for ever. */
static void drain(struct session *session)
{
  for (int i = 0; i < 2; i++) {
    for (int turns = 0; turns < 1024 && session->outputs[i] >= 0; turns++)
      if (pump(session, i) == -EAGAIN)
        break;
    if (session == &sessions[0] && container.has_log)
      log_flush(&container.log, i + 1);
  }
}

static void end_session(struct session *session, int status)
{
  int number = (int)(session - sessions);
  drain(session);
  if (health_is(session))
    health_ended(status, clock_now());
  end_clients(number, status, 0);
  session_close(session);
}

/* Everybody in the container is dead: their clients are told. */
static void end_other_sessions(void)
{
  for (int i = 1; i < sessions_end; i++) {
    struct session *session = &sessions[i];
    if (session->phase == SESSION_FREE)
      continue;
    if (session->helper) {
      SYS(kill, session->helper, SIGKILL);
      SYS(wait4, session->helper, 0, 0, 0);
    }
    if (session->pidfd >= 0) {
      SYS(pidfd_send_signal, session->pidfd, SIGKILL, 0, 0);
      struct pollfd ended = {.fd = session->pidfd, .events = POLLIN};
      SYS(ppoll, &ended, 1, 0, 0, 0);
    }
    end_session(session, session->pidfd >= 0 ? session_reap(session) : 128 + SIGKILL);
  }
}

/* Runs the stored command, for what cannot be done here: a program that fails when it is run again. It outlives us. */
static void run_stored_command(void)
{
  static char words[4096];
  char *list[32];
  int count = 0;
  long fd = SYS(openat, BUNDLE, "resume", O_RDONLY | O_CLOEXEC);
  long size = fd < 0 ? 0 : SYS(read, fd, words, sizeof words - 1);
  if (fd >= 0)
    SYS(close, fd);
  for (char *at = words; at < words + size && count < 31; at++) {
    list[count++] = at;
    while (*at)
      at++;
  }
  list[count] = 0;
  if (count == 0 || SYS(clone, SIGCHLD, 0, 0, 0, 0) != 0)
    return;
  uint64_t none = 0;
  char *environment[] = {0};
  int nothing = (int)SYS(openat, AT_FDCWD, "/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    SYS(dup3, nothing, i, 0);
  SYS(close_range, 3, ~0u, 0);
  SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
  SYS(execve, list[0], list, environment);
  SYS(exit_group, 127);
}

/* The container is over, or never began: nothing of it stays, and only then anybody is told. */
static void finish(int must_resume)
{
  struct state *state = &container.state;
  empty_cgroup(PAYLOAD);
  remove_cgroup(CGROUP, CGROUPS, container.id);
  if (state->started_at) {
    state->status = "exited", state->pid = 0, state->lost = container.log.lost;
    if (container.removes)
      event_write(BUNDLE, container.id, "destroy", 0, 0);
    else
      state_write(BUNDLE, state, 1);
  }
  SYS(unlinkat, BUNDLE, "socket", 0); /* whoever finds none finds the state */
  if (container.removes)
    remove_bundle(BUNDLE, container.id);
  SYS(flock, BUNDLE, 8 /* LOCK_UN */);
  for (int fd = LAYERS; fd <= CGROUPS; fd++)
    SYS(close, fd);
  SYS(close, container.listener);
  container.listener = -1, container.phase = OVER;
  if (must_resume)
    run_stored_command();
  if (state->started_at)
    end_clients(0, state->exit_code, state->oom_killed);
  else
    for (int i = 0; i < clients_end; i++)
      if (clients[i].fd)
        client_drop(&clients[i]);
}

static void could_not_start_again(void)
{
  container.state.exit_code = 128, container.state.finished_at = now_in_milliseconds();
  container.state.error = "the stored launch program failed";
  finish(1);
}

static int starts_again(int status)
{
  if (container.state.is_stopped)
    return 0;
  if (container.policy == POLICY_ON_FAILURE)
    return status != 0 && (!container.maximum || container.state.restarts < container.maximum);
  return container.policy != POLICY_NO;
}

/* The first process has ended. */
static void ended(int status)
{
  struct state *state = &container.state;
  char number[24];
  empty_cgroup(PAYLOAD);
  drain(&sessions[0]);
  end_other_sessions();
  session_close(&sessions[0]);
  int kills = oom_kills(PAYLOAD);
  state->exit_code = status, state->finished_at = now_in_milliseconds(), state->pid = 0;
  state->oom_killed = kills > container.oom_before, state->lost = container.log.lost;
  container.oom_before = kills;
  if (state->oom_killed)
    event_write(BUNDLE, container.id, "oom", 0, 0);
  *put_number(number, status) = 0;
  event_write(BUNDLE, container.id, "die", "exitCode", number);
  if (!starts_again(status)) {
    finish(0);
    return;
  }
  int64_t now = clock_now();
  if (now - container.began >= STEADY || !container.pause)
    container.pause = FIRST_PAUSE;
  else if (container.pause < LONGEST_PAUSE)
    container.pause = container.pause * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : container.pause * 2;
  container.phase = WAITING, container.due = now + container.pause;
  state->status = "restarting";
  freeze_cgroup(PAYLOAD, 0);
  state_write(BUNDLE, state, 1);
  end_clients(0, status, state->oom_killed);
}

/* The stored program is run as it was the first time, with no engine around. */
static void start_again(void)
{
  long program = SYS(openat, BUNDLE, "launch", O_RDONLY | O_CLOEXEC);
  if (program < 0 || session_launch(&sessions[0], aside((int)program))) {
    could_not_start_again();
    return;
  }
  container.phase = LAUNCHING;
  container.state.restarts++;
}

static void launched(void)
{
  struct state *state = &container.state;
  int is_first = !state->started_at;
  if (sessions[0].phase == SESSION_FAILED) {
    session_close(&sessions[0]);
    if (is_first)
      finish(0);
    else
      could_not_start_again();
    return;
  }
  container.phase = RUNNING, container.began = clock_now();
  state->status = "running", state->pid = sessions[0].pid;
  state->started_at = now_in_milliseconds(), state->finished_at = 0, state->oom_killed = 0;
  state_write(BUNDLE, state, 0);
  event_write(BUNDLE, container.id, "start", 0, 0);
  health_begin(container.began, container.id);
  if (container.signal)
    SYS(pidfd_send_signal, sessions[0].pidfd, container.signal, 0, 0);
  container.signal = 0;
  tell_all(0, 0, FRAME_STARTED, &state->pid, sizeof state->pid);
}

/* A client's input goes on to its process; what that does not take waits, and no more is asked for. */
static void feed(struct client *client)
{
  struct session *session = &sessions[client->session];
  while (client->input_size > client->input_at) {
    long put = session->input < 0 ? -EPIPE
                                  : SYS(write, session->input, client->input + client->input_at, client->input_size - client->input_at);
    if (put == -EINTR)
      continue;
    if (put == -EAGAIN || put == 0)
      return;
    client->input_at = put < 0 ? client->input_size : client->input_at + (uint32_t)put;
  }
  client->input_at = client->input_size = 0;
  client_send(client, FRAME_CREDIT, 0, 0);
}

static void end_input(struct session *session)
{
  if (!session->input_ends || session->is_terminal || session->input < 0)
    return;
  SYS(close, session->input);
  session->input = -1;
}

static int execute(struct client *client, uint32_t wants)
{
  struct session *session = container.phase == RUNNING && client->descriptor >= 0 ? session_new() : 0;
  if (!session)
    return 0;
  session->is_terminal = (wants & WANT_TERMINAL) != 0, session->has_input = (wants & WANT_STDIN) != 0, session->input_ends = 1;
  int launch = aside(client->descriptor);
  client->descriptor = -1;
  client->session = (int)(session - sessions), client->wants = wants;
  return session_launch(session, launch) == 0;
}

static int stop(int signal)
{
  container.state.is_stopped = 1;
  if (container.phase == WAITING)
    finish(0);
  if (container.phase == LAUNCHING)
    container.signal = signal; /* sent when there is somebody to take it */
  if (container.phase != RUNNING)
    return 0;
  state_write(BUNDLE, &container.state, 1);
  long sent = SYS(pidfd_send_signal, sessions[0].pidfd, signal, 0, 0);
  freeze_cgroup(PAYLOAD, 0);
  if (equal(container.state.status, "paused"))
    container.state.status = "running", state_write(BUNDLE, &container.state, 0);
  return (int)sent;
}

static int pause_or_go_on(uint32_t pauses)
{
  const char *status = pauses ? "paused" : "running";
  if (container.phase != RUNNING || equal(container.state.status, status))
    return -EBUSY;
  freeze_cgroup(PAYLOAD, (int)pauses);
  container.state.status = status;
  state_write(BUNDLE, &container.state, 0);
  return 0;
}

static int handle(struct client *client, const struct frame *frame, const char *bytes)
{
  struct session *session = &sessions[client->session];
  uint32_t words[2] = {0};
  int32_t done = 0;
  __builtin_memcpy(words, bytes, frame->size < sizeof words ? frame->size : sizeof words);
  switch (frame->kind) {
  case FRAME_ATTACH:
    client->wants = words[0] & (WANT_STDIN | WANT_STDOUT | WANT_STDERR | WANT_ALL);
    if (container.phase == RUNNING)
      client_send(client, FRAME_STARTED, &sessions[0].pid, sizeof sessions[0].pid);
    return 1;
  case FRAME_EXECUTE:
    return execute(client, words[0]);
  case FRAME_INPUT:
    if (client->input_size || !(client->wants & WANT_STDIN))
      return 0;
    if (frame->size == 0) {
      end_input(session);
      return 1;
    }
    __builtin_memcpy(client->input, bytes, frame->size);
    client->input_at = 0, client->input_size = frame->size;
    feed(client);
    return 1;
  case FRAME_RESIZE: {
    unsigned short size[4] = {(unsigned short)words[0], (unsigned short)(words[0] >> 16), 0, 0};
    if (session->is_terminal && session->outputs[0] >= 0)
      SYS(ioctl, session->outputs[0], TIOCSWINSZ, size);
    return 1;
  }
  case FRAME_SIGNAL:
    if (session->pidfd >= 0)
      SYS(pidfd_send_signal, session->pidfd, (int)words[0], 0, 0);
    return 1;
  case FRAME_STOP:
    done = stop((int)words[0]);
    break;
  case FRAME_PAUSE:
    done = pause_or_go_on(words[0]);
    break;
  case FRAME_POLICY:
    container.policy = (int)words[0], container.maximum = words[1];
    break;
  default:
    return 0;
  }
  if (client->fd && !client->is_ending)
    client_send(client, FRAME_DONE, &done, sizeof done);
  return 1;
}

/* Where the first client took the input with it, the container reads the end of it. */
static void look_for_feeder(void)
{
  int has_feeder = 0;
  for (int i = 0; i < clients_end; i++)
    has_feeder |= clients[i].fd && clients[i].session == 0 && (clients[i].wants & WANT_STDIN);
  if (container.had_feeder && !has_feeder)
    end_input(&sessions[0]);
  container.had_feeder = has_feeder;
}

static int has_clients(void)
{
  for (int i = 0; i < clients_end; i++)
    if (clients[i].fd)
      return 1;
  return 0;
}

static int is_held(int session)
{
  for (int i = 0; i < clients_end; i++)
    if (clients[i].fd && clients[i].session == session && client_holds(&clients[i]))
      return 1;
  return 0;
}

static int waits_for_input(int session)
{
  for (int i = 0; i < clients_end; i++)
    if (clients[i].fd && clients[i].session == session && clients[i].input_size)
      return 1;
  return 0;
}

enum { PER_SESSION = 5, FIRST_SESSION = 2 /* behind the listener and the children's signals */ };
static struct pollfd polled[FIRST_SESSION + PER_SESSION * MOST_SESSIONS + MOST_CLIENTS];

static int64_t next_moment(void)
{
  int64_t now = clock_now();
  if (container.phase == WAITING && now >= container.due)
    start_again();
  int64_t at = container.phase == WAITING ? container.due : -1;
  int64_t probe = container.phase == RUNNING && equal(container.state.status, "running") ? health_tick(now) : -1;
  return at < 0 || (probe >= 0 && probe < at) ? probe : at;
}

static void wait_for_something(int count, int64_t until)
{
  int64_t left = until - clock_now();
  struct {
    int64_t seconds, nanoseconds;
  } timeout = {left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000000 : 0};
  if (SYS(ppoll, polled, count, until < 0 ? 0 : &timeout, 0, 0) < 0)
    for (int i = 0; i < count; i++)
      polled[i].revents = 0;
}

/* A child that no session knows of: a clone whose helper died before it could tell, or the stored command. As a zombie it would
 * keep the container's first process from ever ending (pid_namespaces(7)). */
static void reap_strangers(void)
{
  for (;;) {
    struct {
      int signo, error, code, unused, pid, rest[27];
    } info = {0};
    if (SYS(waitid, 0 /* P_ALL */, 0, &info, WEXITED | WNOHANG | WNOWAIT, 0) < 0 || info.pid == 0)
      return;
    for (int i = 0; i < sessions_end; i++)
      if (sessions[i].phase != SESSION_FREE && (sessions[i].pid == info.pid || sessions[i].helper == info.pid))
        return; /* it is reaped in its own place, and then we are called again */
    SYS(wait4, info.pid, 0, WNOHANG, 0);
  }
}

/* Its client learns first that it runs, and then what it writes. */
static void hear(struct session *session)
{
  session_hear(session);
  if (session->phase == SESSION_LAUNCHING)
    return;
  if (session == &sessions[0])
    launched();
  else if (session->phase == SESSION_FAILED)
    end_session(session, 126);
  else
    tell_all((int)(session - sessions), 0, FRAME_STARTED, &session->pid, sizeof session->pid);
}

static void reap(struct session *session)
{
  int status = session_reap(session);
  if (status == -EAGAIN)
    return;
  if (session == &sessions[0])
    ended(status);
  else
    end_session(session, status);
}

static void poll_all(void)
{
  int64_t until = next_moment();
  int clients_at = FIRST_SESSION + PER_SESSION * sessions_end;
  if (container.phase == OVER && !has_clients())
    return;
  polled[0] = (struct pollfd){.fd = container.listener, .events = POLLIN};
  polled[1] = (struct pollfd){.fd = container.children, .events = POLLIN};
  for (int i = 0; i < sessions_end; i++) {
    struct session *session = &sessions[i];
    struct pollfd *at = &polled[FIRST_SESSION + PER_SESSION * i];
    int is_used = session->phase != SESSION_FREE, held = is_used && is_held(i);
    at[0] = (struct pollfd){.fd = is_used ? session->parent : -1, .events = POLLIN};
    at[1] = (struct pollfd){.fd = session->phase == SESSION_RUNNING ? session->pidfd : -1, .events = POLLIN};
    for (int output = 0; output < 2; output++)
      at[2 + output] = (struct pollfd){.fd = session->phase == SESSION_RUNNING && !held ? session->outputs[output] : -1, .events = POLLIN};
    at[4] = (struct pollfd){.fd = is_used && session->input >= 0 && waits_for_input(i) ? session->input : -1, .events = POLLOUT};
  }
  int clients_now = clients_end;
  for (int i = 0; i < clients_now; i++)
    polled[clients_at + i] = (struct pollfd){
        .fd = clients[i].fd ? clients[i].fd : -1, .events = (short)(POLLIN | (client_is_behind(&clients[i]) ? POLLOUT : 0))};
  wait_for_something(clients_at + clients_now, until);

  int sessions_now = (clients_at - FIRST_SESSION) / PER_SESSION;
  for (int i = 0; i < sessions_now; i++) {
    struct session *session = &sessions[i];
    struct pollfd *at = &polled[FIRST_SESSION + PER_SESSION * i];
    if (at[0].revents)
      hear(session);
    for (int output = 0; output < 2; output++)
      if (at[2 + output].revents && session->outputs[output] >= 0)
        pump(session, output);
    if (at[4].revents)
      for (int j = 0; j < clients_now; j++)
        if (clients[j].fd && clients[j].session == i && clients[j].input_size)
          feed(&clients[j]);
    if (at[1].revents && session->phase == SESSION_RUNNING)
      reap(session);
  }
  for (int i = 0; i < clients_now; i++) {
    short events = polled[clients_at + i].revents;
    if ((events & POLLOUT) && clients[i].fd)
      client_flush(&clients[i]);
    if ((events & ~POLLOUT) && clients[i].fd)
      client_receive(&clients[i], handle);
  }
  look_for_feeder();
  if (polled[1].revents)
    SYS(read, container.children, buffer, sizeof buffer);
  reap_strangers();
  if (polled[0].revents && container.listener >= 0) {
    long accepted = SYS(accept4, container.listener, 0, 0, O_CLOEXEC | O_NONBLOCK);
    if (accepted >= 0)
      client_add(aside((int)accepted));
  }
}

/* A socket in the bundle, whose folder only root may enter. */
static int listen_in_bundle(void)
{
  struct {
    uint16_t family;
    char path[32];
  } address = {1 /* AF_UNIX */, "/proc/self/fd/5/socket"};
  SYS(unlinkat, BUNDLE, "socket", 0);
  int fd = aside((int)SYS(socket, 1, 1 /* SOCK_STREAM */ | O_CLOEXEC | O_NONBLOCK, 0));
  SYS(bind, fd, &address, 2 + 22 + 1);
  SYS(listen, fd, 128);
  return fd;
}

/* Dispositions are inherited: a container must not start with what our caller chose (`nohup`, Node.js ignoring SIGPIPE). We
 * ourselves live until our container ends, also when a machine that shuts down asks everybody to go. */
static void set_signals(void)
{
  struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } standard = {0};
  uint64_t blocked = 1ull << (SIGTERM - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGHUP - 1) | 1ull << (SIGPIPE - 1) |
                     1ull << (SIGCHLD - 1) | 1ull << (SIGXFSZ - 1) /* a limit of our caller's on files is an error of write(2) */;
  for (int signal = 1; signal <= 64; signal++)
    SYS(rt_sigaction, signal, &standard, 0, 8);
  SYS(rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  uint64_t child = 1ull << (SIGCHLD - 1);
  container.children = aside((int)SYS(signalfd4, -1, &child, 8, O_CLOEXEC | O_NONBLOCK));
}

static uint32_t read_arguments(int argc, char **argv)
{
  uint32_t wants = 0;
  for (int i = 2; i < argc; i++) {
    const char *word = argv[i], *value;
    sessions[0].is_terminal |= equal(word, "terminal");
    sessions[0].has_input |= equal(word, "stdin");
    sessions[0].input_ends |= equal(word, "once");
    container.removes |= equal(word, "remove");
    if ((value = value_of(word, "wants=")))
      wants = (uint32_t)number_in(value);
    if ((value = value_of(word, "log-size=")))
      container.has_log = 1, container.log.max_size = (uint64_t)number_in(value);
    if ((value = value_of(word, "log-files=")))
      container.log.max_files = (int)number_in(value);
    if ((value = value_of(word, "policy=")))
      container.policy = (int)number_in(value);
    if ((value = value_of(word, "maximum=")))
      container.maximum = (uint64_t)number_in(value);
    if ((value = value_of(word, "health-interval=")))
      health.interval = number_in(value);
    if ((value = value_of(word, "health-timeout=")))
      health.timeout = number_in(value);
    if ((value = value_of(word, "health-start-period=")))
      health.start_period = number_in(value);
    if ((value = value_of(word, "health-start-interval=")))
      health.start_interval = number_in(value);
    if ((value = value_of(word, "health-retries=")))
      health.retries = number_in(value);
  }
  return wants;
}

int main(int argc, char **argv)
{
  static char log_name[80];
  if (argc < 2)
    return 125;
  container.id = argv[1], client_spools = BUNDLE;
  uint32_t wants = read_arguments(argc, argv);

  /* Our starter waits for this first process only; the one that stays belongs to init and has no terminal. */
  if (SYS(clone, SIGCHLD, 0, 0, 0, 0) != 0)
    return 0;
  SYS(setsid);
  set_signals();
  for (int fd = LAUNCH; fd <= CGROUPS; fd++)
    SYS(fcntl, fd, F_SETFD, FD_CLOEXEC);
  container.listener = listen_in_bundle();
  *put(put(log_name, container.id), "-json.log") = 0;
  if (container.has_log) /* one that cannot be opened now is tried again at each write */
    log_open(&container.log, BUNDLE, log_name, container.log.max_size, container.log.max_files);
  container.oom_before = oom_kills(PAYLOAD);
  int control = aside(CONTROL);
  SYS(fcntl, control, F_SETFL, O_RDWR | O_NONBLOCK);
  client_add(control)->wants = wants;
  if (session_launch(&sessions[0], aside(LAUNCH)))
    finish(0);
  while (container.phase != OVER || has_clients())
    poll_all();
  return 0;
}
