#include "file.h"
#include "sys.h"
#include "text.h"

#include <dirent.h> /* its struct is what getdents64(2) writes on 64-bit machines */
#include <linux/fcntl.h>

#define DEEPEST 64 /* so many descriptors at most, and a page of stack for each */

enum { NOWHERE = -1 };

long file_read(int folder, const char *name, char *to, long room) {
  long fd = SYS(openat, folder, name, O_RDONLY | O_CLOEXEC);
  long got = SYS(read, fd, to, room - 1);
  SYS(close, fd);
  got = got < 0 ? 0 : got;
  to[got] = 0;
  return got;
}

int file_write(int folder, const char *name, int flags, const char *bytes, long size) {
  long fd = SYS(openat, folder, name, O_WRONLY | O_CLOEXEC | flags, 0600);
  int is_written = SYS(write, fd, bytes, size) == size;
  SYS(close, fd);
  return is_written;
}

int file_replace(int folder, const char *name, const char *bytes, long size, int durably) {
  char made[64];
  *put(put(made, name), ".new") = 0;
  int is_written = file_write(folder, made, O_CREAT | O_TRUNC | (durably ? O_SYNC : 0), bytes, size);
  if (!is_written || SYS(renameat2, folder, made, folder, name, 0) < 0) {
    SYS(unlinkat, folder, made, 0);
    return 0;
  }
  if (durably)
    SYS(fsync, folder);
  return 1;
}

static int is_dots(const char *name) {
  return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Moves a folder up to `top`, under a name that nothing has there. */
static int move_up(int folder, const char *name, int top) {
  static int64_t moved;
  char place[32];
  *put_number(put(place, ".moved-"), moved++) = 0;
  return folder != top && SYS(renameat2, folder, name, top, place, 0) == 0;
}

static int remove_entry(int folder, const struct dirent *entry, int top, int depth);

/* Removes everything in `folder`, whatever a container made there: no link is followed (every name is taken relative to a
 * descriptor and unlinked, never opened through), and no depth can exhaust our stack or descriptors: what lies too deep is moved
 * up to `top`. Returns whether it is worth another turn: names may be passed over while a directory changes under getdents64. */
static int empty(int folder, int top, int depth) {
  char buffer[4096] __attribute__((aligned(8)));
  long got;
  int progress = 0;
  SYS(lseek, folder, 0, 0);
  while ((got = SYS(getdents64, folder, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < got; at += ((struct dirent *)(buffer + at))->d_reclen)
      progress |= remove_entry(folder, (struct dirent *)(buffer + at), top, depth);
  return progress;
}

static int remove_entry(int folder, const struct dirent *entry, int top, int depth) {
  const char *name = entry->d_name;
  if (is_dots(name) || (top == NOWHERE && entry->d_type != DT_DIR))
    return 0;
  if (SYS(unlinkat, folder, name, 0) == 0 || SYS(unlinkat, folder, name, AT_REMOVEDIR) == 0)
    return 1;
  long below = depth > 0 ? SYS(openat, folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (below < 0)
    return move_up(folder, name, top);
  int progress = empty((int)below, top, depth - 1);
  SYS(close, below);
  return SYS(unlinkat, folder, name, AT_REMOVEDIR) == 0 || progress;
}

void folder_empty(int folder) {
  while (empty(folder, folder, DEEPEST))
    ;
}

void folder_prune(int folder) {
  empty(folder, NOWHERE, DEEPEST);
}
