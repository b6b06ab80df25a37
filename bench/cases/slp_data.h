/* slp_data - the contents of the cases slp.*, and the one way in which every row is timed: the same work over the whole
 * content again and again, each time giving the same answer. Equal content for all: others read the same as JSON, or are
 * built of the same values; and whoever walks must come to the same sum.
 *
 * A content above 8 MB is worked on once a repetition, in memory that nobody has touched before: nobody reads so much twice.
 * A repetition of the 64 MB column then takes 0.2 to 0.5 GB of memory; with libraries that keep a tree up to 0.8 GB, and 2.3 GB
 * for jansson's tree of the nested content. Some of these need more than the 3 s of a repetition: see --limit. */
#ifndef WEIR_BENCH_CASES_SLP_DATA_H
#define WEIR_BENCH_CASES_SLP_DATA_H

#include "bench/case.h"
#include "bench/cases/slp_text.h"
#include "slp/slp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_SLP_LOOKS = 4096 };

typedef struct bench_slp {
    bench_text text;
    const weir_slp *buffer;          /* of it */
    weir_slp_reader *reader;         /* the buffer's owner */
    uint32_t which[BENCH_SLP_LOOKS]; /* slp.at: items to look at, in an order that no prefetcher guesses */
} bench_slp;

/* mix and size say which; for slp.command a single small one; for slp.at as many integers. NULL: no memory, or no such mix. */
void *bench_slp_make(const bench_params *p);
void *bench_slp_make_command(const bench_params *p);
void *bench_slp_make_list(const bench_params *p);
void bench_slp_destroy(void *data);

extern const weir_slp_limits bench_slp_limits; /* that let 64 MB pass */

/* Works once over all of it; answers the sum, the items, or whatever is the same each time. */
typedef uint64_t bench_slp_work(bench_slp *d);

/* value: MB of `bytes` a second, or ns for each of `per`. `want`: what each call must answer, else the cell is wrong. */
void bench_slp_speed(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, size_t bytes,
                     uint64_t want);
void bench_slp_cost(bench_slp *d, const bench_params *p, bench_sample *s, bench_slp_work *work, uint64_t per,
                    uint64_t want);

/* The cell is wrong: what should be worked on could not be made. */
void bench_slp_unready(bench_sample *s);

#ifdef __cplusplus
}
#endif
#endif
