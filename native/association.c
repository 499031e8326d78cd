/* What one client sends to one published udp port goes to the container from a socket of its own, as a kernel that translates would
 * do, and the answers go back from the address that the client has sent to. An association that nobody uses ends (RFC 4787, REQ-5
 * wants two minutes or more of a translator between networks; between programs of one host less does), or the oldest where there are too many. */
#include "relay.h"
#include "moment.h"

#include <sys/socket.h> /* types and numbers: on 64-bit machines they are the kernel's */

enum { MOST_ASSOCIATIONS = 4096, BUCKETS = 1024, UNUSED = 90000 /* milliseconds */, AT_ONCE = 64 };

/* As IP_PKTINFO and IPV6_PKTINFO have it: which address a packet came to, or is to come from. */
union information {
  struct in_pktinfo four;
  struct {
    struct in6_addr address;
    int interface;
  } six; /* struct in6_pktinfo */
};

static struct association {
  int fd, door; /* ours to the container; 0: nobody's */
  union place peer;
  union information local; /* where the peer sends to */
  int64_t used;
  uint32_t next, newer, older; /* of its bucket; of all; number + 1 */
} associations[MOST_ASSOCIATIONS];

static uint32_t buckets[BUCKETS], newest, oldest, first_free, ever_used;
static char packet[1 << 16];

uint32_t association_count;

static uint32_t bucket_of(int door, const union place *peer) {
  uint32_t hash = (uint32_t)door * 2654435761u ^ peer->four.sin_port * 40503u;
  const unsigned char *bytes = peer->family == FAMILY6 ? peer->six.sin6_addr.s6_addr : (const unsigned char *)&peer->four.sin_addr;
  for (int i = 0; i < (peer->family == FAMILY6 ? 16 : 4); i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return (hash >> 8) % BUCKETS;
}

static void unlink_age(const struct association *one) {
  *(one->newer ? &associations[one->newer - 1].older : &newest) = one->older;
  *(one->older ? &associations[one->older - 1].newer : &oldest) = one->newer;
}

static void make_newest(struct association *one) {
  uint32_t number = (uint32_t)(one - associations) + 1;
  one->newer = 0, one->older = newest, one->used = relay_now;
  *(newest ? &associations[newest - 1].newer : &oldest) = number;
  newest = number;
}

static uint32_t *link_to(uint32_t number, uint32_t bucket) {
  uint32_t *link = &buckets[bucket];
  while (*link != number)
    link = &associations[*link - 1].next;
  return link;
}

static void end(struct association *one) {
  uint32_t number = (uint32_t)(one - associations) + 1;
  *link_to(number, bucket_of(one->door, &one->peer)) = one->next;
  unlink_age(one);
  SYS(close, one->fd);
  one->fd = 0, one->next = first_free, first_free = number;
  association_count--;
}

int64_t associations_due(void) {
  while (oldest && relay_now - associations[oldest - 1].used >= UNUSED)
    end(&associations[oldest - 1]);
  return oldest ? associations[oldest - 1].used + UNUSED : NEVER;
}

/* What an answer needs of it. The interface is left to the host's routes, unless the address is one of a link only. */
static union information information_in(const void *data, int is_six) {
  union information got = {0};
  __builtin_memcpy(&got, data, is_six ? sizeof got.six : sizeof got.four);
  if (!is_six)
    got.four.ipi_spec_dst = got.four.ipi_addr, got.four.ipi_ifindex = 0;
  else if (got.six.address.s6_addr[0] != 0xfe || (got.six.address.s6_addr[1] & 0xc0) != 0x80)
    got.six.interface = 0;
  return got;
}

static int is_same(const void *one, const void *other, size_t size) {
  for (const char *a = one, *b = other; size--; a++, b++)
    if (*a != *b)
      return 0;
  return 1;
}

static struct association *find(const struct door *door, const union place *peer, const union information *local) {
  for (uint32_t at = buckets[bucket_of(door->fd, peer)]; at; at = associations[at - 1].next) {
    struct association *one = &associations[at - 1];
    if (one->door == door->fd && place_is(&one->peer, peer) && is_same(&one->local, local, sizeof *local))
      return one;
  }
  return 0;
}

static struct association *make(const struct door *door, const union place *peer, const union information *local) {
  union place target = place_at(door->family, door->address, door->port);
  if (association_count == MOST_ASSOCIATIONS)
    end(&associations[oldest - 1]);
  long fd = SYS(socket, target.family, DATAGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || SYS(connect, fd, &target, place_size(&target)) < 0) {
    if (fd >= 0)
      SYS(close, fd);
    return 0;
  }
  struct association *one = first_free ? &associations[first_free - 1] : &associations[ever_used++];
  uint32_t number = (uint32_t)(one - associations), bucket = bucket_of(door->fd, peer);
  if (first_free)
    first_free = one->next;
  *one = (struct association){.fd = (int)fd, .door = door->fd, .peer = *peer, .local = *local, .next = buckets[bucket]};
  buckets[bucket] = number + 1;
  make_newest(one);
  association_count++;
  relay_watch(one->fd, EPOLLIN, ABOUT_ASSOCIATION, number);
  return one;
}

static void forward(const struct door *door, const union place *peer, const union information *local, size_t size) {
  struct association *one = find(door, peer, local);
  if (!one && !(one = make(door, peer, local)))
    return;
  unlink_age(one);
  make_newest(one);
  struct iovec vector = {packet, size};
  const struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  SYS(sendmsg, one->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(union information))];
};

void association_take(const struct door *door) {
  for (int turn = 0; turn < AT_ONCE; turn++) {
    union place peer = {0};
    union control control = {0};
    struct iovec vector = {packet, sizeof packet};
    struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &vector, .msg_iovlen = 1,
                             .msg_control = &control, .msg_controllen = sizeof control};
    long got = SYS(recvmsg, door->fd, &message, MSG_DONTWAIT);
    if (got == -EAGAIN)
      return;
    if (got < 0 || message.msg_controllen < sizeof(struct cmsghdr) || !relay_serves(door, &peer))
      continue;
    union information local = information_in(CMSG_DATA(&control.header), door->is_six);
    forward(door, &peer, &local, (size_t)got);
  }
}

static void send_back(struct association *one, size_t size) {
  int is_six = one->peer.family == FAMILY6;
  size_t of = is_six ? sizeof one->local.six : sizeof one->local.four;
  union control control = {.header = {CMSG_LEN(of), is_six ? IPPROTO_IPV6 : IPPROTO_IP, is_six ? IPV6_PKTINFO : IP_PKTINFO}};
  __builtin_memcpy(CMSG_DATA(&control.header), &one->local, of);
  struct iovec vector = {packet, size};
  const struct msghdr message = {.msg_name = &one->peer, .msg_namelen = (unsigned)place_size(&one->peer), .msg_iov = &vector, .msg_iovlen = 1,
                                 .msg_control = &control, .msg_controllen = CMSG_SPACE(of)};
  SYS(sendmsg, one->door, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void association_answer(uint32_t number) {
  struct association *one = &associations[number];
  for (int turn = 0; turn < AT_ONCE && one->fd; turn++) {
    struct iovec vector = {packet, sizeof packet};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    long got = SYS(recvmsg, one->fd, &message, MSG_DONTWAIT);
    if (got == -EAGAIN)
      return;
    if (got >= 0) /* or nobody listens there, which the next packet may find otherwise */
      send_back(one, (size_t)got);
    unlink_age(one);
    make_newest(one);
  }
}
