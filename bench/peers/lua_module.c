/* A Lua, 5.4 or LuaJIT, as cmd.* sees it: compiled once with each, as a module, for both have the same names. set and get are C functions. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

#include "bench/peers/cmd_store.h"

typedef struct engine {
    lua_State *lua;
    cmd_store *store;
} engine;

static cmd_store *store_of(lua_State *lua) { return lua_touserdata(lua, lua_upvalueindex(1)); }

static int set(lua_State *lua) {
    size_t kn, vn;
    const char *key = luaL_checklstring(lua, 1, &kn), *value = luaL_checklstring(lua, 2, &vn);
    lua_pushboolean(lua, cmd_store_set(store_of(lua), key, kn, value, vn));
    return 1;
}

static int get(lua_State *lua) {
    size_t kn;
    const char *key = luaL_checklstring(lua, 1, &kn);
    bench_result r = cmd_store_get(store_of(lua), key, kn);
    if (r.at) lua_pushlstring(lua, r.at, r.bytes);
    else lua_pushnil(lua);
    return 1;
}

static void bind(engine *e, const char *name, lua_CFunction f) {
    lua_pushlightuserdata(e->lua, e->store);
    lua_pushcclosure(e->lua, f, 1);
    lua_setglobal(e->lua, name);
}

static void *start(void) {
    engine *e = calloc(1, sizeof *e);
    if (!e || !(e->store = cmd_store_new()) || !(e->lua = luaL_newstate())) abort(); /* the cell is "failed" */
    luaL_openlibs(e->lua);
    bind(e, "set", set);
    bind(e, "get", get);
    return e;
}

static void end(void *o) {
    engine *e = o;
    lua_close(e->lua);
    cmd_store_free(e->store);
    free(e);
}

static int write_command(char *to, const char *key, const char *value) {
    return value ? sprintf(to, "set('%s', '%s')", key, value) : sprintf(to, "return get('%s')", key);
}

/* The function on top; what it gave stays on the stack until the next call. */
static bench_result called(engine *e) {
    if (lua_pcall(e->lua, 0, 1, 0)) return (bench_result){NULL, 0};
    if (lua_type(e->lua, -1) != LUA_TSTRING) return (bench_result){"", 0};
    bench_result r;
    r.at = lua_tolstring(e->lua, -1, &r.bytes);
    return r;
}

static bench_result eval(void *o, const char *text, size_t bytes) {
    engine *e = o;
    lua_settop(e->lua, 0);
    return luaL_loadbuffer(e->lua, text, bytes, "=") ? (bench_result){NULL, 0} : called(e);
}

static void *make_ready(void *o, const char *text, size_t bytes) {
    engine *e = o;
    lua_settop(e->lua, 0);
    return luaL_loadbuffer(e->lua, text, bytes, "=") ? NULL : (void *)(intptr_t)luaL_ref(e->lua, LUA_REGISTRYINDEX);
}

static bench_result call(void *o, void *ready) {
    engine *e = o;
    lua_settop(e->lua, 0);
    lua_rawgeti(e->lua, LUA_REGISTRYINDEX, (int)(intptr_t)ready);
    return called(e);
}

__attribute__((visibility("default"))) extern const bench_cmd peer_lua;
const bench_cmd peer_lua = {.flags = BENCH_PEER,
                            .open = start,
                            .close = end,
                            .write = write_command,
                            .eval = eval,
                            .ready = make_ready,
                            .call = call};
