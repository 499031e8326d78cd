/* Runs interpreter.c under the sanitizers, in one process and without a kernel: the launch socket is memory, mappings come from
 * malloc, so that a byte read beyond a phase is found, and the calls of a program are harmless stand-ins.
 *   interpreter < PROGRAM            prints each call and report, then `returned N`
 *   interpreter SEED TIMES < PROGRAM changes the program at random and runs that, TIMES times; prints how many were refused */
#include "../sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long asked(long number, long a, long b, long c); /* what the interpreter itself asks the kernel for */
static long inside(long number, const long *arguments);    /* a step of the program */

#undef SYS_
#define SYS_(number, a, b, c, d, e, f, ...) asked(number, (long)(a), (long)(b), (long)(c))
#define sys(number, ...) inside(number, (const long[]){__VA_ARGS__})
#include "../interpreter.c"
#undef sys

#define MAX_MAPPINGS 4200 /* a step more than there can be phases */

static struct {
  const char *bytes;
  size_t size, at;
} program;
static struct {
  void *at;
  uint64_t size;
} mappings[MAX_MAPPINGS];
static int mapped, is_told;
static unsigned long calls, failures;

static long asked(long number, long a, long b, long c) {
  (void)a;
  switch (number) {
  case __NR_read: {
    size_t left = program.size - program.at, size = (size_t)c < left ? (size_t)c : left;
    if (size > 1000)
      size = 1000; /* a socket gives what it has */
    memcpy((void *)b, program.bytes + program.at, size);
    program.at += size;
    return (long)size;
  }
  case __NR_mmap: {
    if (b > (long)MAX_PHASE_BYTES + 1 || mapped == MAX_MAPPINGS)
      abort();
    void *at = calloc(1, (size_t)b);
    mappings[mapped].at = at;
    mappings[mapped++].size = (uint64_t)b;
    return at ? (long)at : -ENOMEM;
  }
  case __NR_munmap:
    return 0;
  case __NR_write: {
    struct report report;
    if (c != sizeof report)
      return c; /* a child's pid */
    memcpy(&report, (void *)b, sizeof report);
    if (report.kind < REPORT_CHILD || report.kind > REPORT_FAILED || report.step >= MAX_STEPS || report.reserved)
      abort();
    failures += report.kind == REPORT_FAILED;
    if (is_told)
      printf("report %u %u %d\n", report.kind, report.step, report.value);
    return c;
  }
  default:
    return 0; /* nanosleep */
  }
}

/* An argument that points into the program may point at its end, never behind it. */
static long inside(long number, const long *arguments) {
  calls++;
  for (int i = 0; i < 6; i++)
    for (int of = 0; of < mapped; of++) {
      uint64_t offset = (uint64_t)arguments[i] - (uint64_t)mappings[of].at;
      if (offset < mappings[of].size)
        (void)*(volatile char *)arguments[i];
    }
  if (is_told)
    printf("call %ld %ld\n", number, arguments[0]);
  if (number == __NR_getpid)
    return 4242;
  return number % 7 == 0 ? -EBUSY : number % 7 == 1 ? -ENOENT : number % 7 == 2 ? -EINTR : number;
}

static int run(const char *bytes, size_t size) {
  program.bytes = bytes, program.size = size, program.at = 0;
  memset(results, 0, sizeof results);
  int status = interpret(0, 1);
  while (mapped > 0)
    free(mappings[--mapped].at);
  return status;
}

static uint64_t state;

static uint64_t below(uint64_t bound) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state % bound;
}

/* Changes a few bytes or words to what is at or near a bound, or cuts the program. */
static size_t change(char *bytes, size_t size) {
  static const uint32_t words[] = {0, 1, 2, 3, 4, 7, 8, 0xff, 0x7fff, 0xffff, MAX_STEPS - 1, MAX_STEPS, MAX_STEPS + 1, MAX_PHASE_BYTES, 0x7fffffff, 0xffffffff};
  for (uint64_t times = 1 + below(6); times > 0; times--) {
    size_t at = below(3) ? below(size) : 8 + below(16) % size;
    uint32_t word = words[below(sizeof words / sizeof *words)];
    if (below(2) && at + 4 <= size)
      memcpy(bytes + (at & ~3ul), &word, 4);
    else
      bytes[at] = (char)(below(2) ? below(256) : (uint64_t)bytes[at] + below(9) - 4);
  }
  return below(8) ? size : below(size + 1);
}

#undef main
int main(int argc, char **argv) {
  static char bytes[1 << 16];
  size_t size = fread(bytes, 1, sizeof bytes, stdin);
  if (argc < 3) {
    is_told = 1;
    int status = run(bytes, size);
    printf("returned %d\n", status);
    return 0;
  }
  state = strtoull(argv[1], 0, 10) * 2654435761u + 1;
  unsigned long refused = 0, times = strtoul(argv[2], 0, 10);
  for (unsigned long i = 0; i < times && size > 24; i++) {
    char *changed = malloc(size);
    memcpy(changed, bytes, size);
    refused += (unsigned long)run(changed, change(changed, size));
    free(changed);
  }
  printf("%lu refused, %lu failed, %lu calls\n", refused, failures, calls);
  return 0;
}
