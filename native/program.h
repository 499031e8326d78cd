/* The wire format of launch programs: what src/launch/encode.ts writes and interpreter.c runs. Little endian, packed by
 * hand: every field lies on its natural alignment. native/README.md tells the whole exchange.
 *
 * A program arrives in phases. One phase is a header, its steps, its relocations and its data block, in this order. */
#pragma once

#include <stdint.h>

#define PROGRAM_MAGIC 0x31474f5250445354ull /* "TSDPROG1" */
#define MAX_STEPS 4096                      /* of all phases together */
#define MAX_PHASE_BYTES (16u << 20)         /* bounds what a phase may make us map: ARG_MAX is 6 MiB at most */

struct phase_header {
  uint64_t magic;
  uint32_t first_step; /* the number of the phase's first step; steps are numbered through all phases */
  uint32_t steps;
  uint32_t relocations;
  uint32_t data_bytes;
};

/* What an argument word means; two bits an argument in step.kinds. */
enum { ARGUMENT_NUMBER = 0, ARGUMENT_DATA = 1 /* offset in the data block */, ARGUMENT_RESULT = 2 /* of step k */ };

enum {
  STEP_RETRY = 1,  /* EINTR, EAGAIN and EBUSY: try again, a bounded number of times */
  STEP_STORE = 2,  /* write the result (32 bits) into the data block at store_at */
  STEP_BRANCH = 4, /* a clone: the child goes on with the next step, the parent reports the child's pid and ends */
  STEP_WAIT = 8,   /* no system call: report, then read the next phase */
};

struct step {
  uint32_t number; /* system call number */
  uint16_t flags;
  uint16_t kinds;
  uint16_t accepted[6]; /* errnos that are no failure; 0 where there are fewer */
  uint32_t store_at;
  uint64_t arguments[6];
};

/* Where eight bytes in the data block hold an offset; they become its address. */
typedef uint32_t relocation;

/* What the interpreter tells its caller over the launch socket. A socket that closes without REPORT_FAILED says that
 * the last step, an execve, succeeded: the descriptor is close-on-exec. */
enum { REPORT_CHILD = 1, REPORT_WAITING = 2, REPORT_FAILED = 3 };

struct report {
  uint32_t kind;
  uint32_t step;
  int32_t value; /* the child's pid, or -errno */
  uint32_t reserved;
};

/* Reads a launch program from `launch`, a socket or a file, and makes its calls. `parent` gets the pid (4 bytes) of the process that
 * a branch step cloned, or -errno of what failed. Returns only where the program ends without an execve: 0, or 1 after a failure. */
int interpret(int launch, int parent);
