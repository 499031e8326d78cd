/* What a shim does when its container has ended: counts, clears away, records. */
#include "ending.h"
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

/* Ends whatever outlived the first process (possible where the pid namespace is shared) and removes the cgroup. A task
 * that is still on its way out keeps it busy for a moment. */
void empty_cgroup(int cgroup, int parent, const char *id)
{
  const struct {
    long seconds, nanoseconds;
  } pause = {0, 500000};
  long fd = SYS(openat, cgroup, "cgroup.kill", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    SYS(write, fd, "1", 1);
    SYS(close, fd);
  }
  for (int tries = 0; tries < 4000 && SYS(unlinkat, parent, id, AT_REMOVEDIR_) == -EBUSY; tries++) {
    long own = SYS(openat, parent, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own >= 0) {
      remove_below((int)own, DEEPEST_CGROUP);
      SYS(close, own);
    }
    SYS(nanosleep, &pause, 0);
  }
}

static int append(char *to, const char *text)
{
  int size = 0;
  while (text[size])
    to[size] = text[size], size++;
  return size;
}

static int append_number(char *to, long number)
{
  char digits[24];
  int count = 0, size = 0;
  do
    digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  while (count > 0)
    to[size++] = digits[--count];
  return size;
}

/* Writes the file `exit` of the bundle, whole or not at all, and on the disk before anyone is told. */
void record_exit(int bundle, int status, int oom)
{
  struct {
    long seconds, nanoseconds;
  } now = {0};
  char text[128];
  int size = 0;
  SYS(clock_gettime, 0 /* CLOCK_REALTIME */, &now);
  size += append(text + size, "{\"exitCode\":");
  size += append_number(text + size, status);
  size += append(text + size, ",\"oomKilled\":");
  size += append(text + size, oom ? "true" : "false");
  size += append(text + size, ",\"finishedAt\":");
  size += append_number(text + size, now.seconds * 1000 + now.nanoseconds / 1000000);
  size += append(text + size, "}\n");
  long fd = SYS(openat, bundle, "exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || SYS(write, fd, text, size) != size || SYS(fsync, fd) < 0)
    return;
  SYS(close, fd);
  SYS(renameat2, bundle, "exit.new", bundle, "exit", 0);
  SYS(fsync, bundle);
}
