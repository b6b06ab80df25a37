/* weir store - a store of kind wal or lmdb in its directory: checked, shown; of wal, its log replaced by a snapshot. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/program/commands.h"
#include "runtime/program/options.h"
#include "runtime/program/store.h"

static weir_exit tell(const weir_kv_error *e) {
    fputs("weir: ", stderr);
    weir_show(stderr, e->text, strlen(e->text));
    fputc('\n', stderr);
    return e->status == WEIR_KV_CORRUPT ? WEIR_BAD : WEIR_USAGE;
}

/* On a terminal, how far it is; the line is wiped when it is done. */
static void progress(void *arg, uint64_t done, uint64_t all) {
    (void)arg;
    if (done < all) fprintf(stderr, "\r%3u %%", (unsigned)(100.0 * (double)done / (double)all));
    else fputs("\r      \r", stderr);
}

static weir_kv_options options(const weir_store_options *o) {
    weir_kv_options k = {.store = "wal", .path = o->path, .must_exist = true};
    if (isatty(STDERR_FILENO)) k.progress = progress;
    return k;
}

static weir_kv_status inspect(const weir_kv_options *k, const weir_log_events *to, weir_wal_totals *totals,
                              weir_kv_error *error) {
    return weir_is_lmdb(k->path) ? weir_lmdb_inspect(k, to, totals, error) : weir_wal_inspect(k, to, totals, error);
}

/* -- verify --------------------------------------------------------------------------------------------------------- */

typedef struct census {
    uint64_t tenants, sets, deletions;
} census;

static weir_kv_status count_created(void *arg, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota) {
    (void)tenant, (void)name, (void)quota;
    ((census *)arg)->tenants++;
    return WEIR_KV_OK;
}

static weir_kv_status count_limited(void *arg, uint64_t tenant, const weir_kv_quota *quota) {
    (void)arg, (void)tenant, (void)quota;
    return WEIR_KV_OK;
}

static weir_kv_status count_dropped(void *arg, uint64_t tenant) {
    (void)tenant;
    ((census *)arg)->tenants--;
    return WEIR_KV_OK;
}

static weir_kv_status count_changed(void *arg, uint64_t tenant, const weir_kv_op *op, size_t n) {
    census *c = arg;
    (void)tenant;
    for (size_t i = 0; i < n; i++) *(op[i].verb == WEIR_KV_DEL ? &c->deletions : &c->sets) += 1;
    return WEIR_KV_OK;
}

static void show_counts(const weir_wal_totals *t, const census *c, bool lmdb) {
    printf("  %" PRIu64 " files, %" PRIu64 " records, %" PRIu64 " bytes\n", t->files, t->records, t->bytes);
    printf("  %" PRIu64 " tenants besides the root; %" PRIu64 " keys set, %" PRIu64 " deleted\n", c->tenants, c->sets,
           c->deletions);
    if (lmdb) printf("  transaction %" PRIu64 "; LMDB has no checksums: a changed value is not noticed\n", t->position);
    else printf("  snapshot of position %" PRIu64 ", log up to %" PRIu64 "\n", t->snapshot, t->position);
    if (t->torn)
        printf("  %" PRIu64 " bytes behind it were not safe when their writer died, and do not count\n", t->torn);
}

static weir_exit verify(const weir_store_options *o) {
    census c = {0};
    weir_wal_totals t;
    weir_kv_error error;
    weir_kv_options k = options(o);
    const weir_log_events to = {&c, count_created, count_limited, count_dropped, count_changed};
    weir_kv_status st = inspect(&k, &to, &t, &error);
    if (st != WEIR_KV_OK && st != WEIR_KV_CORRUPT) return tell(&error);
    weir_show(stdout, o->path, strlen(o->path));
    puts(st == WEIR_KV_OK ? ": good" : ": damaged; before the damage:");
    show_counts(&t, &c, weir_is_lmdb(o->path));
    return st == WEIR_KV_OK ? WEIR_GOOD : tell(&error);
}

/* -- dump: a line for each change ----------------------------------------------------------------------------------- */

typedef struct dumping {
    weir_wal_totals totals;
    uint64_t lines, limit;
} dumping;

enum { SHOWN = 64 }; /* bytes of a value */

static void show_bytes(weir_kv_bytes b, size_t most) {
    putchar('"');
    weir_show(stdout, b.at, b.size < most ? b.size : most);
    putchar('"');
    if (b.size > most) printf(" (the first of %zu bytes)", b.size);
}

/* Begins a line; NO: there have been enough. */
static weir_kv_status begin(dumping *d, uint64_t tenant, const char *what) {
    if (d->lines == d->limit) return WEIR_KV_NO;
    d->lines++;
    printf("%" PRIu64 " %" PRIu64 " %s", d->totals.position, tenant, what);
    return WEIR_KV_OK;
}

static void show_quota(const weir_kv_quota *q) { printf("keys %" PRIu64 " bytes %" PRIu64 "\n", q->keys, q->bytes); }

static weir_kv_status dump_created(void *arg, uint64_t tenant, weir_kv_bytes name, const weir_kv_quota *quota) {
    if (begin(arg, tenant, "created ") != WEIR_KV_OK) return WEIR_KV_NO;
    show_bytes(name, WEIR_KV_NAME_MAX);
    fputs(" limits ", stdout);
    show_quota(quota);
    return WEIR_KV_OK;
}

static weir_kv_status dump_limited(void *arg, uint64_t tenant, const weir_kv_quota *quota) {
    if (begin(arg, tenant, "limits ") != WEIR_KV_OK) return WEIR_KV_NO;
    show_quota(quota);
    return WEIR_KV_OK;
}

static weir_kv_status dump_dropped(void *arg, uint64_t tenant) { return begin(arg, tenant, "dropped\n"); }

static weir_kv_status dump_changed(void *arg, uint64_t tenant, const weir_kv_op *op, size_t n) {
    for (size_t i = 0; i < n; i++) {
        bool deleted = op[i].verb == WEIR_KV_DEL;
        if (begin(arg, tenant, deleted ? "del " : "set ") != WEIR_KV_OK) return WEIR_KV_NO;
        show_bytes(op[i].key, WEIR_KV_KEY_MAX);
        if (!deleted) putchar(' '), show_bytes(op[i].value, SHOWN);
        putchar('\n');
    }
    return WEIR_KV_OK;
}

static weir_exit dump(const weir_store_options *o) {
    dumping d = {.limit = o->limit};
    weir_kv_error error;
    weir_kv_options k = options(o);
    k.progress = NULL;
    const weir_log_events to = {&d, dump_created, dump_limited, dump_dropped, dump_changed};
    weir_kv_status st = inspect(&k, &to, &d.totals, &error);
    if (st == WEIR_KV_NO) fprintf(stderr, "weir: there is more; --limit N shows N lines\n");
    return st == WEIR_KV_OK || st == WEIR_KV_NO ? WEIR_GOOD : tell(&error);
}

/* -- compact -------------------------------------------------------------------------------------------------------- */

static weir_exit compact(const weir_store_options *o) {
    weir_kv *kv;
    weir_kv_error error;
    weir_kv_options k = options(o);
    if (weir_is_lmdb(o->path)) return weir_refuse_file(o->path, "is of kind lmdb, which has no log to replace");
    if (weir_kv_open(&k, &kv, &error) != WEIR_KV_OK) return tell(&error);
    weir_kv_status st = weir_kv_compact(kv), closed = weir_kv_close(kv);
    if (st == WEIR_KV_OK) st = closed;
    return st == WEIR_KV_OK ? WEIR_GOOD : weir_refuse_file(o->path, weir_kv_status_text(st));
}

weir_exit weir_store_main(int argc, char **argv) {
    static const struct {
        const char *name;
        weir_exit (*run)(const weir_store_options *o);
    } verbs[] = {{"verify", verify}, {"dump", dump}, {"compact", compact}};
    if (argc < 1) return weir_refuse("store: verify, dump or compact is needed" WEIR_SEE_HELP);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        weir_store_options o;
        if (strcmp(argv[0], verbs[i].name)) continue;
        weir_exit bad = weir_store_options_parse(&o, verbs[i].run == dump, argc - 1, argv + 1);
        return bad ? bad : verbs[i].run(&o);
    }
    return weir_refuse("store: unknown command '%s'" WEIR_SEE_HELP, argv[0]);
}
