#include "message.h"
#include "sys.h"

enum { SOL_SOCKET_ = 1, SCM_RIGHTS_ = 1, MSG_DONTWAIT_ = 0x40, MSG_NOSIGNAL_ = 0x4000, MSG_CMSG_CLOEXEC_ = 0x40000000 };

/* cmsghdr with its data (cmsg(3)). */
struct rights {
  size_t size;
  int level, type;
  int descriptors[2];
};
#define RIGHTS_HEADER (sizeof(size_t) + 2 * sizeof(int))

long message_receive(int socket, void *to, size_t size, int *descriptor)
{
  struct vector vector = {to, size};
  struct rights rights = {0};
  struct message message = {.vectors = &vector, .vector_count = 1, .control = &rights, .control_size = sizeof rights};
  long got;
  do
    got = SYS(recvmsg, socket, &message, MSG_DONTWAIT_ | MSG_CMSG_CLOEXEC_);
  while (got == -EINTR);
  *descriptor = -1;
  if (got < 0 || message.control_size < RIGHTS_HEADER || rights.level != SOL_SOCKET_ || rights.type != SCM_RIGHTS_)
    return got;
  for (size_t i = 0; i < 2 && RIGHTS_HEADER + (i + 1) * sizeof(int) <= rights.size; i++) {
    if (*descriptor < 0)
      *descriptor = rights.descriptors[i];
    else
      SYS(close, rights.descriptors[i]);
  }
  return got;
}

long message_send(int socket, const void *first, size_t first_size, const void *second, size_t second_size)
{
  struct vector vectors[2] = {{(void *)first, first_size}, {(void *)second, second_size}};
  struct message message = {.vectors = vectors, .vector_count = 2};
  long sent;
  do
    sent = SYS(sendmsg, socket, &message, MSG_DONTWAIT_ | MSG_NOSIGNAL_);
  while (sent == -EINTR);
  return sent == -EAGAIN ? 0 : sent;
}
