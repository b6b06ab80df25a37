/* A coroutine that roams goes on where it was woken. So that it never runs twice at once, its loop and who wakes it
 * both exchange one word: the loop after the turn in which it began to wait, the waker when it wakes. Who comes second
 * queues it. One with an alarm stays where its alarm is; when that rings it runs, whether it has been woken meanwhile
 * or not: then it only waits on. */
#include "sched/loop_p.h"

void weir_roam_settle(weir_loop *loop, weir_co *co) {
    bool bound = co->alarm.next || co->state == WEIR_CO_SLEEPS || co->stay;
    uint32_t rest = bound ? WEIR_ROAM_AT_HOME : WEIR_ROAM_FREE;
    /* W1 acq_rel: pairs with W2. Release: what it did in its turn, for the loop where it goes on. Acquire: its wake. */
    if (weir_a32_xchg_acq_rel(&co->handed, rest) != WEIR_ROAM_WOKEN) return;
    weir_a32_store(&co->handed, WEIR_ROAM_WOKEN); /* relaxed: the one wake has been */
    weir_loop_append(loop, &co->post);
}

void weir_roam_wake(weir_loop *here, weir_co *co) {
    uint32_t was = weir_a32_xchg_acq_rel(&co->handed, WEIR_ROAM_WOKEN); /* W2: pairs with W1 */
    if (was == WEIR_ROAM_RUNS) return;                                  /* its loop will see it when it settles */
    weir_loop *home = (weir_loop *)co->home;
    if (was == WEIR_ROAM_FREE && here && here->roam == home->roam) {
        co->home = &here->home;
        weir_loop_append(here, &co->post);
    } else weir_loop_post(home, &co->post);
}

void weir_roam_add(weir_roam *roam, weir_co *co) {
    weir_lock_acquire(&roam->lock);
    weir_co_list_add(&roam->list, co);
    weir_lock_release(&roam->lock);
}

void weir_roam_remove(weir_roam *roam, weir_co *co) {
    weir_lock_acquire(&roam->lock);
    weir_co_list_remove(&roam->list, co);
    weir_lock_release(&roam->lock);
}

void weir_roam_cancel_all(weir_roam *roam) {
    for (weir_co *co = roam->list.oldest; co; co = co->newer) {
        uint32_t seen = WEIR_ROAM_FREE;
        weir_a32_cas(&co->handed, &seen, WEIR_ROAM_AT_HOME); /* relaxed: no other thread is there */
        weir_co_cancel(co);
    }
}
