/* gate_p - many writers or one who needs to be alone: opening a snapshot, a batch. Private to kv.
 *
 * Who enters as one of many changes only a line of its own lane's; who wants to be alone closes the gate, lane by lane, and waits
 * until those lines are all empty. Who closes and who enters change the same word, so each sees the other without a fence.
 * Source: big-reader locks (Linux 2.4). */
#ifndef WEIR_KV_GATE_P_H
#define WEIR_KV_GATE_P_H

#include <pthread.h>

#include "kv/lane_p.h"

typedef struct weir_gate {
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_a32 word; /* how many are inside by this lane; the top bit: closed */
    } lane[WEIR_LANES];
    pthread_mutex_t alone; /* of those that want to be alone */
} weir_gate;

void weir_gate_init(weir_gate *g);
void weir_gate_destroy(weir_gate *g); /* nobody is inside, or comes */

/* Not while inside, nor in a read section. A thread sleeps here while another is alone. enter answers the lane to leave by. */
unsigned weir_gate_enter(weir_gate *g);
void weir_gate_leave(weir_gate *g, unsigned lane);

/* Alone: nobody inside, nobody else alone. All that happened inside before happens before the return of close; all that happened
 * before open happens before the return of the next enter, and of the next close. By the same thread; not in a read section. */
void weir_gate_close(weir_gate *g);
void weir_gate_open(weir_gate *g);

#endif
