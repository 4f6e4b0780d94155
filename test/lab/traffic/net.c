// SPDX-License-Identifier: Apache-2.0
/* Sockets for both address families, with the options a scenario may ask for. */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int port_of(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (*end || end == text || port < 1 || port > 65535) {
		errno = 0;
		fail("a port of 1 to 65535 is expected");
	}
	return (int)port;
}

struct sockaddr_in6 address_of(const char *host, const char *port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port_of(port))};
	char mapped[INET6_ADDRSTRLEN + 8];

	snprintf(mapped, sizeof mapped, "%s%s", strchr(host, ':') ? "" : "::ffff:", host);
	errno = 0;
	if (inet_pton(AF_INET6, mapped, &address.sin6_addr) != 1)
		fail("a numeric address is expected");
	return address;
}

static void set_int(int fd, int level, int name, int value, const char *what)
{
	if (setsockopt(fd, level, name, &value, sizeof value))
		fail(what);
}

static int open_socket(int type)
{
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail("socket");
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	return fd;
}

static void bind_port(int fd, uint16_t port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (bind(fd, (struct sockaddr *)&any, sizeof any))
		fail("bind");
}

void tell_ready(const struct options *o)
{
	if (!o->ready)
		return;
	int fd = open(o->ready, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "\n", 1) != 1)
		fail("telling that the socket is ready");
	close(fd);
}

int open_server(const char *port, int type, const struct options *o)
{
	int fd = open_socket(type);

	/*
	 * A burst must wait in the qdisc under test, never be lost or held back by the receiver's socket. For TCP not too
	 * much either: while the window still grows the kernel acknowledges each packet (tcp_grow_window: quick |= 1).
	 */
	set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, type == SOCK_DGRAM ? 1 << 25 : 1 << 21, "SO_RCVBUFFORCE");
	bind_port(fd, (uint16_t)port_of(port));
	if (type == SOCK_STREAM && listen(fd, 128))
		fail("listen");
	tell_ready(o);
	return fd;
}

int open_client(const struct sockaddr_in6 *to, int type, const struct options *o, int64_t flow)
{
	int fd = open_socket(type);

	/* An IPv4-mapped socket takes IP_TOS for its packets, a real IPv6 one IPV6_TCLASS. */
	if (o->tos) {
		set_int(fd, IPPROTO_IP, IP_TOS, (int)o->tos, "IP_TOS");
		set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, (int)o->tos, "IPV6_TCLASS");
	}
	if (o->mark)
		set_int(fd, SOL_SOCKET, SO_MARK, (int)o->mark, "SO_MARK");
	if (type == SOCK_DGRAM)
		set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, 1 << 25, "SO_SNDBUFFORCE");
	if (type == SOCK_STREAM) {
		set_nonblocking(fd);
		/* Little waits in the socket, so that the sender stops when its time is over. */
		set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1 << 17, "TCP_NOTSENT_LOWAT");
		if (o->congestion &&
		    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, o->congestion, (socklen_t)strlen(o->congestion)))
			fail("TCP_CONGESTION");
	}
	if (o->source_port)
		bind_port(fd, (uint16_t)(o->source_port + flow));
	if (connect(fd, (const struct sockaddr *)to, sizeof *to) && errno != EINPROGRESS)
		fail("connect");
	return fd;
}

void set_nonblocking(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		fail("O_NONBLOCK");
}
