/* A lock is a lock. */
#include "prims/lock_p.h"
#include "stress/model/model.h"

static weir_lock lock;

static void once(void) {
    weir_lock_acquire(&lock);
    weir_lock_release(&lock);
}

MODEL_PROGRESS(stopped_holder, "blocking: who stops with the lock holds up the others", .thread = {once, once},
               .victim = 0, .expect = MODEL_BLOCKING)
