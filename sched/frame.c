#include "sched/frame.h"

#include <stdio.h>
#include <stdlib.h>

#include "sched/co_p.h"
#include "sched/sched_p.h"

enum { LIMIT = 1024 }; /* events from outside under way */

/* An event of ours: it runs a post, or rings an alarm unless that was disarmed. */
typedef struct box {
    weir_event event; /* first */
    weir_frames *frames;
    weir_post *post;
    weir_alarm *alarm; /* whose `next` is the box */
    struct box *next;  /* free */
    weir_aptr *home;   /* where it goes when it has ended */
} box;

/* Free boxes. One side takes; events end anywhere. */
typedef struct box_pool {
    box *free;
    weir_aptr returned;
} box_pool;

struct weir_frames {
    weir_home home; /* first */
    char text[WEIR_CO_TEXT];
    weir_sched *sched;
    weir_source *source;
    uint32_t domain;
    uint64_t alive;                                /* changed in turns */
    weir_turn *turn;                               /* the one under way */
    weir_post *arrived;                            /* oldest first; the puller's */
    box_pool turns;                                /* of events made in turns */
    box_pool pulls;                                /* of those that are pulled */
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_aptr inbox; /* weir_post, newest first */
};

static WEIR_THREAD_LOCAL weir_frames *here; /* whose turn this thread is in */

/* -- boxes -- */

static void run_box(weir_turn *turn, weir_event *e);

static void box_end(weir_event *e, weir_sched_status status) {
    (void)status;
    box *b = (box *)e;
    weir_aptr *home = b->home;
    void *seen = weir_aptr_load(home);
    do b->next = seen;
    while (!weir_aptr_cas_weak_release(home, &seen, b)); /* R1: pairs with A1; all that was done with the box */
}

static box *take(weir_frames *f, box_pool *pool) {
    if (!pool->free) pool->free = weir_aptr_xchg_acquire(&pool->returned, NULL); /* A1: pairs with R1 */
    box *b = pool->free;
    if (b) pool->free = b->next;
    else if (!(b = malloc(sizeof *b))) {
        fprintf(stderr, "weir: frames: no memory for an event\n");
        abort();
    }
    *b = (box){.event = {.domain = f->domain, .data = run_box, .end = box_end}, .frames = f, .home = &pool->returned};
    return b;
}

static void free_boxes(box_pool *pool) {
    box *lists[2] = {pool->free, weir_aptr_xchg_acquire(&pool->returned, NULL)}; /* A1 */
    for (int i = 0; i < 2; i++)
        for (box *b = lists[i], *next; b; b = next) {
            next = b->next;
            free(b);
        }
}

/* A child of this turn. A scheduler that is closing refuses it: then the coroutine stays where it is. */
static void submit(weir_frames *f, box *b, uint64_t key) {
    b->event.key = key;
    if (weir_sched_submit(f->turn, &b->event)) box_end(&b->event, WEIR_SCHED_CLOSED);
}

/* -- what comes from outside -- */

static void send(weir_frames *f, weir_post *post) {
    void *seen = weir_aptr_load(&f->inbox);
    do post->next = seen;
    while (!weir_aptr_cas_weak_release(&f->inbox, &seen, post)); /* R2: pairs with A2; the post and what precedes it */
    weir_source_ready(f->source);
}

static weir_post *receive(weir_frames *f) {
    weir_post *got = weir_aptr_xchg_acquire(&f->inbox, NULL), *in_order = NULL; /* A2: pairs with R2 */
    for (weir_post *next; got; got = next) {
        next = got->next;
        got->next = in_order;
        in_order = got;
    }
    return in_order;
}

static weir_event *pull(weir_source *source, void *arg) {
    weir_frames *f = arg;
    (void)source;
    if (!f->arrived) f->arrived = receive(f);
    if (!f->arrived) return NULL;
    box *b = take(f, &f->pulls);
    b->post = f->arrived;
    b->event.key = weir_a64_load(&f->sched->floor); /* relaxed: what has become late meanwhile is raised */
    f->arrived = f->arrived->next;
    return &b->event;
}

void weir_frames_post(weir_frames *f, weir_post *post) {
    if (f != here) {
        send(f, post);
        return;
    }
    box *b = take(f, &f->turns);
    b->post = post;
    submit(f, b, weir_turn_now(f->turn));
}

/* -- turns -- */

static weir_co *co_of(weir_post *post) { return (weir_co *)((char *)post - offsetof(weir_co, post)); }

static void play(weir_frames *f, weir_co *co, bool nudged) {
    weir_co_how how = weir_co_resume_inline(co, nudged);
    if (how == WEIR_CO_YIELDS) weir_frames_post(f, &co->post);
    if (how != WEIR_CO_ENDS) return;
    f->alive--;
    weir_co_ended(co);
}

static void play_post(weir_home *home, weir_post *post) { play((weir_frames *)home, co_of(post), false); }

static void begin(weir_home *home, weir_post *post) {
    ((weir_frames *)home)->alive++;
    post->run = play_post;
    play_post(home, post);
}

static void run_box(weir_turn *turn, weir_event *e) {
    box *b = (box *)e;
    weir_frames *f = b->frames;
    here = f;
    f->turn = turn;
    if (b->post) b->post->run(&f->home, b->post);
    else if (b->alarm) {
        b->alarm->next = NULL;
        b->alarm->ring(b->alarm);
    }
    f->turn = NULL;
    here = NULL;
}

/* -- as a home -- */

static void wake(weir_wait *wait) {
    weir_co *co = wait->owner;
    weir_frames_post((weir_frames *)co->home, &co->post);
}

static uint64_t now(weir_home *home) { return weir_turn_now(((weir_frames *)home)->turn); }

static void nudge(weir_co *co) { play((weir_frames *)co->home, co, true); }

static void disarm(weir_home *home, weir_alarm *alarm) {
    (void)home;
    ((box *)(void *)alarm->next)->alarm = NULL;
    alarm->next = NULL;
}

static void arm(weir_home *home, weir_alarm *alarm) {
    weir_frames *f = (weir_frames *)home;
    if (alarm->next) disarm(home, alarm);
    box *b = take(f, &f->turns);
    b->alarm = alarm;
    alarm->next = (weir_alarm *)(void *)b;
    uint64_t at = weir_turn_now(f->turn);
    submit(f, b, alarm->at > at ? alarm->at : at);
}

void weir_frames_spawn(weir_frames *f, weir_co *co, const weir_co_type *type) {
    weir_co *by = here ? here->home.running : NULL;
    weir_co_init(co, type, &f->home, by ? by->top : NULL);
    co->post.run = begin;
    weir_frames_post(f, &co->post);
}

weir_turn *weir_frames_turn(weir_frames *f) { return f == here ? f->turn : NULL; }

/* -- open, close -- */

weir_sched_status weir_frames_open(weir_sched *s, uint32_t stream, uint32_t domain, weir_frames **out) {
    if (!s->class->order || s->o.late == WEIR_LATE_REJECT) return WEIR_SCHED_NOTSUP;
    if (domain >= s->o.domains) return WEIR_SCHED_BAD;
    weir_frames *f = aligned_alloc(WEIR_CACHE_LINE, sizeof *f);
    if (!f) return WEIR_SCHED_NOMEM;
    *f = (weir_frames){
        .home = {.wake = wake, .now = now, .arm = arm, .disarm = disarm, .nudge = nudge}, .sched = s, .domain = domain};
    f->home.text = f->text;
    weir_source_options o = {.limit = LIMIT, .promise = WEIR_KEY_NONE, .pull = pull, .arg = f};
    weir_sched_status status = weir_source_open(s, stream, &o, &f->source);
    if (status) {
        free(f);
        return status;
    }
    *out = f;
    return WEIR_SCHED_OK;
}

size_t weir_frames_close(weir_frames *f) {
    if (f->alive) return f->alive;
    weir_source_close(f->source);
    free_boxes(&f->turns);
    free_boxes(&f->pulls);
    free(f);
    return 0;
}
