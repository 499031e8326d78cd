/* tsdocker-init: the first process of a container started with --init. It runs the command as its child, passes signals
 * on to it, and reaps what is left to it. Like tini, it ends with the command's status.
 *
 *   tsdocker-init COMMAND [ARGUMENT…]   (COMMAND is a path: the search in PATH was done before) */
#include "start.h"
#include "text.h"

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/wait.h>

int main(int argc, char **argv) {
  uint64_t all = ~0ull, none = 0;
  char **environment = argv + argc + 1;
  if (argc < 2)
    return 125;
  SYS(rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  long child = SYS(clone, SIGCHLD, 0, 0, 0, 0);
  if (child < 0)
    return 125;
  if (child == 0) {
    /* A group of its own in the terminal's foreground, so that Ctrl-C reaches the command and not us. Blocked SIGTTOU
     * lets a background process take the terminal (tcsetpgrp(3)); without a terminal this fails, and that is fine. */
    int group = (int)SYS(getpid);
    SYS(setpgid, 0, 0);
    SYS(ioctl, 0, TIOCSPGRP, &group);
    SYS(rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    long error = SYS(execve, argv[1], argv + 1, environment);
    const char *text = error == -ENOENT ? "tsdocker-init: command not found\n" : "tsdocker-init: command cannot be executed\n";
    SYS(write, 2, text, size_of(text));
    SYS(exit_group, error == -ENOENT ? 127 : 126);
  }
  for (;;) {
    int32_t info[32] = {0};
    long signal = SYS(rt_sigtimedwait, &all, info, 0, 8);
    if (signal < 0)
      continue;
    if (signal != SIGCHLD) {
      SYS(kill, child, signal);
      continue;
    }
    int status;
    for (long ended; (ended = SYS(wait4, -1, &status, WNOHANG, 0)) > 0;)
      if (ended == child)
        return (status & 0x7f) ? 128 + (status & 0x7f) : status >> 8 & 0xff;
  }
}
