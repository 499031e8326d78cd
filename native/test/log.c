/* Runs log.c under the sanitizers: `log FOLDER NAME MAX-SIZE MAX-FILES`. Standard input has the orders: a byte of kind, four of size,
 * then as many bytes. Kinds: 1 stdout, 2 stderr, 3 and 4 their ends, 5 opens the log again, as a new shim does, 6 removes the file of
 * that name, 7 sets the clock to these seconds and nanoseconds (8 bytes each), 8 sets what the next calls that write answer (4 bytes
 * each: -errno, or how much is written at most; 0 ends it). Prints what is lost. */
#include "../log.h"
#include "outside.h"

#include <linux/fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t clock_is[2];
static int32_t answers[64];
static int answer;

long outside(long number, long a, long b, long c, long d, long e, long f) {
  if (number == __NR_clock_gettime && clock_is[0]) {
    memcpy((void *)b, clock_is, sizeof clock_is);
    return 0;
  }
  if ((number == __NR_write || number == __NR_ftruncate) && answers[answer] < 0)
    return answers[answer++];
  if (number == __NR_write && answers[answer] > 0) {
    c = c < answers[answer] ? c : answers[answer];
    answer++;
  }
  return sys(number, a, b, c, d, e, f);
}

#undef main
int main(int argc, char **argv) {
  struct log log;
  if (argc != 5)
    return 2;
  int folder = (int)SYS(openat, AT_FDCWD, argv[1], O_RDONLY | O_DIRECTORY), max_files = atoi(argv[4]);
  uint64_t max_size = strtoull(argv[3], 0, 10);
  if (folder < 0 || log_open(&log, folder, argv[2], max_size, max_files))
    return 3;
  for (int kind; (kind = getchar()) != EOF;) {
    uint32_t size;
    if (fread(&size, 4, 1, stdin) != 1)
      return 4;
    char *bytes = malloc(size); /* to the byte, so that whatever is read beyond is found */
    if (bytes == 0 || fread(bytes, 1, size, stdin) != size)
      return 5;
    if (kind <= 2)
      log_write(&log, kind, bytes, size);
    else if (kind <= 4)
      log_flush(&log, kind - 2);
    else if (kind == 5)
      close(log.file), log_open(&log, folder, argv[2], max_size, max_files);
    else if (kind == 6)
      unlinkat(folder, bytes, 0);
    else if (kind == 7)
      memcpy(clock_is, bytes, size < sizeof clock_is ? size : sizeof clock_is);
    else {
      memset(answers, 0, sizeof answers);
      memcpy(answers, bytes, size < sizeof answers - 4 ? size : sizeof answers - 4);
      answer = 0;
    }
    free(bytes);
  }
  printf("%llu\n", (unsigned long long)log.lost);
  return 0;
}
