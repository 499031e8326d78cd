#include "confine.h"
#include "sys.h"

#include <asm/signal.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/seccomp.h>

#define MOST_CALLS 60

static void limit(int resource, uint64_t most) {
  const uint64_t limits[2] = {most, most};
  SYS(prlimit64, 0, resource, limits, 0);
}

static void must(long result) {
  if (result < 0)
    SYS(exit_group, 1);
}

void confine(int parent) {
  limit(RLIMIT_NOFILE, MOST_OPEN);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  must(SYS(setgroups, 0, 0));
  must(SYS(setresgid, NOBODY, NOBODY, NOBODY));
  must(SYS(setresuid, NOBODY, NOBODY, NOBODY)); /* takes the capabilities along (capabilities(7)) */
  limit(RLIMIT_NPROC, 0);
  must(SYS(prctl, PR_SET_NO_NEW_PRIVS, 1));
  must(SYS(prctl, PR_SET_DUMPABLE, 0)); /* or others of nobody's could trace us */
  must(SYS(prctl, PR_SET_PDEATHSIG, SIGKILL)); /* after setresuid, which takes it back */
  if (SYS(getppid) != parent)
    SYS(exit_group, 1);
}

void confine_calls(const uint16_t *calls, size_t count) {
#if defined(__x86_64__)
  enum { HERE = AUDIT_ARCH_X86_64 }; /* calls of x32 have other numbers, and none of ours */
#else
  enum { HERE = AUDIT_ARCH_AARCH64 };
#endif
  struct sock_filter filter[MOST_CALLS + 12], *at = filter;
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
  *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)HERE, 1, 0);
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (size_t i = 0; i < count && i < MOST_CALLS; i++)
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], (uint8_t)(count - i + 4), 0);
  *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 0, 3);
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
  *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2 /* AF_INET */, 2, 0);
  *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 10 /* AF_INET6 */, 1, 0);
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog program = {(unsigned short)(at - filter), filter};
  must(SYS(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

void confine_files(const int *folders, int count) {
  const struct landlock_ruleset_attr all = {.handled_access_fs = (1u << 13) - 1 /* all of the first version */};
  long rules = SYS(landlock_create_ruleset, &all, sizeof all.handled_access_fs, 0);
  if (rules < 0)
    return;
  for (int i = 0; i < count; i++) {
    const struct landlock_path_beneath_attr below = {LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR, folders[i]};
    SYS(landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
  }
  must(SYS(landlock_restrict_self, rules, 0));
  SYS(close, rules);
}
