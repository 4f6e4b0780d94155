/* The maps of plain.c, for the calls of plain_calls.c. */
#ifndef PLAIN_H
#define PLAIN_H

#include <stddef.h>

struct table {
  const char *name;
  const void *map;
  size_t key_bytes, value_bytes, count;
  unsigned char *entries; /* each a key and, where a multiple of 8 bytes begins, its value */
};

extern struct table tables[];
extern const size_t table_count;

size_t stride(const struct table *table);
void *find(const struct table *table, const void *key);
/* Replaces what is there; NULL where there is no room. */
void *put(struct table *table, const void *key, const void *value);
void take_away(struct table *table, const void *key);

#endif
