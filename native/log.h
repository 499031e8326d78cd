/* The container's log: Docker's json-file format and its rotation. One log a process: its buffers are static. */
#pragma once

#include <stdint.h>

struct log {
  int folder;         /* the bundle; the caller's */
  int file;           /* ours, or negative while it cannot be opened */
  const char *name;   /* of the file; rotated ones are name.1 (the newest), name.2, … */
  uint64_t size;      /* bytes in the file */
  uint64_t max_size;  /* 0: no rotation */
  int max_files;      /* with the current one */
  int error;          /* why the last write failed: -errno */
  uint64_t lost;      /* bytes of output that could not be written and of which the log does not tell yet */
};

/* Puts text as it stands inside of a JSON string, as Docker does it. At most six bytes come of one; 16 more may be written over. */
char *put_escaped(char *to, const char *from, long size);

/* Opens or makes `name` (at most 100 characters, kept, not copied) in `folder` to append to it, without the damaged last line that
 * a killed shim may have left. Returns 0 or -errno. After an error the log may be used: each write tries to open it again. */
int log_open(struct log *log, int folder, const char *name, uint64_t max_size, int max_files);

/* Writes the lines that `bytes` completes; stream: 1 stdout, 2 stderr. The rest, less than 16 KiB, waits for its newline. Never
 * fails and never blocks on anything but the disk: what cannot be written is counted, and told when there is room again. */
void log_write(struct log *log, int stream, const char *bytes, long size);

/* At the end of a stream: writes the line that has no newline. */
void log_flush(struct log *log, int stream);
