// SPDX-License-Identifier: Apache-2.0
/* UDP: numbered packets with their time of sending, one way (send, sink) and there and back (ping, echo). */
#include "traffic.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAYLOAD_MAX 65507

struct stamp {
	uint64_t number;
	int64_t sent_ns;
};

static unsigned char payload[PAYLOAD_MAX];

static void check_sender(const struct options *o)
{
	errno = 0;
	if (!o->count)
		fail("--count is needed");
	if (o->size_bytes < (int64_t)sizeof(struct stamp) || o->size_bytes > PAYLOAD_MAX)
		fail("--size must be 16 to 65507");
}

static bool send_stamped(int fd, uint64_t number, int64_t size_bytes)
{
	struct stamp stamp = {.number = number, .sent_ns = now_ns()};

	memcpy(payload, &stamp, sizeof stamp);
	return send(fd, payload, (size_t)size_bytes, 0) == size_bytes;
}

int udp_send(const struct options *o)
{
	struct sockaddr_in6 to = address_of(o->words[0], o->words[1]);
	uint64_t errors = 0;
	int64_t start_ns;
	int fd;

	check_sender(o);
	fd = open_client(&to, SOCK_DGRAM, o, 0);
	start_ns = now_ns();
	for (int64_t i = 0; i < o->count; i++) {
		if (o->interval_ns)
			sleep_until_ns(start_ns + i * o->interval_ns);
		/* The error may belong to an earlier packet (port unreachable): this one counts as not sent all the same. */
		if (!send_stamped(fd, (uint64_t)i, o->size_bytes))
			errors++;
	}
	printf("{\"sent\":%lld,\"errors\":%llu,\"lasted_ms\":%.3f}\n", (long long)o->count - (long long)errors,
	       (unsigned long long)errors, (double)(now_ns() - start_ns) / NS_PER_MS);
	return 0;
}

/* What a sink has seen. Rates and gaps count packets inside the window only, loss and delay count all of them. */
struct arrivals {
	uint64_t received, reordered, duplicates, highest;
	uint64_t window_packets, window_bytes, first_window_bytes;
	int64_t start_ns, window_first_ns, window_last_ns, max_gap_ns;
	unsigned char *seen;
	size_t seen_bytes;
	struct samples delay;
};

static bool first_sight(struct arrivals *a, uint64_t number)
{
	size_t byte = number / 8;
	unsigned char bit = (unsigned char)(1u << number % 8);

	if (byte >= a->seen_bytes) {
		size_t room = 2 * (byte + 1);

		a->seen = realloc(a->seen, room);
		if (!a->seen)
			fail("memory");
		memset(a->seen + a->seen_bytes, 0, room - a->seen_bytes);
		a->seen_bytes = room;
	}
	if (a->seen[byte] & bit)
		return false;
	a->seen[byte] |= bit;
	return true;
}

static void count_in_window(struct arrivals *a, int64_t t_ns, uint64_t bytes)
{
	if (a->window_packets++) {
		if (t_ns - a->window_last_ns > a->max_gap_ns)
			a->max_gap_ns = t_ns - a->window_last_ns;
	} else {
		a->window_first_ns = t_ns;
		a->first_window_bytes = bytes;
	}
	a->window_last_ns = t_ns;
	a->window_bytes += bytes;
}

static void arrive(struct arrivals *a, const struct options *o, const struct stamp *stamp, int64_t t_ns, uint64_t bytes,
		   FILE *series)
{
	if (!a->start_ns)
		a->start_ns = t_ns;
	if (!first_sight(a, stamp->number)) {
		a->duplicates++;
		return;
	}
	if (a->received++ && stamp->number < a->highest)
		a->reordered++;
	else
		a->highest = stamp->number;
	samples_add(&a->delay, t_ns - stamp->sent_ns);
	if (series)
		fprintf(series, "%llu %.3f %.3f\n", (unsigned long long)stamp->number,
			(double)(stamp->sent_ns - a->start_ns) / NS_PER_MS, (double)(t_ns - stamp->sent_ns) / NS_PER_US);
	if (t_ns >= a->start_ns + o->from_ms * NS_PER_MS && (!o->to_ms || t_ns < a->start_ns + o->to_ms * NS_PER_MS))
		count_in_window(a, t_ns, bytes);
}

static void print_arrivals(struct arrivals *a, const struct options *o)
{
	uint64_t expected = o->count ? (uint64_t)o->count : a->received ? a->highest + 1 : 0;
	double window_s = (double)(a->window_last_ns - a->window_first_ns) / NS_PER_S;

	/* The first packet opens the interval, so its bytes do not belong to the rate. */
	printf("{\"received\":%llu,\"missing\":%llu,\"reordered\":%llu,\"duplicates\":%llu,\"max_gap_us\":%.3f,"
	       "\"packets_per_s\":%.3f,\"payload_bit_per_s\":%.1f,",
	       (unsigned long long)a->received, (unsigned long long)(expected - a->received),
	       (unsigned long long)a->reordered, (unsigned long long)a->duplicates, (double)a->max_gap_ns / NS_PER_US,
	       window_s > 0 ? (double)(a->window_packets - 1) / window_s : 0,
	       window_s > 0 ? 8 * (double)(a->window_bytes - a->first_window_bytes) / window_s : 0);
	samples_print(&a->delay, "delay");
	puts("}");
}

int udp_sink(const struct options *o)
{
	int fd = open_server(o->words[0], SOCK_DGRAM, o);
	int64_t end_ns = now_ns() + o->for_ms * NS_PER_MS, until_ns = end_ns;
	struct arrivals a = {0};
	FILE *series = NULL;

	errno = 0;
	if (!o->for_ms)
		fail("--for-ms is needed");
	if (o->series && !(series = fopen(o->series, "we")))
		fail(o->series);
	while ((!o->count || a.received < (uint64_t)o->count) && wait_for(fd, POLLIN, until_ns)) {
		ssize_t bytes = recv(fd, payload, sizeof payload, MSG_DONTWAIT);
		struct stamp stamp;
		int64_t t_ns = now_ns();

		if (bytes < (ssize_t)sizeof stamp)
			continue;
		memcpy(&stamp, payload, sizeof stamp);
		arrive(&a, o, &stamp, t_ns, (uint64_t)bytes, series);
		if (o->quiet_ms && t_ns + o->quiet_ms * NS_PER_MS < end_ns)
			until_ns = t_ns + o->quiet_ms * NS_PER_MS;
	}
	if (series && fclose(series))
		fail(o->series);
	print_arrivals(&a, o);
	return 0;
}

int udp_echo(const struct options *o)
{
	int fd = open_server(o->words[0], SOCK_DGRAM, o);

	for (;;) {
		struct sockaddr_in6 from;
		socklen_t length = sizeof from;
		ssize_t bytes = recvfrom(fd, payload, sizeof payload, 0, (struct sockaddr *)&from, &length);

		if (bytes >= 0)
			sendto(fd, payload, (size_t)bytes, 0, (struct sockaddr *)&from, length);
	}
}

/* How long after the last packet an answer still counts. */
#define PING_PATIENCE_NS (2 * NS_PER_S)

int udp_ping(const struct options *o)
{
	struct sockaddr_in6 to = address_of(o->words[0], o->words[1]);
	struct samples rtt = {0};
	int64_t start_ns, sent = 0;
	int fd;

	check_sender(o);
	fd = open_client(&to, SOCK_DGRAM, o, 0);
	start_ns = now_ns();
	for (;;) {
		int64_t next_ns = start_ns + sent * o->interval_ns + (sent < o->count ? 0 : PING_PATIENCE_NS);
		struct stamp stamp;

		if (wait_for(fd, POLLIN, next_ns)) {
			if (recv(fd, payload, sizeof payload, MSG_DONTWAIT) >= (ssize_t)sizeof stamp) {
				memcpy(&stamp, payload, sizeof stamp);
				samples_add(&rtt, now_ns() - stamp.sent_ns);
			}
			if (rtt.count >= (size_t)o->count)
				break;
		} else if (sent < o->count) {
			send_stamped(fd, (uint64_t)sent++, o->size_bytes);
		} else {
			break;
		}
	}
	printf("{\"sent\":%lld,\"received\":%zu,", (long long)sent, rtt.count);
	samples_print(&rtt, "rtt");
	puts("}");
	return 0;
}
