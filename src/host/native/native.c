/* The module `weir:native` that src/host/native.ts imports. SPDX-License-Identifier: Apache-2.0 */
#include "native.h"

static const struct native_table *const tables[] = {&native_sockets, &native_structures, &native_files, &native_process,
                                                   &native_constants, &native_chunks};

static int fill_module(JSContext *ctx, JSModuleDef *module) {
  for (size_t i = 0; i < COUNT_OF(tables); i++)
    if (JS_SetModuleExportList(ctx, module, tables[i]->entries, tables[i]->count)) return -1;
  return 0;
}

JSModuleDef *native_init(JSContext *ctx) {
  arguments_init(ctx);
  JSModuleDef *module = JS_NewCModule(ctx, "weir:native", fill_module);
  if (module == NULL) return NULL;
  for (size_t i = 0; i < COUNT_OF(tables); i++)
    if (JS_AddModuleExportList(ctx, module, tables[i]->entries, tables[i]->count)) return NULL;
  return module;
}
