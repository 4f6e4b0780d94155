// SPDX-License-Identifier: Apache-2.0
/* The command line, the clock and the way to fail. */
#include "traffic.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void fail(const char *what)
{
	if (errno)
		printf("{\"error\":\"%s: %s\"}\n", what, strerror(errno));
	else
		printf("{\"error\":\"%s\"}\n", what);
	exit(1);
}

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

void sleep_until_ns(int64_t when_ns)
{
	struct timespec t = timespec_of(when_ns);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

bool wait_for(int fd, short events, int64_t until_ns)
{
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left_ns = until_ns - now_ns();
	struct timespec t;

	if (left_ns <= 0)
		return false;
	t = timespec_of(left_ns);
	return ppoll(&p, 1, &t, NULL) > 0;
}

/* Letters stand for the long options; `takes` lists those a command knows. */
static const struct {
	const char *name;
	int (*run)(const struct options *o);
	int words_count; /* -1: one or more */
	const char *takes;
	const char *usage;
} commands[] = {
	{"udp-send", udp_send, 2, "nisTMp",
	 "ADDR PORT --count N [--interval-us U] [--size BYTES] [--tos T] [--mark M] [--source-port P]"},
	{"udp-sink", udp_sink, 1, "ndqabSr",
	 "PORT --for-ms MS [--quiet-ms Q] [--count N] [--from-ms A] [--to-ms B] [--series FILE] [--ready FIFO]"},
	{"echo", udp_echo, 1, "r", "PORT [--ready FIFO]"},
	{"ping", udp_ping, 2, "nisTMp",
	 "ADDR PORT --count N --interval-us U [--size BYTES] [--tos T] [--mark M] [--source-port P]"},
	{"tcp-send", tcp_send, 2, "dfTMpc",
	 "ADDR PORT --for-ms MS [--flows N] [--tos T] [--mark M] [--source-port P] [--congestion NAME]"},
	{"tcp-sink", tcp_sink, 1, "dfabr", "PORT --for-ms MS [--flows N] [--from-ms A] [--to-ms B] [--ready FIFO]"},
	{"frames-send", frames_send, 2, "", "DEVICE FILE   (a line of hexadecimal digits a frame)"},
	{"frames-sink", frames_sink, 2, "ndr",
	 "DEVICE PROTOCOL --for-ms MS [--count N] [--ready FIFO]   (PROTOCOL of the Ethernet header, 3 for all)"},
	{"pppoe", pppoe, 3, "r", "DEVICE ADDRESS-OF-THE-OTHER-END SESSION [--ready FIFO]   (a device ppp0, ppp1, … until it is killed)"},
	{"run", run_command, -1, "d", "[--for-ms MS] -- COMMAND [ARG …]"},
	{"json", print_as_json, -1, "", "TEXT …"},
	{"insmod", load_modules, -1, "", "FILE …"},
	{"poweroff", power_off, 0, "", ""},
};

static const struct option long_options[] = {
	{"count", required_argument, NULL, 'n'},      {"interval-us", required_argument, NULL, 'i'},
	{"size", required_argument, NULL, 's'},       {"tos", required_argument, NULL, 'T'},
	{"mark", required_argument, NULL, 'M'},       {"source-port", required_argument, NULL, 'p'},
	{"flows", required_argument, NULL, 'f'},      {"for-ms", required_argument, NULL, 'd'},
	{"from-ms", required_argument, NULL, 'a'},    {"to-ms", required_argument, NULL, 'b'},
	{"congestion", required_argument, NULL, 'c'}, {"series", required_argument, NULL, 'S'},
	{"ready", required_argument, NULL, 'r'},      {"quiet-ms", required_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

static int usage(void)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(stderr, "traffic %s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

static double number(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || value < 0) {
		errno = 0;
		fail("a number of 0 or more is expected");
	}
	return value;
}

static void set_option(struct options *o, int letter, const char *text)
{
	switch (letter) {
	case 'c':
		o->congestion = text;
		return;
	case 'S':
		o->series = text;
		return;
	case 'r':
		o->ready = text;
		return;
	case 'T':
	case 'M':
		*(letter == 'T' ? &o->tos : &o->mark) = strtol(text, NULL, 0);
		return;
	case 'i':
		o->interval_ns = (int64_t)(number(text) * NS_PER_US);
		return;
	}
	int64_t value = (int64_t)number(text);
	switch (letter) {
	case 'n':
		o->count = value;
		break;
	case 's':
		o->size_bytes = value;
		break;
	case 'p':
		o->source_port = value;
		break;
	case 'f':
		o->flows = value;
		break;
	case 'd':
		o->for_ms = value;
		break;
	case 'q':
		o->quiet_ms = value;
		break;
	case 'a':
		o->from_ms = value;
		break;
	case 'b':
		o->to_ms = value;
		break;
	}
}

int main(int argc, char **argv)
{
	struct options o = {.size_bytes = 100};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(argv[1], commands[i].name))
			break;
	if (argc < 2 || i == sizeof commands / sizeof *commands)
		return usage();

	argv++;
	argc--;
	for (int letter; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
		if (letter == '?' || !strchr(commands[i].takes, letter))
			return usage();
		set_option(&o, letter, optarg);
	}
	o.words = argv + optind;
	o.words_count = argc - optind;
	if (commands[i].words_count < 0 ? o.words_count < 1 : o.words_count != commands[i].words_count)
		return usage();
	return commands[i].run(&o);
}
