/* Health probes (Dockerfile reference, HEALTHCHECK): a stored program of the bundle, `health-program`, run again and again. The
 * results are the bundle's file `health`, in the shape of Docker's State.Health. */
#pragma once

#include "session.h"

struct health {
  int64_t interval, timeout, start_period, start_interval; /* milliseconds; no interval: no probes */
  int64_t retries;
};

extern struct health health;

/* The container runs. Moments are milliseconds of the monotonic clock. */
void health_begin(int64_t now, const char *id);

/* Starts a probe that is due, ends one that takes too long. Returns when to call it again, or NEVER. */
int64_t health_tick(int64_t now);

/* What a session says, and its end: of those that are no probe nothing is kept. */
void health_output(const struct session *session, const char *bytes, long size);
void health_ended(const struct session *session, int status, int64_t now);
