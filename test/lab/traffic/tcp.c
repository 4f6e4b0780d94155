// SPDX-License-Identifier: Apache-2.0
/* TCP: flows that are always full, and a sink that measures what arrives inside a window of time. */
#include "traffic.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* musl declares the whole struct tcp_info itself, glibc leaves it to the kernel's header. */
#if __has_include(<linux/tcp.h>)
#include <linux/tcp.h>
#else
#include <netinet/tcp.h>
#endif

#define FLOWS_MAX 256

static unsigned char block[1 << 18];

/* ppoll over all flows until `until_ns`; false when the time is over. */
static bool wait_for_any(struct pollfd *list, nfds_t count, int64_t until_ns)
{
	int64_t left_ns = until_ns - now_ns();
	struct timespec t = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};

	return left_ns > 0 && ppoll(list, count, &t, NULL) > 0;
}

/* A reset frees what still waits in the socket: the next step of a scenario starts with empty queues. */
static void reset(int fd)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
}

static void fill(struct pollfd *flow)
{
	ssize_t bytes;

	do
		bytes = send(flow->fd, block, sizeof block, MSG_DONTWAIT);
	while (bytes > 0);
	if (bytes < 0 && errno != EAGAIN && errno != ENOTCONN)
		fail("sending on a connection");
}

int tcp_send(const struct options *o)
{
	struct sockaddr_in6 to = address_of(o->words[0], o->words[1]);
	int64_t count = o->flows ? o->flows : 1, end_ns = now_ns() + o->for_ms * NS_PER_MS;
	struct pollfd flows[FLOWS_MAX];
	unsigned long long acked = 0, retransmits = 0;

	errno = 0;
	if (!o->for_ms || count > FLOWS_MAX)
		fail("--for-ms and at most 256 --flows are needed");
	for (int64_t i = 0; i < count; i++)
		flows[i] = (struct pollfd){.fd = open_client(&to, SOCK_STREAM, o, i), .events = POLLOUT};

	while (wait_for_any(flows, (nfds_t)count, end_ns))
		for (int64_t i = 0; i < count; i++)
			if (flows[i].revents)
				fill(&flows[i]);

	printf("{\"flows\":[");
	for (int64_t i = 0; i < count; i++) {
		struct tcp_info info = {0};
		socklen_t length = sizeof info;

		if (getsockopt(flows[i].fd, IPPROTO_TCP, TCP_INFO, &info, &length))
			fail("TCP_INFO");
		printf("%s{\"acked_bytes\":%llu,\"retransmits\":%u,\"rtt_us\":%u}", i ? "," : "",
		       (unsigned long long)info.tcpi_bytes_acked, info.tcpi_total_retrans, info.tcpi_rtt);
		acked += info.tcpi_bytes_acked;
		retransmits += info.tcpi_total_retrans;
		reset(flows[i].fd);
	}
	printf("],\"acked_bytes\":%llu,\"retransmits\":%llu,\"acked_bit_per_s\":%.1f}\n", acked, retransmits,
	       8e3 * (double)acked / (double)o->for_ms);
	return 0;
}

/*
 * The kernel wakes the sink only when this much waits on a connection: a system call of a guest's process costs some 50 us
 * of wall-clock time, far more than the packet itself. ACKs go out as ever (__tcp_ack_snd_check knows of SO_RCVLOWAT).
 * At both ends of the window everything is read, so that what is measured is exact all the same.
 */
#define WAKE_BYTES (1 << 16)

struct sink {
	struct pollfd list[FLOWS_MAX + 1]; /* [0] is the listener */
	nfds_t used;
	int64_t accepted, closed, first_ns;
	unsigned long long bytes, bytes_at_start, bytes_at_end;
};

static void accept_flow(struct sink *s)
{
	int fd = accept(s->list[0].fd, NULL, NULL), wake_bytes = WAKE_BYTES;

	if (fd < 0)
		return;
	if (s->used > FLOWS_MAX)
		fail("too many connections");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &wake_bytes, sizeof wake_bytes))
		fail("SO_RCVLOWAT");
	if (!s->accepted++)
		s->first_ns = now_ns();
	s->list[s->used++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

/* Takes all that has arrived on one connection; false when the connection has ended. */
static bool drain(struct sink *s, int fd)
{
	ssize_t part;

	do {
		part = recv(fd, block, sizeof block, MSG_DONTWAIT);
		if (part > 0)
			s->bytes += (unsigned long long)part;
	} while (part == sizeof block);
	return part > 0 || (part < 0 && errno == EAGAIN);
}

static void drain_all(struct sink *s, bool only_ready)
{
	for (nfds_t i = s->used; i-- > 1;)
		if ((!only_ready || s->list[i].revents) && !drain(s, s->list[i].fd)) {
			close(s->list[i].fd);
			s->list[i] = s->list[--s->used];
			s->closed++;
		}
}

/* Serves the connections until a moment, or until as many as expected have ended. */
static void serve_until(struct sink *s, int64_t flows, int64_t until_ns)
{
	while (!(flows && s->closed >= flows) && wait_for_any(s->list, s->used, until_ns)) {
		drain_all(s, true);
		if (s->list[0].revents)
			accept_flow(s);
	}
	drain_all(s, false);
}

int tcp_sink(const struct options *o)
{
	int64_t end_ns = now_ns() + o->for_ms * NS_PER_MS;
	static struct sink s;
	double window_ms = 0;

	errno = 0;
	if (!o->for_ms)
		fail("--for-ms is needed");
	s.list[0] = (struct pollfd){.fd = open_server(o->words[0], SOCK_STREAM, o), .events = POLLIN};
	s.used = 1;

	if (wait_for(s.list[0].fd, POLLIN, end_ns)) {
		accept_flow(&s);
		serve_until(&s, o->flows, s.first_ns + o->from_ms * NS_PER_MS);
		s.bytes_at_start = s.bytes;
		serve_until(&s, o->flows, o->to_ms ? s.first_ns + o->to_ms * NS_PER_MS : end_ns);
		s.bytes_at_end = s.bytes;
		window_ms = (double)(now_ns() - s.first_ns) / NS_PER_MS - (double)o->from_ms;
		/* The connections are not cut with the window: their sender would see a reset. */
		serve_until(&s, o->flows, end_ns);
	}
	for (nfds_t i = 1; i < s.used; i++)
		reset(s.list[i].fd);
	printf("{\"flows\":%lld,\"bytes\":%llu,\"window_bytes\":%llu,\"window_ms\":%.3f,\"goodput_bit_per_s\":%.1f}\n",
	       (long long)s.accepted, s.bytes, s.bytes_at_end - s.bytes_at_start, window_ms,
	       window_ms > 0 ? 8e3 * (double)(s.bytes_at_end - s.bytes_at_start) / window_ms : 0);
	return 0;
}
