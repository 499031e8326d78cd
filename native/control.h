/* The control socket between a shim and the one client attached to it: SOCK_SEQPACKET, one message a packet, descriptors
 * beside it as SCM_RIGHTS (unix(7)). */
#ifndef TSDOCKER_CONTROL_H
#define TSDOCKER_CONTROL_H

#include <stddef.h>
#include <stdint.h>

enum {
  CONTROL_STARTED = 1, /* shim to client, with the ends to relay: [stdin] stdout stderr, or the terminal; value: pid */
  CONTROL_EXITED = 2,  /* shim to client: value is the exit status */
  CONTROL_SIGNAL = 3,  /* client to shim: send the signal `value` to the first process */
};

struct control_message {
  uint32_t kind;
  int32_t value;
  uint32_t oom; /* with CONTROL_EXITED: the kernel killed a process of the container for memory */
  uint32_t reserved;
};

#define CONTROL_MAX_DESCRIPTORS 3

/* Sends one message; gives up silently where the other side is gone. */
void control_send(int socket, const struct control_message *message, const int *descriptors, int count);

/* Receives one packet into `to` (at most `size` bytes). At most one descriptor is taken; -1 where there is none. Returns
 * its size, 0 at the end, or -errno. */
long control_receive(int socket, void *to, size_t size, int *descriptor);

/* The same for up to CONTROL_MAX_DESCRIPTORS descriptors; `count` says how many came. */
long control_receive_all(int socket, void *to, size_t size, int *descriptors, int *count);

#endif
