/* Client programs of loops: posts and wakes that come while the loop goes to sleep, and deadlines that pass meanwhile;
 * loops of a crew, which are run by who wakes them. */
#include <stdlib.h>

#include "prims/chan.h"
#include "prims/cubby.h"
#include "sched/loop_p.h"
#include "stress/model/model.h"

enum { POSTERS = 2 };

static weir_loop *loop; /* opened once: a schedule gets no memory */
static bool before[POSTERS];
static unsigned ran;

__attribute__((constructor)) static void open_once(void) {
    if (weir_loop_open(NULL, &loop)) abort();
}

static void run_loop(void) { weir_loop_run(loop); }

/* -- posts -- */

static weir_post post[POSTERS];
static unsigned expected;

static void posted(weir_home *home, weir_post *p) {
    (void)home;
    model_require(before[p - post], "a post without what came before it");
    if (++ran == expected) weir_loop_stop(loop);
}

static void expect(unsigned n) {
    expected = n;
    for (int i = 0; i < POSTERS; i++) post[i].run = posted;
}
static void expect_1(void) { expect(1); }
static void expect_2(void) { expect(2); }

static void send(int i) {
    before[i] = true;
    weir_loop_post(loop, &post[i]);
}
static void send_0(void) { send(0); }
static void send_1(void) { send(1); }
static void send_both(void) {
    send(0);
    send(1);
}

static void all_ran(void) { model_require(ran == expected, "%u of %u posts ran", ran, expected); }

MODEL_PROGRAM(post, "no post is left in the inbox of a loop that goes to sleep", .setup = expect_1,
              .thread = {run_loop, send_0}, .check = all_ran)
MODEL_PROGRAM(post_twice, "the same with two from one thread", .setup = expect_2, .thread = {run_loop, send_both},
              .check = all_ran)
MODEL_PROGRAM(posts, "the same with two threads", .setup = expect_2, .thread = {run_loop, send_0, send_1},
              .check = all_ran)

static void stop_loop(void) { weir_loop_stop(loop); }
MODEL_PROGRAM(stop, "a stop from outside is not missed", .thread = {run_loop, stop_loop})

/* -- a wait with a deadline, while the word comes -- */

static weir_chan chan;
static WEIR_ALIGNED(WEIR_CACHE_LINE) char block[2048];
static weir_cubby cubby;
static weir_status popped, pushed = WEIR_AGAIN;
static uint64_t value;

struct pop_chan {
    weir_co co;
    weir_chan_op op;
    uint64_t time;
};
WEIR_COROUTINE(pop_chan) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_CHAN_POP(st, &chan, &self->op, self->time == WEIR_FOREVER ? WEIR_FOREVER : weir_co_now(co) + self->time);
    popped = st;
    value = self->op.value;
    ran++;
    weir_loop_stop(loop);
    WEIR_CO_END;
}

struct pop_cubby {
    weir_co co;
    weir_cubby_op op;
    uint64_t time;
};
WEIR_COROUTINE(pop_cubby) {
    weir_status st;
    WEIR_CO_BEGIN;
    WEIR_CUBBY_POP(st, &cubby, &self->op, self->time == WEIR_FOREVER ? WEIR_FOREVER : weir_co_now(co) + self->time);
    popped = st;
    value = self->op.value;
    ran++;
    weir_loop_stop(loop);
    WEIR_CO_END;
}

static struct pop_chan chan_co;
static struct pop_cubby cubby_co;

static void from_chan(uint64_t time) {
    weir_chan_init(&chan, 2, block);
    WEIR_SPAWN(loop, pop_chan, &chan_co, .time = time);
}
static void chan_for_ever(void) { from_chan(WEIR_FOREVER); }
static void chan_timed(void) { from_chan(1); }

static void push_chan(void) {
    before[0] = true;
    pushed = weir_chan_try_push(&chan, 7);
}

static void got_it(void) {
    if (popped == WEIR_TIMEOUT) model_count("timeouts");
    else model_require(popped == WEIR_OK && value == 7 && before[0], "popped %lu, answered %d", value, (int)popped);
    model_require(ran == 1, "it ended %u times", ran);
}

static void in_chan_or_got(void) {
    uint64_t left;
    got_it();
    bool inside = weir_chan_try_pop(&chan, &left) == WEIR_OK;
    model_require(inside == (popped != WEIR_OK), "popped %d and inside %d", popped == WEIR_OK, inside);
}

MODEL_PROGRAM(chan, "a coroutine that waits at a channel is woken wherever its loop is", .setup = chan_for_ever,
              .thread = {run_loop, push_chan}, .check = in_chan_or_got)
MODEL_PROGRAM(chan_timed, "its deadline or its word, and nothing is lost", .setup = chan_timed,
              .thread = {run_loop, push_chan}, .check = in_chan_or_got)

static void from_cubby(uint64_t time) {
    weir_cubby_init(&cubby);
    WEIR_SPAWN(loop, pop_cubby, &cubby_co, .time = time);
}
static void cubby_for_ever(void) { from_cubby(WEIR_FOREVER); }
static void cubby_timed(void) { from_cubby(1); }

static void push_cubby(void) {
    before[0] = true;
    pushed = weir_cubby_push_until(&cubby, 7, WEIR_FOREVER);
}
static void push_cubby_timed(void) {
    before[0] = true;
    pushed = weir_cubby_push_until(&cubby, 7, weir_now_ns() + 1);
}

static void in_cubby_or_got(void) {
    uint64_t left;
    got_it();
    bool inside = weir_cubby_try_pop(&cubby, &left) == WEIR_OK;
    model_require((pushed == WEIR_OK) == (inside + (popped == WEIR_OK)), "pushed: %d, popped %d and inside %d",
                  (int)pushed, (int)popped, inside);
}

MODEL_PROGRAM(cubby, "the same at a cubby", .setup = cubby_for_ever, .thread = {run_loop, push_cubby},
              .check = in_cubby_or_got)
MODEL_PROGRAM(cubby_timed, "its deadline or its word, and the pusher hears which", .setup = cubby_timed,
              .thread = {run_loop, push_cubby_timed}, .check = in_cubby_or_got)

/* -- a crew of two, whose threads are these: what one loop hands to the other, and gets back -- */

static weir_loop *crewed[2];
static unsigned hops, hops_max, ends, ends_max;
static unsigned seen_by[2]; /* written by who runs that loop, and nobody beside */
static weir_post hop, outside;

__attribute__((constructor)) static void open_crew(void) {
    for (int i = 0; i < 2; i++) {
        if (weir_loop_open(NULL, &crewed[i])) abort();
        crewed[i]->crew = (const weir_crew *)crewed; /* only compared */
    }
}

static void ended(void) {
    if (++ends < ends_max) return;
    weir_loop_stop(crewed[0]);
    weir_loop_stop(crewed[1]);
}

/* hop goes from loop to loop. */
static void hopped(weir_home *home, weir_post *p) {
    unsigned at = home == &crewed[1]->home;
    model_require(home == (weir_home *)weir_loop_here(), "a post runs elsewhere");
    if (weir_aptr_load(&crewed[at]->keeper) != crewed[at]) model_count("lent");
    seen_by[at]++;
    if (++hops == hops_max) ended();
    else weir_loop_post(crewed[!at], p);
}

static void came(weir_home *home, weir_post *p) {
    (void)p;
    model_require(before[0] && home == &crewed[1]->home, "a post without what came before it");
    seen_by[1]++;
    ended();
}

static void set_out(unsigned n, unsigned posts) {
    hops_max = n;
    ends_max = 1 + posts;
    hop.run = hopped;
    outside.run = came;
    weir_loop_post(crewed[0], &hop);
}
static void set_out_2(void) { set_out(2, 0); }
static void set_out_3(void) { set_out(3, 0); }
static void set_out_met(void) { set_out(2, 1); }

static void run_first(void) { weir_loop_run(crewed[0]); }
static void run_second(void) { weir_loop_run(crewed[1]); }
static void post_to_second(void) {
    before[0] = true;
    weir_loop_post(crewed[1], &outside);
}

static void all_hopped(void) {
    model_require(hops == hops_max && ends == ends_max, "%u of %u hops", hops, hops_max);
    model_require(seen_by[0] + seen_by[1] == hops + ends - 1, "%u posts in the first, %u in the second", seen_by[0],
                  seen_by[1]);
}

MODEL_PROGRAM(lend, "a loop that sleeps runs once for what another brings, on one thread or the other",
              .setup = set_out_2, .thread = {run_first, run_second}, .check = all_hopped)
MODEL_PROGRAM(lend_back, "and so does what it brings back", .setup = set_out_3, .thread = {run_first, run_second},
              .check = all_hopped)
MODEL_PROGRAM(lend_outside, "a post from outside meets the thread that has the loop", .setup = set_out_met,
              .thread = {run_first, run_second, post_to_second}, .check = all_hopped)
