/* The cgroup of a container as its shim handles it (cgroup-v2.rst, "Core Interface Files"). */
#include "cgroup.h"
#include "directory.h"
#include "sys.h"

#include <linux/fcntl.h>

#define DEEPEST_CGROUP 64

/* The number behind `oom_kill` in memory.events (cgroup-v2.rst, "Memory Interface Files"), or 0 without the controller. */
int oom_kills(int cgroup)
{
  static const char key[] = "\noom_kill ";
  char text[512];
  int kills = 0;
  long fd = SYS(openat, cgroup, "memory.events", O_RDONLY | O_CLOEXEC);
  long size = fd < 0 ? 0 : SYS(read, fd, text, sizeof text);
  if (fd >= 0)
    SYS(close, fd);
  for (long at = 0; at + (long)sizeof key - 1 < size; at++) {
    long matched = 0;
    while (key[matched] && text[at + matched] == key[matched])
      matched++;
    if (key[matched])
      continue;
    for (at += matched; at < size && text[at] >= '0' && text[at] <= '9'; at++)
      kills = kills * 10 + (text[at] - '0');
    return kills;
  }
  return 0;
}

/* Removes the cgroups that a privileged container made below its own, deepest first. They are as deep as it liked, so what is
 * beyond our bound stays, and the cgroup with it. */
static void remove_below(int folder, int depth)
{
  char buffer[1024] __attribute__((aligned(8)));
  long got;
  SYS(lseek, folder, 0, 0);
  while ((got = SYS(getdents64, folder, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < got; at += ((struct entry *)(buffer + at))->size) {
      const struct entry *entry = (struct entry *)(buffer + at);
      if (entry->type != DT_DIR_ || entry->name[0] == '.' || SYS(unlinkat, folder, entry->name, AT_REMOVEDIR_) == 0 || depth == 0)
        continue;
      long below = SYS(openat, folder, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below < 0)
        continue;
      remove_below((int)below, depth - 1);
      SYS(close, below);
      SYS(unlinkat, folder, entry->name, AT_REMOVEDIR_);
    }
  }
}

static int is_populated(int cgroup)
{
  char text[64];
  long fd = SYS(openat, cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
  long size = fd < 0 ? 0 : SYS(read, fd, text, sizeof text);
  if (fd >= 0)
    SYS(close, fd);
  return size > 10 && text[10] == '1'; /* `populated 1` is its first line */
}

int cgroup_was_killed;

static void kill_cgroup(int cgroup)
{
  long fd = is_populated(cgroup) ? SYS(openat, cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  cgroup_was_killed = 1;
  SYS(write, fd, "1", 1);
  SYS(close, fd);
}

/* A task that is still on its way out keeps a cgroup busy for a moment. */
void empty_cgroup(int cgroup)
{
  const struct {
    long seconds, nanoseconds;
  } pause = {0, 500000};
  kill_cgroup(cgroup);
  for (int tries = 0; tries < 4000 && is_populated(cgroup); tries++)
    SYS(nanosleep, &pause, 0);
  remove_below(cgroup, DEEPEST_CGROUP);
}

void enter_cgroup(int cgroup)
{
  long fd = SYS(openat, cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  SYS(write, fd, "0", 1);
  SYS(close, fd);
}

void remove_cgroup(int folder, int base, const char *id)
{
  const struct {
    long seconds, nanoseconds;
  } pause = {0, 500000};
  for (int tries = 0; tries < 4000 && SYS(unlinkat, folder, "payload", AT_REMOVEDIR_) == -EBUSY; tries++)
    SYS(nanosleep, &pause, 0);
  /* We live in the folder ourselves, and move out. */
  long shims = SYS(openat, base, "shims", O_PATH | O_CLOEXEC);
  enter_cgroup((int)shims);
  SYS(close, shims);
  SYS(unlinkat, folder, "shim", AT_REMOVEDIR_);
  SYS(unlinkat, base, id, AT_REMOVEDIR_);
}

void freeze_cgroup(int cgroup, int frozen)
{
  long fd = SYS(openat, cgroup, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  SYS(write, fd, frozen ? "1" : "0", 1);
  SYS(close, fd);
}
