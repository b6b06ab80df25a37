/* SQLite with a database in memory, which others may use through the same connection. Each command is a transaction; a script is one. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/cmd.h"

typedef struct engine {
    sqlite3 *db;
    char value[64];
} engine;

static void must(int rc) {
    if (rc != SQLITE_OK) abort(); /* the cell is "failed" */
}

static void *start(void) {
    engine *e = calloc(1, sizeof *e);
    if (!e) abort();
    must(sqlite3_open_v2(":memory:", &e->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL));
    must(sqlite3_exec(e->db, "CREATE TABLE t(k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID", NULL, NULL, NULL));
    return e;
}

static void end(void *o) {
    engine *e = o;
    for (sqlite3_stmt *s; (s = sqlite3_next_stmt(e->db, NULL));) sqlite3_finalize(s);
    sqlite3_close(e->db);
    free(e);
}

static int write_command(char *to, const char *key, const char *value) {
    return value ? sprintf(to, "INSERT INTO t VALUES('%s','%s') ON CONFLICT(k) DO UPDATE SET v=excluded.v;", key, value)
                 : sprintf(to, "SELECT v FROM t WHERE k='%s'", key);
}

/* To its end; a row's value is kept. */
static bench_result run(engine *e, sqlite3_stmt *s) {
    bench_result r = {e->value, 0};
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        r.bytes = (size_t)sqlite3_column_bytes(s, 0);
        memcpy(e->value, sqlite3_column_text(s, 0), r.bytes < sizeof e->value ? r.bytes : sizeof e->value);
    }
    return rc == SQLITE_DONE ? r : (bench_result){NULL, 0};
}

static bench_result one(engine *e, const char *text, size_t bytes, const char **rest) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(e->db, text, (int)bytes, &s, rest) != SQLITE_OK || !s) return (bench_result){NULL, 0};
    bench_result r = run(e, s);
    sqlite3_finalize(s);
    return r;
}

static bench_result eval(void *o, const char *text, size_t bytes) {
    engine *e = o;
    if (bytes <= BENCH_CMD_TEXT) return one(e, text, bytes, NULL);
    bench_result r = {e->value, 0};
    must(sqlite3_exec(e->db, "BEGIN", NULL, NULL, NULL));
    for (const char *end = text + bytes; r.at && end - text > 1;) r = one(e, text, (size_t)(end - text), &text);
    must(sqlite3_exec(e->db, "COMMIT", NULL, NULL, NULL));
    return r;
}

static void *make_ready(void *o, const char *text, size_t bytes) {
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(((engine *)o)->db, text, (int)bytes, &s, NULL);
    return s;
}

static bench_result call(void *o, void *ready) {
    bench_result r = run(o, ready);
    sqlite3_reset(ready);
    return r;
}

static const bench_cmd sqlite = {.variant = "peer.sqlite",
                                 .flags = BENCH_PEER,
                                 .note = "in memory, each command a transaction, the script one",
                                 .open = start,
                                 .close = end,
                                 .write = write_command,
                                 .eval = eval,
                                 .ready = make_ready,
                                 .call = call};
BENCH_CMD(sqlite, false)
