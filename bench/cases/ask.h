/* ask - whatever sends something and waits for its answer, ours or a library's, as event.await and event.memory see it.
 *
 * An operation is a round trip: a word is sent, whoever hears it answers with the same word, which is waited for and sent again; so that
 * a lost, wrong or forgotten answer shows at the end. `inside`: both on one thread. `across`: on two.
 * event.memory: so many wait at once for an answer; what the process has grown by since it began, for each. */
#ifndef WEIR_BENCH_CASES_ASK_H
#define WEIR_BENCH_CASES_ASK_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_ASK_WORD = 1234567 };

typedef struct bench_ask bench_ask;
struct bench_ask {
    const char *variant;
    unsigned flags;
    const char *note;
    const void *arg;                                   /* its own */
    void *(*open)(const bench_ask *self, bool across); /* NULL: failed */
    bool (*inside)(void *object, uint32_t n);          /* n round trips, rounded up; all were right. NULL: it cannot */
    bool (*across)(void *object, uint32_t n);
    bool (*fill)(void *object, uint64_t n);   /* n wait. NULL: it cannot */
    bool (*answer)(void *object, uint64_t n); /* all of them have been answered, once */
    void (*close)(void *object);
};

enum bench_ask_case { BENCH_AWAIT, BENCH_AWAIT_MEMORY, BENCH_ASK_CASES };

/* See BENCH_ASK. */
void *bench_ask_make(const bench_ask *self, const bench_params *p);
bool bench_ask_supports(const bench_ask *self, const bench_params *p);
void bench_ask_register(const bench_ask *self, bench_row rows[BENCH_ASK_CASES], void *(*make)(const bench_params *),
                        bool (*supports)(const bench_params *), bool chosen);

/* Registers the rows of `ask`, a bench_ask of static storage; chosen: it is the default of its cases. */
#define BENCH_ASK(ask, chosen)                                                                \
    static void *ask##_make(const bench_params *p) { return bench_ask_make(&ask, p); }        \
    static bool ask##_supports(const bench_params *p) { return bench_ask_supports(&ask, p); } \
    static void __attribute__((constructor)) ask##_register(void) {                           \
        static bench_row rows[BENCH_ASK_CASES];                                               \
        bench_ask_register(&ask, rows, ask##_make, ask##_supports, chosen);                   \
    }

#ifdef __cplusplus
}
#endif
#endif
