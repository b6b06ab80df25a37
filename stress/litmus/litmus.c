#include "stress/litmus/litmus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "stress/rounds.h"

enum { BATCH_BYTES = 512 * 1024, BATCH_MAX = 1024, BATCH_MIN = 16, KEYS = 1 << 16, LOOKS = 128, DELAYS = 200 };

/* Pauses that are spent on waiting for partners, at the first instance of a round and at each further one. */
enum { POLLS_FIRST = 20000, POLLS = 500 };

typedef struct run {
    const litmus_program *program;
    unsigned threads;
    size_t stride, batch; /* bytes of an instance with its padding; instances, a power of two */
    char *instances;
    size_t first, step; /* of this round: instance number i is (first + i * step) % batch */
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 at; /* instances this thread has begun */
        uint8_t answer[BATCH_MAX];
    } of[LITMUS_THREADS];
    uint64_t times[KEYS], met, instances_run;
} run;

static unsigned key_of(const unsigned *answer) { return answer[0] | answer[1] << 4 | answer[2] << 8 | answer[3] << 12; }

static void prepare(rounds *r) {
    run *x = r->arg;
    for (size_t i = 0; i < x->batch; i++) x->program->make(x->instances + i * x->stride);
    for (unsigned t = 0; t < x->threads; t++) weir_a32_store(&x->of[t].at, 0);
    x->first = stress_random_next(&r->random);
    x->step = stress_random_next(&r->random) | 1;
}

/* Waits for threads that are behind; false when one does not come, since the system does not run it now, or when one has
 * gone ahead. */
static bool keep_pace(const run *x, uint32_t begun) {
    unsigned left = begun == 1 ? POLLS_FIRST : POLLS;
    for (unsigned t = 0; t < x->threads; t++) {
        uint32_t at;
        while ((at = weir_a32_load(&x->of[t].at)) < begun) {
            if (left-- == 0) return false;
            weir_pause();
        }
        if (at > begun + 1) return false;
    }
    return true;
}

/* Who waited for a partner learns of its coming a cache miss late. A delay by chance, several times as long, makes up for
 * that: otherwise the order is the same in every instance. */
static void stop_for_a_moment(stress_random *random) {
    uint32_t r = stress_random_below(random, DELAYS);
    for (volatile uint32_t i = 0; i < r; i++) {}
}

static unsigned one(const run *x, rounds_member *me, void *instance) {
    uint32_t looks = x->program->again[me->index] ? stress_random_below(me->random, LOOKS) : 0;
    stop_for_a_moment(me->random);
    unsigned answer = x->program->thread[me->index](instance);
    while (answer == 0 && looks-- > 0) answer = x->program->thread[me->index](instance);
    return answer;
}

/* A processor each, as far as there are: on one together they never overlap. */
static void pin(rounds_member *me) {
    cpu_set_t allowed, mine;
    if (sched_getaffinity(0, sizeof allowed, &allowed)) return;
    unsigned skip = me->index % (unsigned)CPU_COUNT(&allowed);
    CPU_ZERO(&mine);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && skip-- == 0) {
            CPU_SET(cpu, &mine);
            break;
        }
    sched_setaffinity(0, sizeof mine, &mine); /* a refusal only makes the check weaker, and `met` says so */
}

/* Whose partners do not come goes through the rest of the array alone. */
static void work(rounds_member *me) {
    run *x = me->arg;
    uint64_t met = 0;
    bool together = true;
    for (size_t i = 0; i < x->batch; i++) {
        size_t at = (x->first + i * x->step) & (x->batch - 1);
        weir_a32_store(&x->of[me->index].at, (uint32_t)i + 1);
        together = together && keep_pace(x, (uint32_t)i + 1);
        met += together;
        x->of[me->index].answer[at] = (uint8_t)one(x, me, x->instances + at * x->stride);
        watch_step(me->watched);
    }
    if (me->index == 0) x->met += met;
}

/* ---- outcomes ---- */

static const litmus_outcome *known(const litmus_program *p, unsigned key) {
    for (const litmus_outcome *o = p->outcome; o->says; o++)
        if (key_of(o->answer) == key) return o;
    return NULL;
}

static litmus_reading reading_of(const litmus_program *p, const litmus_outcome *o) {
    if (!o || (o->trait && p->has && !p->has(o->trait))) return LITMUS_FORBIDDEN;
    return o->reading;
}

static const char *text_of(const run *x, unsigned key) {
    static char text[32];
    int n = 0;
    for (unsigned t = 0; t < x->threads; t++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%s%u", t ? " " : "", key >> 4 * t & 15);
    return text;
}

static void judge(rounds *r) {
    run *x = r->arg;
    for (size_t i = 0; i < x->batch; i++) {
        unsigned answer[LITMUS_THREADS] = {0};
        for (unsigned t = 0; t < x->threads; t++) answer[t] = x->of[t].answer[i] & (LITMUS_ANSWERS - 1);
        unsigned key = key_of(answer);
        if (x->times[key]++) continue;
        const litmus_outcome *o = known(x->program, key);
        if (reading_of(x->program, o) == LITMUS_FORBIDDEN)
            stress_fail("outcome %s: %s", text_of(x, key), o ? o->says : "not foreseen");
    }
    x->instances_run += x->batch;
}

static void say_outcome(const run *x, unsigned key, const litmus_outcome *o) {
    static const char *const words[] = {"acceptable", "interesting", "FORBIDDEN"};
    stress_say("  %-8s %12lu  %-11s  %s", text_of(x, key), x->times[key], words[reading_of(x->program, o)],
               o ? o->says : "not foreseen");
}

static void say_table(const run *x) {
    stress_say("%s", x->program->text);
    for (const litmus_outcome *o = x->program->outcome; o->says; o++) say_outcome(x, key_of(o->answer), o);
    for (unsigned key = 0; key < KEYS; key++)
        if (x->times[key] && !known(x->program, key)) say_outcome(x, key, NULL);
}

/* ---- the check ---- */

static run *new_run(const litmus_program *p) {
    run *x = rounds_alloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->program = p;
    while (x->threads < LITMUS_THREADS && p->thread[x->threads]) x->threads++;
    x->stride = (p->bytes + WEIR_CACHE_LINE - 1) / WEIR_CACHE_LINE * WEIR_CACHE_LINE;
    x->batch = BATCH_MAX;
    while (x->batch > BATCH_MIN && x->batch * x->stride > BATCH_BYTES) x->batch /= 2;
    x->instances = rounds_alloc(x->batch * x->stride);
    memset(x->instances, 0, x->batch * x->stride);
    return x;
}

stress_verdict litmus_run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge, .thread = pin};
    run *x = new_run(c->arg);
    if (!rounds_run(x->threads, request->seconds, request->seed, &plan, x)) return STRESS_VIOLATION;
    stress_count("instances", x->instances_run);
    stress_count("met", x->met);
    say_table(x);
    free(x->instances);
    uint64_t instances = x->instances_run;
    free(x);
    if (stress_failed()) return STRESS_VIOLATION;
    return instances ? STRESS_PASS : STRESS_INCONCLUSIVE;
}
