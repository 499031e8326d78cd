#include "control.h"
#include "sys.h"

/* The kernel's own layouts of msghdr, iovec and cmsghdr on 64-bit machines (recvmsg(2), cmsg(3)). */
struct vector {
  void *base;
  size_t size;
};
struct message {
  void *name;
  uint32_t name_size;
  struct vector *vectors;
  size_t vector_count;
  void *control;
  size_t control_size;
  uint32_t flags;
};
struct rights {
  size_t size;
  int level, type;
  int descriptors[CONTROL_MAX_DESCRIPTORS + 1];
};
enum { SOL_SOCKET_ = 1, SCM_RIGHTS_ = 1, MSG_NOSIGNAL_ = 0x4000, MSG_CMSG_CLOEXEC_ = 0x40000000 };
#define RIGHTS_HEADER (sizeof(size_t) + 2 * sizeof(int))

void control_send(int socket, const struct control_message *message, const int *descriptors, int count)
{
  struct vector vector = {(void *)message, sizeof *message};
  struct rights rights = {.size = RIGHTS_HEADER + (size_t)count * sizeof(int), .level = SOL_SOCKET_, .type = SCM_RIGHTS_};
  for (int i = 0; i < count; i++)
    rights.descriptors[i] = descriptors[i];
  struct message sent = {.vectors = &vector, .vector_count = 1};
  if (count > 0)
    sent.control = &rights, sent.control_size = (rights.size + 7) & ~(size_t)7;
  SYS(sendmsg, socket, &sent, MSG_NOSIGNAL_);
}

long control_receive_all(int socket, void *to, size_t size, int *descriptors, int *count)
{
  struct vector vector = {to, size};
  struct rights rights = {0};
  struct message received = {
      .vectors = &vector, .vector_count = 1, .control = &rights, .control_size = sizeof rights};
  long got;
  do
    got = SYS(recvmsg, socket, &received, MSG_CMSG_CLOEXEC_);
  while (got == -EINTR);
  *count = 0;
  if (got >= 0 && received.control_size > RIGHTS_HEADER && rights.level == SOL_SOCKET_ && rights.type == SCM_RIGHTS_)
    for (; *count < CONTROL_MAX_DESCRIPTORS && RIGHTS_HEADER + (size_t)(*count + 1) * sizeof(int) <= rights.size; ++*count)
      descriptors[*count] = rights.descriptors[*count];
  return got;
}

long control_receive(int socket, void *to, size_t size, int *descriptor)
{
  int descriptors[CONTROL_MAX_DESCRIPTORS], count;
  long got = control_receive_all(socket, to, size, descriptors, &count);
  *descriptor = count > 0 ? descriptors[0] : -1;
  for (int i = 1; i < count; i++)
    SYS(close, descriptors[i]);
  return got;
}
