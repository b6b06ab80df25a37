/* store.wal - the maps in memory with a log behind them, kv/store/wal_p.h. */
#include "kv/resident_p.h"

static weir_kv_status open(const weir_kv_options *given, weir_kv **kv, weir_kv_error *error) {
    weir_kv_options o = *given;
    weir_resident *s;
    weir_log *log = NULL;
    o.read_only = o.read_only || o.until;
    weir_kv_status st = weir_resident_new(&o, &weir_store_wal, &s, error);
    if (st != WEIR_KV_OK) return st;
    weir_log_events to = weir_resident_events(s);
    st = weir_wal_open(&o, &to, &log, error);
    if (st == WEIR_KV_OK) {
        st = weir_resident_attach(s, log);
        if (st != WEIR_KV_OK) weir_kv_fail(error, st, 0, 0, "no thread for the log of %s", o.path);
    }
    if (st != WEIR_KV_OK) weir_resident_close((weir_kv *)s);
    else *kv = (weir_kv *)s;
    return st;
}

const weir_store_ops weir_store_wal = {.name = "wal", .open = open, WEIR_RESIDENT_OPS};
