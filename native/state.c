#include "state.h"
#include "file.h"
#include "moment.h"
#include "text.h"

#include <linux/fcntl.h>

/* The disk is full. The old file has a block, and what we say fits in it. */
static void write_in_place(int bundle, const char *text, long size) {
  long fd = SYS(openat, bundle, "state", O_WRONLY | O_CLOEXEC);
  if (SYS(pwrite64, fd, text, size, 0) == size)
    SYS(ftruncate, fd, size);
  SYS(close, fd);
}

void state_write(int bundle, const struct state *state, int durably) {
  char text[640], *at = put(put(put(text, "{\"status\":\""), state->status), "\",");
  if (state->pid)
    at = put(put_field(at, "pid", state->pid), ",");
  if (state->finished_at) {
    at = put(put_field(at, "finishedAt", state->finished_at), ",");
    at = put(put_field(at, "exitCode", state->exit_code), state->oom_killed ? ",\"oomKilled\":true," : ",\"oomKilled\":false,");
  }
  if (state->lost)
    at = put(put_field(at, "lost", (int64_t)state->lost), ",");
  if (state->is_stopped)
    at = put(at, "\"stopped\":true,");
  if (state->error)
    at = put(put(put(at, "\"error\":\""), state->error), "\",");
  at = put(put_field(at, "startedAt", state->started_at), ",");
  at = put(put_field(at, "restarts", (int64_t)state->restarts), "}\n");
  if (!file_replace(bundle, "state", text, at - text, durably))
    write_in_place(bundle, text, at - text);
}

/* Events are Docker's (Engine API, GET /events). The attributes of the container are a file of the bundle, ready to be put in. */
void event_write(int bundle, const char *id, const char *action, int exit_code) {
  static char text[49152];
  struct moment now = moment_of(REAL_CLOCK);
  char *at = put(put(put(put(text, "{\"Type\":\"container\",\"Action\":\""), action), "\",\"Actor\":{\"ID\":\""), id);
  at = put(at, "\",\"Attributes\":{");
  if (exit_code != NO_EXIT_CODE)
    at = put(put_number(put(at, "\"exitCode\":\""), exit_code), "\",");
  long attributes = file_read(bundle, "event-attributes", at, sizeof text - 1024);
  at += attributes ? attributes : exit_code != NO_EXIT_CODE ? -1 /* the comma */ : 0;
  at = put_field(put(at, "}},\"scope\":\"local\","), "time", now.seconds);
  at = put_field(put(at, ","), "timeNano", now.seconds * 1000000000 + now.nanoseconds);
  at = put(at, "}\n");
  file_write(bundle, "../../events", O_APPEND | O_CREAT, text, at - text);
}
