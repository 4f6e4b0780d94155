/* Checked conversions between JavaScript values and C, none of which runs JavaScript. SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "native.h"

/* QuickJS 2025-04-26 tells the type of a typed array only by its class, and gives no name to that: learn it from samples. */
static JSClassID uint8_array_class;
static JSClassID int32_array_class;

static JSClassID class_of_array(JSContext *ctx, JSTypedArrayEnum type) {
  JSValue length_0[3] = {JS_NewInt32(ctx, 0), JS_UNDEFINED, JS_UNDEFINED}; /* it reads three whatever argc says */
  JSValue sample = JS_NewTypedArray(ctx, 1, length_0, type);
  JSClassID class_id = JS_GetClassID(sample);
  JS_FreeValue(ctx, sample);
  return class_id;
}

void arguments_init(JSContext *ctx) {
  uint8_array_class = class_of_array(ctx, JS_TYPED_ARRAY_UINT8);
  int32_array_class = class_of_array(ctx, JS_TYPED_ARRAY_INT32);
}

int argument_integer(JSContext *ctx, JSValueConst value, int64_t lowest, int64_t highest, int64_t *result) {
  double number;
  if (JS_IsException(value)) return -1; /* from reading the element of a list */
  if (!JS_IsNumber(value)) {
    JS_ThrowTypeError(ctx, "not a number");
    return -1;
  }
  if (JS_ToFloat64(ctx, &number, value)) return -1;
  if (!(number >= (double)lowest && number <= (double)highest) || number != floor(number)) {
    JS_ThrowRangeError(ctx, "not an integer from %lld to %lld", (long long)lowest, (long long)highest);
    return -1;
  }
  *result = (int64_t)number;
  return 0;
}

int argument_int(JSContext *ctx, JSValueConst value, int *result) {
  int64_t number;
  if (argument_integer(ctx, value, INT_MIN, INT_MAX, &number)) return -1;
  *result = (int)number;
  return 0;
}

static int span_of_array(JSContext *ctx, JSValueConst value, JSClassID class_id, const char *expected, struct span *result) {
  size_t offset = 0, size = 0, whole = 0;
  if (JS_IsException(value)) return -1;
  if (!JS_IsObject(value) || JS_GetClassID(value) != class_id) {
    JS_ThrowTypeError(ctx, "not a %s", expected);
    return -1;
  }
  JSValue buffer = JS_GetTypedArrayBuffer(ctx, value, &offset, &size, NULL);
  if (JS_IsException(buffer)) return -1;
  uint8_t *data = JS_GetArrayBuffer(ctx, &whole, buffer);
  JS_FreeValue(ctx, buffer); /* the array itself still holds it */
  if (data == NULL) return -1;
  if (offset > whole || size > whole - offset) {
    JS_ThrowRangeError(ctx, "the array reaches past its buffer");
    return -1;
  }
  result->data = data + offset;
  result->size = size;
  return 0;
}

int argument_bytes(JSContext *ctx, JSValueConst value, struct span *result) {
  return span_of_array(ctx, value, uint8_array_class, "Uint8Array", result);
}

int argument_int32s(JSContext *ctx, JSValueConst value, struct span *result) {
  return span_of_array(ctx, value, int32_array_class, "Int32Array", result);
}

/* Three arguments, bytes, offset and length: the span they name. */
int argument_range(JSContext *ctx, JSValueConst *argv, struct span *result) {
  int64_t offset, length;
  if (argument_integer(ctx, argv[1], 0, INT_MAX, &offset)) return -1;
  if (argument_integer(ctx, argv[2], 0, INT_MAX, &length)) return -1;
  if (argument_bytes(ctx, argv[0], result)) return -1;
  if ((uint64_t)offset + (uint64_t)length > result->size) {
    JS_ThrowRangeError(ctx, "bytes %lld to %lld of a buffer of %llu", (long long)offset, (long long)(offset + length),
                       (unsigned long long)result->size);
    return -1;
  }
  result->data += offset;
  result->size = (size_t)length;
  return 0;
}

int argument_path(JSContext *ctx, JSValueConst value, char *path, size_t capacity) {
  struct span bytes;
  if (argument_bytes(ctx, value, &bytes)) return -1;
  if (bytes.size >= capacity) return ENAMETOOLONG;
  if (bytes.size > 0 && memchr(bytes.data, 0, bytes.size) != NULL) return EINVAL;
  memcpy(path, bytes.data, bytes.size);
  path[bytes.size] = 0;
  return 0;
}

JSValue result_of(JSContext *ctx, int64_t returned) {
  return JS_NewInt64(ctx, returned < 0 ? -(int64_t)errno : returned);
}

static JSValue array_over(JSContext *ctx, JSValue buffer) {
  if (JS_IsException(buffer)) return buffer;
  JSValue whole_buffer[3] = {buffer, JS_UNDEFINED, JS_UNDEFINED};
  JSValue array = JS_NewTypedArray(ctx, 1, whole_buffer, JS_TYPED_ARRAY_UINT8);
  JS_FreeValue(ctx, buffer);
  return array;
}

JSValue result_bytes(JSContext *ctx, const void *data, size_t size) {
  return array_over(ctx, JS_NewArrayBufferCopy(ctx, data, size));
}

static void free_owned(JSRuntime *rt, void *opaque, void *data) {
  (void)opaque;
  js_free_rt(rt, data);
}

JSValue result_owned_bytes(JSContext *ctx, uint8_t *data, size_t size) {
  JSValue buffer = JS_NewArrayBuffer(ctx, data, size, free_owned, NULL, 0);
  if (JS_IsException(buffer)) js_free_rt(JS_GetRuntime(ctx), data);
  return array_over(ctx, buffer);
}
