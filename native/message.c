#include "frame.h"
#include "sys.h"

#include <sys/socket.h> /* types and numbers: on 64-bit machines they are the kernel's */

long message_receive(int socket, void *to, size_t size, int *descriptor) {
  struct iovec vector = {to, size};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } rights = {0};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &rights, .msg_controllen = sizeof rights};
  long got = SYS(recvmsg, socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  *descriptor = -1;
  if (got < 0 || message.msg_controllen < CMSG_LEN(sizeof(int)) || rights.header.cmsg_type != SCM_RIGHTS)
    return got;
  const int *descriptors = (const int *)CMSG_DATA(&rights.header);
  *descriptor = descriptors[0];
  if (rights.header.cmsg_len > CMSG_LEN(sizeof(int))) /* the padding has room for a second one */
    SYS(close, descriptors[1]);
  return got;
}

long message_send(int socket, const void *first, size_t first_size, const void *second, size_t second_size) {
  struct iovec vectors[2] = {{(void *)first, first_size}, {(void *)second, second_size}};
  struct msghdr message = {.msg_iov = vectors, .msg_iovlen = 2};
  long sent = SYS(sendmsg, socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == -EAGAIN ? 0 : sent;
}
