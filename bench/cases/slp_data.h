/* slp_data - the texts of the cases slp.*, each twice with equal content: as S-expressions for us, as JSON for others (lists are
 * arrays, symbols and variables are strings). And the one way in which every row is timed: the same work over the whole
 * text again and again, each time answering how many values it has seen.
 *
 * By mix: mixed - a stream of commands (set get cas pub iterate); numbers, strings, symbols - lists of these; nested - lists
 * within lists, to depth 100. By size: bytes of the S-expressions, about. */
#ifndef WEIR_BENCH_CASES_SLP_DATA_H
#define WEIR_BENCH_CASES_SLP_DATA_H

#include "bench/case.h"
#include "slp/slp.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_slp {
    char *slp, *json; /* both followed by 64 zero bytes, which some readers want */
    size_t slp_bytes, json_bytes;
    uint64_t nodes; /* values, the list round all forms included */
    weir_slp_reader *reader;
    const weir_slp *buffer; /* of slp; the reader's */
    void *own;              /* the row's */
} bench_slp;

/* mix and size say which; for slp.command a single small one. NULL: no memory. */
void *bench_slp_make(const bench_params *p);
void *bench_slp_make_command(const bench_params *p);
void bench_slp_destroy(void *data);

/* Works once over all of it; answers the values seen, or bytes, or whatever is the same each time. */
typedef uint64_t bench_slp_work(bench_slp *d);

/* value: MB of `bytes` a second, or ns for each of `per`. `want`: what each call must answer, else the cell is wrong. */
void bench_slp_speed(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, size_t bytes,
                     uint64_t want);
void bench_slp_cost(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t per,
                    uint64_t want);

#ifdef __cplusplus
}
#endif
#endif
