/* What a shim writes down: the state of its container, and events. */
#pragma once

#include <stdint.h>

struct state {
  const char *status; /* running, paused, restarting, exited */
  int pid, exit_code, oom_killed, is_stopped /* by hand: a boot does not start it again */;
  int64_t started_at, finished_at; /* milliseconds since the epoch */
  uint64_t restarts, lost;
  const char *error;
};

/* Replaces the file `state` of the bundle, whole or not at all. With `durably` it is on the disk when this returns. */
void state_write(int bundle, const struct state *state, int durably);

enum { NO_EXIT_CODE = -1 };

/* Appends a line to the store's `events`. `action` is words that need no escaping. */
void event_write(int bundle, const char *id, const char *action, int exit_code);
