/* example_queue - a counter with one clerk, simulated: customers come at random, are served one after another at random, and wait.
 * Arrivals and services are exponential (M/M/1), so that the mean wait is known: load / (rate of service - rate of arrival).
 *
 * Two kinds of events, each of which only has a data part: the simulation is its order and nothing else. Three days pass in
 * virtual time, which jumps from one event to the next.
 *
 *     | epoch: 200000 customers, the mean wait is the formula's within its 99% interval
 *     | double: 200000 customers, the mean wait is the formula's within its 99% interval
 *     | horizon: 200000 customers, the mean wait is the formula's within its 99% interval
 *     | the same to the last bit with 1, 2, 4 and 8 workers
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <weir/sched/sched.h>

enum { CUSTOMERS = 200000, BATCHES = 40, BATCH = CUSTOMERS / BATCHES };

static const double arrivals = 0.8, services = 1.0; /* a second */
#define SECOND 1e9                                  /* of virtual time */
#define T99 2.708                                   /* Student's t for 39 degrees of freedom, both sides */

typedef struct counter {
    weir_event arrival[2], departure[2]; /* one runs and makes the other, which has ended long ago */
    uint64_t random;
    uint64_t *came; /* of each customer: when */
    unsigned in, out, served;
    double wait[BATCHES]; /* in seconds, summed */
} counter;

static counter *bank;

/* Exponential, with so many a second on average. */
static uint64_t pause(double rate) {
    bank->random = bank->random * 6364136223846793005u + 1442695040888963407u;
    double u = ((double)(bank->random >> 11) + 1) / 9007199254740993.0;
    return (uint64_t)(-log(u) / rate * SECOND);
}

static void make(weir_turn *turn, weir_event pair[2], const weir_event *running, double rate) {
    weir_event *e = running == &pair[0] ? &pair[1] : &pair[0];
    weir_event_reset(e);
    e->key = weir_turn_now(turn) + pause(rate);
    if (weir_sched_submit(turn, e)) abort();
}

/* The first in the queue steps up. */
static void serve(weir_turn *turn, const weir_event *running) {
    uint64_t waited = weir_turn_now(turn) - bank->came[bank->served];
    bank->wait[bank->served++ / BATCH] += (double)waited / SECOND;
    weir_turn_digest(turn, waited);
    make(turn, bank->departure, running, services);
}

static void arrive(weir_turn *turn, weir_event *e) {
    bank->came[bank->in++] = weir_turn_now(turn);
    if (bank->in < CUSTOMERS) make(turn, bank->arrival, e, arrivals);
    if (bank->in == bank->out + 1) serve(turn, e);
}

static void depart(weir_turn *turn, weir_event *e) {
    if (++bank->out < bank->in) serve(turn, e);
}

/* Answers the digest. */
static uint64_t simulate(const char *variant, unsigned workers) {
    *bank = (counter){.random = 1, .came = bank->came};
    for (int i = 0; i < 2; i++) {
        bank->arrival[i] = (weir_event){.data = arrive};
        bank->departure[i] = (weir_event){.data = depart};
    }
    weir_sched *s;
    weir_source *door;
    weir_sched_error error;
    weir_sched_stats stats;
    if (weir_sched_open(&(weir_sched_options){.variant = variant, .workers = workers}, &s, &error)) {
        fprintf(stderr, "example_queue: %s\n", error.text);
        exit(1);
    }
    if (weir_source_open(s, 0, NULL, &door) || weir_source_submit(door, &bank->arrival[0])) abort();
    weir_source_close(door);
    weir_sched_wait(s, WEIR_FOREVER);
    weir_sched_stats_get(s, &stats);
    weir_sched_close(s);
    return stats.digest;
}

/* By the means of batches, which hardly depend on each other. */
static int as_the_formula(void) {
    double sum = 0, squares = 0;
    for (int i = 0; i < BATCHES; i++) {
        double mean = bank->wait[i] / BATCH;
        sum += mean;
        squares += mean * mean;
    }
    double mean = sum / BATCHES, variance = (squares - BATCHES * mean * mean) / (BATCHES - 1);
    double formula = arrivals / services / (services - arrivals);
    return fabs(mean - formula) < T99 * sqrt(variance / BATCHES);
}

int main(void) {
    static const char *const variants[] = {"epoch", "double", "horizon"};
    static const unsigned workers[] = {1, 2, 4, 8};
    uint64_t first = 0;
    int same = 1;
    bank = calloc(1, sizeof *bank);
    bank->came = malloc(CUSTOMERS * sizeof *bank->came);
    for (int v = 0; v < 3; v++) {
        for (int i = 0; i < 4; i++) {
            uint64_t digest = simulate(variants[v], workers[i]);
            if (!first) first = digest;
            same = same && digest == first;
        }
        printf("%s: %u customers, the mean wait is%s the formula's within its 99%% interval\n", variants[v],
               bank->served, as_the_formula() ? "" : " NOT");
    }
    if (same) printf("the same to the last bit with 1, 2, 4 and 8 workers\n");
    free(bank->came);
    free(bank);
    return !same;
}
