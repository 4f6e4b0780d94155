/* Descriptors, files and directories. Paths come as bytes. SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native.h"

/* Declares `path`; returns from the calling function when argument `index` is no path. */
#define PATH_ARGUMENT(path, index)                                              \
  char path[PATH_MAX];                                                          \
  do {                                                                          \
    int refused = argument_path(ctx, argv[index], path, sizeof(path));          \
    if (refused) return refused < 0 ? JS_EXCEPTION : JS_NewInt32(ctx, -refused); \
  } while (0)

/* read(fd, bytes, offset, length) */
NATIVE(native_read) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span data;
  if (argument_int(ctx, argv[0], &fd) || argument_range(ctx, argv + 1, &data)) return JS_EXCEPTION;
  return result_of(ctx, read(fd, data.data, data.size));
}

/* write(fd, bytes, offset, length) */
NATIVE(native_write) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span data;
  if (argument_int(ctx, argv[0], &fd) || argument_range(ctx, argv + 1, &data)) return JS_EXCEPTION;
  return result_of(ctx, write(fd, data.data, data.size));
}

/* open(path, flags, mode) */
NATIVE(native_open) {
  UNUSED_ARGUMENTS();
  int flags, mode;
  if (argument_int(ctx, argv[1], &flags) || argument_int(ctx, argv[2], &mode)) return JS_EXCEPTION;
  PATH_ARGUMENT(path, 0);
  return result_of(ctx, open(path, flags | O_CLOEXEC, (mode_t)mode));
}

NATIVE(native_close) {
  UNUSED_ARGUMENTS();
  int fd;
  if (argument_int(ctx, argv[0], &fd)) return JS_EXCEPTION;
  return result_of(ctx, close(fd));
}

NATIVE(native_fsync) {
  UNUSED_ARGUMENTS();
  int fd;
  if (argument_int(ctx, argv[0], &fd)) return JS_EXCEPTION;
  return result_of(ctx, fsync(fd));
}

/* fstat(fd, Int32Array): mode, user and group. */
NATIVE(native_fstat) {
  UNUSED_ARGUMENTS();
  int fd;
  struct span words;
  struct stat status;
  if (argument_int(ctx, argv[0], &fd) || argument_int32s(ctx, argv[1], &words)) return JS_EXCEPTION;
  if (words.size < 3 * sizeof(int32_t)) return JS_ThrowRangeError(ctx, "no room for mode, user and group");
  int failed = fstat(fd, &status);
  if (!failed) {
    int32_t *result = (int32_t *)words.data;
    result[0] = (int32_t)status.st_mode;
    result[1] = (int32_t)status.st_uid;
    result[2] = (int32_t)status.st_gid;
  }
  return result_of(ctx, failed);
}

NATIVE(native_flock) {
  UNUSED_ARGUMENTS();
  int fd, operation;
  if (argument_int(ctx, argv[0], &fd) || argument_int(ctx, argv[1], &operation)) return JS_EXCEPTION;
  return result_of(ctx, flock(fd, operation));
}

NATIVE(native_rename) {
  UNUSED_ARGUMENTS();
  PATH_ARGUMENT(from, 0);
  PATH_ARGUMENT(to, 1);
  return result_of(ctx, rename(from, to));
}

NATIVE(native_unlink) {
  UNUSED_ARGUMENTS();
  PATH_ARGUMENT(path, 0);
  return result_of(ctx, unlink(path));
}

NATIVE(native_mkdir) {
  UNUSED_ARGUMENTS();
  int mode;
  if (argument_int(ctx, argv[1], &mode)) return JS_EXCEPTION;
  PATH_ARGUMENT(path, 0);
  return result_of(ctx, mkdir(path, (mode_t)mode));
}

NATIVE(native_rmdir) {
  UNUSED_ARGUMENTS();
  PATH_ARGUMENT(path, 0);
  return result_of(ctx, rmdir(path));
}

NATIVE(native_chmod) {
  UNUSED_ARGUMENTS();
  int mode;
  if (argument_int(ctx, argv[1], &mode)) return JS_EXCEPTION;
  PATH_ARGUMENT(path, 0);
  return result_of(ctx, chmod(path, (mode_t)mode));
}

NATIVE(native_read_link) {
  UNUSED_ARGUMENTS();
  char target[PATH_MAX];
  PATH_ARGUMENT(path, 0);
  ssize_t length = readlink(path, target, sizeof(target));
  return length < 0 ? result_of(ctx, -1) : result_bytes(ctx, target, (size_t)length);
}

/* Bytes that grow under the engine's memory limit. */
struct growing {
  JSRuntime *rt;
  uint8_t *data;
  size_t size, capacity;
};

/* Room for `more` bytes and one to spare, so that the size of a file is found without growing twice. */
static int grow(struct growing *bytes, size_t more) {
  if (bytes->capacity - bytes->size > more) return 0;
  size_t capacity = bytes->capacity * 2 > bytes->size + more + 1 ? bytes->capacity * 2 : bytes->size + more + 1;
  uint8_t *larger = js_realloc_rt(bytes->rt, bytes->data, capacity);
  if (larger == NULL) return ENOMEM;
  bytes->data = larger;
  bytes->capacity = capacity;
  return 0;
}

/* The bytes as a Uint8Array, or -error with the memory given back. */
static JSValue finish(JSContext *ctx, struct growing *bytes, int error) {
  if (error == 0) return result_owned_bytes(ctx, bytes->data, bytes->size);
  js_free_rt(bytes->rt, bytes->data);
  return JS_NewInt32(ctx, -error);
}

/* readDirectory(path): the names, each ended by a NUL. */
NATIVE(native_read_directory) {
  UNUSED_ARGUMENTS();
  struct growing names = {.rt = JS_GetRuntime(ctx)};
  PATH_ARGUMENT(path, 0);
  DIR *directory = opendir(path);
  if (directory == NULL) return result_of(ctx, -1);
  int error = grow(&names, 1023);
  while (error == 0) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (entry == NULL) {
      error = errno;
      break;
    }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    size_t length = strlen(entry->d_name) + 1;
    error = grow(&names, length);
    if (error == 0) memcpy(names.data + names.size, entry->d_name, length);
    names.size += length;
  }
  closedir(directory);
  return finish(ctx, &names, error);
}

/* readFile(path, limitBytes): files of /proc and /sys do not say their size, so it reads until there is no more, whatever a file says. */
NATIVE(native_read_file) {
  UNUSED_ARGUMENTS();
  struct growing content = {.rt = JS_GetRuntime(ctx)};
  int64_t limit;
  if (argument_integer(ctx, argv[1], 0, INT_MAX, &limit)) return JS_EXCEPTION;
  PATH_ARGUMENT(path, 0);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return result_of(ctx, -1);
  struct stat status;
  int64_t said = fstat(fd, &status) == 0 && status.st_size <= limit ? (int64_t)status.st_size : 0;
  int error = grow(&content, said > 4095 ? (size_t)said : 4095);
  for (;;) {
    if (error == 0 && content.capacity == content.size) error = grow(&content, 4095);
    if (error) break;
    ssize_t got = read(fd, content.data + content.size, content.capacity - content.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    content.size += (size_t)got;
    if (content.size > (size_t)limit) error = EFBIG;
    if (error) break;
  }
  close(fd);
  return finish(ctx, &content, error);
}

/* Eight bytes at a time: a file may have megabytes, and not every libc compares faster than that. */
static size_t common_start(const uint8_t *a, const uint8_t *b, size_t most) {
  size_t at = 0;
  for (uint64_t x, y; at + sizeof x <= most; at += sizeof x) {
    memcpy(&x, a + at, sizeof x);
    memcpy(&y, b + at, sizeof y);
    if (x != y) break;
  }
  while (at < most && a[at] == b[at]) at++;
  return at;
}

static size_t common_end(const uint8_t *a_end, const uint8_t *b_end, size_t most) {
  size_t count = 0;
  for (uint64_t x, y; count + sizeof x <= most; count += sizeof x) {
    memcpy(&x, a_end - count - sizeof x, sizeof x);
    memcpy(&y, b_end - count - sizeof y, sizeof y);
    if (x != y) break;
  }
  while (count < most && a_end[-(ptrdiff_t)count - 1] == b_end[-(ptrdiff_t)count - 1]) count++;
  return count;
}

/* commonBytes(a, b, atEnd): how many bytes are the same in both from the start on, or up to the end. */
NATIVE(native_common_bytes) {
  UNUSED_ARGUMENTS();
  struct span a, b;
  if (argument_bytes(ctx, argv[0], &a) || argument_bytes(ctx, argv[1], &b)) return JS_EXCEPTION;
  int at_end = JS_ToBool(ctx, argv[2]);
  size_t most = a.size < b.size ? a.size : b.size;
  size_t count = at_end ? common_end(a.data + a.size, b.data + b.size, most) : common_start(a.data, b.data, most);
  return JS_NewInt64(ctx, (int64_t)count);
}

NATIVE(native_is_terminal) {
  UNUSED_ARGUMENTS();
  int fd;
  if (argument_int(ctx, argv[0], &fd)) return JS_EXCEPTION;
  return JS_NewBool(ctx, isatty(fd));
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("read", 4, native_read),
    JS_CFUNC_DEF("write", 4, native_write),
    JS_CFUNC_DEF("open", 3, native_open),
    JS_CFUNC_DEF("close", 1, native_close),
    JS_CFUNC_DEF("fsync", 1, native_fsync),
    JS_CFUNC_DEF("fstat", 2, native_fstat),
    JS_CFUNC_DEF("flock", 2, native_flock),
    JS_CFUNC_DEF("rename", 2, native_rename),
    JS_CFUNC_DEF("unlink", 1, native_unlink),
    JS_CFUNC_DEF("mkdir", 2, native_mkdir),
    JS_CFUNC_DEF("rmdir", 1, native_rmdir),
    JS_CFUNC_DEF("chmod", 2, native_chmod),
    JS_CFUNC_DEF("readLink", 1, native_read_link),
    JS_CFUNC_DEF("readDirectory", 1, native_read_directory),
    JS_CFUNC_DEF("readFile", 2, native_read_file),
    JS_CFUNC_DEF("commonBytes", 3, native_common_bytes),
    JS_CFUNC_DEF("isTerminal", 1, native_is_terminal),
};

const struct native_table native_files = {entries, COUNT_OF(entries)};
