/* Time as the kernel tells it (clock_gettime(2), nanosleep(2)). */
#pragma once

#include "sys.h"

struct moment {
  int64_t seconds, nanoseconds;
};

#define NEVER INT64_MAX

enum { REAL_CLOCK = 0, BOOT_CLOCK = 7 /* monotonic; the time asleep counts */ };

static inline struct moment moment_of(int clock) {
  struct moment moment = {0};
  SYS(clock_gettime, clock, &moment);
  return moment;
}

static inline int64_t milliseconds_of(int clock) {
  struct moment moment = moment_of(clock);
  return moment.seconds * 1000 + moment.nanoseconds / 1000000;
}

static inline void rest(int64_t nanoseconds) {
  struct moment pause = {0, nanoseconds};
  SYS(nanosleep, &pause, 0);
}
