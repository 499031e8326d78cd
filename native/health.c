#include "health.h"
#include "state.h"
#include "sys.h"
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
static int64_t streak, began, due, probe_began;
static struct session *probe;
static int is_late;

static char *put_moment(char *to, const char *name, int64_t moment)
{
  return put_number(put(put(put(to, "\""), name), "\":"), moment);
}

static void write_results(void)
{
  static char text[KEPT * (6 * MOST_OUTPUT + 200) + 200];
  char *at = put_number(put(put(put(text, "{\"Status\":\""), status), "\",\"FailingStreak\":"), streak);
  at = put(at, ",\"Log\":[");
  for (uint64_t i = count > KEPT ? count - KEPT : 0; i < count; i++) {
    const struct result *result = &results[i % KEPT];
    at = put_moment(put(at, "{"), "Start", result->start);
    at = put_moment(put(at, ","), "End", result->end);
    at = put_moment(put(at, ","), "ExitCode", result->exit_code);
    at = put_escaped(put(at, ",\"Output\":\""), result->output, result->size);
    at = put(at, i + 1 < count ? "\"}," : "\"}");
  }
  at = put(at, "]}\n");
  long fd = SYS(openat, BUNDLE, "health.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  int written = SYS(write, fd, text, at - text) == at - text;
  SYS(close, fd);
  if (written)
    SYS(renameat2, BUNDLE, "health.new", BUNDLE, "health", 0);
}

void health_begin(int64_t now, const char *id)
{
  if (!health.interval)
    return;
  container = id, status = "starting", streak = 0, count = 0, began = now, probe = 0;
  due = now + (health.start_period ? health.start_interval : health.interval);
  write_results();
}

static void begin_probe(int64_t now)
{
  struct result *result = &results[count % KEPT];
  result->size = 0, result->start = now_in_milliseconds();
  long program = SYS(openat, BUNDLE, "health-program", O_RDONLY | O_CLOEXEC);
  struct session *session = program < 0 ? 0 : session_new();
  probe_began = now, is_late = 0;
  if (session && session_launch(session, aside((int)program)) == 0) {
    probe = session;
    return;
  }
  if (program >= 0 && !session)
    SYS(close, program);
  due = now + health.interval;
}

int64_t health_tick(int64_t now)
{
  if (!health.interval || sessions[0].phase != SESSION_RUNNING)
    return -1;
  if (!probe && now >= due)
    begin_probe(now);
  if (!probe)
    return due;
  if (is_late || now < probe_began + health.timeout)
    return is_late ? -1 : probe_began + health.timeout;
  is_late = 1;
  if (probe->pidfd >= 0)
    SYS(pidfd_send_signal, probe->pidfd, SIGKILL, 0, 0);
  return -1;
}

int health_is(const struct session *session)
{
  return session == probe;
}

void health_output(const char *bytes, long size)
{
  struct result *result = &results[count % KEPT];
  for (; size > 0 && result->size < MOST_OUTPUT; size--)
    result->output[result->size++] = *bytes++;
}

/* Failures of the start period do not count, and the first success ends it. */
void health_ended(int exit_status, int64_t now)
{
  struct result *result = &results[count++ % KEPT];
  const char *before = status;
  int is_starting = equal(status, "starting");
  probe = 0;
  result->exit_code = is_late ? -1 : exit_status, result->end = now_in_milliseconds();
  if (is_late)
    result->size = (int)(put(put_number(put(result->output, "the health check took longer than "), health.timeout), " ms") - result->output);
  if (exit_status == 0 && !is_late)
    status = "healthy", streak = 0;
  else if (!is_starting || now >= began + health.start_period)
    if (++streak >= health.retries)
      status = "unhealthy";
  int still_starting = equal(status, "starting") && now < began + health.start_period;
  due = now + (still_starting ? health.start_interval : health.interval);
  write_results();
  if (!equal(before, status))
    event_write(BUNDLE, container, equal(status, "healthy") ? "health_status: healthy" : "health_status: unhealthy", 0, 0);
}
