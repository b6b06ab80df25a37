/* litmus - tiny programs, run very many times by threads that truly overlap; every outcome is counted, and has a reading.
 *
 * A program        Two to four threads, each a function of one instance that answers a small number. The outcome is all
 *                  their answers. A program lists the outcomes it knows, each as
 *                    acceptable    what one expects
 *                    interesting   allowed, and worth knowing that it happens: an early "empty", a weak order
 *                    forbidden     breaks the promise; and so does every outcome that is not listed
 * How it is run    Rounds over an array of fresh instances. The threads go through it in one order, another in each round,
 *                  keep within an instance of each other where the system lets them, and now and then stop for a moment.
 *                  Who waits to see something looks again and again, so as to meet the moment at which it appears.
 *                  `met` counts the instances which all threads were seen to begin together.
 * What it shows    This processor and this compiler, no other: x86 lets a load overtake an earlier store and nothing else,
 *                  so a missing release or acquire shows only where the compiler moves code. The model is for the rest.
 */
#ifndef WEIR_STRESS_LITMUS_H
#define WEIR_STRESS_LITMUS_H

#include <stddef.h>

#include "prims/atomic.h"
#include "prims/platform.h"
#include "stress/check.h"

enum { LITMUS_THREADS = 4, LITMUS_ANSWERS = 16 };

typedef enum litmus_reading { LITMUS_ACCEPTABLE, LITMUS_INTERESTING, LITMUS_FORBIDDEN } litmus_reading;

typedef struct litmus_outcome {
    unsigned answer[LITMUS_THREADS]; /* each below LITMUS_ANSWERS */
    litmus_reading reading;
    const char *says;
    const char *trait; /* when set: so read only for variants with this trait, and forbidden for others */
} litmus_outcome;

typedef struct litmus_program {
    const char *text;           /* the threads in one line, "store x; push | pop, load x" */
    size_t bytes;               /* of an instance, which lies on a cache line of its own */
    void (*make)(void *);       /* makes an instance fresh; its memory is zero the first time, a used instance later */
    litmus_outcome outcome[12]; /* ends where `says` is NULL */
    unsigned (*thread[LITMUS_THREADS])(void *);
    bool again
        [LITMUS_THREADS]; /* whether it is called again, not for ever, while it answers 0: it has changed nothing */
    bool (*has)(const char *trait);
} litmus_program;

stress_verdict litmus_run(const stress_check *c, const stress_request *request);

#ifdef STRESS_TRAITS
#define LITMUS_HAS stress_has
#else
#define LITMUS_HAS NULL
#endif

/* LITMUS(name, needs, claim, program...): as STRESS_CHECK, for variants that have the trait `needs`, or for all when it is
 * NULL. The program is given by its fields. */
#define LITMUS(name_, needs_, claim_, ...)                                                \
    __attribute__((constructor)) static void litmus_register_##name_(void) {              \
        static const litmus_program program = {.has = LITMUS_HAS, __VA_ARGS__};           \
        static const stress_check check = {                                               \
            "litmus", STRESS_KIND, STRESS_VARIANT, #name_, claim_, litmus_run, &program}; \
        if (!(needs_) || !program.has || program.has(needs_)) stress_register(&check);    \
    }

/* Outcomes: what they mean, then the answers. ONLY_WITH: interesting for variants of this trait, forbidden for others. */
#define LITMUS_OUTCOME(reading_, says_, ...) \
    { .answer = {__VA_ARGS__}, .reading = reading_, .says = says_ }
#define ACCEPTABLE(says_, ...) LITMUS_OUTCOME(LITMUS_ACCEPTABLE, says_, __VA_ARGS__)
#define INTERESTING(says_, ...) LITMUS_OUTCOME(LITMUS_INTERESTING, says_, __VA_ARGS__)
#define FORBIDDEN(says_, ...) LITMUS_OUTCOME(LITMUS_FORBIDDEN, says_, __VA_ARGS__)
#define ONLY_WITH(trait_, says_, ...) \
    { .answer = {__VA_ARGS__}, .reading = LITMUS_INTERESTING, .says = says_, .trait = trait_ }

/* What the classical reader of a message answers: whether the flag came, and whether what it announces was there. */
enum { NOTHING, SEEN, STALE };

#define LITMUS_MESSAGE(what)                                                              \
    ACCEPTABLE("too early", 0, NOTHING), ACCEPTABLE(what ", and all before it", 0, SEEN), \
        FORBIDDEN(what " without what preceded it", 0, STALE)

/* For what a thread did before the step that is tested. */
static inline unsigned litmus_saw(uint64_t data) { return data == 1 ? SEEN : STALE; }

#endif
