/* Messages on unix sockets, with a descriptor beside them (unix(7)). */
#pragma once

#include <stddef.h>

/* recvmsg(2) without waiting; at most one descriptor is taken into `descriptor`, which is -1 without. Returns what the call did. */
long message_receive(int socket, void *to, size_t size, int *descriptor);

/* sendmsg(2) of two parts without waiting and without a signal. Returns how much was sent, 0 where nothing could be, or -errno. */
long message_send(int socket, const void *first, size_t first_size, const void *second, size_t second_size);
