/* store - what weir store looks at stores with. Private to runtime. */
#ifndef WEIR_RUNTIME_STORE_H
#define WEIR_RUNTIME_STORE_H

#include "kv/wal.h"

/* Is it a store of kind lmdb? */
bool weir_is_lmdb(const char *path);

/* As weir_wal_inspect: tells the tenants there are, numbered in the order of their names, the root as 0, and a set for each of their
 * keys; checks order and counts on the way. LMDB has no checksums: a value that has changed is not noticed. */
weir_kv_status weir_lmdb_inspect(const weir_kv_options *o, const weir_log_events *to, weir_wal_totals *totals,
                                 weir_kv_error *error);

#endif
