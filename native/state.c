#include "state.h"
#include "sys.h"
#include "text.h"

#include <linux/fcntl.h>

struct moment {
  int64_t seconds, nanoseconds;
};

static struct moment now(void)
{
  struct moment moment = {0};
  SYS(clock_gettime, 0 /* CLOCK_REALTIME */, &moment);
  return moment;
}

int64_t now_in_milliseconds(void)
{
  struct moment moment = now();
  return moment.seconds * 1000 + moment.nanoseconds / 1000000;
}

static char *field(char *to, const char *name, int64_t number)
{
  return put_number(put(put(put(to, ",\""), name), "\":"), number);
}

void state_write(int bundle, const struct state *state, int durably)
{
  char text[640], *at = put(put(put(text, "{\"status\":\""), state->status), "\"");
  if (state->pid)
    at = field(at, "pid", state->pid);
  at = field(at, "startedAt", state->started_at);
  if (state->finished_at) {
    at = field(field(at, "finishedAt", state->finished_at), "exitCode", state->exit_code);
    at = put(at, state->oom_killed ? ",\"oomKilled\":true" : ",\"oomKilled\":false");
  }
  at = field(at, "restarts", (int64_t)state->restarts);
  if (state->lost)
    at = field(at, "lost", (int64_t)state->lost);
  if (state->is_stopped)
    at = put(at, ",\"stopped\":true");
  if (state->error)
    at = put(put(put(at, ",\"error\":\""), state->error), "\"");
  at = put(at, "}\n");
  long fd = SYS(openat, bundle, "state.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int written = fd >= 0 && SYS(write, fd, text, at - text) == at - text && (!durably || SYS(fsync, fd) == 0);
  if (fd >= 0)
    SYS(close, fd);
  if (written) {
    SYS(renameat2, bundle, "state.new", bundle, "state", 0);
    if (durably)
      SYS(fsync, bundle);
    return;
  }
  /* The disk is full. The old file has a block, and what we say fits in it. */
  SYS(unlinkat, bundle, "state.new", 0);
  fd = SYS(openat, bundle, "state", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && SYS(pwrite64, fd, text, at - text, 0) == at - text)
    SYS(ftruncate, fd, at - text);
  if (fd >= 0)
    SYS(close, fd);
}

/* Events are Docker's (Engine API, GET /events). The attributes of the container are a file of the bundle, ready to be put in. */
void event_write(int bundle, const char *id, const char *action, const char *name, const char *value)
{
  static char text[49152];
  char *at = put(put(put(put(text, "{\"Type\":\"container\",\"Action\":\""), action), "\",\"Actor\":{\"ID\":\""), id);
  at = put(at, "\",\"Attributes\":{");
  if (name)
    at = put(put(put(put(put(at, "\""), name), "\":\""), value), "\",");
  long fd = SYS(openat, bundle, "event-attributes", O_RDONLY | O_CLOEXEC);
  long got = fd < 0 ? 0 : SYS(read, fd, at, sizeof text - 1024);
  if (fd >= 0)
    SYS(close, fd);
  if (got > 0)
    at += got;
  else if (name)
    at--; /* the comma */
  struct moment moment = now();
  at = put_number(put(at, "}},\"scope\":\"local\",\"time\":"), moment.seconds);
  at = put_number(put(at, ",\"timeNano\":"), moment.seconds * 1000000000 + moment.nanoseconds);
  at = put(at, "}\n");
  fd = SYS(openat, bundle, "../../events", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  SYS(write, fd, text, at - text);
  SYS(close, fd);
}
