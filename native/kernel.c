/* kernel.so: the two functions that TypeScript calls through the foreign function interface. Answers are the result or
 * -errno, so that nothing depends on a thread's errno surviving the way back into JavaScript. */
#include "sys.h"

#include <linux/sched.h>
#include <linux/fcntl.h>
#include <asm/signal.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT long tsdocker_syscall(long number, long a, long b, long c, long d, long e, long f) {
  return sys(number, a, b, c, d, e, f);
}

struct spawn {
  int executable; /* a descriptor of the program, opened by the caller */
  int cgroup;     /* a descriptor of the cgroup to start in, or -1 */
  char *const *argv;
  char *const *envp;
  const int *descriptors; /* what the child finds as descriptors 0, 1, 2, … */
  long descriptor_count;
  uint64_t namespaces; /* CLONE_NEW… flags */
};

/* The child of the spawn: shares our memory until it executes, so it only makes system calls. */
static void become(const struct spawn *spawn) {
  uint64_t none = 0;
  int count = (int)spawn->descriptor_count;
  int moved[16];
  if (count > 16)
    return;
  SYS(rt_sigprocmask, 2 /* SIG_SETMASK */, &none, 0, 8);
  /* First out of the way, then into place: a descriptor to be moved may stand where another belongs. */
  for (int i = 0; i < count; i++)
    if ((moved[i] = (int)SYS(fcntl, spawn->descriptors[i], F_DUPFD_CLOEXEC, 64)) < 0)
      return;
  int executable = (int)SYS(fcntl, spawn->executable, F_DUPFD_CLOEXEC, 64);
  for (int i = 0; i < count; i++)
    SYS(dup3, moved[i], i, 0);
  SYS(close_range, count, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
  SYS(execveat, executable, "", spawn->argv, spawn->envp, 0x1000 /* AT_EMPTY_PATH */);
}

/* Starts a program in a new process and returns its pid once it has executed, or -errno of the clone. A program that
 * cannot be executed exits 127. The caller's other threads go on; its memory is borrowed, not copied (CLONE_VFORK). */
EXPORT long tsdocker_spawn(const struct spawn *spawn) {
  struct clone_args clone = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND | (spawn->cgroup >= 0 ? CLONE_INTO_CGROUP : 0) | spawn->namespaces,
      .exit_signal = SIGCHLD,
      .cgroup = spawn->cgroup >= 0 ? (uint64_t)spawn->cgroup : 0,
  };
  /* The child runs on our stack, below this frame, while we are suspended; sys() is inlined, so nothing returns twice. */
  long pid = sys(__NR_clone3, (long)&clone, sizeof clone, 0, 0, 0, 0);
  if (pid == 0) {
    become(spawn);
    SYS(exit_group, 127);
  }
  return pid;
}
