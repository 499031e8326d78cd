/* The client of a container in the foreground: `tsdocker run` becomes this program once the container runs, so that
 * waiting costs a few pages instead of a JavaScript engine. It relays the caller's terminal or pipes, passes signals on,
 * follows the window size, and ends with the container's exit status.
 *
 *   tsdocker-attach CONTROL [terminal] [stdin] [stdout] [stderr] [signals]
 *
 * CONTROL is the number of the control socket (control.h). `terminal` is for a container that has one. */
#include "control.h"
#include "start.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

/* One direction of relaying. At most a pipe's atomic size is written at a time, and only after poll said that it can
 * be: a reader that has stopped never keeps us from signals (pipe(7), "PIPE_BUF"). */
struct relay {
  int from, to; /* -1: ended, or not attached */
  int whole;    /* `to` is a file: writing never blocks */
  long at, size;
  char buffer[65536];
};

#define PIPE_BUF_ 4096
#define FORCED_AFTER 3

static struct relay input, outputs[2];
static struct termios before;
static int raw;

static int equal(const char *a, const char *b)
{
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

static void say(const char *text)
{
  size_t size = 0;
  while (text[size])
    size++;
  SYS(write, 2, text, size);
}

static int leave(int status)
{
  if (raw)
    SYS(ioctl, 0, TCSETS, &before);
  return status;
}

/* Every key goes to the container as it is (termios(3), "Raw mode"). */
static void make_raw(void)
{
  struct termios mode;
  if (SYS(ioctl, 0, TCGETS, &before) < 0)
    return;
  mode = before;
  mode.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  mode.c_oflag &= ~(tcflag_t)OPOST;
  mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  mode.c_cflag = (mode.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
  mode.c_cc[VMIN] = 1, mode.c_cc[VTIME] = 0;
  raw = SYS(ioctl, 0, TCSETS, &mode) >= 0;
}

static void copy_window_size(int terminal)
{
  struct {
    unsigned short rows, columns, x, y;
  } size;
  for (int fd = 0; fd < 3; fd++)
    if (SYS(ioctl, fd, TIOCGWINSZ, &size) >= 0) {
      SYS(ioctl, terminal, TIOCSWINSZ, &size);
      return;
    }
}

static int is_file(int fd)
{
  struct statx facts;
  return SYS(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts) == 0 && (facts.stx_mode & S_IFMT) == S_IFREG;
}

/* What the container should see of our signals: all but those that concern this process alone, and job control, which is
 * the caller's shell's. That the terminal hung up ends us and not the container, as in Docker. */
static uint64_t forwarded_signals(int terminal)
{
  static const int kept[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
                             SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP};
  uint64_t set = ~0ull;
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    set &= ~(1ull << (kept[i] - 1));
  return set & ~(1ull << ((terminal ? SIGHUP : SIGWINCH) - 1));
}

static void stop(struct relay *relay)
{
  relay->from = -1;
  relay->at = relay->size = 0;
}

static void fill(struct relay *relay)
{
  long got = SYS(read, relay->from, relay->buffer, sizeof relay->buffer);
  if (got == -EINTR || got == -EAGAIN)
    return;
  if (got <= 0) /* the end, or EIO: the terminal's other side is closed */
    stop(relay);
  else
    relay->at = 0, relay->size = got;
}

/* Where nobody reads what we write, the rest is dropped and the container goes on. */
static void flush(struct relay *relay)
{
  long size = relay->size - relay->at;
  if (!relay->whole && size > PIPE_BUF_)
    size = PIPE_BUF_;
  long put = relay->to < 0 ? size : SYS(write, relay->to, relay->buffer + relay->at, size);
  if (put == -EINTR || put == -EAGAIN)
    return;
  if (put < 0)
    relay->to = -1, put = size;
  relay->at += put;
  if (relay->at == relay->size)
    relay->at = relay->size = 0;
}

static struct pollfd interest(const struct relay *relay)
{
  if (relay->size > 0)
    return (struct pollfd){.fd = relay->to, .events = POLLOUT};
  return (struct pollfd){.fd = relay->from, .events = POLLIN};
}

static void move(struct relay *relay, const struct pollfd *polled)
{
  if (relay->size > 0 && (polled->revents || relay->to < 0))
    flush(relay);
  else if (relay->size == 0 && polled->revents)
    fill(relay);
}

int main(int argc, char **argv)
{
  int terminal = 0, attached[3] = {0}, signals = 0, control = 0, descriptors[3], count;
  struct control_message message;
  if (argc < 2)
    return 125;
  for (const char *digit = argv[1]; *digit; digit++)
    control = control * 10 + (*digit - '0');
  for (int i = 2; i < argc; i++) {
    terminal |= equal(argv[i], "terminal"), signals |= equal(argv[i], "signals");
    attached[0] |= equal(argv[i], "stdin"), attached[1] |= equal(argv[i], "stdout"), attached[2] |= equal(argv[i], "stderr");
  }
  if (control_receive_all(control, &message, sizeof message, descriptors, &count) != sizeof message || message.kind != CONTROL_STARTED) {
    say("tsdocker: the container's shim ended before the container ran\n");
    return 125;
  }

  int expected = terminal ? 1 : 2 + attached[0];
  if (count != expected)
    return 125;
  int *output = descriptors + (terminal ? 0 : attached[0]);
  input = (struct relay){.from = attached[0] ? 0 : -1, .to = attached[0] ? descriptors[0] : -1};
  for (int i = 0; i < 2; i++)
    outputs[i].from = terminal && i ? -1 : output[i], outputs[i].to = attached[1 + i] ? 1 + i : -1, outputs[i].whole = is_file(1 + i);
  if (terminal)
    copy_window_size(descriptors[0]);
  if (terminal && attached[0])
    make_raw();

  uint64_t set = (signals ? forwarded_signals(terminal) : 0) | (terminal ? 1ull << (SIGWINCH - 1) : 0);
  uint64_t blocked = set | 1ull << (SIGPIPE - 1);
  SYS(rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  int signal_fd = (int)SYS(signalfd4, -1, &set, 8, O_CLOEXEC);

  int status = 125, oom = 0, running = 1, terminations = 0;
  while (running || outputs[0].from >= 0 || outputs[1].from >= 0 || outputs[0].size || outputs[1].size) {
    struct pollfd polled[5] = {{.fd = running ? control : -1, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN},
                               interest(&outputs[0]), interest(&outputs[1]), interest(&input)};
    if (SYS(ppoll, polled, 5, 0, 0, 0) < 0)
      continue;
    if (polled[0].revents) {
      int none;
      if (control_receive(control, &message, sizeof message, &none) != sizeof message) {
        say("tsdocker: the container's shim was killed\n");
        return leave(125);
      }
      if (message.kind == CONTROL_EXITED)
        status = message.value, oom = (int)message.oom, running = 0;
    }
    if (polled[1].revents) {
      struct {
        uint32_t signal;
        char rest[124];
      } came;
      if (SYS(read, signal_fd, &came, sizeof came) == sizeof came) {
        if (came.signal == SIGWINCH && terminal) {
          copy_window_size(descriptors[0]);
        } else {
          struct control_message forward = {.kind = CONTROL_SIGNAL, .value = (int32_t)came.signal};
          control_send(control, &forward, 0, 0);
          if ((came.signal == SIGINT || came.signal == SIGTERM) && ++terminations == FORCED_AFTER) {
            say("\ntsdocker: got 3 SIGTERM/SIGINTs, leaving the container to itself\n");
            return leave(1);
          }
        }
      }
    }
    move(&outputs[0], &polled[2]);
    move(&outputs[1], &polled[3]);
    move(&input, &polled[4]);
    if (input.to >= 0 && input.from < 0 && input.size == 0 && !terminal) {
      SYS(close, input.to); /* the container reads its end of file */
      input.to = -1;
    }
  }
  leave(status);
  if (oom && status != 0)
    say("tsdocker: the kernel killed a process of the container: out of memory\n");
  return status;
}
