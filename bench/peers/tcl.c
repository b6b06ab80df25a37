/* Tcl: commands set_ and get_ in C. Made ready: an object with a script, which Tcl compiles when it is first evaluated. */
#include <stdio.h>
#include <tcl.h>

#include "bench/peers/cmd_store.h"

typedef struct engine {
    Tcl_Interp *tcl;
    cmd_store *store;
} engine;

static int set(ClientData store, Tcl_Interp *tcl, int n, Tcl_Obj *const args[]) {
    int kn, vn;
    if (n != 3) return TCL_ERROR;
    const char *key = Tcl_GetStringFromObj(args[1], &kn), *value = Tcl_GetStringFromObj(args[2], &vn);
    (void)tcl;
    return cmd_store_set(store, key, (size_t)kn, value, (size_t)vn) ? TCL_OK : TCL_ERROR;
}

static int get(ClientData store, Tcl_Interp *tcl, int n, Tcl_Obj *const args[]) {
    int kn;
    if (n != 2) return TCL_ERROR;
    const char *key = Tcl_GetStringFromObj(args[1], &kn);
    bench_result r = cmd_store_get(store, key, (size_t)kn);
    if (!r.at) return TCL_ERROR;
    Tcl_SetObjResult(tcl, Tcl_NewStringObj(r.at, (int)r.bytes));
    return TCL_OK;
}

static void *start(void) {
    engine *e = calloc(1, sizeof *e);
    if (!e || !(e->store = cmd_store_new()) || !(e->tcl = Tcl_CreateInterp())) abort(); /* the cell is "failed" */
    Tcl_CreateObjCommand(e->tcl, "set_", set, e->store, NULL);
    Tcl_CreateObjCommand(e->tcl, "get_", get, e->store, NULL);
    return e;
}

static void end(void *o) {
    engine *e = o;
    Tcl_DeleteInterp(e->tcl);
    cmd_store_free(e->store);
    free(e);
}

static int write_command(char *to, const char *key, const char *value) {
    return value ? sprintf(to, "set_ %s %s", key, value) : sprintf(to, "get_ %s", key);
}

static bench_result result(engine *e, int rc) {
    int n;
    if (rc != TCL_OK) return (bench_result){NULL, 0};
    const char *at = Tcl_GetStringFromObj(Tcl_GetObjResult(e->tcl), &n);
    return (bench_result){at, (size_t)n};
}

static bench_result eval(void *o, const char *text, size_t bytes) {
    engine *e = o;
    return result(e, Tcl_EvalEx(e->tcl, text, (int)bytes, TCL_EVAL_GLOBAL));
}

static void *make_ready(void *o, const char *text, size_t bytes) {
    (void)o;
    Tcl_Obj *script = Tcl_NewStringObj(text, (int)bytes);
    Tcl_IncrRefCount(script); /* for good: a repetition has a process of its own */
    return script;
}

static bench_result call(void *o, void *script) {
    engine *e = o;
    return result(e, Tcl_EvalObjEx(e->tcl, script, TCL_EVAL_GLOBAL));
}

static const bench_cmd tcl = {.variant = "peer.tcl",
                              .flags = BENCH_PEER,
                              .note = "C commands; a table in C, a mutex",
                              .open = start,
                              .close = end,
                              .write = write_command,
                              .eval = eval,
                              .ready = make_ready,
                              .call = call};
BENCH_CMD(tcl, false)
