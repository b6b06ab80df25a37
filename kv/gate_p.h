/* gate_p - many writers or one who needs to be alone: opening a snapshot, a batch. Private to kv.
 *
 * Who enters as one of many changes only a line of its own thread's; who wants to be alone closes the gate, and waits until those
 * lines are all empty. Source: big-reader locks (Linux 2.4); flags by read-modify-write on one word each instead of fences. */
#ifndef WEIR_KV_GATE_P_H
#define WEIR_KV_GATE_P_H

#include "prims/platform.h"

enum { WEIR_GATE_LANES = 8 };

typedef struct weir_gate {
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 word; /* how many are inside by this lane; the top bit: closed */
    } lane[WEIR_GATE_LANES];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 alone; /* the lock of those that want to be alone */
} weir_gate;

void weir_gate_init(weir_gate *g);

/* Not while inside. A thread waits here, without spinning long, while another is alone. enter answers the lane to leave by. */
unsigned weir_gate_enter(weir_gate *g);
void weir_gate_leave(weir_gate *g, unsigned lane);

/* Alone: nobody inside, nobody else alone. All that happened inside before happens before its return, and the other way. */
void weir_gate_close(weir_gate *g);
void weir_gate_open(weir_gate *g);

#endif
