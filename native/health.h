/* Health probes (Dockerfile reference, HEALTHCHECK): a stored program of the bundle, `health-program`, run again and again. The
 * results are the bundle's file `health`, in the shape of Docker's State.Health. */
#ifndef TSDOCKER_HEALTH_H
#define TSDOCKER_HEALTH_H

#include "session.h"

struct health {
  int64_t interval, timeout, start_period, start_interval; /* milliseconds; no interval: no probes */
  int64_t retries;
};

extern struct health health;

/* The container runs. Moments are milliseconds of the monotonic clock. */
void health_begin(int64_t now, const char *id);

/* Starts a probe that is due, ends one that takes too long. Returns when to call it again, or -1. */
int64_t health_tick(int64_t now);

/* Whether it is a probe; and what becomes of one. */
int health_is(const struct session *session);
void health_output(const char *bytes, long size);
void health_ended(int status, int64_t now);

#endif
