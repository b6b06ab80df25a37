/* Long runs of heap: threads that fill arrays, look whether they are whole, and free them; on one heap, where a free may be
 * another thread's than the alloc, or, if one thread at a time may use it, each on its own beside the others'. */
#include "prims/heap.h"
#include "stress/rounds.h"

enum { MOST = 64, SLOTS = 16, TABLE = 32, OPERATIONS = 4000, PAGES = 40 };

typedef struct array {
    uint64_t *at;
    size_t words;
    uint64_t mark;
} array;

typedef struct state {
    weir_heap heaps[MOST];
    size_t whole;             /* bytes for arrays when empty */
    array slots[MOST][SLOTS]; /* of each thread */
    weir_aptr table[TABLE];   /* arrays on their way to another thread; their first two words are mark and words */
} state;

static bool shared(void) { return stress_has("threads=any"); }

static weir_heap *heap_of(rounds_member *me) { return &((state *)me->arg)->heaps[shared() ? 0 : me->index]; }

static void prepare(rounds *r) {
    state *s = r->arg;
    weir_heap_options o = {.pages = PAGES, .fence = stress_random_below(&r->random, 2)};
    for (unsigned i = 0; i < (shared() ? 1 : r->size); i++)
        if (weir_heap_open(&s->heaps[i], &o) != WEIR_OK) stress_fail("open is refused");
    s->whole = weir_heap_usage_of(&s->heaps[0]).left;
    memset(s->slots, 0, sizeof s->slots);
}

static void look(const array *a) {
    for (size_t i = 2; i < a->words; i++)
        if (a->at[i] != a->mark) {
            stress_fail("word %zu of an array of %zu was written to by another", i, a->words);
            return;
        }
}

static void drop(weir_heap *h, array *a) {
    look(a);
    weir_heap_status st = weir_heap_free(h, a->at);
    if (st != WEIR_HEAP_OK) stress_fail("an array cannot be freed: \"%s\"", weir_heap_status_text(st));
    if (!shared() && weir_heap_free(h, a->at) != WEIR_HEAP_FREED) stress_fail("an array was freed twice");
    a->at = NULL;
}

/* What was refused could not be had; on a heap of one's own what is said to be there is. */
static void refused(weir_heap *h, const weir_heap_refusal *why) {
    stress_count("times full", 1);
    if (why->status != WEIR_HEAP_FULL) stress_fail("refused as \"%s\"", weir_heap_status_text(why->status));
    if (shared() || why->together == 0) return;
    void *p = weir_heap_alloc(h, 1, why->together, 1, NULL);
    if (!p || weir_heap_free(h, p) != WEIR_HEAP_OK) stress_fail("%zu bytes together are not there", why->together);
}

static void fill(rounds_member *me, array *a) {
    weir_heap *h = heap_of(me);
    weir_heap_refusal why;
    size_t align = (size_t)1 << stress_random_below(me->random, 13);
    a->words = 2 + (stress_random_below(me->random, 8) ? stress_random_below(me->random, 64)
                                                       : stress_random_below(me->random, 1500));
    a->mark = stress_random_next(me->random);
    a->at = weir_heap_alloc(h, a->words, sizeof *a->at, align, &why);
    if (!a->at) {
        refused(h, &why);
        return;
    }
    if ((uintptr_t)a->at % align || !weir_heap_owns(h, a->at)) stress_fail("an array is not where it should be");
    a->at[0] = a->mark;
    a->at[1] = a->words;
    for (size_t i = 2; i < a->words; i++) a->at[i] = a->mark;
}

/* Puts an array on the table, and takes the one that lay there. */
static void swap(rounds_member *me, array *a) {
    state *s = me->arg;
    weir_aptr *place = &s->table[stress_random_below(me->random, TABLE)];
    a->at = weir_aptr_xchg_acq_rel(place, a->at); /* A1, R1: pairs with itself; what is in the arrays */
    if (!a->at) return;
    a->mark = a->at[0];
    a->words = (size_t)a->at[1];
    look(a);
}

static void work(rounds_member *me) {
    state *s = me->arg;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        array *a = &s->slots[me->index][stress_random_below(me->random, SLOTS)];
        if (!a->at) fill(me, a);
        else if (shared() && stress_random_below(me->random, 2)) swap(me, a);
        else drop(heap_of(me), a);
        watch_step(me->watched);
    }
    stress_count("operations", OPERATIONS);
}

/* All that is left is freed, and all is there again. */
static void judge(rounds *r) {
    state *s = r->arg;
    for (unsigned t = 0; t < r->size; t++)
        for (unsigned i = 0; i < SLOTS; i++)
            if (s->slots[t][i].at) drop(&s->heaps[shared() ? 0 : t], &s->slots[t][i]);
    for (unsigned i = 0; i < TABLE; i++) {
        array a = {.at = weir_aptr_xchg(&s->table[i], NULL)};
        if (!a.at) continue;
        a.mark = a.at[0];
        a.words = (size_t)a.at[1];
        drop(&s->heaps[0], &a);
    }
    for (unsigned i = 0; i < (shared() ? 1 : r->size); i++) {
        weir_heap_usage u = weir_heap_usage_of(&s->heaps[i]);
        if (u.left != s->whole || u.used) stress_fail("all is freed, and %zu of %zu bytes are left", u.left, s->whole);
        weir_heap_close(&s->heaps[i]);
    }
}

static stress_verdict run(const stress_check *c, const stress_request *request) {
    static const rounds_plan plan = {.prepare = prepare, .work = work, .judge = judge};
    static state s;
    (void)c;
    return rounds_sizes(request, &plan, &s, MOST);
}

STRESS_CHECK(laws, arrays, "arrays are whole until they are freed; in the end all is there again", run)
