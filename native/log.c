/* Writes what a container says to its log, a JSON object a line, as Docker's json-file driver does: the same escapes, the same
 * pieces of long lines. Text is copied 16 bytes at a time, and many lines are one write(2). A container says what it likes as fast
 * as it likes: buffers are bounded, and only the pages that are used take memory. */
#include "log.h"
#include "moment.h"
#include "text.h"

#include <linux/fcntl.h>
#include <linux/fs.h>

#define PIECE 16384 /* a longer line is several pieces, without newline but for the last */
#define BATCH 32768 /* written out when this much is gathered */
#define EXPANSION 6 /* a byte becomes \u0000 at most */
#define AROUND 160  /* more than what stands around a text, and more than the line about what is missing */
#define BLOCK 16

typedef signed char block __attribute__((vector_size(BLOCK), aligned(1), may_alias));
typedef uint64_t halves __attribute__((vector_size(BLOCK)));

static struct line {
  long size;
  char bytes[PIECE];
} unfinished[2];
static char batch[BATCH + 2 * AROUND + EXPANSION * (PIECE + AROUND)];
static long used;         /* of the batch */
static uint64_t gathered; /* bytes of output that the batch tells */
static int64_t second;    /* the one that stands in `suffix` */

/* What follows a text; the present time is written over the one that stands here. */
static char suffix[AROUND] = "\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00";
enum { STREAM = 15, DATE = 28, FRACTION = 47 };
static long suffix_size;

/* The index of the first byte that `mask` marks with -1, or BLOCK. */
static inline long first(block mask) {
  halves words = (halves)mask;
  return words[0] ? __builtin_ctzll(words[0]) / 8 : words[1] ? BLOCK / 2 + __builtin_ctzll(words[1]) / 8 : BLOCK;
}

/* The size of the UTF-8 sequence at `at`, or 0 where it is none (Unicode, table 3-7). */
static int sequence(const unsigned char *at, long left) {
  int size = at[0] < 0xc2 || at[0] > 0xf4 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
  if (size == 0 || size > left || (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
      (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
    return 0;
  for (int i = 1; i < size; i++)
    if ((at[i] & 0xc0) != 0x80)
      return 0;
  return size;
}

/* Escapes what stands at `*from`; a tab is \u0009 in Docker's logs too, and each byte that is not UTF-8 one \ufffd. */
static char *escape_one(char *to, const char **from, const char *end) {
  const unsigned char *at = (const unsigned char *)*from;
  int size = *at < 0x80 ? 1 : sequence(at, end - *from);
  *from += size ? size : 1;
  if (size == 0)
    return put(to, "\\ufffd");
  if (size == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8)
    return put(to, at[2] & 1 ? "\\u2029" : "\\u2028");
  if (*at == '\n' || *at == '\r' || *at == '"' || *at == '\\') {
    *to++ = '\\';
    *to++ = *at == '\n' ? 'n' : *at == '\r' ? 'r' : (char)*at;
  } else if (*at < 0x20 || *at == '<' || *at == '>' || *at == '&') {
    to = put(to, "\\u00");
    *to++ = (char)('0' + (*at >> 4));
    *to++ = "0123456789abcdef"[*at & 15];
  } else {
    while (size--)
      *to++ = (char)*at++;
  }
  return to;
}

char *put_escaped(char *to, const char *from, long size) {
  const char *end = from + size;
  while (from < end) {
    if (end - from >= BLOCK) {
      block bytes = *(const block *)from;
      long plain = first((bytes < ' ') | (bytes == '"') | (bytes == '\\') | (bytes == '<') | (bytes == '>') | (bytes == '&'));
      *(block *)to = bytes; /* what follows goes over what is not plain */
      to += plain, from += plain;
      if (plain == BLOCK)
        continue;
    }
    to = escape_one(to, &from, end);
  }
  return to;
}

/* Adds the object of one line, or of a piece of one, to the batch. */
static long object(const char *from, long size, int stream) {
  __builtin_memcpy(batch + used, "{\"log\":\"", 8);
  char *to = put_escaped(batch + used + 8, from, size);
  for (long at = 0; at < suffix_size; at += BLOCK)
    *(block *)(to + at) = *(const block *)(suffix + at);
  __builtin_memcpy(to + STREAM, stream == 1 ? "out" : "err", 3);
  return to + suffix_size - batch;
}

/* Puts the present time into `suffix`: RFC 3339, without zeros at the end of the fraction. */
static void stamp(void) {
  struct moment now = moment_of(REAL_CLOCK);
  if (now.seconds != second) {
    /* Years begin in March, so that a leap day is the last of its year; an era has 400 of them. */
    uint64_t time = (uint64_t)(second = now.seconds), days = time / 86400 + 719468, day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    uint64_t month = (5 * day + 2) / 153, is_next = month > 9;
    const uint64_t fields[] = {days / 146097 * 400 + year + is_next, month + 3 - 12 * is_next, day - (153 * month + 2) / 5 + 1,
                               time / 3600 % 24, time / 60 % 60, time % 60};
    put_number(suffix + DATE, (int64_t)fields[0]);
    for (int i = 1; i < 6; i++) { /* two digits: a 1 before them keeps the zero, and makes way for what stands there */
      char *at = suffix + DATE + 1 + 3 * i;
      put_number(at, (int64_t)fields[i] + 100);
      *at = "--T::"[i - 1];
    }
  }
  char *at = suffix + FRACTION;
  if (now.nanoseconds)
    for (at = put_number(at, now.nanoseconds + 1000000000), suffix[FRACTION] = '.'; at[-1] == '0';)
      at--;
  suffix_size = put(at, "Z\"}\n") - suffix;
}

/* Begins a batch with the line about what is missing before it, so that they are written together or not at all. */
static void tell_missing(const struct log *log) {
  char line[AROUND];
  const char *reason = log->error == -ENOSPC ? "no space left on device\n" : log->error == -EDQUOT ? "disk quota exceeded\n"
    : log->error == -EIO ? "input/output error\n" : "the log could not be written\n";
  char *end = put(put_number(put(line, "tsdocker: "), (int64_t)log->lost), " bytes of output are missing here: ");
  end = put(end, reason);
  used = object(line, end - line, 2);
}

/* Opens or makes the file, and cuts off what stands behind its last whole line. */
static int open_file(struct log *log) {
  long fd = SYS(openat, log->folder, log->name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  long size = fd < 0 ? 0 : SYS(lseek, fd, 0, SEEK_END), end = size, failed = 0;
  char last;
  while (end > 0 && SYS(pread64, fd, &last, 1, end - 1) == 1 && last != '\n')
    end--;
  if (end < size && (failed = SYS(ftruncate, fd, end)) < 0)
    SYS(close, fd);
  log->size = (uint64_t)end;
  log->file = (int)(failed < 0 ? failed : fd);
  return log->file < 0 ? log->file : 0;
}

/* Writes the batch, all of it or nothing. */
static void write_out(struct log *log) {
  long done = 0, got = log->file < 0 ? open_file(log) : 0;
  for (; got >= 0 && done < used; done += got > 0 ? got : 0) {
    got = SYS(write, log->file, batch + done, used - done);
    got = got == -EINTR ? 0 : got == 0 ? -ENOSPC : got;
  }
  if (got >= 0) {
    log->size += (uint64_t)used;
    log->lost = 0;
  } else {
    /* Back to the last whole line. The end is asked for: somebody else may have truncated the file. */
    long end = done > 0 ? SYS(lseek, log->file, 0, SEEK_END) : 0;
    if (done > 0 && (end < done || SYS(ftruncate, log->file, end - done) < 0)) {
      SYS(close, log->file);
      log->file = -1; /* opening it again tries once more */
    }
    log->error = (int)got;
    log->lost += gathered;
  }
  gathered = 0;
  used = 0;
}

/* The name of the file that was rotated `age` times. */
static const char *aged(const struct log *log, char *to, int age) {
  char *end = put(to, log->name);
  *(age > 0 ? put_number(put(end, "."), age) : end) = 0;
  return to;
}

/* Makes each file one older, up to the first gap or the oldest one, which goes; then begins a new file. */
static void rotate(struct log *log) {
  char from[AROUND], to[AROUND];
  int last = 1;
  while (last < log->max_files - 1 && SYS(faccessat, log->folder, aged(log, to, last), 0) == 0)
    last++;
  for (int age = last; age > 0 && log->max_files > 1; age--)
    if (SYS(renameat2, log->folder, aged(log, from, age - 1), log->folder, aged(log, to, age), 0) < 0)
      return; /* goes on in the file it has */
  SYS(unlinkat, log->folder, log->name, 0);
  SYS(close, log->file);
  open_file(log);
}

/* Gathers one line, or one piece, and rotates before it where it would make the file too large. */
static void gather(struct log *log, const char *from, long size, int stream) {
  if (used >= BATCH)
    write_out(log);
  for (int is_second = 0;; is_second = 1) {
    if (used == 0 && log->lost > 0)
      tell_missing(log);
    long with = object(from, size, stream);
    if (is_second || log->max_size == 0 || log->size + (uint64_t)with <= log->max_size) {
      used = with;
      gathered += (uint64_t)size;
      return;
    }
    if (used > 0)
      write_out(log);
    if (log->size > 0 && log->file >= 0)
      rotate(log);
  }
}

/* The size of the line at `from` with its newline, or 0 where there is none in `size` bytes. */
static long line_size(const char *from, long size) {
  long at = 0, found = BLOCK;
  for (; size - at >= BLOCK && found == BLOCK; at += found)
    found = first(*(const block *)(from + at) == '\n');
  while (at < size && from[at] != '\n')
    at++;
  return at < size ? at + 1 : 0;
}

/* The size of the first piece of a longer line: no UTF-8 sequence is cut in two. */
static long piece_size(const char *from) {
  for (int back = 1; back < 4; back++)
    if ((from[PIECE - back] & 0xc0) == 0xc0)
      return PIECE - back;
  return PIECE;
}

int log_open(struct log *log, int folder, const char *name, uint64_t max_size, int max_files) {
  *log = (struct log){.folder = folder, .name = name, .max_size = max_size, .max_files = max_files};
  return open_file(log);
}

void log_write(struct log *log, int stream, const char *bytes, long size) {
  struct line *line = &unfinished[stream - 1];
  const char *end = bytes + size;
  stamp();
  while (bytes < end) {
    const char *from = bytes;
    long left = end - from < PIECE - line->size ? end - from : PIECE - line->size;
    long ended = line_size(from, left), got = ended ? ended : left;
    bytes += got;
    if (line->size > 0 || (!ended && got < PIECE)) {
      __builtin_memcpy(line->bytes + line->size, from, (size_t)got);
      from = line->bytes, got = line->size += got;
    }
    if (!ended && got < PIECE)
      break;
    long whole = ended ? got : piece_size(from);
    gather(log, from, whole, stream);
    for (line->size = 0; whole < got; whole++)
      line->bytes[line->size++] = from[whole];
  }
  if (used == 0 && log->lost > 0)
    tell_missing(log);
  if (used > 0)
    write_out(log);
}

void log_flush(struct log *log, int stream) {
  struct line *line = &unfinished[stream - 1];
  stamp();
  if (line->size > 0)
    gather(log, line->bytes, line->size, stream);
  line->size = 0;
  log_write(log, stream, 0, 0);
}
