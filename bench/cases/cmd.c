#include "bench/cases/cmd.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/cases/axes.h"
#include "bench/cases/late.h"

typedef struct item {
    char key[BENCH_CMD_KEY + 1], value[BENCH_CMD_VALUE + 1];
    unsigned char bytes; /* of its text */
} item;

typedef struct subject {
    const bench_cmd *cmd;
    void *object;
    item *item;
    char *texts, *text; /* one behind the other; the next */
    void **ready;
    uint32_t keys, next;
    uint32_t reached; /* of the items, from the first on */
    bool gets;
    uint32_t sets; /* in the script */
    char *script;
    size_t script_bytes;
} subject;

/* ---- operations: n of them, all right ---- */

static const item *next(subject *s) {
    const item *it = &s->item[s->next];
    if (++s->next > s->reached) s->reached = s->next;
    if (s->next == s->keys) s->next = 0;
    if (s->next == 1 || s->keys == 1) s->text = s->texts;
    return it;
}

static bool by_text(void *o, uint32_t n) {
    subject *s = o;
    bool good = true;
    for (uint32_t i = 0; i < n; i++) {
        const item *it = next(s);
        bench_result r = s->cmd->eval(s->object, s->text, it->bytes);
        s->text += it->bytes;
        good &= s->gets ? bench_result_is(r, it->value) : r.at != NULL;
    }
    return good;
}

static bool by_call(void *o, uint32_t n) {
    subject *s = o;
    bool good = true;
    for (uint32_t i = 0; i < n; i++) {
        const item *it = next(s);
        bench_result r = s->cmd->call(s->object, s->ready[it - s->item]);
        good &= s->gets ? bench_result_is(r, it->value) : r.at != NULL;
    }
    return good;
}

static bool by_script(void *o, uint32_t n) {
    subject *s = o;
    for (uint32_t i = 0; i < n; i += s->sets)
        if (!s->cmd->eval(s->object, s->script, s->script_bytes).at) return false;
    return true;
}

/* ---- checked ---- */

static bool stored(subject *s, uint32_t items) {
    char text[BENCH_CMD_TEXT];
    for (uint32_t i = 0; i < items; i++) {
        int n = s->cmd->write(text, s->item[i].key, NULL);
        if (!bench_result_is(s->cmd->eval(s->object, text, (size_t)n), s->item[i].value)) return false;
    }
    return true;
}

static void measure(void *o, const bench_params *p, bench_sample *sample, bool (*op)(void *, uint32_t)) {
    subject *s = o;
    bench_timed(op, o, p, sample);
    if (sample->wrong || stored(s, s->reached)) return;
    sample->wrong = true;
    snprintf(sample->error, sizeof sample->error, "a key has not the value that was set last");
}

static void measure_text(void *o, const bench_params *p, bench_sample *s) { measure(o, p, s, by_text); }
static void measure_parsed(void *o, const bench_params *p, bench_sample *s) { measure(o, p, s, by_call); }

/* Rounds are whole scripts, so that n is rounded here and not within. */
static void measure_script(void *o, const bench_params *p, bench_sample *s) {
    subject *me = o;
    bench_sample warm_up = {0};
    if (!by_script(me, me->sets)) warm_up.wrong = true;
    double cpu = bench_cpu_ns();
    uint64_t start = weir_now_ns();
    *s = warm_up;
    do {
        s->wrong |= !by_script(me, me->sets);
        s->items += me->sets;
        s->wall_ns = (double)(weir_now_ns() - start);
    } while (!s->wrong && s->wall_ns < p->seconds * 1e9);
    s->cpu_ns = bench_cpu_ns() - cpu;
    s->value = s->wall_ns / s->items;
    s->wrong |= !stored(me, me->sets);
    if (s->wrong)
        snprintf(s->error, sizeof s->error, "the script failed, or a key has not the value that was set last");
}

/* ---- making ---- */

static uint64_t random_of(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void destroy(void *o) {
    subject *s = o;
    if (s->object) s->cmd->close(s->object);
    free(s->item);
    free(s->texts);
    free(s->ready);
    free(s->script);
    free(s);
}

/* Keys in random order, each with a value of its own. */
static void name_items(subject *s, uint64_t seed) {
    for (uint32_t i = 0; i < s->keys; i++) {
        uint32_t k = (uint32_t)(random_of(&seed) % (i + 1));
        memcpy(s->item[i].key, s->item[k].key, sizeof s->item[i].key);
        snprintf(s->item[k].key, sizeof s->item[k].key, "k%05u", i % 100000);
    }
    for (uint32_t i = 0; i < s->keys; i++) snprintf(s->item[i].value, sizeof s->item[i].value, "value-%010u", i);
}

/* All keys are there, with the right values if they are only got. */
static bool load(subject *s) {
    char text[BENCH_CMD_TEXT];
    for (uint32_t i = 0; i < s->keys; i++) {
        int n = s->cmd->write(text, s->item[i].key, s->gets ? s->item[i].value : "0123456789abcdef");
        if (!s->cmd->eval(s->object, text, (size_t)n).at) return false;
    }
    return true;
}

static bool write_texts(subject *s) {
    char *to = s->texts = malloc((size_t)s->keys * BENCH_CMD_TEXT + 1);
    for (item *it = s->item; to && it < s->item + s->keys; it++)
        to += it->bytes = (unsigned char)s->cmd->write(to, it->key, s->gets ? NULL : it->value);
    return s->texts != NULL;
}

static bool make_ready(subject *s) {
    const char *text = s->texts;
    if (!(s->ready = calloc(s->keys, sizeof *s->ready))) return false;
    for (uint32_t i = 0; i < s->keys; text += s->item[i++].bytes)
        if (!(s->ready[i] = s->cmd->ready(s->object, text, s->item[i].bytes))) return false;
    return true;
}

static bool write_script(subject *s) {
    char *to = s->script = malloc((size_t)s->sets * (BENCH_CMD_TEXT + 1));
    for (uint32_t i = 0; to && i < s->sets; i++) {
        to += s->cmd->write(to, s->item[i].key, s->item[i].value);
        *to++ = '\n';
    }
    s->script_bytes = s->script ? (size_t)(to - s->script) : 0;
    return s->script != NULL;
}

void *bench_cmd_make(const bench_cmd *self, enum bench_cmd_case c, const bench_params *p) {
    subject *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->cmd = self;
    s->keys = p->keys < 100000 ? (uint32_t)p->keys : 100000;
    s->gets = c != BENCH_CMD_SCRIPT && !strcmp(p->mix, "get");
    s->sets = p->size < s->keys ? (uint32_t)p->size : s->keys;
    if ((s->item = calloc(s->keys, sizeof *s->item)) && (s->object = self->open())) {
        name_items(s, p->seed);
        bool good = load(s) && (c == BENCH_CMD_SCRIPT ? write_script(s) : write_texts(s));
        if (good && (c != BENCH_CMD_PARSED || make_ready(s))) return s;
    }
    destroy(s);
    return NULL;
}

static bool supports(const bench_params *p) { return !strcmp(p->mix, "set") || !strcmp(p->mix, "get"); }

void bench_cmd_register(const bench_cmd *self, bench_row rows[BENCH_CMD_CASES],
                        void *(*const make[BENCH_CMD_CASES])(const bench_params *), bool chosen) {
    static const bench_row cases[] = {
        {.name = "cmd.text", .axes = bench_axes_cmd_one, .supports = supports, .measure = measure_text},
        {.name = "cmd.parsed", .axes = bench_axes_cmd_one, .supports = supports, .measure = measure_parsed},
        {.name = "cmd.script", .axes = bench_axes_cmd_script, .measure = measure_script}};
    for (int i = 0; i < BENCH_CMD_CASES; i++) {
        rows[i] = cases[i];
        rows[i].unit = "ns/op";
        rows[i].variant = self->variant;
        rows[i].flags = self->flags;
        rows[i].note = self->note;
        rows[i].make = make[i];
        rows[i].destroy = destroy;
        bench_register(&rows[i], chosen);
    }
}
