/* case - what the engine needs to know of one row of a table: one variant or peer of one case.
 *
 * A case is a comparison ("ring.spsc"); its rows are variants and peers; its columns are the values of its axes. One
 * (row, column) is a cell. Each repetition of a cell runs in a child process of its own, killed at its limit:
 * make() -> measure or team -> destroy(). Three ways to be measured, exactly one of which a row provides:
 *
 *   team     threads with roles move items until told to stop; the engine times them      (hand-off, rings, channels)
 *   loop     n operations on one thread, timed by Google Benchmark                        (filters)
 *   measure  anything else: fills the sample itself                                       (idle_cpu, fp, sort)
 *
 * A row with none of the three is absent: its library was not there when this program was built. It is listed, its
 * cells say "absent", nothing of it is called.
 *
 * This header serves C11 and C++17 (the peers' shims include it).
 */
#ifndef WEIR_BENCH_CASE_H
#define WEIR_BENCH_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "prims/atomic.h"
#include "prims/platform.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The column. Fields that the case has no axis for hold the default of DESIGN: capacity 1024, bits 10, batch 1 ... */
typedef struct bench_params {
    unsigned producers, consumers; /* shape "4p2c" */
    unsigned threads;              /* axis "threads", else producers + consumers, else 1 */
    uint64_t capacity, keys, tenants, size;
    unsigned bits, batch;
    bool busy;      /* load "busy": the harness keeps one spinner per processor */
    char order[16]; /* sort: random sorted90 displaced sorted */
    char dist[24], mix[16], wait[16], parker[16];
    double zipf;                 /* of dist "zipf:0.99"; 0: uniform */
    unsigned writes;             /* of mix "95r5w": percent */
    const struct pin_plan *pins; /* for measure rows that start threads: bench/pin.h */
    uint64_t seed;               /* of this repetition */
    double seconds;              /* how long this repetition should take */
} bench_params;

/* What a repetition found. `value` is in the row's unit. */
enum { BENCH_EXTRAS = 8 };
typedef struct bench_sample {
    double value;
    double items; /* operations counted in it, of the whole team */
    double wall_ns;
    double cpu_ns; /* user + system of the team */
    struct {
        char name[24];
        double value;
    } extra[BENCH_EXTRAS]; /* wakes_per_op, switches_per_op, ... */
    unsigned extras;
    bool wrong;      /* a value was lost, doubled or invented */
    char error[120]; /* says what, when wrong */
} bench_sample;

void bench_extra(bench_sample *s, const char *name, double value); /* adds or replaces; ignored when full */

/* One thread of a team. The engine fills the first part; the row's work() fills the second. */
typedef struct bench_worker {
    void *object; /* from make() */
    const bench_params *params;
    unsigned index;      /* 0 .. of the whole team */
    unsigned role_index; /* 0 .. within producers or within consumers */
    bool producer;
    const weir_a32 *stop; /* producers end when it is not 0; consumers end at BENCH_LAST */

    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t items; /* moved by this thread; BENCH_LAST not counted */
    uint64_t sum;                                 /* of the values moved, modulo 2^64 */
    uint64_t wakes;                               /* wake calls made by this thread, where the row counts them */
} bench_worker;

/* The value that ends one consumer: when the last producer has returned it pushes one for each consumer (the engine
 * calls row->push_last, which must wait for room). Producers never push it. */
#define BENCH_LAST UINT64_MAX

enum bench_flag {
    BENCH_PEER = 1,         /* another library */
    BENCH_WEAKER = 2,       /* its contract is weaker: shown and marked, never "best peer" */
    BENCH_REFERENCE = 4,    /* a ceiling or a floor: fetch_add, memcpy, futex pair, mutex ring */
    BENCH_CONTROL = 8,      /* negative control; never a winner */
    BENCH_PROVISIONAL = 16, /* the ladder of evidence has not confirmed it yet */
    BENCH_WAITS = 32        /* the row waits: shown under both load regimes */
};

/* What is dear to make: a store full of keys. Cells whose rows have the same make and whose `key` is the same are measured
 * on one object, by one child that makes it once. Their repetitions leave it as good as they found it. */
typedef struct bench_dear {
    uint64_t key;          /* says which object, among those of one make; 0: one for each repetition all the same */
    double bytes, seconds; /* that it takes, about: for the estimate, for limits, and for not filling the memory */
} bench_dear;

/* One axis of the case: values for `--suite full` and for the quick suite, comma separated. Those behind a semicolon are asked for one
 * axis at a time: of three axes with such values no column has more than one. */
typedef struct bench_axis {
    const char *name, *full, *quick;
} bench_axis;

typedef struct bench_row {
    const char *name;    /* case, "ring.spsc" */
    const char *variant; /* "cached", "peer.boost_spsc", "ref.memcpy" */
    unsigned flags;
    const char *note; /* NULL, or what a reader must know: "unbounded, not FIFO" */
    const char *unit; /* "ns/op", "%", "ns/event" */
    bool higher_is_better;
    const bench_axis *axes;                 /* ends with a NULL name; the same for all rows of a case */
    bool (*supports)(const bench_params *); /* NULL: every column. spsc rows refuse 2p2c */
    void *(*make)(const bench_params *);    /* NULL on failure: the cell is "failed" */
    void (*destroy)(void *);                /* may be NULL */

    void (*work)(bench_worker *);           /* team: runs on each thread between the barriers */
    void (*push_last)(void *object);        /* team: pushes BENCH_LAST once, waiting for room */
    void (*loop)(void *object, uint64_t n); /* loop: n operations */
    void (*measure)(void *object, const bench_params *, bench_sample *);

    bench_dear (*dear)(
        const bench_params *); /* NULL: objects cost nothing worth mention, and are made for each repetition */
} bench_row;

/* Every row ends with a BENCH_ROW; registering runs before main. `chosen`: the flags of this build bind the short name
 * to this variant; weir_per_variant says so, nobody else need care. */
void bench_register(const bench_row *row, bool chosen);
#ifndef WEIR_CHOSEN
#define WEIR_CHOSEN 0
#endif
#ifdef __cplusplus
#define BENCH_ROW(row) \
    static void __attribute__((constructor)) bench_register_##row(void) { bench_register(&row, WEIR_CHOSEN); }
#else
#define BENCH_ROW(row) \
    __attribute__((constructor)) static void bench_register_##row(void) { bench_register(&row, WEIR_CHOSEN); }
#endif

/* A folder for files and sockets, this child's own, empty at first; its path is absolute. The engine removes it with all that
 * is in it, however the child ends. NULL: it could not be made. */
const char *bench_folder(void);

/* A failed try: 64 pauses, then the processor is given up once. The same for us and for peers. */
static inline void bench_retry(void) {
    for (int i = 0; i < 64; i++) weir_pause();
    weir_yield();
}

/* Values a producer pushes: distinct, never BENCH_LAST. */
static inline uint64_t bench_value(const bench_worker *w, uint64_t i) {
    return ((uint64_t)(w->role_index + 1) << 48) + i;
}

/* The whole loop of a thread, for try_ forms. `push` and `pop` are constants at each call, so they are inlined. */
static WEIR_ALWAYS_INLINE void bench_team_try(bench_worker *w, bool (*push)(void *, uint64_t),
                                              bool (*pop)(void *, uint64_t *)) {
    void *q = w->object;
    uint64_t n = 0, sum = 0;
    if (w->producer) {
        for (; !weir_a32_load(w->stop); n++) {
            uint64_t v = bench_value(w, n);
            while (!push(q, v)) bench_retry();
            sum += v;
        }
    } else {
        for (uint64_t v;; n++, sum += v) {
            while (!pop(q, &v)) bench_retry();
            if (v == BENCH_LAST) break;
        }
    }
    w->items = n;
    w->sum = sum;
}

/* The same for forms that wait by themselves. */
static WEIR_ALWAYS_INLINE void bench_team_wait(bench_worker *w, void (*push)(void *, uint64_t),
                                               uint64_t (*pop)(void *)) {
    void *q = w->object;
    uint64_t n = 0, sum = 0;
    if (w->producer) {
        for (; !weir_a32_load(w->stop); n++) {
            uint64_t v = bench_value(w, n);
            push(q, v);
            sum += v;
        }
    } else {
        for (uint64_t v; (v = pop(q)) != BENCH_LAST; n++) sum += v;
    }
    w->items = n;
    w->sum = sum;
}

#ifdef __cplusplus
}
#endif
#endif
