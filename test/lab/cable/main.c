// SPDX-License-Identifier: Apache-2.0
/*
 * slow-cables: runs a guest whose network devices are cables of an exact rate.
 *
 *   slow-cables COUNT BIT_PER_S -- COMMAND [ARG …]
 *
 * COMMAND takes this process over and finds the ends of cable i in its descriptors FIRST_FD + 2i, the slow end, and
 * FIRST_FD + 2i + 1. Each end takes and gives whole Ethernet frames. What is written into the slow end arrives at BIT_PER_S, the
 * frames with their headers counted; the way back has no rate.
 *
 * The socket of a slow end has room for two full frames, as the FIFO in a network card has behind its descriptors; and it tells
 * the writer of room only when it is empty (net/unix/af_unix.c: unix_writable). It is empty when the second of them begins to be
 * on the wire, so the writer has the time of a frame to write more before the wire falls silent.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)
#define FIRST_FD 10
/* Of our own ends: above all that the command is given. */
#define OWN_FD 64
#define MOST_CABLES 16
#define MOST_FRAME_BYTES 65536
#define STACK_BYTES (256 * 1024)

struct way {
	int from, to;
	int64_t bit_per_s; /* 0: without a rate */
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "slow-cables: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void sleep_until_ns(int64_t when_ns)
{
	struct timespec t = {.tv_sec = when_ns / NS_PER_S, .tv_nsec = when_ns % NS_PER_S};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/*
 * The wire. A frame that was there when the one before it was done follows it at once, however late this thread woke up: so the rate
 * is exact over any two frames that were not waited for. Ends with the socket.
 */
static void *carry(void *argument)
{
	const struct way *way = argument;
	unsigned char frame[MOST_FRAME_BYTES];
	int64_t free_ns = now_ns();

	for (;;) {
		ssize_t bytes = recv(way->from, frame, sizeof frame, MSG_DONTWAIT);

		if (bytes < 0 && errno == EAGAIN) {
			bytes = recv(way->from, frame, sizeof frame, 0);
			free_ns = now_ns();
		}
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes <= 0)
			return NULL;
		if (way->bit_per_s) {
			free_ns += bytes * 8 * NS_PER_S / way->bit_per_s;
			sleep_until_ns(free_ns);
		}
		/* A far end that is closed, or not open yet, is a cable that nobody holds: the frame is gone. */
		(void)send(way->to, frame, (size_t)bytes, MSG_NOSIGNAL);
	}
}

/* Serves all ways until their sockets are closed by the command. */
static _Noreturn void serve(struct way *ways, long count)
{
	pthread_t threads[2 * MOST_CABLES];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	for (long i = 0; i < count; i++)
		if ((errno = pthread_create(&threads[i], &attributes, carry, &ways[i])))
			fail("pthread_create");
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	exit(0);
}

/* A pair of sockets that keep frames whole. The command's end gets the number `fd`; the result is ours. */
static int end_at(int fd, int is_slow)
{
	int pair[2], ours, least = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		fail("socketpair");
	/* The kernel makes of it the least that it allows: 4608 bytes with what a frame takes of memory, two full frames. */
	if (is_slow && setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof least))
		fail("SO_SNDBUF");
	ours = fcntl(pair[1], F_DUPFD_CLOEXEC, OWN_FD);
	if (ours < 0 || dup2(pair[0], fd) < 0)
		fail("dup2");
	close(pair[0]);
	close(pair[1]);
	return ours;
}

static int64_t number(const char *text, int64_t most)
{
	char *end;
	long long value = strtoll(text, &end, 10);

	if (end == text || *end || value < 1 || value > most) {
		fprintf(stderr, "slow-cables: %s is not between 1 and %lld\n", text, (long long)most);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct way ways[2 * MOST_CABLES];
	pid_t command = getpid(), server;
	long count;

	if (argc < 5 || strcmp(argv[3], "--")) {
		fputs("slow-cables COUNT BIT_PER_S -- COMMAND [ARG …]\n", stderr);
		return 2;
	}
	count = (long)number(argv[1], MOST_CABLES);
	for (long i = 0; i < count; i++) {
		int slow = end_at(FIRST_FD + 2 * (int)i, 1), far = end_at(FIRST_FD + 2 * (int)i + 1, 0);

		ways[2 * i] = (struct way){slow, far, number(argv[2], INT_MAX)};
		ways[2 * i + 1] = (struct way){far, slow, 0};
	}
	server = fork();
	if (server < 0)
		fail("fork");
	if (server == 0) {
		/* It must not outlive the command, which may be killed; and only the command may hold the ends it was given. */
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != command)
			fail("the command is gone");
		for (long i = 0; i < 2 * count; i++)
			close(FIRST_FD + (int)i);
		serve(ways, 2 * count);
	}
	execvp(argv[4], argv + 4);
	fail(argv[4]);
}
