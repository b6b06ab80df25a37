/* memcached over a unix socket, by its text protocol: 16 keys in a get, 16 sets or deletes under way at a time; kv.latency asks for
 * one key at a time. Keys must be text, so it has no row for binary ones. */
#include <errno.h>
#include <stdlib.h>

#include "bench/peers/kv_server.h"

enum { BUFFER = 1 << 16 };

typedef struct session {
    int fd;
    size_t out_n, in_at, in_n;
    char out[BUFFER], in[BUFFER];
} session;

static pid_t server; /* one a process */

static void *start(const bench_kv_keys *k) {
    char megabytes[16];
    snprintf(megabytes, sizeof megabytes, "%u", 256 + k->keys / 2000); /* nothing is evicted */
    char *args[] = {(char[]){"memcached"},
                    (char[]){"-s"},
                    (char[]){KV_SOCKET},
                    (char[]){"-m"},
                    megabytes,
                    (char[]){"-c"},
                    (char[]){"1000"},
                    geteuid() ? NULL : (char[]){"-u"},
                    (char[]){"root"},
                    NULL};
    server = kv_server_start(PEER_MEMCACHED, args);
    return server > 0 ? &server : NULL;
}
static void stop(void *object) { kv_server_stop(*(pid_t *)object); }
static double resident(void *object) { return kv_server_resident(*(pid_t *)object); }

static void *enter(void *object, unsigned index) {
    (void)object, (void)index;
    session *s = malloc(sizeof *s);
    if (!s) return NULL;
    s->out_n = s->in_at = s->in_n = 0;
    s->fd = kv_server_connect();
    if (s->fd >= 0) return s;
    free(s);
    return NULL;
}
static void leave(void *object) {
    close(((session *)object)->fd);
    free(object);
}

/* ---- bytes out and in */

static void say(session *s, const char *text, size_t bytes) {
    memcpy(s->out + s->out_n, text, bytes); /* 16 requests are far smaller than the buffer */
    s->out_n += bytes;
}
#define SAY(s, text) say(s, text, sizeof text - 1)

static bool send_all(session *s) {
    for (size_t at = 0; at < s->out_n;) {
        ssize_t n = send(s->fd, s->out + at, s->out_n - at, MSG_NOSIGNAL);
        if (n <= 0) return false;
        at += (size_t)n;
    }
    s->out_n = 0;
    return true;
}

/* The next `bytes` of what was received, or NULL when the connection ended. */
static const char *expect(session *s, size_t bytes) {
    if (s->in_n - s->in_at < bytes) {
        memmove(s->in, s->in + s->in_at, s->in_n - s->in_at);
        s->in_n -= s->in_at;
        s->in_at = 0;
    }
    while (s->in_n - s->in_at < bytes) {
        ssize_t n = recv(s->fd, s->in + s->in_n, sizeof s->in - s->in_n, 0);
        if (n <= 0) return NULL;
        s->in_n += (size_t)n;
    }
    s->in_at += bytes;
    return s->in + s->in_at - bytes;
}

static bool heard(session *s, const char *text, size_t bytes) {
    const char *at = expect(s, bytes);
    return at && !memcmp(at, text, bytes);
}
#define HEARD(s, text) heard(s, text, sizeof text - 1)

/* "VALUE <key> 0 64\r\n<64 bytes>\r\n" */
static bool heard_value(session *s, const bench_kv_slot *k, char *out) {
    if (!HEARD(s, "VALUE ") || !heard(s, k->key, k->size) || !HEARD(s, " 0 64\r\n")) return false;
    const char *value = expect(s, BENCH_KV_VALUE);
    if (!value) return false;
    memcpy(out, value, BENCH_KV_VALUE);
    return HEARD(s, "\r\n");
}

/* Whatever is not as it should be ends the work: what follows could not be told apart. */
static bool get_many(void *object, unsigned n, const bench_kv_slot *const *k, char (*out)[BENCH_KV_VALUE]) {
    session *s = object;
    SAY(s, "get");
    for (unsigned i = 0; i < n; i++) {
        SAY(s, " ");
        say(s, k[i]->key, k[i]->size);
    }
    SAY(s, "\r\n");
    bool all = send_all(s);
    for (unsigned i = 0; all && i < n; i++) all = heard_value(s, k[i], out[i]);
    return all && HEARD(s, "END\r\n");
}

static void say_set(session *s, const bench_kv_slot *k, const char *value) {
    SAY(s, "set ");
    say(s, k->key, k->size);
    SAY(s, " 0 0 64\r\n");
    say(s, value, BENCH_KV_VALUE);
    SAY(s, "\r\n");
}

static void say_delete(session *s, const bench_kv_slot *k) {
    SAY(s, "delete ");
    say(s, k->key, k->size);
    SAY(s, "\r\n");
}

/* ---- works */

static void work_multiget(bench_kv_worker *w) { bench_kv_multigets(w, get_many); }

static void work_get(bench_kv_worker *w) {
    w->batch = BENCH_KV_PIPELINE;
    work_multiget(w);
}

/* Sixteen operations as their dice fall: the sets first, then the gets in one request. */
static bool mix(bench_kv_worker *w, session *s) {
    const bench_kv_slot *k[BENCH_KV_PIPELINE];
    char out[BENCH_KV_PIPELINE][BENCH_KV_VALUE];
    unsigned gets = 0, sets = 0;
    bool all = true;
    for (int i = 0; i < BENCH_KV_PIPELINE; i++) {
        const bench_kv_slot *one = bench_kv_next(w);
        if (one->dice >= w->writes) k[gets++] = one;
        else say_set(s, one, bench_kv_value(w, one)), sets++;
    }
    if (sets) all = send_all(s);
    while (all && sets--) all = HEARD(s, "STORED\r\n");
    if (all && gets) all = get_many(s, gets, k, out);
    for (unsigned i = 0; all && i < gets; i++) all = bench_kv_right(k[i], out[i]);
    return all;
}

static void work_mixed(bench_kv_worker *w) {
    do {
        bool all = mix(w, w->session);
        w->ops += BENCH_KV_PIPELINE;
        if (!all) w->wrong++;
    } while (!w->wrong && !weir_a32_load(w->stop));
}

static WEIR_ALWAYS_INLINE void work_all(bench_kv_worker *w, bool put) {
    session *s = w->session;
    while (w->at < w->end && !w->wrong) {
        unsigned n = 0;
        for (; n < BENCH_KV_PIPELINE && w->at < w->end; n++, w->at += w->stride, w->ops++) {
            const bench_kv_slot *k = (const bench_kv_slot *)(const void *)(w->trace + w->at);
            if (put) say_set(s, k, bench_kv_value(w, k));
            else say_delete(s, k);
        }
        bool all = send_all(s);
        while (all && n--) all = put ? HEARD(s, "STORED\r\n") : HEARD(s, "DELETED\r\n");
        if (!all) w->wrong++;
    }
}
static void work_put(bench_kv_worker *w) { work_all(w, true); }
static void work_del(bench_kv_worker *w) { work_all(w, false); }

static bool get_one(void *object, const bench_kv_slot *k, char *out) {
    return get_many(object, 1, &k, (char(*)[BENCH_KV_VALUE])out);
}
static void work_paced(bench_kv_worker *w) { bench_kv_paces(w, get_one); }

static bool can(const bench_params *p) { return strcmp(p->mix, "binary") != 0; }

static const bench_kv_store memcached = {.variant = "peer.memcached",
                                         .flags = BENCH_PEER,
                                         .note = "unordered; a server over a unix socket; 16 keys in each request",
                                         .open = start,
                                         .close = stop,
                                         .enter = enter,
                                         .leave = leave,
                                         .resident = resident,
                                         .can = can,
                                         .put = work_put,
                                         .get = work_get,
                                         .mixed = work_mixed,
                                         .multiget = work_multiget,
                                         .del = work_del,
                                         .paced = work_paced};
BENCH_KV_STORE(memcached, false)
