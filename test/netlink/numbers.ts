/** Numbers of the machines that the recordings come from; x86 and s390x agree on them. */

export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EAGAIN: 11,
  EWOULDBLOCK: 11,
  ENOMEM: 12,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ERANGE: 34,
  EBADMSG: 74,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  ENOTSUP: 95,
  ENOBUFS: 105,
  ETIMEDOUT: 110,
} as const;

export const CONSTANTS = {
  AF_NETLINK: 16,
  SOCK_RAW: 3,
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  SO_RCVBUFFORCE: 33,
  MSG_PEEK: 2,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  POLLIN: 1,
  POLLOUT: 4,
  SIOCETHTOOL: 0x8946,
} as const;
