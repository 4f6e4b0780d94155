// SPDX-License-Identifier: Apache-2.0
/*
 * traffic: the lab's sender, receiver and clock. One command a process, one JSON line as its result.
 *
 * Two rules come from virtual time, where the clock stands still until every process sleeps:
 * nothing here may spin, and every wait must be a sleep or a poll that the kernel can end.
 * All hosts of a lab are network namespaces of one kernel, so CLOCK_MONOTONIC is common to them and the time of
 * sending, carried in the packet, gives true one-way delays.
 */
#ifndef WEIR_LAB_TRAFFIC_H
#define WEIR_LAB_TRAFFIC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* What the command line may say; each command names the ones it takes (commands[] in main.c). */
struct options {
	int64_t count;         /* packets; 0 = not given */
	int64_t interval_ns;   /* between packets; 0 = back to back */
	int64_t size_bytes;    /* UDP payload */
	int64_t tos;           /* the whole byte: DSCP << 2 | ECN */
	int64_t mark;          /* SO_MARK */
	int64_t source_port;   /* of the first flow; the next one takes the next port */
	int64_t flows;         /* TCP connections; 0 = not given */
	int64_t for_ms;        /* how long to run; 0 = not given */
	int64_t quiet_ms;      /* and no longer than this after the latest packet; 0 = not given */
	int64_t from_ms;       /* measure from here, counted from the first packet or connection … */
	int64_t to_ms;         /* … to here; 0 = to the end */
	const char *congestion;
	const char *series;    /* file for the single samples */
	const char *ready;     /* FIFO that gets a line once the socket is bound */
	char **words;          /* what is left: ADDR, PORT, or a command */
	int words_count;
};

/* ---- main.c ---- */

/* Ends the process with exit 1 and {"error": …} on stdout; adds strerror(errno) unless it is 0. */
_Noreturn void fail(const char *what);
int64_t now_ns(void);
void sleep_until_ns(int64_t when_ns);
/* poll() on one descriptor until `until_ns`; true when something can be done, false when the time is over. */
bool wait_for(int fd, short events, int64_t until_ns);

/* ---- net.c ---- */

/* Of a numeric IPv6 or IPv4 address; the latter as ::ffff:a.b.c.d, so that one kind of socket serves both. */
struct sockaddr_in6 address_of(const char *host, const char *port);
int port_of(const char *text);
/* A bound socket for both families. Tells `o->ready` when it can receive. */
int open_server(const char *port, int type, const struct options *o);
/* A connected socket; a TCP connection attempt may still be under way. */
int open_client(const struct sockaddr_in6 *to, int type, const struct options *o, int64_t flow);
void set_nonblocking(int fd);
/* A line into the FIFO o->ready, if there is one. */
void tell_ready(const struct options *o);

/* ---- samples.c ---- */

/* A growing list of durations with the order statistics that scenarios assert on. */
struct samples {
	int64_t *ns;
	size_t count, room;
};

void samples_add(struct samples *s, int64_t ns);
/* Prints `"NAME":{"min_us":…,"p50_us":…,"p95_us":…,"p99_us":…,"max_us":…,"mean_us":…}`, or null without samples. */
void samples_print(struct samples *s, const char *name);

/* ---- the commands ---- */

int udp_send(const struct options *o);
int udp_sink(const struct options *o);
int udp_echo(const struct options *o);
int udp_ping(const struct options *o);
int tcp_send(const struct options *o);
int tcp_sink(const struct options *o);
int frames_send(const struct options *o);
int frames_sink(const struct options *o);
int pppoe(const struct options *o);
int run_command(const struct options *o);
int print_as_json(const struct options *o);
int load_modules(const struct options *o);
int power_off(const struct options *o);

#endif
