/* The shim: one a container. It runs the container's launch program, is the parent of its processes, keeps their terminals and
 * pipes, writes the log, serves clients, starts the container again as its policy says, and at its end leaves nothing
 * behind. It decides nothing about containers; what it needs to know stands in its arguments and descriptors (README.md).
 *
 *   tsdocker-shim ID WORD=NUMBER…
 *
 * Descriptors at start: session.h. The bundle is locked by flock(2) for as long as the container is ours. */
#include "cgroup.h"
#include "client.h"
#include "door.h"
#include "file.h"
#include "health.h"
#include "log.h"
#include "moment.h"
#include "program.h"
#include "session.h"
#include "start.h"
#include "state.h"
#include "text.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/un.h>

enum { POLICY_NO, POLICY_ON_FAILURE, POLICY_ALWAYS, POLICY_UNLESS_STOPPED };
enum { FIRST_PAUSE = 100, LONGEST_PAUSE = 60000, STEADY = 10000 /* milliseconds (docker run --help, "--restart") */ };

static struct {
  int64_t terminal, stdin, once, remove, wants, policy, maximum, log_size, log_files;
} settings;

static const struct {
  const char *name;
  int64_t *number;
} words[] = {
    {"terminal=", &settings.terminal}, {"stdin=", &settings.stdin}, {"remove=", &settings.remove},
    {"once=", &settings.once},   /* with the client that feeds it, its input ends, too */
    {"wants=", &settings.wants}, /* what the first client wants */
    {"policy=", &settings.policy}, {"maximum=", &settings.maximum},
    {"log-size=", &settings.log_size}, {"log-files=", &settings.log_files}, /* without any: no log */
    {"health-interval=", &health.interval}, {"health-timeout=", &health.timeout}, {"health-retries=", &health.retries},
    {"health-start-period=", &health.start_period}, {"health-start-interval=", &health.start_interval},
};

static struct {
  const char *id;
  enum { LAUNCHING, RUNNING, WAITING, OVER } phase;
  int64_t pause, began, due; /* of the boot clock */
  int listener, children, oom_before, had_feeder, signal;
  struct state state;
  struct log log;
} container;

static struct session *const first = sessions;
static char buffer[FRAME_OUTPUT_MOST];

static int is_logged(const struct session *session) {
  return session == first && settings.log_files > 0;
}

static void tell_all(const struct session *session, uint32_t want, uint32_t kind, const void *bytes, uint32_t size) {
  EACH_CLIENT(client, session)
    if (!client->is_ending && (!want || client->wants & want))
      client_send(client, kind, bytes, size);
}

static void end_clients(const struct session *session, int status, int oom) {
  EACH_CLIENT(client, session)
    client_end(client, status, oom);
}

/* Reads what there is of an output. Returns 0 at its end. */
static long pump(struct session *session, int which) {
  long got = SYS(read, session->outputs[which], buffer, sizeof buffer);
  if (got == -EAGAIN || got == -EINTR)
    return got;
  if (got <= 0) { /* the end, or EIO: nobody has the terminal's other side */
    let_go(&session->outputs[which]);
    if (is_logged(session))
      log_flush(&container.log, which + 1);
    return 0;
  }
  health_output(session, buffer, got);
  if (is_logged(session))
    log_write(&container.log, which + 1, buffer, got);
  tell_all(session, which ? WANT_STDERR : WANT_STDOUT, which ? FRAME_STDERR : FRAME_STDOUT, buffer, (uint32_t)got);
  return got;
}

/* What is left in the pipes of a process that has ended. Others may go on writing to them: it is not for ever. */
static void drain(struct session *session) {
  for (int i = 0; i < 2; i++) {
    for (int turns = 0; turns < 1024 && session->outputs[i] >= 0; turns++)
      if (pump(session, i) == -EAGAIN)
        break;
    if (is_logged(session))
      log_flush(&container.log, i + 1);
  }
}

static void end_session(struct session *session, int status) {
  drain(session);
  health_ended(session, status, milliseconds_of(BOOT_CLOCK));
  end_clients(session, status, 0);
  session_close(session);
}

/* Everybody in the container is dead: their clients are told. */
static void end_other_sessions(void) {
  for (struct session *session = first + 1; session < sessions_end; session++)
    if (session->phase != SESSION_FREE)
      end_session(session, session_kill(session));
}

/* Runs the stored command, for what cannot be done here: a program that fails when it is run again. It outlives us. */
static void run_stored_command(void) {
  static char text[4096];
  char *list[32] = {0}, *environment[] = {0}, *end = text + file_read(BUNDLE, "resume", text, sizeof text);
  int count = 0;
  for (char *at = text; at < end && count < 31; at += size_of(at) + 1)
    list[count++] = at;
  if (count == 0 || SYS(clone, SIGCHLD, 0, 0, 0, 0) != 0)
    return;
  uint64_t none = 0;
  int nothing = (int)SYS(openat, AT_FDCWD, "/dev/null", O_RDWR);
  for (int i = 0; i < 3; i++)
    SYS(dup3, nothing, i, 0);
  SYS(close_range, 3, ~0u, 0);
  SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
  SYS(execve, list[0], list, environment);
  SYS(exit_group, 127);
}

static void remove_bundle(void) {
  char above[80];
  folder_empty(BUNDLE);
  *put(put(above, "../"), container.id) = 0;
  SYS(unlinkat, BUNDLE, above, AT_REMOVEDIR);
}

/* Takes back what was done for the container outside of it: the stored program `release`, which has 10 seconds. The doors go last:
 * while anything still leads to the container, nobody else may have its ports. */
static void take_back(void) {
  const int64_t timer[4] = {0, 0, 10, 0}; /* struct itimerval */
  int program = aside((int)SYS(openat, BUNDLE, "release", O_RDONLY | O_CLOEXEC));
  long helper = program < 0 ? program : SYS(clone, SIGCHLD, 0, 0, 0, 0);
  if (helper == 0) {
    SYS(setitimer, 0 /* ITIMER_REAL: SIGALRM ends us */, timer, 0);
    SYS(dup3, program, LAUNCH, O_CLOEXEC);
    SYS(close_range, OUT_OF_THE_WAY, ~0u, 0);
    SYS(exit_group, interpret(LAUNCH, -1));
  }
  SYS(close, program);
  if (helper > 0)
    SYS(wait4, helper, 0, 0, 0);
  for (int kind = 0; kind < DOOR_KINDS; kind++)
    doors_shut(kind);
}

/* The container is over, or never began: nothing of it stays, and only then anybody is told. */
static void finish(int must_resume) {
  struct state *state = &container.state;
  empty_cgroup(PAYLOAD);
  take_back();
  remove_cgroup(CGROUP, CGROUPS, container.id);
  state->status = "exited", state->pid = 0, state->lost = container.log.lost;
  if (state->started_at && settings.remove)
    event_write(BUNDLE, container.id, "destroy", NO_EXIT_CODE);
  else if (state->started_at)
    state_write(BUNDLE, state, 1);
  SYS(unlinkat, BUNDLE, "socket", 0); /* whoever finds none finds the state */
  if (settings.remove)
    remove_bundle();
  SYS(flock, BUNDLE, 8 /* LOCK_UN */);
  for (int fd = LAYERS; fd <= NETWORK; fd++)
    SYS(close, fd);
  SYS(close, container.listener);
  container.listener = -1, container.phase = OVER;
  if (must_resume)
    run_stored_command();
  if (state->started_at)
    end_clients(first, state->exit_code, state->oom_killed);
  else
    EACH_CLIENT(client, first)
      client_drop(client);
}

static void could_not_start_again(void) {
  container.state.exit_code = 128, container.state.finished_at = milliseconds_of(REAL_CLOCK);
  container.state.error = "the stored launch program failed";
  finish(1);
}

static int starts_again(int status) {
  if (container.state.is_stopped)
    return 0;
  if (settings.policy == POLICY_ON_FAILURE)
    return status != 0 && (!settings.maximum || container.state.restarts < (uint64_t)settings.maximum);
  return settings.policy != POLICY_NO;
}

static void wait_to_start_again(void) {
  int64_t now = milliseconds_of(BOOT_CLOCK), doubled = container.pause * 2;
  int is_steady = now - container.began >= STEADY || !container.pause;
  container.pause = is_steady ? FIRST_PAUSE : doubled < LONGEST_PAUSE ? doubled : LONGEST_PAUSE;
  container.phase = WAITING, container.due = now + container.pause;
  container.state.status = "restarting";
  freeze_cgroup(PAYLOAD, 0);
  state_write(BUNDLE, &container.state, 1);
  end_clients(first, container.state.exit_code, container.state.oom_killed);
}

/* The first process has ended. */
static void ended(int status) {
  struct state *state = &container.state;
  empty_cgroup(PAYLOAD);
  drain(first);
  end_other_sessions();
  session_close(first);
  int kills = oom_kills(PAYLOAD);
  state->exit_code = status, state->finished_at = milliseconds_of(REAL_CLOCK), state->pid = 0;
  state->oom_killed = kills > container.oom_before, state->lost = container.log.lost;
  container.oom_before = kills;
  if (state->oom_killed)
    event_write(BUNDLE, container.id, "oom", NO_EXIT_CODE);
  event_write(BUNDLE, container.id, "die", status);
  if (starts_again(status))
    wait_to_start_again();
  else
    finish(0);
}

/* The stored program is run as it was the first time, with no engine around. */
static void start_again(void) {
  if (session_launch(first, aside((int)SYS(openat, BUNDLE, "launch", O_RDONLY | O_CLOEXEC)))) {
    could_not_start_again();
    return;
  }
  container.phase = LAUNCHING;
  container.state.restarts++;
}

static void could_not_launch(void) {
  session_close(first);
  if (container.state.started_at)
    could_not_start_again();
  else
    finish(0);
}

static void launched(void) {
  struct state *state = &container.state;
  container.phase = RUNNING, container.began = milliseconds_of(BOOT_CLOCK);
  state->status = "running", state->pid = first->pid;
  state->started_at = milliseconds_of(REAL_CLOCK), state->finished_at = 0, state->oom_killed = 0;
  state_write(BUNDLE, state, 0);
  event_write(BUNDLE, container.id, "start", NO_EXIT_CODE);
  health_begin(container.began, container.id);
  session_signal(first, container.signal); /* 0: none */
  container.signal = 0;
  tell_all(first, 0, FRAME_STARTED, &state->pid, sizeof state->pid);
}

/* A client's input goes on to its process; what that does not take waits, and no more is asked for. */
static void feed(struct client *client) {
  int to = client->session->input;
  while (client->input_size > client->input_at) {
    long put = to < 0 ? -EPIPE : SYS(write, to, client->input + client->input_at, client->input_size - client->input_at);
    if (put == -EAGAIN || put == -EINTR || put == 0)
      return;
    client->input_at = put < 0 ? client->input_size : client->input_at + (uint32_t)put;
  }
  client->input_at = client->input_size = 0;
  client_send(client, FRAME_CREDIT, 0, 0);
}

static void end_input(struct session *session) {
  if (session->input_ends && !session->is_terminal)
    let_go(&session->input);
}

static int take_input(struct client *client, const char *bytes, uint32_t size) {
  if (client->input_size || !(client->wants & WANT_STDIN))
    return 0;
  if (size == 0) {
    end_input(client->session);
    return 1;
  }
  __builtin_memcpy(client->input, bytes, size);
  client->input_at = 0, client->input_size = size;
  feed(client);
  return 1;
}

static int attach(struct client *client, uint32_t wants) {
  client->wants = wants & (WANT_STDIN | WANT_STDOUT | WANT_STDERR | WANT_ALL);
  if (container.phase == RUNNING)
    client_send(client, FRAME_STARTED, &first->pid, sizeof first->pid);
  return 1;
}

static int execute(struct client *client, uint32_t wants) {
  struct session *session = container.phase == RUNNING && client->descriptor >= 0 ? session_new(wants) : 0;
  if (!session)
    return 0;
  int launch = aside(client->descriptor);
  client->descriptor = -1;
  client->session = session, client->wants = wants;
  return session_launch(session, launch) == 0;
}

static int resize(const struct session *session, uint32_t rows_and_columns) {
  unsigned short size[4] = {(unsigned short)rows_and_columns, (unsigned short)(rows_and_columns >> 16), 0, 0};
  if (session->is_terminal && session->outputs[0] >= 0)
    SYS(ioctl, session->outputs[0], TIOCSWINSZ, size);
  return 1;
}

static int stop(int signal) {
  container.state.is_stopped = 1;
  if (container.phase == WAITING)
    finish(0);
  if (container.phase == LAUNCHING)
    container.signal = signal; /* sent when there is somebody to take it */
  if (container.phase != RUNNING)
    return 0;
  state_write(BUNDLE, &container.state, 1);
  int sent = session_signal(first, signal);
  freeze_cgroup(PAYLOAD, 0);
  if (equal(container.state.status, "paused"))
    container.state.status = "running", state_write(BUNDLE, &container.state, 0);
  return sent;
}

static int pause_or_go_on(uint32_t pauses) {
  const char *status = pauses ? "paused" : "running";
  if (container.phase != RUNNING || equal(container.state.status, status))
    return -EBUSY;
  freeze_cgroup(PAYLOAD, (int)pauses);
  container.state.status = status;
  state_write(BUNDLE, &container.state, 0);
  return 0;
}

/* Returns 1, as whoever asked is still served. It may be gone: a stop can end the container. */
static int answer(struct client *client, int32_t done) {
  if (client->fd && !client->is_ending)
    client_send(client, FRAME_DONE, &done, sizeof done);
  return 1;
}

static int take_door(struct client *client, const struct frame *frame, const char *bytes) {
  struct door_frame door;
  int fd = client->descriptor;
  if (container.phase == OVER || frame->size != sizeof door || fd < 0)
    return 0;
  client->descriptor = -1;
  __builtin_memcpy(&door, bytes, sizeof door);
  return door_add(&door, fd) == 0;
}

static int shut(uint32_t kind) {
  if (kind >= DOOR_KINDS)
    return -EINVAL;
  doors_shut((int)kind);
  return 0;
}

static int handle(struct client *client, const struct frame *frame, const char *bytes) {
  uint32_t numbers[2] = {0};
  __builtin_memcpy(numbers, bytes, frame->size < sizeof numbers ? frame->size : sizeof numbers);
  switch (frame->kind) {
  case FRAME_ATTACH:
    return attach(client, numbers[0]);
  case FRAME_EXECUTE:
    return execute(client, numbers[0]);
  case FRAME_INPUT:
    return take_input(client, bytes, frame->size);
  case FRAME_RESIZE:
    return resize(client->session, numbers[0]);
  case FRAME_SIGNAL:
    session_signal(client->session, (int)numbers[0]);
    return 1;
  case FRAME_STOP:
    return answer(client, stop((int)numbers[0]));
  case FRAME_PAUSE:
    return answer(client, pause_or_go_on(numbers[0]));
  case FRAME_DOOR:
    return take_door(client, frame, bytes);
  case FRAME_SHUT:
    return answer(client, shut(numbers[0]));
  case FRAME_POLICY:
    settings.policy = numbers[0], settings.maximum = numbers[1];
    return answer(client, 0);
  default:
    return 0;
  }
}

/* Where the first client took the input with it, the container reads the end of it. */
static void look_for_feeder(void) {
  int has_feeder = 0;
  EACH_CLIENT(client, first)
    has_feeder |= (client->wants & WANT_STDIN) != 0;
  if (container.had_feeder && !has_feeder)
    end_input(first);
  container.had_feeder = has_feeder;
}

/* Its client learns first that it runs, and then what it writes. */
static void hear(struct session *session) {
  session_hear(session);
  if (session->phase == SESSION_RUNNING && session == first)
    launched();
  else if (session->phase == SESSION_RUNNING)
    tell_all(session, 0, FRAME_STARTED, &session->pid, sizeof session->pid);
  else if (session->phase == SESSION_FAILED && session == first)
    could_not_launch();
  else if (session->phase == SESSION_FAILED)
    end_session(session, 126);
}

static void reap(struct session *session) {
  int status = session_reap(session);
  if (status == -EAGAIN)
    return;
  if (session == first)
    ended(status);
  else
    end_session(session, status);
}

/* What is waited for: the listener, the children's signals, the doors, then five descriptors of each session, then a client each. */
enum { PER_SESSION = 5, FIRST_DOOR = 2, FIRST_SESSION = FIRST_DOOR + DOOR_KINDS };
static struct pollfd polled[FIRST_SESSION + PER_SESSION * MOST_SESSIONS + MOST_CLIENTS];

static void watch_session(const struct session *session, struct pollfd *at) {
  int runs = session->phase == SESSION_RUNNING, is_held = 0, has_input = 0;
  EACH_CLIENT(client, session) {
    is_held |= client_holds(client);
    has_input |= client->input_size > 0;
  }
  at[0] = (struct pollfd){session->parent, POLLIN, 0};
  at[1] = (struct pollfd){has_input ? session->input : -1, POLLOUT, 0};
  at[2] = (struct pollfd){runs && !is_held ? session->outputs[0] : -1, POLLIN, 0};
  at[3] = (struct pollfd){runs && !is_held ? session->outputs[1] : -1, POLLIN, 0};
  at[4] = (struct pollfd){runs ? session->pidfd : -1, POLLIN, 0};
}

static void watch_client(const struct client *client, struct pollfd *at) {
  *at = (struct pollfd){client->fd ? client->fd : -1, (short)(POLLIN | (client_is_behind(client) ? POLLOUT : 0)), 0};
}

/* What was seen may be over: serving one session or client can end others. */
static void serve_session(struct session *session, const struct pollfd *at) {
  if (at[0].revents && session->parent >= 0)
    hear(session);
  for (int output = 0; output < 2; output++)
    if (at[2 + output].revents && session->outputs[output] >= 0)
      pump(session, output);
  if (at[1].revents)
    EACH_CLIENT(client, session)
      if (client->input_size)
        feed(client);
  if (at[4].revents && session->phase == SESSION_RUNNING)
    reap(session);
}

static void serve_client(struct client *client, short events) {
  if ((events & POLLOUT) && client->fd)
    client_flush(client);
  if ((events & ~POLLOUT) && client->fd)
    client_receive(client, handle);
}

/* Does what is due now. Returns when there is something to do again. */
static int64_t next_moment(void) {
  int64_t now = milliseconds_of(BOOT_CLOCK), doors = doors_due(now), at = NEVER;
  if (container.phase == WAITING && now >= container.due)
    start_again();
  if (container.phase == WAITING)
    at = container.due;
  else if (container.phase == RUNNING && equal(container.state.status, "running"))
    at = health_tick(now);
  return at < doors ? at : doors;
}

static void wait_for_something(long count, int64_t until) {
  int64_t left = until - milliseconds_of(BOOT_CLOCK);
  struct moment timeout = {left > 0 ? left / 1000 : 0, left > 0 ? left % 1000 * 1000000 : 0};
  SYS(ppoll, polled, count, &timeout, 0, 0); /* where it fails nothing was seen */
}

static void serve(int64_t until) {
  long session_count = sessions_end - sessions, client_count = clients_end - clients;
  struct pollfd *of_sessions = polled + FIRST_SESSION, *of_clients = of_sessions + PER_SESSION * session_count;
  int64_t now = milliseconds_of(BOOT_CLOCK);
  polled[0] = (struct pollfd){container.listener, POLLIN, 0};
  polled[1] = (struct pollfd){container.children, POLLIN, 0};
  for (int kind = 0; kind < DOOR_KINDS; kind++)
    polled[FIRST_DOOR + kind] = (struct pollfd){doors_watched(kind, now), POLLIN, 0};
  for (long i = 0; i < session_count; i++)
    watch_session(&sessions[i], &of_sessions[PER_SESSION * i]);
  for (long i = 0; i < client_count; i++)
    watch_client(&clients[i], &of_clients[i]);
  wait_for_something(of_clients + client_count - polled, until);
  for (long i = 0; i < session_count; i++)
    serve_session(&sessions[i], &of_sessions[PER_SESSION * i]);
  for (long i = 0; i < client_count; i++)
    serve_client(&clients[i], of_clients[i].revents);
  look_for_feeder();
  if (polled[1].revents)
    SYS(read, container.children, buffer, sizeof buffer);
  for (int kind = 0; kind < DOOR_KINDS; kind++)
    if (polled[FIRST_DOOR + kind].revents & POLLIN && doors_watched(kind, now) == polled[FIRST_DOOR + kind].fd)
      doors_serve(kind, now);
  sessions_reap_strangers(doors_ended);
  if (polled[0].revents && container.listener >= 0)
    client_add(aside((int)SYS(accept4, container.listener, 0, 0, O_CLOEXEC | O_NONBLOCK)), first);
}

/* A socket in the bundle, whose folder only root may enter. */
static int listen_in_bundle(void) {
  struct sockaddr_un address = {1 /* AF_UNIX */, "/proc/self/fd/5/socket"};
  SYS(unlinkat, BUNDLE, "socket", 0);
  int fd = aside((int)SYS(socket, 1 /* AF_UNIX */, 1 /* SOCK_STREAM */ | O_CLOEXEC | O_NONBLOCK, 0));
  SYS(bind, fd, &address, sizeof address);
  SYS(listen, fd, 128);
  return fd;
}

/* Dispositions are inherited: a container must not start with what our caller chose (`nohup`, Node.js ignoring SIGPIPE). We
 * ourselves live until our container ends, also when a machine that shuts down asks everybody to go. */
static void set_signals(void) {
  const uint64_t standard[4] = {0}; /* struct sigaction, SIG_DFL */
  uint64_t child = 1ull << (SIGCHLD - 1);
  uint64_t blocked = child | 1ull << (SIGTERM - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGHUP - 1) | 1ull << (SIGPIPE - 1) |
                     1ull << (SIGXFSZ - 1) /* a limit of our caller's on files is an error of write(2) */;
  for (int signal = 1; signal <= 64; signal++)
    SYS(rt_sigaction, signal, standard, 0, 8);
  SYS(rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  container.children = aside((int)SYS(signalfd4, -1, &child, 8, O_CLOEXEC | O_NONBLOCK));
}

static void read_word(const char *word) {
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    const char *number = value_of(word, words[i].name);
    if (number)
      *words[i].number = number_in(number);
  }
}

static void open_log(void) {
  static char name[80];
  *put(put(name, container.id), "-json.log") = 0;
  log_open(&container.log, BUNDLE, name, (uint64_t)settings.log_size, (int)settings.log_files); /* fails: tried again at each write */
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 125;
  container.id = argv[1], client_spools = BUNDLE;
  for (int i = 2; i < argc; i++)
    read_word(argv[i]);
  first->is_terminal = settings.terminal != 0, first->has_input = settings.stdin != 0, first->input_ends = settings.once != 0;

  /* Our starter waits for this first process only; the one that stays belongs to init and has no terminal. */
  if (SYS(clone, SIGCHLD, 0, 0, 0, 0) != 0)
    return 0;
  SYS(setsid);
  set_signals();
  for (int fd = LAUNCH; fd <= NETWORK; fd++)
    SYS(fcntl, fd, F_SETFD, FD_CLOEXEC);
  container.listener = listen_in_bundle();
  if (settings.log_files > 0)
    open_log();
  container.oom_before = oom_kills(PAYLOAD);
  int control = aside(CONTROL);
  SYS(fcntl, control, F_SETFL, O_RDWR | O_NONBLOCK);
  client_add(control, first)->wants = (uint32_t)settings.wants;
  if (session_launch(first, aside(LAUNCH)))
    finish(0);
  for (int64_t until = next_moment(); container.phase != OVER || client_count; until = next_moment())
    serve(until);
  return 0;
}
