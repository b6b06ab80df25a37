/* kv_data - one harness for all stores of the cases kv.*: a row says how its store is opened and what a thread does, all else - keys,
 * threads, clocks, checks - is here, and the same for everybody.
 *
 *   kv.load      all keys into an empty store, ns of wall time for each; the threads divide them
 *   kv.get       finds a key that is there and copies its value out
 *   kv.mixed     gets, and sets of keys that are there: a new record in the place of the old
 *   kv.multiget  gets of `batch` keys at once, ns for each key
 *   kv.scan      the first `batch` keys of a prefix that has more, every value looked at; ns for each scan
 *   kv.del       all keys out of a full store
 *   kv.memory    bytes that the process (or the server) has grown by for each key, all of it
 *   kv.latency   p99 of gets that begin at fixed times, from when they should have begun; by the first thread. The others set
 *   kv.durable   a set that waits for the disk
 *
 * Keys and values: kv_keys.h. A get that finds nothing or another key's value makes the cell wrong. */
#ifndef WEIR_BENCH_CASES_KV_DATA_H
#define WEIR_BENCH_CASES_KV_DATA_H

#include <string.h>

#include "bench/cases/kv_keys.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_KV_BATCH_MAX = 128, BENCH_KV_PIPELINE = 16 };

/* What one thread does. It fills ops and wrong. */
typedef struct bench_kv_worker {
    void *session; /* from enter */
    unsigned index;
    const char *trace; /* a ring of slots; for put and del, not a ring: until `end` */
    size_t stride, at, end;
    const weir_a32 *stop;   /* ends all but put and del */
    unsigned batch, writes; /* keys of a multiget or scan; percent of sets */
    unsigned prefix;        /* scan: this many bytes of a key, and only of keys with an id of `least` or more */
    uint32_t least;
    uint64_t interval; /* paced: ns from one get to the next */
    uint32_t *late;    /* paced: ns of each, `late_room` of them; ops are counted on */
    size_t late_room;
    char value[BENCH_KV_VALUE];

    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t ops;
    uint64_t wrong;
} bench_kv_worker;

typedef void bench_kv_work(bench_kv_worker *w);

/* A store. Works that it has not are NULL: then it has no row in those cases. */
typedef struct bench_kv_store {
    const char *variant;
    unsigned flags;
    const char *note;
    void *(*open)(const bench_kv_keys *k); /* empty; NULL: failed */
    void (*close)(void *map);
    void *(*enter)(void *map, unsigned index); /* a thread begins; NULL: failed. Its own session, or map */
    void (*leave)(void *session);
    void (*settle)(void *map);          /* may be NULL: waits until what was retired is freed. Not timed */
    double (*resident)(void *map);      /* bytes; NULL: those of this process */
    double (*accounted)(void *map);     /* bytes by its own account; may be NULL */
    bool (*can)(const bench_params *p); /* NULL: every column */
    bench_kv_work *put, *get, *mixed, *multiget, *scan, *del, *paced;
} bench_kv_store;

/* ---- the loops, for functions of one operation: constants at each call, so they are inlined ---- */

static inline const bench_kv_slot *bench_kv_next(bench_kv_worker *w) {
    const bench_kv_slot *s = (const bench_kv_slot *)(const void *)(w->trace + w->at);
    w->at += w->stride;
    if (w->at == w->end) w->at = 0;
    return s;
}

static inline bool bench_kv_right(const bench_kv_slot *k, const char *value) {
    uint64_t id;
    memcpy(&id, value, sizeof id);
    return id == k->id;
}

/* The value to set: its id, and a number that no other set of this thread has. */
static inline const char *bench_kv_value(bench_kv_worker *w, const bench_kv_slot *k) {
    uint64_t id = k->id, n = w->ops;
    memcpy(w->value, &id, sizeof id);
    memcpy(w->value + sizeof id, &n, sizeof n);
    return w->value;
}

typedef bool bench_kv_get_fn(void *session, const bench_kv_slot *k, char *out);
typedef bool bench_kv_set_fn(void *session, const bench_kv_slot *k, const char *value);
typedef bool bench_kv_del_fn(void *session, const bench_kv_slot *k);
typedef bool bench_kv_multiget_fn(void *session, unsigned n, const bench_kv_slot *const *k,
                                  char (*out)[BENCH_KV_VALUE]);
typedef unsigned bench_kv_scan_fn(void *session, const bench_kv_slot *k, unsigned prefix, unsigned n, uint64_t *sum);

static WEIR_ALWAYS_INLINE void bench_kv_get_one(bench_kv_worker *w, const bench_kv_slot *k, bench_kv_get_fn *get) {
    char out[BENCH_KV_VALUE];
    if (!get(w->session, k, out) || !bench_kv_right(k, out)) w->wrong++;
}

static WEIR_ALWAYS_INLINE void bench_kv_gets(bench_kv_worker *w, bench_kv_get_fn *get) {
    do
        for (int i = 0; i < 64; i++, w->ops++) bench_kv_get_one(w, bench_kv_next(w), get);
    while (!weir_a32_load(w->stop));
}

/* A few: between two looks at the clock. */
static WEIR_ALWAYS_INLINE void bench_kv_mix(bench_kv_worker *w, bench_kv_get_fn *get, bench_kv_set_fn *set) {
    for (int i = 0; i < 64; i++, w->ops++) {
        const bench_kv_slot *k = bench_kv_next(w);
        if (k->dice >= w->writes) bench_kv_get_one(w, k, get);
        else if (!set(w->session, k, bench_kv_value(w, k))) w->wrong++;
    }
}

static WEIR_ALWAYS_INLINE void bench_kv_mixes(bench_kv_worker *w, bench_kv_get_fn *get, bench_kv_set_fn *set) {
    do bench_kv_mix(w, get, set);
    while (!weir_a32_load(w->stop));
}

static WEIR_ALWAYS_INLINE void bench_kv_puts(bench_kv_worker *w, bench_kv_set_fn *set) {
    for (; w->at < w->end; w->at += w->stride, w->ops++) {
        const bench_kv_slot *k = (const bench_kv_slot *)(const void *)(w->trace + w->at);
        if (!set(w->session, k, bench_kv_value(w, k))) w->wrong++;
    }
}

static WEIR_ALWAYS_INLINE void bench_kv_dels(bench_kv_worker *w, bench_kv_del_fn *del) {
    for (; w->at < w->end; w->at += w->stride, w->ops++)
        if (!del(w->session, (const bench_kv_slot *)(const void *)(w->trace + w->at))) w->wrong++;
}

static WEIR_ALWAYS_INLINE void bench_kv_multigets(bench_kv_worker *w, bench_kv_multiget_fn *multiget) {
    const bench_kv_slot *k[BENCH_KV_BATCH_MAX];
    char out[BENCH_KV_BATCH_MAX][BENCH_KV_VALUE];
    do {
        for (unsigned i = 0; i < w->batch; i++) k[i] = bench_kv_next(w);
        bool all = multiget(w->session, w->batch, k, out);
        for (unsigned i = 0; i < w->batch; i++) w->wrong += !all || !bench_kv_right(k[i], out[i]);
        w->ops += w->batch;
    } while (!weir_a32_load(w->stop));
}

static WEIR_ALWAYS_INLINE void bench_kv_scans(bench_kv_worker *w, bench_kv_scan_fn *scan) {
    uint64_t sum = 0;
    do {
        const bench_kv_slot *k = bench_kv_next(w);
        if (k->id < w->least) continue;
        if (scan(w->session, k, w->prefix, w->batch, &sum) != w->batch) w->wrong++;
        w->ops++;
    } while (!weir_a32_load(w->stop));
    __asm__ volatile("" : : "r"(sum));
}

/* Nobody sleeps: waking up would be what is measured. */
static WEIR_ALWAYS_INLINE void bench_kv_paces(bench_kv_worker *w, bench_kv_get_fn *get) {
    for (uint64_t due = weir_now_ns(); !weir_a32_load(w->stop); due += w->interval) {
        while (weir_now_ns() < due) weir_pause();
        bench_kv_get_one(w, bench_kv_next(w), get);
        uint64_t late = weir_now_ns() - due;
        if (w->ops < w->late_room) w->late[w->ops++] = late < UINT32_MAX ? (uint32_t)late : UINT32_MAX;
    }
}

/* The works of a store that does one operation after the other, as static functions work_put, work_get ... */
#define BENCH_KV_WORKS(get, set, del)                                           \
    static void work_put(bench_kv_worker *w) { bench_kv_puts(w, set); }         \
    static void work_get(bench_kv_worker *w) { bench_kv_gets(w, get); }         \
    static void work_mixed(bench_kv_worker *w) { bench_kv_mixes(w, get, set); } \
    static void work_del(bench_kv_worker *w) { bench_kv_dels(w, del); }         \
    static void work_paced(bench_kv_worker *w) { bench_kv_paces(w, get); }

/* ---- rows ---- */

enum bench_kv_case {
    BENCH_KV_LOAD,
    BENCH_KV_GET,
    BENCH_KV_MIXED,
    BENCH_KV_MULTIGET,
    BENCH_KV_SCAN,
    BENCH_KV_DEL,
    BENCH_KV_MEMORY,
    BENCH_KV_LATENCY,
    BENCH_KV_CASES
};

/* See BENCH_KV_STORE. */
void *bench_kv_make(const bench_kv_store *store, const bench_params *p);
void *bench_kv_make_empty(const bench_kv_store *store, const bench_params *p);
void bench_kv_register(const bench_kv_store *store, bench_row rows[BENCH_KV_CASES], void *(*make)(const bench_params *),
                       void *(*make_empty)(const bench_params *), bool (*supports)(const bench_params *), bool chosen);
bool bench_kv_supports(const bench_kv_store *store, const bench_params *p);

/* Registers the rows of `store`, a bench_kv_store of static storage; chosen: it is the default of its cases. */
#define BENCH_KV_STORE(store, chosen)                                                                 \
    static void *store##_make(const bench_params *p) { return bench_kv_make(&store, p); }             \
    static void *store##_make_empty(const bench_params *p) { return bench_kv_make_empty(&store, p); } \
    static bool store##_supports(const bench_params *p) { return bench_kv_supports(&store, p); }      \
    static void __attribute__((constructor)) store##_register(void) {                                 \
        static bench_row rows[BENCH_KV_CASES];                                                        \
        bench_kv_register(&store, rows, store##_make, store##_make_empty, store##_supports, chosen);  \
    }

/* ---- kv.durable ---- */

/* A store on a disk. Each set is of a new key or an old one, as the store likes; it answers after the disk has it. */
typedef struct bench_kv_disk {
    const char *variant;
    unsigned flags;
    const char *note;
    void *(*open)(const char *folder, unsigned threads); /* NULL: failed */
    void (*close)(void *map);
    void *(*enter)(void *map, unsigned index);
    void (*leave)(void *session);
    /* n sets as one commit, or in one go where there are no batches. */
    bool (*commit)(void *session, unsigned n, const bench_kv_slot *const *k, const char *value);
    bench_kv_get_fn *get;
} bench_kv_disk;

void bench_kv_disk_register(const bench_kv_disk *disk, bench_row *row, void *(*make)(const bench_params *),
                            bool chosen);
void *bench_kv_disk_make(const bench_kv_disk *disk, const bench_params *p);

#define BENCH_KV_DISK(disk)                                                                  \
    static void *disk##_make(const bench_params *p) { return bench_kv_disk_make(&disk, p); } \
    static void __attribute__((constructor)) disk##_register(void) {                         \
        static bench_row row;                                                                \
        bench_kv_disk_register(&disk, &row, disk##_make, WEIR_CHOSEN);                       \
    }

#ifdef __cplusplus
}
#endif
#endif
