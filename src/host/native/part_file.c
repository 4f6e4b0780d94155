/*
 * A part of the program that lies in a file of its own: EXECUTABLE.NAME beside the executable, as a build leaves it, or ../lib/weir/NAME
 * seen from there, as it is installed. The engine does not check bytecode. So a file is taken only with the header of this very build,
 * of its length, and where nobody can have written it but root or who owns the executable. SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chunks.h"

#define EXECUTABLE "/proc/self/exe"
/* Where there is no /proc, as in a root that is only being built. */
#define INSTALLED "/usr/sbin/weir"

static const char THERE[] = "there";
static const char MISSING[] = "missing";
static const char OTHER[] = "of another build";
static const char NOT_TRUSTED[] = "not trusted";
static const char UNREADABLE[] = "unreadable";

/* As open(2). Without O_NONBLOCK a FIFO in its place would be waited for. */
static int open_part(const char *name) {
  char executable[PATH_MAX] = INSTALLED;
  ssize_t length = readlink(EXECUTABLE, executable, sizeof(executable) - 1);
  if (length > 0) executable[length] = '\0';
  char path[PATH_MAX + 64];
  (void)snprintf(path, sizeof(path), "%s.%s", executable, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 || errno != ENOENT) return fd;
  char *slash = strrchr(executable, '/');
  if (slash != NULL) *slash = '\0';
  (void)snprintf(path, sizeof(path), "%s/../lib/weir/%s", executable, name);
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static int is_trusted(const struct stat *file) {
  struct stat executable;
  uid_t owner = stat(EXECUTABLE, &executable) == 0 ? executable.st_uid : 0;
  if (!S_ISREG(file->st_mode) || (file->st_mode & (S_IWGRP | S_IWOTH)) != 0) return 0;
  return file->st_uid == 0 || file->st_uid == owner;
}

static int read_whole(int fd, void *bytes, size_t count) {
  for (size_t at = 0; at < count;) {
    ssize_t got = read(fd, (char *)bytes + at, count - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return -1;
    at += (size_t)got;
  }
  return 0;
}

/* Reads up to behind the header. */
static const char *check(int fd, const struct chunk *chunk) {
  struct stat file;
  if (fstat(fd, &file) < 0) return UNREADABLE;
  if (!is_trusted(&file)) return NOT_TRUSTED;
  size_t length = strlen(weir_part_header);
  char header[64];
  if (length > sizeof(header) || file.st_size != (off_t)(length + chunk->bytes)) return OTHER;
  if (read_whole(fd, header, length) < 0) return UNREADABLE;
  return memcmp(header, weir_part_header, length) == 0 ? THERE : OTHER;
}

const char *part_file_state(const struct chunk *chunk) {
  int fd = open_part(chunk->file);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? MISSING : UNREADABLE;
  const char *state = check(fd, chunk);
  (void)close(fd);
  return state;
}

uint8_t *part_file_read(const struct chunk *chunk, const char **state) {
  int fd = open_part(chunk->file);
  if (fd < 0) {
    *state = errno == ENOENT || errno == ENOTDIR ? MISSING : UNREADABLE;
    return NULL;
  }
  *state = check(fd, chunk);
  uint8_t *bytecode = *state == THERE ? malloc(chunk->bytes) : NULL;
  if (bytecode != NULL && read_whole(fd, bytecode, chunk->bytes) < 0) {
    free(bytecode);
    bytecode = NULL;
  }
  if (bytecode == NULL && *state == THERE) *state = UNREADABLE;
  (void)close(fd);
  return bytecode;
}
