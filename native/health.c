#include "health.h"
#include "file.h"
#include "log.h"
#include "moment.h"
#include "state.h"
#include "text.h"

#include <asm/signal.h>
#include <linux/fcntl.h>

#define MOST_OUTPUT 4096
#define KEPT 5

struct result {
  int64_t start, end; /* of the real clock */
  int exit_code, size;
  char output[MOST_OUTPUT];
};

struct health health;

static const char *container;
static struct result results[KEPT]; /* the one that runs is number `count % KEPT` */
static uint64_t count;
static const char *status;
static int64_t streak, start_ends, due; /* due: the next probe, or the end of the one that runs */
static struct session *probe;
static int is_late;

static void write_results(void) {
  static char text[KEPT * (6 * MOST_OUTPUT + 200) + 200];
  char *at = put_field(put(put(put(text, "{\"Status\":\""), status), "\","), "FailingStreak", streak);
  at = put(at, ",\"Log\":[");
  for (uint64_t i = count > KEPT ? count - KEPT : 0; i < count; i++) {
    const struct result *result = &results[i % KEPT];
    at = put_field(put(at, "{"), "Start", result->start);
    at = put_field(put(at, ","), "End", result->end);
    at = put_field(put(at, ","), "ExitCode", result->exit_code);
    at = put_escaped(put(at, ",\"Output\":\""), result->output, result->size);
    at = put(at, i + 1 < count ? "\"}," : "\"}");
  }
  at = put(at, "]}\n");
  file_replace(BUNDLE, "health", text, at - text, 0);
}

/* In the start period failures do not count, and the first success ends it. */
static int is_starting(int64_t now) {
  return equal(status, "starting") && now < start_ends;
}

static void wait_for_next(int64_t now) {
  due = now + (is_starting(now) ? health.start_interval : health.interval);
}

void health_begin(int64_t now, const char *id) {
  if (!health.interval)
    return;
  container = id, status = "starting", streak = 0, count = 0, start_ends = now + health.start_period, probe = 0;
  wait_for_next(now);
  write_results();
}

static void begin_probe(int64_t now) {
  results[count % KEPT].size = 0, results[count % KEPT].start = milliseconds_of(REAL_CLOCK);
  due = now + health.timeout, is_late = 0;
  probe = session_new(0);
  if (probe && session_launch(probe, aside((int)SYS(openat, BUNDLE, "health-program", O_RDONLY | O_CLOEXEC))))
    probe = 0;
  if (!probe)
    due = now + health.interval;
}

int64_t health_tick(int64_t now) {
  if (!health.interval)
    return NEVER;
  if (now >= due && !probe) {
    begin_probe(now);
  } else if (now >= due) {
    is_late = 1, due = NEVER;
    session_signal(probe, SIGKILL);
  }
  return due;
}

void health_output(const struct session *session, const char *bytes, long size) {
  struct result *result = &results[count % KEPT];
  for (; session == probe && size > 0 && result->size < MOST_OUTPUT; size--)
    result->output[result->size++] = *bytes++;
}

void health_ended(const struct session *session, int exit_status, int64_t now) {
  if (session != probe)
    return;
  struct result *result = &results[count++ % KEPT];
  const char *before = status;
  probe = 0;
  result->exit_code = is_late ? -1 : exit_status, result->end = milliseconds_of(REAL_CLOCK);
  if (is_late) {
    char *end = put_number(put(result->output, "the health check took longer than "), health.timeout);
    result->size = (int)(put(end, " ms") - result->output);
  }
  int is_healthy = result->exit_code == 0;
  if (is_healthy)
    status = "healthy", streak = 0;
  else if (!is_starting(now) && ++streak >= health.retries)
    status = "unhealthy";
  wait_for_next(now);
  write_results();
  if (!equal(status, before))
    event_write(BUNDLE, container, is_healthy ? "health_status: healthy" : "health_status: unhealthy", NO_EXIT_CODE);
}
