/* Messages on unix sockets, with a descriptor beside them (unix(7)). */
#ifndef TSDOCKER_MESSAGE_H
#define TSDOCKER_MESSAGE_H

#include <stddef.h>

/* The kernel's own layouts of iovec and msghdr on 64-bit machines (recvmsg(2)). */
struct vector {
  void *base;
  size_t size;
};
struct message {
  void *name;
  unsigned name_size;
  struct vector *vectors;
  size_t vector_count;
  void *control;
  size_t control_size;
  unsigned flags;
};

/* recvmsg(2) without waiting; at most one descriptor is taken into `descriptor`, which is -1 without. Returns what the call did. */
long message_receive(int socket, void *to, size_t size, int *descriptor);

/* sendmsg(2) of two parts without waiting and without a signal. Returns how much was sent, 0 where nothing could be, or -errno. */
long message_send(int socket, const void *first, size_t first_size, const void *second, size_t second_size);

#endif
