/* example_network - routers in a ring with chords, simulated: packets hop from one to the next, and queue where links are busy.
 *
 * Each router is a domain, whose queues its data parts alone change. A packet takes at least LINK ns from one router to
 * another: that is the lookahead. Run parts make what is inside of a packet, in parallel, before it is sent off.
 *
 *     | 4000 packets of 64 sources arrived, in 41328 hops
 *     | run twice with each of 1, 2, 4, 8 workers: one digest, one state of all routers
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/sched/sched.h>

enum { ROUTERS = 64, PACKETS = 4000, LINK = 1000, SEND = 120, CHORD = 8 };

typedef struct router {
    uint64_t busy[3]; /* each link out: until when it sends. To the next, to the one before, along the chord */
    uint64_t passed, arrived, sum;
} router;

typedef struct packet {
    weir_event e[2]; /* that of this hop and that of the next, in turn */
    uint32_t to, hops;
    uint64_t content;
} packet;

static router routers[ROUTERS];
static packet packets[PACKETS];

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t x = (a ^ b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 31;
}

static packet *packet_of(const weir_event *e) {
    return &packets[((const char *)e - (const char *)packets) / sizeof(packet)];
}

/* The shorter way round, by chords as far as they go. */
static uint32_t next_hop(uint32_t at, uint32_t to, int *link) {
    uint32_t ahead = (to + ROUTERS - at) % ROUTERS;
    *link = ahead >= CHORD && ahead <= ROUTERS / 2 ? 2 : ahead <= ROUTERS / 2 ? 0 : 1;
    return (at + (*link == 2 ? CHORD : *link == 0 ? 1 : ROUTERS - 1)) % ROUTERS;
}

/* It leaves when the link is free, and is there LINK after it has been sent. */
static void forward(weir_turn *turn, packet *p, const weir_event *e) {
    int link;
    weir_event *next = e == &p->e[0] ? &p->e[1] : &p->e[0];
    router *at = &routers[e->domain];
    uint32_t to = next_hop(e->domain, p->to, &link);
    uint64_t now = weir_turn_now(turn), from = at->busy[link] > now ? at->busy[link] : now;
    at->busy[link] = from + SEND;
    weir_event_reset(next);
    next->key = from + SEND + LINK;
    next->domain = to;
    p->hops++;
    if (weir_sched_submit(turn, next)) abort();
}

static void arrive(weir_turn *turn, weir_event *e) {
    packet *p = packet_of(e);
    router *at = &routers[e->domain];
    at->passed++;
    weir_turn_digest(turn, at->sum = mix(at->sum + p->content, weir_turn_now(turn)));
    if (e->domain != p->to) forward(turn, p, e);
    else at->arrived++;
}

static void fill(weir_turn *turn, weir_event *e) {
    (void)turn;
    packet *p = packet_of(e);
    p->content = (uint64_t)(p - packets);
    for (int i = 0; i < 100; i++) p->content = mix(p->content, 1);
}

static uint64_t simulate(unsigned workers) {
    weir_sched *s;
    weir_source *source;
    weir_sched_error error;
    weir_sched_stats stats;
    weir_sched_options o = {.variant = "horizon", .workers = workers, .domains = ROUTERS, .lookahead = LINK};
    if (weir_sched_open(&o, &s, &error)) {
        fprintf(stderr, "example_network: %s\n", error.text);
        exit(1);
    }
    memset(routers, 0, sizeof routers);
    if (weir_source_open(s, 0, NULL, &source)) abort();
    for (uint32_t i = 0; i < PACKETS; i++) {
        packet *p = &packets[i];
        *p = (packet){.to = (uint32_t)(mix(i, 2) % ROUTERS)};
        p->e[0] = (weir_event){.key = mix(i, 3) % 1000000, .domain = i % ROUTERS, .run = fill, .data = arrive};
        p->e[1] = (weir_event){.data = arrive};
        if (weir_source_submit(source, &p->e[0])) abort();
    }
    weir_source_close(source);
    weir_sched_wait(s, WEIR_FOREVER);
    weir_sched_stats_get(s, &stats);
    weir_sched_close(s);
    return stats.digest;
}

int main(void) {
    uint64_t first = simulate(1), arrived = 0, hops = 0;
    router then[ROUTERS];
    memcpy(then, routers, sizeof routers);
    for (int i = 0; i < ROUTERS; i++) arrived += routers[i].arrived;
    for (int i = 0; i < PACKETS; i++) hops += packets[i].hops;
    printf("%llu packets of %d sources arrived, in %llu hops\n", (unsigned long long)arrived, ROUTERS,
           (unsigned long long)hops);
    int same = 1;
    for (unsigned workers = 1; workers <= 8; workers *= 2)
        for (int twice = 0; twice < 2; twice++)
            same = same && simulate(workers) == first && !memcmp(then, routers, sizeof routers);
    if (same) printf("run twice with each of 1, 2, 4, 8 workers: one digest, one state of all routers\n");
    return !same;
}
