// SPDX-License-Identifier: Apache-2.0
/* Runs a command and says as JSON what it did. */
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_PATIENCE_MS 60000

struct capture {
	int fd;
	char *text;
	size_t length, room;
};

/* Reads what is there; false at the end of the stream. */
static bool read_some(struct capture *c)
{
	ssize_t bytes;

	if (c->room - c->length < 4096) {
		c->room = 2 * c->room + 65536;
		c->text = realloc(c->text, c->room);
		if (!c->text)
			fail("memory");
	}
	bytes = read(c->fd, c->text + c->length, c->room - c->length);
	if (bytes > 0)
		c->length += (size_t)bytes;
	return bytes > 0;
}

static size_t utf8_length(const unsigned char *s, size_t left)
{
	size_t length = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (!length || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* A byte that is not UTF-8 becomes the lone surrogate U+DC80 + (byte - 0x80), as in the program itself. */
static void print_json(const char *text, size_t length)
{
	putchar('"');
	for (size_t i = 0, step; i < length; i += step) {
		unsigned char c = (unsigned char)text[i];

		step = utf8_length((const unsigned char *)text + i, length - i);
		if (!step) {
			step = 1;
			printf("\\udc%02x", c);
		} else if (c == '\n') {
			fputs("\\n", stdout);
		} else if (c == '"' || c == '\\') {
			printf("\\%c", c);
		} else if (c < 0x20 || c == 0x7f) {
			printf("\\u%04x", c);
		} else {
			fwrite(text + i, 1, step, stdout);
		}
	}
	putchar('"');
}

static pid_t spawn(char **words, int out, int err)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child)
		return child;
	dup2(out, 1);
	dup2(err, 2);
	signal(SIGPIPE, SIG_DFL);
	execvp(words[0], words);
	dprintf(2, "%s: %s\n", words[0], strerror(errno));
	_exit(127);
}

/* Collects both streams until they end; true if the time was over before that. */
static bool collect(struct capture streams[2], int64_t end_ns)
{
	struct pollfd list[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};

	while (list[0].fd >= 0 || list[1].fd >= 0) {
		int64_t left_ns = end_ns - now_ns();

		if (left_ns <= 0 || poll(list, 2, (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS)) == 0)
			return true;
		for (int i = 0; i < 2; i++)
			if (list[i].revents && !read_some(&streams[i]))
				list[i].fd = -1;
	}
	return false;
}

int run_command(const struct options *o)
{
	int64_t start_ns = now_ns(), patience_ms = o->for_ms ? o->for_ms : RUN_PATIENCE_MS;
	struct capture streams[2] = {{0}, {0}};
	int pipes[2][2], status;
	struct rusage used;
	bool timed_out;
	pid_t child;

	if (pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC))
		fail("pipe");
	child = spawn(o->words, pipes[0][1], pipes[1][1]);
	for (int i = 0; i < 2; i++) {
		close(pipes[i][1]);
		streams[i].fd = pipes[i][0];
	}
	timed_out = collect(streams, start_ns + patience_ms * NS_PER_MS);
	if (timed_out)
		kill(child, SIGKILL);
	if (wait4(child, &status, 0, &used) < 0)
		fail("wait4");

	printf("{\"args\":[");
	for (int i = 1; i < o->words_count; i++) {
		if (i > 1)
			putchar(',');
		print_json(o->words[i], strlen(o->words[i]));
	}
	printf("],\"exit\":%d,\"signal\":%d,\"timed_out\":%s,\"lasted_ms\":%.3f,\"max_rss_kb\":%ld,\"stdout\":",
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	       timed_out ? "true" : "false", (double)(now_ns() - start_ns) / NS_PER_MS, used.ru_maxrss);
	print_json(streams[0].text, streams[0].length);
	printf(",\"stderr\":");
	print_json(streams[1].text, streams[1].length);
	puts("}");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int print_as_json(const struct options *o)
{
	for (int i = 0; i < o->words_count; i++)
		print_json(o->words[i], strlen(o->words[i]));
	puts("");
	return 0;
}
