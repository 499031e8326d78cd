/* The client of a container's process: `tsdocker run`, `attach` and `exec` become this program once the process runs, so that
 * waiting costs a few pages instead of a JavaScript engine. It relays the caller's terminal or pipes, passes signals on,
 * follows the window size, and ends with the process's exit status.
 *
 *   tsdocker-attach SOCKET [terminal] [stdin] [signals] [keys=BYTE,BYTE…]
 *
 * SOCKET is the number of a connection to the shim (frame.h). `keys` leave the process to itself. */
#include "frame.h"
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

static int shim, is_terminal, has_stdin, has_signals, is_raw, terminations;
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

static void say(const char *text) {
  SYS(write, 2, text, size_of(text));
}

/* Ends this process with the terminal as it was. */
static void leave(int status, const char *last_words) {
  if (is_raw)
    SYS(ioctl, 0, TCSETS, &before);
  say(last_words);
  SYS(exit_group, status);
}

static void tell(uint32_t kind, const void *bytes, uint32_t size) {
  struct frame frame = {kind, size};
  message_send(shim, &frame, sizeof frame, bytes, size);
}

/* Every key goes to the container as it is (termios(3), "Raw mode"). */
static void make_raw(void) {
  struct termios mode;
  if (SYS(ioctl, 0, TCGETS, &before) < 0)
    return;
  mode = before;
  mode.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  mode.c_oflag &= ~(tcflag_t)OPOST;
  mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  mode.c_cflag = (mode.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
  mode.c_cc[VMIN] = 1, mode.c_cc[VTIME] = 0;
  is_raw = SYS(ioctl, 0, TCSETS, &mode) >= 0;
}

static void tell_window_size(void) {
  unsigned short size[4];
  for (int fd = 0; fd < 3; fd++)
    if (SYS(ioctl, fd, TIOCGWINSZ, size) >= 0) {
      tell(FRAME_RESIZE, size, 4);
      return;
    }
}

/* What the container should see of our signals: all but those that concern this process alone, and job control, which is
 * the caller's shell's. That the terminal hung up ends us and not the container, as in Docker. */
static uint64_t forwarded_signals(void) {
  static const int kept[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGPIPE, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
                             SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP};
  uint64_t set = ~0ull;
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    set &= ~(1ull << (kept[i] - 1));
  return set & ~(1ull << ((is_terminal ? SIGHUP : SIGWINCH) - 1));
}

/* Takes the detach keys out of what was typed. Returns 1 when they are complete. */
static int take_keys(uint32_t *size) {
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

static void read_input(void) {
  long got = SYS(read, 0, input.bytes, sizeof input.bytes - MOST_KEYS);
  if (got == -EINTR || got == -EAGAIN)
    return;
  uint32_t size = got > 0 ? (uint32_t)got : 0;
  if (size && key_count && take_keys(&size))
    leave(0, "read escape sequence\n");
  input.ended = got <= 0;
  if (size == 0 && !input.ended)
    return;
  tell(FRAME_INPUT, input.bytes, size);
  input.credit = 0;
}

static void read_signal(int signals) {
  uint32_t came[32]; /* struct signalfd_siginfo; the signal is the first word */
  if (SYS(read, signals, came, sizeof came) != sizeof came)
    return;
  if (came[0] == SIGWINCH && is_terminal)
    tell_window_size();
  else
    tell(FRAME_SIGNAL, &came[0], 4);
  if ((came[0] == SIGINT || came[0] == SIGTERM) && ++terminations == FORCED_AFTER)
    leave(1, "\ntsdocker: got 3 SIGTERM/SIGINTs, leaving the container to itself\n");
}

static int is_file(int fd) {
  struct statx facts;
  return SYS(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &facts) == 0 && (facts.stx_mode & S_IFMT) == S_IFREG;
}

/* Where the payload of the frame that comes is to be written: 1, 2, or 0 for one that is no output. */
static int target(void) {
  return from.frame.kind == FRAME_STDOUT ? 1 : from.frame.kind == FRAME_STDERR ? 2 : 0;
}

/* Where nobody reads what we write, the rest is dropped and the container goes on. */
static void write_output(void) {
  uint32_t size = from.size - from.at;
  if (size > PIPE_BUF_ && !is_file(target()))
    size = PIPE_BUF_;
  long written = SYS(write, target(), from.bytes + from.at, size);
  if (written == -EINTR || written == -EAGAIN)
    return;
  from.gone[target() - 1] = written < 0;
  from.at = written < 0 ? from.size : from.at + (uint32_t)written;
}

static void take_frame(void) {
  const int32_t *numbers = (const int32_t *)from.bytes;
  if (from.frame.kind == FRAME_CREDIT)
    input.credit = 1;
  if (from.frame.kind == FRAME_MISSED)
    say("tsdocker: output was left out here, as it was not read; tsdocker logs has it\n");
  if (from.frame.kind == FRAME_EXITED)
    leave(numbers[0], numbers[0] && numbers[1] ? "tsdocker: the kernel killed a process of the container: out of memory\n" : "");
}

/* Reads a header, or a part of a payload. */
static void read_shim(void) {
  int none;
  char *to = from.left ? from.bytes : (char *)&from.frame + from.got;
  size_t most = from.left ? (from.left < sizeof from.bytes ? from.left : sizeof from.bytes) : sizeof from.frame - from.got;
  long got = message_receive(shim, to, most, &none);
  if (got == -EAGAIN)
    return;
  if (got <= 0)
    leave(125, "tsdocker: the container's shim was killed\n");
  if (from.left) {
    from.left -= (uint32_t)got, from.size = (uint32_t)got;
    from.at = target() && !from.gone[target() - 1] ? 0 : from.size;
  } else if ((from.got += (uint32_t)got) == sizeof from.frame) {
    from.got = 0, from.left = from.frame.size, from.at = from.size = 0;
  }
  if (from.left == 0 && from.got == 0)
    take_frame();
}

static void read_keys(const char *list) {
  for (const char *at = list; *at && key_count < MOST_KEYS; at++)
    if (at == list || at[-1] == ',')
      keys[key_count++] = (char)number_in(at);
}

static void read_word(const char *word) {
  is_terminal |= equal(word, "terminal"), has_stdin |= equal(word, "stdin"), has_signals |= equal(word, "signals");
  if (value_of(word, "keys="))
    read_keys(value_of(word, "keys="));
}

static void relay(int signals) {
  int is_writing = from.at < from.size;
  struct pollfd polled[] = {{is_writing ? -1 : shim, POLLIN, 0}, {is_writing ? target() : -1, POLLOUT, 0}, {signals, POLLIN, 0},
                            {input.credit && !input.ended ? 0 : -1, POLLIN, 0}};
  if (SYS(ppoll, polled, 4, 0, 0, 0) < 0)
    return;
  if (polled[2].revents)
    read_signal(signals);
  if (polled[1].revents)
    write_output();
  if (polled[3].revents)
    read_input();
  if (polled[0].revents)
    read_shim();
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 125;
  shim = (int)number_in(argv[1]);
  for (int i = 2; i < argc; i++)
    read_word(argv[i]);
  input.credit = 1, input.ended = !has_stdin;
  if (is_terminal && has_stdin)
    make_raw();
  if (is_terminal)
    tell_window_size();
  uint64_t set = (has_signals ? forwarded_signals() : 0) | (is_terminal ? 1ull << (SIGWINCH - 1) : 0);
  uint64_t blocked = set | 1ull << (SIGPIPE - 1);
  SYS(rt_sigprocmask, SIG_SETMASK, &blocked, 0, 8);
  for (int signals = (int)SYS(signalfd4, -1, &set, 8, O_CLOEXEC);;)
    relay(signals);
}
