#include "bench/cases/slp_data.h"

#include <stdio.h>
#include <stdlib.h>

static const size_t bytes_once = 8000000;

const weir_slp_limits bench_slp_limits = {128, 1u << 29, WEIR_SLP_UNITS_MAX, 4096};

/* The content as a buffer, too. */
static void *take(const bench_text *t, weir_slp_extent extent) {
    bench_slp *d = calloc(1, sizeof *d);
    if (!d) return NULL;
    d->text = *t;
    d->reader = weir_slp_reader_new(&bench_slp_limits);
    if (d->reader) d->buffer = weir_slp_read(d->reader, t->slp, t->slp_bytes, extent, NULL);
    if (d->buffer && weir_slp_nodes(d->buffer) == t->nodes) return d;
    bench_slp_destroy(d);
    return NULL;
}

void *bench_slp_make(const bench_params *p) {
    bench_text t;
    size_t bytes = p->size ? (size_t)p->size : 33000;
    return bench_text_forms(&t, p->mix[0] ? p->mix : "mixed", bytes, p->seed) ? take(&t, WEIR_SLP_ALL) : NULL;
}

void *bench_slp_make_command(const bench_params *p) {
    bench_text t;
    (void)p;
    return bench_text_command(&t) ? take(&t, WEIR_SLP_ONE) : NULL;
}

void *bench_slp_make_list(const bench_params *p) {
    bench_text t;
    bench_slp *d = bench_text_integers(&t, p->size) ? take(&t, WEIR_SLP_ALL) : NULL;
    uint32_t dice = (uint32_t)p->seed | 1;
    for (int i = 0; d && i < BENCH_SLP_LOOKS; i++) {
        dice = dice * 1664525 + 1013904223;
        d->which[i] = (uint32_t)(dice * p->size >> 32);
    }
    return d;
}

void bench_slp_destroy(void *data) {
    bench_slp *d = data;
    if (!d) return;
    weir_slp_reader_free(d->reader);
    bench_text_free(&d->text);
    free(d);
}

/* Rounds between two looks at the clock take about 0.1 ms. */
static double ns_of_one(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t want) {
    bool once = d->text.slp_bytes > bytes_once;
    uint64_t rounds = 1, done = 0, start = weir_now_ns(), end = start + (uint64_t)(p->seconds * 1e9), now = start;
    do {
        uint64_t before = now;
        for (uint64_t i = 0; i < rounds; i++) {
            uint64_t answer = work(d);
            if (answer == want) continue;
            s->wrong = true;
            snprintf(s->error, sizeof s->error, "answers %lu, not %lu as it should", answer, want);
            return 1;
        }
        done += rounds;
        now = weir_now_ns();
        if (now - before < 50000) rounds *= 2;
    } while (now < end && !once);
    s->items = (double)done;
    s->wall_ns = s->cpu_ns = (double)(now - start);
    return s->wall_ns / s->items;
}

void bench_slp_speed(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, size_t bytes,
                     uint64_t want) {
    s->value = (double)bytes * 1e3 / ns_of_one(d, p, s, work, want);
}

void bench_slp_cost(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t per,
                    uint64_t want) {
    s->value = ns_of_one(d, p, s, work, want) / (double)per;
}

void bench_slp_unready(bench_sample *s) {
    s->wrong = true;
    snprintf(s->error, sizeof s->error, "could not be made of this content");
}
