/* Redis over a unix socket, by hiredis: 16 requests are under way at a time on each connection, so that the figures are not those of
 * the round trip; kv.latency sends one at a time. kv.durable: with its append-only file, synced before each answer. */
#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdlib.h>

#include "bench/peers/kv_server.h"

typedef struct server {
    pid_t pid;
} server;

static void *start(const char *append_only) {
    static server s;
    char *args[] = {(char[]){"redis-server"},
                    (char[]){"--port"},
                    (char[]){"0"},
                    (char[]){"--unixsocket"},
                    (char[]){KV_SOCKET},
                    (char[]){"--save"},
                    (char[]){""},
                    (char[]){"--maxclients"},
                    (char[]){"1000"},
                    (char[]){"--appendfsync"},
                    (char[]){"always"},
                    (char[]){"--appendonly"},
                    (char *)(uintptr_t)append_only,
                    NULL};
    s.pid = kv_server_start(PEER_REDIS_SERVER, args);
    return s.pid > 0 ? &s : NULL;
}

static void *open_memory(const bench_kv_keys *k) { return k ? start("no") : NULL; }
static void *open_disk(const char *folder, unsigned threads) { return folder && threads ? start("yes") : NULL; }
static void stop(void *object) { kv_server_stop(((server *)object)->pid); }
static double resident(void *object) { return kv_server_resident(((server *)object)->pid); }

static void *enter(void *object, unsigned index) {
    (void)object, (void)index;
    redisContext *c = redisConnectUnix(KV_SOCKET);
    if (c && !c->err) return c;
    if (c) redisFree(c);
    return NULL;
}
static void leave(void *session) { redisFree(session); }

/* ---- requests */

static void ask_get(redisContext *c, const bench_kv_slot *k) {
    const char *argv[] = {"GET", k->key};
    const size_t size[] = {3, k->size};
    redisAppendCommandArgv(c, 2, argv, size);
}

static void ask_set(redisContext *c, const bench_kv_slot *k, const char *value) {
    const char *argv[] = {"SET", k->key, value};
    const size_t size[] = {3, k->size, BENCH_KV_VALUE};
    redisAppendCommandArgv(c, 3, argv, size);
}

static void ask_del(redisContext *c, const bench_kv_slot *k) {
    const char *argv[] = {"DEL", k->key};
    const size_t size[] = {3, k->size};
    redisAppendCommandArgv(c, 2, argv, size);
}

/* ---- answers */

static redisReply *answer(redisContext *c) {
    void *r = NULL;
    return redisGetReply(c, &r) == REDIS_OK ? r : NULL;
}

static bool is_value(const redisReply *r, const bench_kv_slot *k) {
    return r && r->type == REDIS_REPLY_STRING && r->len == BENCH_KV_VALUE && bench_kv_right(k, r->str);
}

static bool took(redisReply *r, bool right) {
    if (r) freeReplyObject(r);
    return right;
}

static bool took_value(redisContext *c, const bench_kv_slot *k) {
    redisReply *r = answer(c);
    return took(r, is_value(r, k));
}
static bool took_ok(redisContext *c) {
    redisReply *r = answer(c);
    return took(r, r && r->type == REDIS_REPLY_STATUS);
}
static bool took_one(redisContext *c) {
    redisReply *r = answer(c);
    return took(r, r && r->type == REDIS_REPLY_INTEGER && r->integer == 1);
}

/* ---- works */

/* Gets and sets as their dice fall, `writes` percent. */
static void work_mixed(bench_kv_worker *w) {
    redisContext *c = w->session;
    const bench_kv_slot *k[BENCH_KV_PIPELINE];
    do {
        for (int i = 0; i < BENCH_KV_PIPELINE; i++) {
            k[i] = bench_kv_next(w);
            if (k[i]->dice >= w->writes) ask_get(c, k[i]);
            else ask_set(c, k[i], bench_kv_value(w, k[i]));
        }
        for (int i = 0; i < BENCH_KV_PIPELINE; i++, w->ops++)
            w->wrong += !(k[i]->dice >= w->writes ? took_value(c, k[i]) : took_ok(c));
    } while (!c->err && !weir_a32_load(w->stop));
}

static void work_get(bench_kv_worker *w) { /* writes is 0 */
    work_mixed(w);
}

/* All slots up to the end. */
static WEIR_ALWAYS_INLINE void work_all(bench_kv_worker *w, bool put) {
    redisContext *c = w->session;
    while (w->at < w->end && !c->err) {
        unsigned n = 0;
        for (; n < BENCH_KV_PIPELINE && w->at < w->end; n++, w->at += w->stride) {
            const bench_kv_slot *k = (const bench_kv_slot *)(const void *)(w->trace + w->at);
            if (put) ask_set(c, k, bench_kv_value(w, k));
            else ask_del(c, k);
        }
        for (unsigned i = 0; i < n; i++, w->ops++) w->wrong += !(put ? took_ok(c) : took_one(c));
    }
}
static void work_put(bench_kv_worker *w) { work_all(w, true); }
static void work_del(bench_kv_worker *w) { work_all(w, false); }

static void work_multiget(bench_kv_worker *w) {
    redisContext *c = w->session;
    const bench_kv_slot *k[BENCH_KV_BATCH_MAX];
    const char *argv[BENCH_KV_BATCH_MAX + 1] = {"MGET"};
    size_t size[BENCH_KV_BATCH_MAX + 1] = {4};
    do {
        for (unsigned i = 0; i < w->batch; i++) {
            k[i] = bench_kv_next(w);
            argv[i + 1] = k[i]->key;
            size[i + 1] = k[i]->size;
        }
        redisAppendCommandArgv(c, (int)w->batch + 1, argv, size);
        redisReply *r = answer(c);
        bool whole = r && r->type == REDIS_REPLY_ARRAY && r->elements == w->batch;
        for (unsigned i = 0; i < w->batch; i++, w->ops++) w->wrong += !(whole && is_value(r->element[i], k[i]));
        took(r, whole);
    } while (!c->err && !weir_a32_load(w->stop));
}

static bool get_one(void *session, const bench_kv_slot *k, char *out) {
    ask_get(session, k);
    redisReply *r = answer(session);
    bool right = is_value(r, k);
    if (right) memcpy(out, r->str, BENCH_KV_VALUE);
    return took(r, right);
}
static void work_paced(bench_kv_worker *w) { bench_kv_paces(w, get_one); }

static bool commit(void *session, unsigned n, const bench_kv_slot *const *k, const char *value) {
    bool all = true;
    for (unsigned i = 0; i < n; i++) ask_set(session, k[i], value);
    for (unsigned i = 0; i < n; i++) all = took_ok(session) && all;
    return all;
}

#define NOTE "a server over a unix socket; 16 requests under way on each connection"

static const bench_kv_store redis = {.variant = "peer.redis",
                                     .flags = BENCH_PEER,
                                     .note = NOTE,
                                     .open = open_memory,
                                     .close = stop,
                                     .enter = enter,
                                     .leave = leave,
                                     .resident = resident,
                                     .put = work_put,
                                     .get = work_get,
                                     .mixed = work_mixed,
                                     .multiget = work_multiget,
                                     .del = work_del,
                                     .paced = work_paced};
BENCH_KV_STORE(redis, false)

static const bench_kv_disk redis_disk = {
    .variant = "peer.redis",
    .flags = BENCH_PEER,
    .note = "appendfsync always, over a unix socket; a batch is a pipeline, not one step",
    .open = open_disk,
    .close = stop,
    .enter = enter,
    .leave = leave,
    .commit = commit,
    .get = get_one};
BENCH_KV_DISK(redis_disk)
