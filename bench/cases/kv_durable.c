/* kv.durable: threads that each set, wait until the disk has it, and set again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/vfs.h>

#include "bench/cases/axes.h"
#include "bench/cases/kv_data.h"
#include "bench/cases/kv_team.h"

enum { KEYS_OF_ONE = 1024, IN_MEMORY = 0x01021994 /* TMPFS_MAGIC */ };

typedef struct writer {
    void *session;
    char *slots;               /* of its own keys */
    const bench_kv_slot *last; /* the key it has set last, to `commits - 1` */
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t commits, failed, lost;
} writer;

typedef struct subject {
    const bench_kv_disk *disk;
    bench_kv_keys keys;
    void *map;
    writer *writers;
    unsigned batch;
    weir_a32 stop;
    char why[120]; /* it was not opened */
} subject;

static bool enter(void *arg, unsigned i) {
    subject *s = arg;
    writer *w = &s->writers[i];
    w->slots = malloc((size_t)KEYS_OF_ONE * s->keys.stride);
    if (!w->slots) return false;
    bench_kv_load_order(&s->keys, i * KEYS_OF_ONE, KEYS_OF_ONE, w->slots);
    w->session = s->disk->enter(s->map, i);
    return w->session != NULL;
}

/* Is what it has set last there? */
static void look(const subject *s, writer *w) {
    char out[BENCH_KV_VALUE];
    uint64_t commit;
    if (!w->commits || w->failed) return;
    w->lost = !s->disk->get(w->session, w->last, out) || !bench_kv_right(w->last, out);
    memcpy(&commit, out + sizeof commit, sizeof commit);
    w->lost |= !w->lost && commit != w->commits - 1;
}

static void leave(void *arg, unsigned i) {
    subject *s = arg;
    writer *w = &s->writers[i];
    look(s, w);
    s->disk->leave(w->session);
    free(w->slots);
}

static void work(void *arg, unsigned i) {
    subject *s = arg;
    writer *w = &s->writers[i];
    const bench_kv_slot *k[BENCH_KV_BATCH_MAX];
    char value[BENCH_KV_VALUE] = {0};
    size_t at = 0;
    w->commits = 0;
    do {
        for (unsigned n = 0; n < s->batch; n++, at = (at + 1) % KEYS_OF_ONE)
            k[n] = (const bench_kv_slot *)(const void *)(w->slots + at * s->keys.stride);
        w->last = k[s->batch - 1];
        uint64_t mark[2] = {w->last->id, w->commits};
        memcpy(value, mark, sizeof mark);
        if (s->disk->commit(w->session, s->batch, k, value)) w->commits++;
        else w->failed++;
    } while (!w->failed && !weir_a32_load(&s->stop));
}

static void sum_up(const subject *s, const bench_params *p, bench_sample *sample) {
    uint64_t commits = 0, failed = 0, lost = 0;
    for (unsigned i = 0; i < p->threads; i++) {
        commits += s->writers[i].commits;
        failed += s->writers[i].failed;
        lost += s->writers[i].lost;
    }
    sample->items = (double)commits * p->batch;
    sample->value = failed ? NAN : sample->wall_ns / sample->items;
    if (failed) snprintf(sample->error, sizeof sample->error, "a commit was refused");
    sample->wrong = lost > 0 && !failed;
    if (sample->wrong)
        snprintf(sample->error, sizeof sample->error, "%llu writers do not find what they set",
                 (unsigned long long)lost);
    bench_extra(sample, "commits_per_s", (double)commits * 1e9 / sample->wall_ns);
}

static void measure(void *o, const bench_params *p, bench_sample *sample) {
    subject *s = o;
    sample->value = NAN;
    snprintf(sample->error, sizeof sample->error, "%s", s->why);
    if (!s->map) return;
    size_t bytes = p->threads * sizeof *s->writers;
    s->writers = aligned_alloc(WEIR_CACHE_LINE, bytes);
    if (!s->writers) return;
    memset(s->writers, 0, bytes);
    s->batch = p->batch;
    const kv_team team = {s, enter, work, work, leave, &s->stop};
    if (kv_team_run(&team, p, sample)) sum_up(s, p, sample);
    free(s->writers);
}

static void destroy(void *o) {
    subject *s = o;
    if (s->map) s->disk->close(s->map);
    free(s);
}

/* What a disk costs cannot be seen where there is none. */
static bool on_disk(const char *folder, char *why, size_t bytes) {
    struct statfs f;
    if (!folder || statfs(folder, &f)) snprintf(why, bytes, "no folder for the store could be made: see TMPDIR, --out");
    else if (f.f_type == IN_MEMORY)
        snprintf(why, bytes, "the folder for stores is in memory (tmpfs): set TMPDIR or --out to a disk");
    else return true;
    return false;
}

void *bench_kv_disk_make(const bench_kv_disk *disk, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    bench_params keys = *p;
    keys.keys = (uint64_t)KEYS_OF_ONE * p->threads;
    keys.tenants = 1;
    if (!s || !bench_kv_keys_of(&s->keys, &keys)) return NULL;
    s->disk = disk;
    const char *folder = bench_folder();
    if (!on_disk(folder, s->why, sizeof s->why)) return s;
    s->map = disk->open(folder, p->threads);
    if (!s->map) snprintf(s->why, sizeof s->why, "the store could not be opened");
    return s;
}

static bool supports(const bench_params *p) { return p->batch <= BENCH_KV_BATCH_MAX; }

void bench_kv_disk_register(const bench_kv_disk *disk, bench_row *row, void *(*make)(const bench_params *),
                            bool chosen) {
    *row = (bench_row){.name = "kv.durable",
                       .variant = disk->variant,
                       .flags = disk->flags,
                       .note = disk->note,
                       .unit = "ns/op",
                       .axes = bench_axes_kv_durable,
                       .supports = supports,
                       .make = make,
                       .destroy = destroy,
                       .measure = measure};
    bench_register(row, chosen);
}
