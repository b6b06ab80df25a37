#include "kv/rcu/qsbr.h"

#include <assert.h>
#include <urcu/urcu-qsbr.h>

#include "kv/rcu/barrier_p.h"
#include "prims/wait.h"

_Static_assert(sizeof(struct rcu_head) == sizeof((weir_rcu_qsbr_head *)0)->urcu, "the head of liburcu 0.13");

WEIR_THREAD_LOCAL unsigned weir_rcu_qsbr_depth;

static WEIR_THREAD_LOCAL weir_block_hooks others; /* the hooks that the thread had when it registered */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* its destructor unregisters the thread */
static char told;         /* what TSan orders by: sections before the end of a grace period */

static void before_sleep(void *arg) {
    (void)arg;
    weir_rcu_qsbr_offline();
    if (others.before) others.before(others.arg);
}

static void after_sleep(void *arg) {
    (void)arg;
    if (others.after) others.after(others.arg);
}

static void leave(void *registered) {
    (void)registered;
    weir_block_hooks now = weir_thread_hooks(others);
    if (now.before != before_sleep) weir_thread_hooks(now); /* somebody has set his own since */
    WEIR_RCU_RELEASE_(&told);
    urcu_qsbr_unregister_thread();
}

static void make_key(void) {
    if (pthread_key_create(&key, leave)) abort(); /* no keys left: at the first section of the process */
}

/* A destructor of another key may open a section after `leave`: then the thread registers again, and leaves again. */
static void enlist(void) {
    pthread_once(&once, make_key);
    if (pthread_setspecific(key, &key)) abort();
    others = weir_thread_hooks((weir_block_hooks){before_sleep, after_sleep, NULL});
    urcu_qsbr_register_thread(); /* and online */
}

void weir_rcu_qsbr_wake_up(void) {
    if (URCU_TLS(urcu_qsbr_reader).registered) urcu_qsbr_thread_online();
    else enlist();
}

void weir_rcu_qsbr_report(void) {
    WEIR_RCU_RELEASE_(&told);
    urcu_qsbr_quiescent_state();
}

void weir_rcu_qsbr_offline(void) {
    assert(!weir_rcu_qsbr_depth);
    if (!URCU_TLS(urcu_qsbr_reader).ctr) return;
    WEIR_RCU_RELEASE_(&told);
    urcu_qsbr_thread_offline();
}

void weir_rcu_qsbr_synchronize(void) {
    assert(!weir_rcu_qsbr_depth);
    weir_rcu_qsbr_offline();
    urcu_qsbr_synchronize_rcu();
    WEIR_RCU_ACQUIRE_(&told);
}

static void called(struct rcu_head *urcu) {
    weir_rcu_qsbr_head *head = (weir_rcu_qsbr_head *)urcu;
    WEIR_RCU_ACQUIRE_(&told);
    WEIR_RCU_ACQUIRE_(head);
    head->fn(head);
}

void weir_rcu_qsbr_call(weir_rcu_qsbr_head *head, void (*fn)(weir_rcu_qsbr_head *)) {
    head->fn = fn;
    WEIR_RCU_RELEASE_(head);
    urcu_qsbr_call_rcu((struct rcu_head *)head->urcu, called);
}

WEIR_RCU_DEFINE_WAIT_CALLS_(qsbr)

void weir_rcu_qsbr_barrier(void) {
    weir_rcu_qsbr_offline();
    wait_calls();
}
