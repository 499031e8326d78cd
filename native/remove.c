/* Removing a bundle, whose upper directory a container filled as it liked: no link is followed (every name is taken
 * relative to a descriptor and unlinked, never opened through), and no depth can exhaust our stack or descriptors: a
 * folder inside the folder being emptied is first moved up to the top, so the tree is only ever one level deep. */
#include "directory.h"
#include "remove.h"
#include "sys.h"

#include <linux/fcntl.h>

static int is_dots(const char *name)
{
  return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Names a folder that is moved up: a prefix no bundle uses, and a count. */
static void name_moved(char *name, uint64_t count)
{
  static const char digits[] = "0123456789abcdef";
  name[0] = '.', name[1] = 'x', name[18] = 0;
  for (int i = 17; i >= 2; i--, count >>= 4)
    name[i] = digits[count & 15];
}

/* Empties `folder`; what is a folder itself is moved to `top`. Returns how many were moved. */
static long empty(int folder, int top, uint64_t *moved)
{
  static char buffer[32768] __attribute__((aligned(8)));
  long before = (long)*moved, got;
  int progress;
  do {
    progress = 0;
    SYS(lseek, folder, 0, 0);
    while ((got = SYS(getdents64, folder, buffer, sizeof buffer)) > 0) {
      for (long at = 0; at < got; at += ((struct entry *)(buffer + at))->size) {
        const char *name = ((struct entry *)(buffer + at))->name;
        char place[24];
        if (is_dots(name))
          continue;
        if (SYS(unlinkat, folder, name, 0) == 0 || SYS(unlinkat, folder, name, AT_REMOVEDIR_) == 0) {
          progress = 1;
          continue;
        }
        if (folder == top)
          continue;
        name_moved(place, (*moved)++);
        progress |= SYS(renameat2, folder, name, top, place, 0) == 0;
      }
    }
  } while (progress); /* entries may be passed over while a directory shrinks under getdents64 */
  return (long)*moved - before;
}

void remove_bundle(int bundle, const char *id)
{
  static char buffer[4096] __attribute__((aligned(8)));
  uint64_t moved = 0;
  int progress;
  do {
    empty(bundle, bundle, &moved);
    /* What is left are folders that hold something: empty each once, moving its folders up to us. */
    progress = 0;
    SYS(lseek, bundle, 0, 0);
    long got = SYS(getdents64, bundle, buffer, sizeof buffer);
    for (long at = 0; at < got; at += ((struct entry *)(buffer + at))->size) {
      const char *name = ((struct entry *)(buffer + at))->name;
      if (is_dots(name))
        continue;
      long folder = SYS(openat, bundle, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (folder < 0)
        continue;
      empty((int)folder, bundle, &moved);
      SYS(close, folder);
      progress |= SYS(unlinkat, bundle, name, AT_REMOVEDIR_) == 0;
    }
  } while (progress);
  long parent = SYS(openat, bundle, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (parent >= 0) {
    SYS(unlinkat, parent, id, AT_REMOVEDIR_);
    SYS(close, parent);
  }
}
