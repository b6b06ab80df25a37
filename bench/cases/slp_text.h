/* slp_text - one content written twice at once, as S-expressions and as JSON: lists are arrays, symbols are strings. */
#ifndef WEIR_BENCH_CASES_SLP_TEXT_H
#define WEIR_BENCH_CASES_SLP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct bench_text {
    char *slp, *json; /* malloc; both followed by 64 zero bytes, which some readers want */
    size_t slp_bytes, json_bytes;
    uint64_t nodes; /* values, the outermost list included */
    uint64_t items; /* of the outermost list */
    uint64_t sum;   /* of all values: 1 for each, and integers, whole parts of reals, bytes of texts. Modulo 2^64 */
} bench_text;

/* Forms until there are so many bytes of S-expressions; for JSON they lie in an array. By mix: mixed - a stream of commands
 * (set get cas pub iterate); numbers, strings, symbols - lists of eight of these; nested - lists within lists, to depth 100.
 * False: no such mix, or no memory; nothing is left behind. */
bool bench_text_forms(bench_text *t, const char *mix, size_t bytes, uint64_t seed);

bool bench_text_integers(bench_text *t, uint64_t n); /* the forms 0 1 2 .. n - 1 */
bool bench_text_command(bench_text *t);              /* (core/kv/set counter 42), which is the outermost list itself */

void bench_text_free(bench_text *t);

#endif
