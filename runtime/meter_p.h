/* meter - what one thread has counted: plain words that it alone writes and anybody may read. Each worker has one, and each
 * session for the thread that uses it. When a meter ends its numbers are kept, so no total ever falls.
 *
 * To count takes a load and a store. To take the time takes two looks at the clock, some 40 ns, so of commands only one in
 * options.sample has its time taken, on the average: the distances are drawn, so that no script beats in time with them.
 */
#ifndef WEIR_RUNTIME_METER_P_H
#define WEIR_RUNTIME_METER_P_H

#include <stdbool.h>

#include "prims/atomic.h"
#include "prims/lock_p.h"

typedef enum weir_store_op {
    WEIR_STORE_GET,
    WEIR_STORE_SET,
    WEIR_STORE_DEL,
    WEIR_STORE_EXISTS,
    WEIR_STORE_SNX,
    WEIR_STORE_CAS,
    WEIR_STORE_SCAN,
    WEIR_STORE_OPS
} weir_store_op;

/* Places of a meter. */
enum {
    WEIR_COUNT_RUNS,
    WEIR_COUNT_RUN_ERRORS,
    WEIR_COUNT_PARKED, /* awaits that have gone to sleep, and that have gone on */
    WEIR_COUNT_WOKEN,
    WEIR_COUNT_TIMEOUTS,
    WEIR_COUNT_SCANS,   /* pages that iterate has read; all other operations of the store are one a command */
    WEIR_COUNT_COMMANDS /* of each command how often, and how often an error */
};

typedef struct weir_meter {
    struct weir_meter *next, *prev; /* of the runtime, under its lock */
    uint32_t left;                  /* commands until the next has its time taken */
    uint32_t every;                 /* on the average; UINT32_MAX: none ever */
    uint64_t random;
    weir_a64 count[];
} weir_meter;

static inline void weir_meter_add(weir_meter *m, uint32_t i) {
    weir_a64_store(&m->count[i], weir_a64_load(&m->count[i]) + 1);
}

bool weir_meter_draw(weir_meter *m); /* the next distance */

/* Has this command its time taken? */
static inline bool weir_meter_samples(weir_meter *m) { return --m->left == 0 && weir_meter_draw(m); }

/* All meters of a runtime. */
typedef struct weir_meters {
    weir_lock lock;
    weir_meter *first;
    uint32_t places, every;
    uint64_t *gone; /* what meters that have ended had counted */
} weir_meters;

bool weir_meters_init(weir_meters *all, uint32_t commands, uint32_t every); /* false: no memory */
void weir_meters_free(weir_meters *all);                                    /* all meters have ended */

weir_meter *weir_meter_begin(weir_meters *all);       /* NULL: no memory */
void weir_meter_end(weir_meters *all, weir_meter *m); /* NULL is nothing */
void weir_meters_sum(weir_meters *all, uint64_t *to); /* all places */

#endif
