/* The client of a container's process: `tsdocker run`, `attach` and `exec` become this program once the process runs, so that
 * waiting costs a few pages instead of a JavaScript engine. It relays the caller's terminal or pipes, passes signals on,
 * follows the window size, and ends with the process's exit status.
 *
 *   tsdocker-attach SOCKET [terminal] [stdin] [signals] [keys=BYTE,BYTE…]
 *
 * SOCKET is the number of a connection to the shim (frame.h). `keys` leave the process to itself. */
#include "frame.h"
#include "message.h"
#include "start.h"
#include "text.h"

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>
#include <asm/termbits.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define PIPE_BUF_ 4096 /* after poll says so, so much is written without blocking (pipe(7), "PIPE_BUF") */
#define FORCED_AFTER 3
#define MOST_KEYS 16

static int shim, is_terminal, raw;
static struct termios before;
static char keys[MOST_KEYS];
static int key_count, keys_matched;

/* What comes from the shim: a header, then the payload as it comes. */
static struct {
  struct frame frame;
  uint32_t got, left; /* of the header; of the payload */
  char bytes[65536];
  uint32_t at, size; /* of the output that is being written */
  int gone[2];       /* nobody reads our stdout or stderr */
} from;

static struct {
  int ended, credit;
  char bytes[FRAME_MOST];
} input;

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

static void tell(uint32_t kind, const void *bytes, uint32_t size)
{
  struct frame frame = {kind, size};
  message_send(shim, &frame, sizeof frame, bytes, size);
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

static void tell_window_size(void)
{
  unsigned short size[4];
  for (int fd = 0; fd < 3; fd++)
    if (SYS(ioctl, fd, TIOCGWINSZ, size) >= 0) {
      tell(FRAME_RESIZE, size, 4);
      return;
    }
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

/* Takes the detach keys out of what was typed. Returns 1 when they are complete. */
static int take_keys(uint32_t *size)
{
  uint32_t kept = 0;
  char typed[FRAME_MOST];
  __builtin_memcpy(typed, input.bytes, *size);
  for (uint32_t i = 0; i < *size; i++) {
    if (typed[i] == keys[keys_matched] && ++keys_matched == key_count)
      return 1;
    if (keys_matched && typed[i] == keys[keys_matched - 1])
      continue;
    for (int key = 0; key < keys_matched; key++) /* a beginning that led to nothing was meant for the container */
      input.bytes[kept++] = keys[key];
    keys_matched = 0;
    input.bytes[kept++] = typed[i];
  }
  *size = kept;
  return 0;
}

/* Returns 1 where the caller leaves by the detach keys. */
static int read_input(void)
{
  long got = SYS(read, 0, input.bytes, sizeof input.bytes - MOST_KEYS);
  if (got == -EINTR || got == -EAGAIN)
    return 0;
  uint32_t size = got > 0 ? (uint32_t)got : 0;
  if (size && key_count && take_keys(&size))
    return 1;
  input.ended = got <= 0;
  if (size == 0 && !input.ended)
    return 0;
  tell(FRAME_INPUT, input.bytes, size);
  input.credit = 0;
  return 0;
}

static int is_file(int fd)
{
  struct statx facts;
  return SYS(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts) == 0 && (facts.stx_mode & S_IFMT) == S_IFREG;
}

/* Where nobody reads what we write, the rest is dropped and the container goes on. */
static void write_output(void)
{
  int which = from.frame.kind == FRAME_STDERR;
  uint32_t size = from.size - from.at;
  if (size > PIPE_BUF_ && !is_file(1 + which))
    size = PIPE_BUF_;
  long put = from.gone[which] ? (long)size : SYS(write, 1 + which, from.bytes + from.at, size);
  if (put == -EINTR || put == -EAGAIN)
    return;
  if (put < 0)
    from.gone[which] = 1, put = size;
  from.at += (uint32_t)put;
}

/* Reads a header, or a part of a payload. Returns 0 where the shim is gone. */
static int read_shim(void)
{
  int none;
  char *to = from.left ? from.bytes : (char *)&from.frame + from.got;
  size_t most = from.left ? (from.left < sizeof from.bytes ? from.left : sizeof from.bytes) : sizeof from.frame - from.got;
  long got = message_receive(shim, to, most, &none);
  if (got == -EAGAIN)
    return 1;
  if (got <= 0)
    return 0;
  if (from.left) {
    from.left -= (uint32_t)got, from.at = 0, from.size = (uint32_t)got;
  } else if ((from.got += (uint32_t)got) == sizeof from.frame) {
    from.got = 0, from.left = from.frame.size, from.at = from.size = 0;
  }
  return 1;
}

int main(int argc, char **argv)
{
  int signals = 0, wants_input = 0;
  const char *value;
  if (argc < 2)
    return 125;
  shim = (int)number_in(argv[1]);
  for (int i = 2; i < argc; i++) {
    is_terminal |= equal(argv[i], "terminal"), signals |= equal(argv[i], "signals"), wants_input |= equal(argv[i], "stdin");
    if ((value = value_of(argv[i], "keys=")))
      for (; *value && key_count < MOST_KEYS; value += *value == ',') {
        keys[key_count++] = (char)number_in(value);
        while (*value >= '0' && *value <= '9')
          value++;
      }
  }
  input.credit = 1, input.ended = !wants_input;
  if (is_terminal && wants_input)
    make_raw();
  if (is_terminal)
    tell_window_size();

  uint64_t set = (signals ? forwarded_signals(is_terminal) : 0) | (is_terminal ? 1ull << (SIGWINCH - 1) : 0);
  uint64_t blocked = set | 1ull << (SIGPIPE - 1);
  SYS(rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  int signal_fd = (int)SYS(signalfd4, -1, &set, 8, O_CLOEXEC);

  for (int terminations = 0;;) {
    int is_output = from.frame.kind == FRAME_STDOUT || from.frame.kind == FRAME_STDERR;
    int writes = is_output && from.at < from.size, target = from.frame.kind == FRAME_STDERR;
    struct pollfd polled[4] = {{.fd = writes ? -1 : shim, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN},
                               {.fd = writes && !from.gone[target] ? 1 + target : -1, .events = POLLOUT},
                               {.fd = input.credit && !input.ended ? 0 : -1, .events = POLLIN}};
    if (writes && from.gone[target])
      from.at = from.size;
    else if (SYS(ppoll, polled, 4, 0, 0, 0) < 0)
      continue;
    if (polled[1].revents) {
      struct {
        uint32_t signal;
        char rest[124];
      } came;
      if (SYS(read, signal_fd, &came, sizeof came) == sizeof came) {
        if (came.signal == SIGWINCH && is_terminal)
          tell_window_size();
        else
          tell(FRAME_SIGNAL, &came.signal, 4);
        if ((came.signal == SIGINT || came.signal == SIGTERM) && ++terminations == FORCED_AFTER) {
          say("\ntsdocker: got 3 SIGTERM/SIGINTs, leaving the container to itself\n");
          return leave(1);
        }
      }
    }
    if (polled[2].revents)
      write_output();
    if (polled[3].revents && read_input()) {
      leave(0);
      say("read escape sequence\n");
      return 0;
    }
    if (!polled[0].revents)
      continue;
    if (!read_shim()) {
      leave(125);
      say("tsdocker: the container's shim was killed\n");
      return 125;
    }
    if (from.left || from.got)
      continue;
    if (from.frame.kind == FRAME_CREDIT)
      input.credit = 1;
    if (from.frame.kind == FRAME_MISSED && from.size)
      say("tsdocker: output was left out here, as it was not read; tsdocker logs has it\n");
    if (from.frame.kind == FRAME_EXITED && from.size) {
      int32_t *end = (int32_t *)from.bytes;
      leave(0);
      if (end[1] && end[0] != 0)
        say("tsdocker: the kernel killed a process of the container: out of memory\n");
      return end[0];
    }
  }
}
