#include "kv/lane_p.h"

WEIR_THREAD_LOCAL unsigned weir_lane_mine;

unsigned weir_lane_choose(void) {
    static weir_a32 next;
    weir_lane_mine = weir_a32_add(&next, 1) % WEIR_LANES + 1;
    return weir_lane_mine;
}
