/* The cgroup of a container as its shim handles it (cgroup-v2.rst, "Core Interface Files"). */
#include "cgroup.h"
#include "file.h"
#include "moment.h"
#include "text.h"

#include <linux/fcntl.h>

enum { SHORT_REST = 500000 /* nanoseconds */, MOST_RESTS = 4000 };

int cgroup_was_killed;

/* The number behind `oom_kill` in memory.events (cgroup-v2.rst, "Memory Interface Files"). */
int oom_kills(int cgroup) {
  char text[512];
  const char *kills = 0;
  file_read(cgroup, "memory.events", text, sizeof text);
  for (const char *at = text; *at && !kills; at++)
    kills = value_of(at, "\noom_kill ");
  return kills ? (int)number_in(kills) : 0;
}

static int is_populated(int cgroup) {
  char text[64];
  return file_read(cgroup, "cgroup.events", text, sizeof text) > 10 && text[10] == '1'; /* `populated 1` is its first line */
}

/* A task that is still on its way out keeps a cgroup busy for a moment. */
void empty_cgroup(int cgroup) {
  if (is_populated(cgroup))
    cgroup_was_killed |= file_write(cgroup, "cgroup.kill", 0, "1", 1);
  for (int tries = 0; tries < MOST_RESTS && is_populated(cgroup); tries++)
    rest(SHORT_REST);
  folder_prune(cgroup);
}

void remove_cgroup(int folder, int base, const char *id) {
  for (int tries = 0; tries < MOST_RESTS && SYS(unlinkat, folder, "payload", AT_REMOVEDIR) == -EBUSY; tries++)
    rest(SHORT_REST);
  /* We live in the folder ourselves, and move out. */
  file_write(base, "shims/cgroup.procs", 0, "0", 1);
  SYS(unlinkat, folder, "shim", AT_REMOVEDIR);
  SYS(unlinkat, base, id, AT_REMOVEDIR);
}

void freeze_cgroup(int cgroup, int frozen) {
  file_write(cgroup, "cgroup.freeze", 0, frozen ? "1" : "0", 1);
}
