/* Addresses of sockets as bind(2) takes them (ip(7), ipv6(7)). */
#pragma once

#include <linux/in.h>
#include <linux/in6.h>

enum { FAMILY4 = 2 /* AF_INET */, FAMILY6 = 10 /* AF_INET6 */, STREAM = 1 /* SOCK_STREAM */, DATAGRAM = 2 };

union place {
  unsigned short family;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

static inline int place_size(const union place *place) {
  return place->family == FAMILY6 ? sizeof place->six : sizeof place->four;
}

/* `family`: 4 or 6. */
static inline union place place_at(int family, const void *address, int port) {
  union place place = {0};
  place.family = family == 6 ? FAMILY6 : FAMILY4;
  place.four.sin_port = __builtin_bswap16((unsigned short)port); /* it lies where that of IPv6 lies */
  if (family == 6)
    __builtin_memcpy(&place.six.sin6_addr, address, 16);
  else
    __builtin_memcpy(&place.four.sin_addr, address, 4);
  return place;
}

static inline int place_is_loopback(const union place *place) {
  const unsigned char *four = (const unsigned char *)&place->four.sin_addr, *six = (const unsigned char *)&place->six.sin6_addr;
  if (place->family == FAMILY4)
    return four[0] == 127;
  for (int i = 0; i < 15; i++)
    if (six[i])
      return 0;
  return six[15] == 1;
}

static inline int place_is(const union place *one, const union place *other) {
  if (one->family != other->family || one->four.sin_port != other->four.sin_port)
    return 0;
  if (one->family == FAMILY4)
    return one->four.sin_addr.s_addr == other->four.sin_addr.s_addr;
  for (int i = 0; i < 16; i++)
    if (one->six.sin6_addr.in6_u.u6_addr8[i] != other->six.sin6_addr.in6_u.u6_addr8[i])
      return 0;
  return one->six.sin6_scope_id == other->six.sin6_scope_id;
}

/* fe80::/10 */
static inline int place_is_link_local(const union place *place) {
  const unsigned char *six = (const unsigned char *)&place->six.sin6_addr;
  return place->family == FAMILY6 && six[0] == 0xfe && (six[1] & 0xc0) == 0x80;
}
