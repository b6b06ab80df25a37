#include "kv/rcu/memb.h"

#include <urcu/urcu-memb.h>

#include "kv/rcu/barrier_p.h"

_Static_assert(sizeof(struct rcu_head) == sizeof((weir_rcu_memb_head *)0)->urcu, "the head of liburcu 0.13");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* its destructor unregisters the thread */
static char told;         /* what TSan orders by: sections before the end of a grace period */

static void leave(void *registered) {
    (void)registered;
    urcu_memb_unregister_thread();
}

static void make_key(void) {
    if (pthread_key_create(&key, leave)) abort(); /* no keys left: at the first section of the process */
}

/* A destructor of another key may open a section after `leave`: then the thread registers again, and leaves again. */
void weir_rcu_memb_register(void) {
    pthread_once(&once, make_key);
    if (pthread_setspecific(key, &key)) abort();
    urcu_memb_register_thread();
}

void weir_rcu_memb_synchronize(void) {
    urcu_memb_synchronize_rcu();
    WEIR_RCU_ACQUIRE_(&told);
}

static void called(struct rcu_head *urcu) {
    weir_rcu_memb_head *head = (weir_rcu_memb_head *)urcu;
    WEIR_RCU_ACQUIRE_(&told);
    WEIR_RCU_ACQUIRE_(head);
    head->fn(head);
}

void weir_rcu_memb_call(weir_rcu_memb_head *head, void (*fn)(weir_rcu_memb_head *)) {
    head->fn = fn;
    WEIR_RCU_RELEASE_(head);
    urcu_memb_call_rcu((struct rcu_head *)head->urcu, called);
}

WEIR_RCU_DEFINE_WAIT_CALLS_(memb)

void weir_rcu_memb_barrier(void) { wait_calls(); }

#ifdef WEIR_RCU_TOLD
void weir_rcu_memb_begin(void) {
    if (!URCU_TLS(urcu_memb_reader).registered) weir_rcu_memb_register();
    urcu_memb_read_lock();
}
void weir_rcu_memb_end(void) {
    WEIR_RCU_RELEASE_(&told);
    urcu_memb_read_unlock();
}
#endif
