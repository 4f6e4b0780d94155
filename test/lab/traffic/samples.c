// SPDX-License-Identifier: Apache-2.0
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>

void samples_add(struct samples *s, int64_t ns)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->ns = realloc(s->ns, s->room * sizeof *s->ns);
		if (!s->ns)
			fail("memory");
	}
	s->ns[s->count++] = ns;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Nearest rank: the smallest sample that at least `percent` of all samples do not exceed. */
static double percentile_us(const struct samples *s, size_t percent)
{
	size_t rank = (s->count * percent + 99) / 100;

	return (double)s->ns[rank ? rank - 1 : 0] / NS_PER_US;
}

void samples_print(struct samples *s, const char *name)
{
	double sum_ns = 0;

	if (!s->count) {
		printf("\"%s\":null", name);
		return;
	}
	qsort(s->ns, s->count, sizeof *s->ns, by_value);
	for (size_t i = 0; i < s->count; i++)
		sum_ns += (double)s->ns[i];
	printf("\"%s\":{\"min_us\":%.3f,\"p50_us\":%.3f,\"p95_us\":%.3f,\"p99_us\":%.3f,\"max_us\":%.3f,\"mean_us\":%.3f}",
	       name, percentile_us(s, 0), percentile_us(s, 50), percentile_us(s, 95), percentile_us(s, 99),
	       percentile_us(s, 100), sum_ns / (double)s->count / NS_PER_US);
}
