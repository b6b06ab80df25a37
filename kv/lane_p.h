/* lane_p - which of a few cache lines a thread uses, so that counters and flags of many threads seldom share one. Private to kv. */
#ifndef WEIR_KV_LANE_P_H
#define WEIR_KV_LANE_P_H

#include "prims/platform.h"

#ifdef WEIR_MODEL
enum { WEIR_LANES = 2 }; /* a model sees with two what there is to see */
#else
enum { WEIR_LANES = 8 };
#endif

extern WEIR_THREAD_LOCAL unsigned weir_lane_mine; /* 0: none yet; otherwise the lane + 1 */
unsigned weir_lane_choose(void);

/* 0 .. WEIR_LANES - 1, always the same for a thread; threads get them in turn. */
static inline unsigned weir_lane(void) {
    unsigned mine = weir_lane_mine;
    return (WEIR_LIKELY(mine) ? mine : weir_lane_choose()) - 1;
}

#endif
