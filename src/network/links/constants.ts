// Constants of rtnetlink(7), by the kernel's names (linux/rtnetlink.h, if_link.h, if_addr.h, if_bridge.h, if.h, veth.h).

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_SETLINK = 19;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;

export const IFF_UP = 1;

export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_LINKINFO = 18;
export const IFLA_AF_SPEC = 26;
export const IFLA_NET_NS_FD = 28;
export const IFLA_EXT_MASK = 29;
export const IFLA_NUM_TX_QUEUES = 31;
export const IFLA_NUM_RX_QUEUES = 32;
/** Of IFLA_EXT_MASK: leaves the counters out of an answer. */
export const RTEXT_FILTER_SKIP_STATS = 8;

/** In IFLA_LINKINFO. */
export const IFLA_INFO_KIND = 1;
export const IFLA_INFO_DATA = 2;
export const IFLA_INFO_SLAVE_KIND = 4;
export const IFLA_INFO_SLAVE_DATA = 5;
/** In the slave data of a bridge's port: whether a frame may go back out of the port that it came in by. */
export const IFLA_BRPORT_MODE = 4;
/** In the data of a veth: the head and attributes of the other end. */
export const VETH_INFO_PEER = 1;
/** In IFLA_AF_SPEC, for AF_INET6. */
export const IFLA_INET6_ADDR_GEN_MODE = 8;
export const IN6_ADDR_GEN_MODE_NONE = 1;

export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_BROADCAST = 4;
export const IFA_F_NODAD = 2;

export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_MULTIPATH = 9;
export const RTA_TABLE = 15;
export const RT_TABLE_MAIN = 254;
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_NOWHERE = 255;
export const RTPROT_BOOT = 3;
export const RTN_UNICAST = 1;

/** The loopback interface of every network namespace (net/core/dev.c, "LOOPBACK_IFINDEX"). */
export const loopbackIndex = 1;
