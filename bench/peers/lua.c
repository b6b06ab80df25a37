/* Lua 5.4, or LuaJIT: from the module PEER_LUA, so that the names of one do not stand for those of the other. A set of a compiled function is
 * a call of ours from Lua. */
#include <dlfcn.h>
#include <stdlib.h>

#include "bench/cases/cmd.h"

/* Never unloaded: a repetition has a process of its own. */
static const bench_cmd *module(void) {
    static const bench_cmd *there;
    void *handle = there ? NULL : dlopen(PEER_LUA, RTLD_NOW | RTLD_LOCAL);
    if (handle) there = dlsym(handle, "peer_lua");
    return there;
}

static void *start(void) { return module() ? module()->open() : NULL; }
static void end(void *o) { module()->close(o); }
static bench_result eval(void *o, const char *text, size_t bytes) { return module()->eval(o, text, bytes); }
static void *make_ready(void *o, const char *text, size_t bytes) { return module()->ready(o, text, bytes); }
static bench_result call(void *o, void *ready) { return module()->call(o, ready); }
static int write_command(char *to, const char *key, const char *value) { return module()->write(to, key, value); }

static const bench_cmd lua = {.variant = PEER_LUA_NAME,
                              .flags = BENCH_PEER,
                              .note = "C functions set and get; a table in C, a mutex",
                              .open = start,
                              .close = end,
                              .write = write_command,
                              .eval = eval,
                              .ready = make_ready,
                              .call = call};
BENCH_CMD(lua, false)
