/* The interpreter of launch programs: makes system calls in order and reports the one that failed. It has no policy of
 * its own and touches nothing but its stack, its mappings and the kernel, so it is safe between clone and exec. */
#include "moment.h"
#include "program.h"

#include <asm/mman.h>
#include <linux/mman.h>

#define SKIPPED INT32_MIN /* the result of a step that was not run because an input of it failed */
#define MAX_RETRIES 200

struct phase {
  struct phase_header header;
  struct step *steps;
  char *data;
};

static long results[MAX_STEPS];

static int read_whole(int fd, void *to, uint64_t size) {
  for (char *at = to; size > 0;) {
    long got = SYS(read, fd, at, size);
    if (got == -EINTR)
      continue;
    if (got <= 0)
      return -1;
    at += got, size -= (uint64_t)got;
  }
  return 0;
}

static void report(int launch, uint32_t kind, uint32_t step, int32_t value) {
  struct report told = {.kind = kind, .step = step, .value = value};
  SYS(write, launch, &told, sizeof told);
}

/* Maps the next phase and turns its data offsets into addresses. The sender is our own TypeScript, yet every length and
 * offset is checked: a program is stored on disk for restarts. */
static int read_phase(int launch, struct phase *phase) {
  struct phase_header *header = &phase->header;
  if (read_whole(launch, header, sizeof *header) || header->magic != PROGRAM_MAGIC)
    return -1;
  uint64_t steps = (uint64_t)header->steps * sizeof(struct step);
  uint64_t relocations = (uint64_t)header->relocations * sizeof(relocation);
  uint64_t total = steps + relocations + header->data_bytes;
  if (total > MAX_PHASE_BYTES || header->first_step > MAX_STEPS || header->steps > MAX_STEPS - header->first_step)
    return -1;
  long mapped = SYS(mmap, 0, total + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped < 0 || read_whole(launch, (void *)mapped, total))
    return -1;
  phase->steps = (struct step *)mapped;
  const relocation *at = (relocation *)(mapped + (long)steps);
  phase->data = (char *)(mapped + (long)(steps + relocations));
  for (uint32_t i = 0; i < header->relocations; i++) {
    uint64_t offset;
    if (at[i] + 8ull > header->data_bytes)
      return -1;
    __builtin_memcpy(&offset, phase->data + at[i], 8);
    if (offset > header->data_bytes)
      return -1;
    offset += (uint64_t)phase->data;
    __builtin_memcpy(phase->data + at[i], &offset, 8);
  }
  return 0;
}

/* Fills in the arguments of a step. Returns 0, SKIPPED where an input failed, or -EINVAL for a malformed step. */
static int resolve(const struct phase *phase, const struct step *step, uint32_t index, long arguments[6]) {
  for (int i = 0; i < 6; i++) {
    uint64_t word = step->arguments[i];
    int kind = step->kinds >> (2 * i) & 3;
    if (kind == ARGUMENT_NUMBER)
      arguments[i] = (long)word;
    else if (kind == ARGUMENT_DATA && word <= phase->header.data_bytes)
      arguments[i] = (long)(phase->data + word);
    else if (kind != ARGUMENT_RESULT || word >= index)
      return -EINVAL;
    else if ((arguments[i] = results[word]) < 0)
      return SKIPPED;
  }
  return 0;
}

static long call(const struct step *step, const long arguments[6]) {
  for (int tries = 0;; tries++) {
    long result = sys(step->number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
    int again = result == -EINTR || result == -EAGAIN || result == -EBUSY;
    if (!again || !(step->flags & STEP_RETRY) || tries == MAX_RETRIES)
      return result;
    if (result == -EBUSY)
      rest(1000000);
  }
}

static int accepted(const struct step *step, long result) {
  int is_accepted = 0;
  for (int i = 0; i < 6; i++)
    is_accepted |= step->accepted[i] && result == -(long)step->accepted[i];
  return is_accepted;
}

static int give_up(int parent, int32_t failure) {
  SYS(write, parent, &failure, sizeof failure);
  return 1;
}

int interpret(int launch, int parent) {
  struct phase phase;
  if (read_phase(launch, &phase))
    return give_up(parent, -EPIPE);
  for (uint32_t index = phase.header.first_step, end = index + phase.header.steps; index < end; index++) {
    const struct step *step = &phase.steps[index - phase.header.first_step];
    if (step->flags & STEP_WAIT) {
      report(launch, REPORT_WAITING, index, 0);
      if (read_phase(launch, &phase) || phase.header.first_step != index + 1)
        return give_up(parent, -EPIPE);
      end = index + 1 + phase.header.steps;
      continue;
    }
    long arguments[6];
    long result = resolve(&phase, step, index, arguments);
    if (result == 0)
      result = call(step, arguments);
    results[index] = result;
    if (result < 0 && result != SKIPPED && !accepted(step, result)) {
      report(launch, REPORT_FAILED, index, (int32_t)result);
      return give_up(parent, (int32_t)result);
    }
    if ((step->flags & STEP_STORE) && result >= 0) {
      int32_t value = (int32_t)result;
      if (step->store_at + 4ull > phase.header.data_bytes)
        return give_up(parent, -EINVAL);
      __builtin_memcpy(phase.data + step->store_at, &value, 4);
    }
    if ((step->flags & STEP_BRANCH) && result > 0) {
      int32_t pid = (int32_t)result;
      SYS(write, parent, &pid, 4); /* first: nobody may read the other, and SIGPIPE would end us */
      report(launch, REPORT_CHILD, index, pid);
      return 0;
    }
  }
  return 0;
}
