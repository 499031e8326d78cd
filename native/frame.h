/* The protocol of a shim's socket: SOCK_STREAM, frames in both directions, each a header and its payload (little endian, no
 * padding). A connection is about the container's first process until it attaches to or executes something else.
 * native/README.md tells the exchange. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct frame {
  uint32_t kind, size; /* bytes of the payload that follows */
};

#define FRAME_MOST 4096         /* payload of a frame to the shim */
#define FRAME_OUTPUT_MOST 65536 /* and of one from it */

enum { /* to the shim */
  FRAME_ATTACH = 1,  /* u32 wants: from here on, output and the end of the first process */
  FRAME_EXECUTE = 2, /* u32 wants, with a launch socket beside it: another process, whose output and end are ours */
  FRAME_INPUT = 3,   /* bytes for its stdin; none: the end. The next one only after FRAME_CREDIT */
  FRAME_RESIZE = 4,  /* u16 rows, u16 columns */
  FRAME_SIGNAL = 5,  /* i32 signal */
  FRAME_STOP = 6,    /* i32 signal, to the first process, which is not started again. Answered by FRAME_DONE */
  FRAME_PAUSE = 7,   /* u32: 1 freezes the container, 0 thaws it. Answered */
  FRAME_POLICY = 8,  /* u32 policy, u32 maximum: the restart policy. Answered */
  FRAME_DOOR = 9,    /* struct door_frame (door.h), with a socket beside it: it is served until the container is over */
  FRAME_SHUT = 10,   /* u32 kind: its doors are closed. Answered */
};

enum { /* from the shim */
  FRAME_STARTED = 17, /* i32 pid of the process, which runs its command now */
  FRAME_STDOUT = 18,  /* bytes */
  FRAME_STDERR = 19,  /* bytes */
  FRAME_EXITED = 20,  /* i32 status, u32 the kernel killed a process of it for memory. The last frame */
  FRAME_MISSED = 21,  /* u64: so many bytes of output were not sent, as they were not read */
  FRAME_CREDIT = 22,  /* the last input was taken */
  FRAME_DONE = 23,    /* i32: 0, or -errno */
};

enum { /* what a client wants */
  WANT_STDIN = 1,
  WANT_STDOUT = 2,
  WANT_STDERR = 4,
  WANT_ALL = 8,       /* nothing may be missed: a process that is far ahead of this client waits for it */
  WANT_TERMINAL = 16, /* the process that is executed has one */
};

/* Messages on unix sockets, with a descriptor beside them (unix(7)): recvmsg(2) without waiting; at most one descriptor is taken
 * into `descriptor`, which is -1 without. Returns what the call did. */
long message_receive(int socket, void *to, size_t size, int *descriptor);

/* sendmsg(2) of two parts without waiting and without a signal. Returns how much was sent, 0 where nothing could be, or -errno. */
long message_send(int socket, const void *first, size_t first_size, const void *second, size_t second_size);
