/* What a child gives up before it looks at anything that comes from outside. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NOBODY = 65534, MOST_OPEN = 1 << 18 /* descriptors */ };

/* Becomes nobody, for good, and dies with its parent, which is `parent`. Ends the process where that is not possible. */
void confine(int parent);

/* From here on these system calls are all that there is (seccomp(2)); another one ends the process. A socket is one of IPv4 or IPv6. */
void confine_calls(const uint16_t *calls, size_t count);

/* From here on no files can be opened but for reading below these folders (landlock(7)); an old kernel does not know it. */
void confine_files(const int *folders, int count);
