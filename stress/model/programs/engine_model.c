/* The checker checked: the classical litmus tests with exactly the outcomes that the model claims, programs that must be
 * convicted and their twins that must not, and the whole suite again with a fault in the engine, which it must notice.
 *
 * A test is text. A thread: instructions with ';' between, over words x y z and registers 0-3.
 *     x=1        store           0=y     load into register 0        .q .l .a .s   acquire, release, acq_rel, seq_cst
 *     0=x+2      fetch_add       0=x?1   compare-exchange of 0 to 1  (none: relaxed)
 * An outcome: the registers and the final words that `shows` names. */
#include <stdio.h>
#include <stdlib.h>

#include "prims/platform.h"
#include "stress/model/litmus.h"

uint32_t __tsan_atomic32_load(const volatile uint32_t *p, int order);
void __tsan_atomic32_store(volatile uint32_t *p, uint32_t v, int order);
uint32_t __tsan_atomic32_fetch_add(volatile uint32_t *p, uint32_t v, int order);
uint32_t __tsan_atomic32_compare_exchange_val(volatile uint32_t *p, uint32_t seen, uint32_t v, int order, int fail);

typedef struct litmus {
    const char *name, *thread[4], *shows;
    const char *outcomes; /* all of them; or "N" for how many, then "never" those that must not be among them */
} litmus;

static const litmus tests[] = {
    {"SB", {"x=1; 0=y", "y=1; 1=x"}, "01", "00 01 10 11"},
    {"SB release acquire", {"x=1.l; 0=y.q", "y=1.l; 1=x.q"}, "01", "00 01 10 11"},
    {"SB seq_cst", {"x=1.s; 0=y.s", "y=1.s; 1=x.s"}, "01", "01 10 11"},
    {"SB rmw", {"x=1; 0=y+0.a", "y=1; 1=x+0.a"}, "01", "00 01 10 11"},
    {"MP", {"x=1; y=1", "0=y; 1=x"}, "01", "00 01 10 11"},
    {"MP release only", {"x=1; y=1.l", "0=y; 1=x"}, "01", "00 01 10 11"},
    {"MP acquire only", {"x=1; y=1", "0=y.q; 1=x"}, "01", "00 01 10 11"},
    {"MP release acquire", {"x=1; y=1.l", "0=y.q; 1=x"}, "01", "00 01 11"},
    {"MP seq_cst", {"x=1; y=1.s", "0=y.s; 1=x"}, "01", "00 01 11"},
    {"MP rmw", {"x=1; 2=y+1.l", "0=y+0.q; 1=x"}, "01", "00 01 11"},
    {"LB", {"0=x; y=1", "1=y; x=1"}, "01", "00 01 10"}, /* C11 allows 11: not explored, as model.h says */
    {"CoRR", {"x=1", "0=x; 1=x"}, "01", "00 01 11"},
    {"CoRR two stores", {"x=1; x=2", "0=x; 1=x"}, "01", "00 01 02 11 12 22"},
    {"CoRR two readers", {"x=1", "x=2", "0=x; 1=x", "2=x; 3=x"}, "0123", "47 never 1221 2112"},
    {"CoWR", {"x=1; 0=x", "x=2"}, "0x", "11 12 22"},
    {"CoRW", {"0=x; x=1", "x=2"}, "0x", "01 02 21"},
    {"CoWW", {"x=1; x=2"}, "x", "2"},
    {"2+2W", {"x=1; y=2", "y=1; x=2"}, "xy", "11 12 21 22"},
    {"2+2W release", {"x=1.l; y=2.l", "y=1.l; x=2.l"}, "xy", "11 12 21 22"},
    {"2+2W seq_cst", {"x=1.s; y=2.s", "y=1.s; x=2.s"}, "xy", "12 21 22"},
    {"S", {"x=2; y=1", "0=y; x=1"}, "0x", "01 02 11 12"},
    {"S release acquire", {"x=2; y=1.l", "0=y.q; x=1"}, "0x", "01 02 11"},
    {"R", {"x=1; y=1", "y=2; 0=x"}, "0y", "01 02 11 12"},
    {"R seq_cst", {"x=1.s; y=1.s", "y=2.s; 0=x.s"}, "0y", "01 11 12"},
    {"WRC", {"x=1", "0=x; y=1", "1=y; 2=x"}, "012", "8"},
    {"WRC release acquire", {"x=1", "0=x.q; y=1.l", "1=y.q; 2=x"}, "012", "7 never 110"},
    {"ISA2", {"x=1; y=1.l", "0=y; z=1.l", "1=z.q; 2=x"}, "012", "8"},
    {"ISA2 release acquire", {"x=1; y=1.l", "0=y.q; z=1.l", "1=z.q; 2=x"}, "012", "7 never 110"},
    {"IRIW", {"x=1", "y=1", "0=x; 1=y", "2=y; 3=x"}, "0123", "16"},
    {"IRIW release acquire", {"x=1.l", "y=1.l", "0=x.q; 1=y.q", "2=y.q; 3=x.q"}, "0123", "16"},
    {"IRIW seq_cst", {"x=1.s", "y=1.s", "0=x.s; 1=y.s", "2=y.s; 3=x.s"}, "0123", "15 never 1010"},
    {"release sequence, own store", {"x=1; y=1.l; y=2", "0=y.q; 1=x"}, "01", "00 01 11 20 21"}, /* C++20: cut by y=2 */
    {"release sequence, rmw", {"x=1; y=1.l", "0=y+2", "1=y.q; 2=x"}, "012", "000 001 011 020 021 100 101 111 131"},
    {"rmw atomic", {"0=x+1", "1=x+1", "2=x+1"}, "012x", "0123 0213 1023 1203 2013 2103"},
    {"rmw and store", {"0=x+1", "x=5"}, "0x", "05 56"},
    {"compare-exchange", {"0=x?1", "1=x?2"}, "01x", "011 202"},
};

enum { TESTS = sizeof tests / sizeof *tests };

/* -- a test as a program -- */

static const litmus *test;
static uint32_t words[3][16]; /* a line each */
static uint32_t registers[4];

static volatile uint32_t *word(char name) { return words[name - 'x']; }

static int order_of(const char *text, size_t n) {
    static const char letters[] = ".q.l.a.s";
    const char *dot = memchr(text, '.', n);
    const char *at = dot ? strchr(letters + 1, dot[1]) : NULL;
    return at ? (int)(at - letters) / 2 + 2 : 0;
}

static void step(const char *t, size_t n) {
    int order = order_of(t, n);
    if (t[0] >= 'x') {
        __tsan_atomic32_store(word(t[0]), (uint32_t)(t[2] - '0'), order);
        return;
    }
    uint32_t *r = &registers[t[0] - '0'], operand = n > 4 ? (uint32_t)(t[4] - '0') : 0;
    volatile uint32_t *w = word(t[2]);
    if (n > 3 && t[3] == '+') *r = __tsan_atomic32_fetch_add(w, operand, order);
    else if (n > 3 && t[3] == '?') *r = __tsan_atomic32_compare_exchange_val(w, 0, operand, order, 0);
    else *r = __tsan_atomic32_load(w, order);
}

static void run_thread(void) {
    const char *t = test->thread[model_self()];
    for (size_t n; *t; t += n + strspn(t + n, "; ")) {
        n = strcspn(t, ";");
        step(t, n);
    }
}

static void clear(void) {
    for (int i = 0; i < 4; i++) registers[i] = 0;
}

static void note(void) {
    uint32_t code = 0;
    for (const char *s = test->shows; *s; s++) code = code * 10 + (*s >= 'x' ? *word(*s) : registers[*s - '0']);
    model_outcome(code);
}

/* -- the verdict on a test -- */

static bool among(uint32_t code, const uint32_t *codes, int n) {
    for (int i = 0; i < n; i++)
        if (codes[i] == code) return true;
    return false;
}

/* How many of the outcomes in `text` were seen. */
static int count_seen(const char *text, const uint32_t *codes, int n, int *listed) {
    int hits = 0;
    *listed = 0;
    for (unsigned code; sscanf(text, "%u", &code) == 1; ++*listed) {
        hits += among(code, codes, n);
        text += strspn(text, "0123456789");
        text += strspn(text, " ");
    }
    return hits;
}

static bool as_claimed(const uint32_t *codes, int n) {
    int listed, hits;
    const char *never = strstr(test->outcomes, "never ");
    bool counted = never || (test->outcomes[0] != '0' && !strchr(test->outcomes, ' ') && strlen(test->shows) > 1);
    hits = count_seen(test->outcomes, codes, n, &listed);
    if (!counted) return hits == listed && n == listed;
    if (never && count_seen(never + 6, codes, n, &listed) != 0) return false;
    return n == atoi(test->outcomes);
}

static void say(const uint32_t *codes, int n) {
    char list[MODEL_OUTCOMES_MAX * 5 + 1] = "";
    for (int i = 0, at = 0; i < n; i++) at += sprintf(list + at, " %0*u", (int)strlen(test->shows), codes[i]);
    stress_say("%s: claimed %s, found %d:%s", test->name, test->outcomes, n, list);
}

static bool seq_cst(void) {
    for (int i = 0; i < 4 && test->thread[i]; i++)
        if (strstr(test->thread[i], ".s")) return true;
    return false;
}

/* How many tests have other outcomes than claimed. */
static int run_suite(bool tell, bool by_graphs) {
    int wrong = 0;
    uint32_t codes[MODEL_OUTCOMES_MAX];
    model_by_graphs(by_graphs);
    for (test = tests; test < tests + TESTS; test++) {
        if (by_graphs && seq_cst()) continue;
        model_program p = {.setup = clear, .check = note};
        for (int i = 0; i < 4 && test->thread[i]; i++) p.thread[i] = run_thread;
        int n = model_outcomes(&p, codes);
        if (n >= 0 && as_claimed(codes, n)) continue;
        wrong++;
        if (tell) say(codes, n < 0 ? 0 : n);
    }
    model_by_graphs(false);
    return wrong;
}

static stress_verdict litmus_suite(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    stress_say("load buffering (LB 11) is allowed by C11 and not explored");
    int wrong = run_suite(true, false) + run_suite(true, true);
    stress_count("litmus tests", TESTS);
    return wrong ? stress_fail("%d of %d litmus tests have other outcomes than claimed", wrong, TESTS) : STRESS_PASS;
}
STRESS_CHECK(model, litmus_suite, "the classical litmus tests have exactly the outcomes of RC11 without load buffering",
             litmus_suite)

static stress_verdict suite_can_fail(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (model_fault f = MODEL_NEVER_LATE; f < MODEL_FAULTS; f++) {
        model_break(f);
        int wrong = run_suite(false, false);
        model_break(MODEL_SOUND);
        if (wrong == 0) return stress_fail("the suite does not notice fault %d in the engine", (int)f);
        stress_count("tests that notice a fault", (uint64_t)wrong);
    }
    return STRESS_PASS;
}
STRESS_CHECK(model, suite_can_fail, "the suite notices each fault that is put into the engine", suite_can_fail)

/* -- programs that must be convicted, each beside its twin that must not -- */

static union {
    uint64_t all;
    uint32_t half[2];
} plain;
static weir_a32 flag, other;

static void write_then_flag(void) { plain.all = 1, weir_a32_store_release(&flag, 1); }
static void write_then_flag_relaxed(void) { plain.all = 1, weir_a32_store(&flag, 1); }
static void flag_then_read(void) {
    if (weir_a32_load_acquire(&flag)) model_require(plain.all == 1, "read %lu", plain.all);
}
static void write_low(void) { plain.half[0] = 1; }
static void write_high(void) { plain.half[1] = 1; }
static void write_all(void) { plain.all = 1; }
static void memset_all(void) { memset(&plain, 1, sizeof plain); }
static void flag_atomic(void) { weir_a32_store(&flag, 1); }
static void flag_plain(void) { flag.raw = 1; }

static void sleep_by_rmw(void) {
    if (weir_a32_add(&flag, 1) == 0)
        while (weir_a32_load(&flag) == 1) weir_futex_wait(&flag, 1, WEIR_FOREVER);
}
static void wake_by_rmw(void) {
    if (weir_a32_add(&flag, 1) == 1) weir_futex_wake(&flag, 1);
}
static void sleep_by_store(void) {
    weir_a32_store(&other, 1);
    if (weir_a32_load(&flag) == 0) weir_futex_wait(&flag, 0, WEIR_FOREVER);
}
static void wake_if_seen(void) { /* store buffering: each may miss the other */
    weir_a32_store(&flag, 1);
    if (weir_a32_load(&other)) weir_futex_wake(&flag, 1);
}
static void wake_always(void) {
    weir_a32_store(&flag, 1);
    weir_futex_wake(&flag, 1);
}
static void sleep_twice(void) {
    weir_futex_wait(&flag, 0, WEIR_FOREVER);
    weir_futex_wait(&other, 0, WEIR_FOREVER);
}
static void sleep_timed(void) { weir_futex_wait(&flag, 0, weir_now_ns() + 1000); }
static void spin_on_flag(void) {
    while (!weir_a32_load(&flag)) weir_pause();
}
static void spin_a_while(void) {
    for (int i = 0; i < 30 && !weir_a32_load(&flag); i++) weir_pause();
}
static void nothing(void) {}

static weir_aptr lent;
static WEIR_NEVER_INLINE void lend_frame(void) {
    weir_a32 local = {0};
    weir_aptr_store_release(&lent, &local);
    weir_a32_load(&local);
}
static void lend(void) { lend_frame(), weir_a32_store(&flag, 1); }
static void use_lent(void) {
    weir_a32 *p = weir_aptr_load_acquire(&lent);
    if (p && weir_a32_load(&flag)) weir_a32_load(p);
}
static void use_null(void) { *(uint32_t *)weir_aptr_load(&lent) = 1; }

static const struct trial {
    const char *name;
    void (*thread[2])(void);
    const char *law; /* part of what it is convicted of; NULL: of nothing */
} trials[] = {
    {"a value published by release", {write_then_flag, flag_then_read}, NULL},
    {"a value published by a relaxed store", {write_then_flag_relaxed, flag_then_read}, "data race"},
    {"different bytes of one word", {write_low, write_high}, NULL},
    {"bytes that overlap", {write_low, write_all}, "data race"},
    {"memset and a write", {memset_all, write_high}, "data race"},
    {"atomic and plain writes of one word", {flag_atomic, flag_plain}, "data race"},
    {"sleeper and waker meet in one word", {sleep_by_rmw, wake_by_rmw}, NULL},
    {"sleeper and waker on two words", {sleep_by_store, wake_if_seen}, "lost wake-up"},
    {"a waker that always wakes", {sleep_by_store, wake_always}, NULL},
    {"a wake for one of two sleeps", {sleep_twice, wake_always}, "lost wake-up"},
    {"a timed sleep", {sleep_timed, nothing}, NULL},
    {"a spin that is ended", {spin_on_flag, flag_atomic}, NULL},
    {"a spin that nobody ends", {spin_on_flag, nothing}, "livelock"},
    {"a spin that gives up", {spin_a_while, nothing}, NULL},
    {"a word in a frame that was left", {lend, use_lent}, "has left"},
    {"a write to address 0", {use_null, nothing}, "no memory"},
};

enum { TRIALS = sizeof trials / sizeof *trials };

static stress_verdict convictions(const stress_check *check, const stress_request *request) {
    (void)check;
    (void)request;
    for (size_t i = 0; i < 2 * TRIALS; i++) {
        const struct trial *t = &trials[i / 2];
        model_by_graphs(i % 2);
        model_program p = {.thread = {t->thread[0], t->thread[1]}};
        const char *law = model_law_broken(&p);
        bool right = t->law ? law && strstr(law, t->law) : !law;
        stress_count(t->law ? "convicted" : "cleared", 1);
        if (!right)
            stress_fail("%s: expected %s, found %s", t->name, t->law ? t->law : "nothing", law ? law : "nothing");
    }
    model_by_graphs(false);
    return stress_failed() ? STRESS_VIOLATION : STRESS_PASS;
}
STRESS_CHECK(model, convictions, "races, lost wake-ups, livelocks, dead frames are convicted, and their twins are not",
             convictions)
