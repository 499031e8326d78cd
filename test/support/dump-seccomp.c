// Writes the newest seccomp filter of a process to stdout: dump-seccomp PID. Needs CAP_SYS_ADMIN (ptrace(2),
// PTRACE_SECCOMP_GET_FILTER; filter 0 is the one set last) and a pid that can be traced.
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

static int fail(const char *what) {
  fprintf(stderr, "dump-seccomp: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  pid_t pid = atoi(argv[1]);
  if (ptrace(PTRACE_ATTACH, pid, 0, 0) < 0) return fail("attach");
  if (waitpid(pid, NULL, __WALL) < 0) return fail("wait");
  static struct sock_filter filter[4096];
  long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, filter);
  if (length < 0) return fail("get filter");
  ptrace(PTRACE_DETACH, pid, 0, 0);
  return fwrite(filter, sizeof *filter, length, stdout) == (size_t)length ? 0 : fail("write");
}
