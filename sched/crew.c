#include "sched/loop_p.h"

#include <pthread.h>
#include <stdlib.h>

struct weir_crew {
    unsigned n;
    bool joined;
    struct {
        pthread_t thread;
        weir_loop *loop;
    } member[];
};

static void *work(void *loop) {
    weir_loop_run(loop);
    return NULL;
}

static bool start(weir_crew *crew, unsigned i) {
    if (weir_loop_open(NULL, &crew->member[i].loop)) return false;
    crew->member[i].loop->crew = crew;
    weir_lend_init(&crew->member[i].loop->lent);
    if (!pthread_create(&crew->member[i].thread, NULL, work, crew->member[i].loop)) return true;
    weir_loop_close(crew->member[i].loop);
    return false;
}

weir_status weir_crew_open(unsigned n, weir_crew **out) {
    if (n == 0) return WEIR_BAD_ZERO;
    weir_crew *crew = calloc(1, sizeof *crew + n * sizeof crew->member[0]);
    if (!crew) return WEIR_NOMEM;
    while (crew->n < n && start(crew, crew->n)) crew->n++;
    if (crew->n < n) {
        weir_crew_close(crew);
        return WEIR_NOMEM;
    }
    *out = crew;
    return WEIR_OK;
}

weir_loop *weir_crew_loop(weir_crew *crew, unsigned i) { return crew->member[i].loop; }

/* Lets all run that can; how many are left. Those of one loop may wait for those of another: when three rounds have
 * ended none, none will end. */
static size_t drain(weir_crew *crew) {
    size_t left = SIZE_MAX, before;
    for (int idle = 0; left && idle < 3; idle = left < before ? 0 : idle + 1) {
        before = left;
        left = 0;
        for (unsigned i = 0; i < crew->n; i++) left += weir_loop_run_quiet(crew->member[i].loop);
    }
    return left;
}

static void join(weir_crew *crew) {
    for (unsigned i = 0; i < crew->n; i++) weir_loop_stop(crew->member[i].loop);
    for (unsigned i = 0; i < crew->n; i++) pthread_join(crew->member[i].thread, NULL);
    crew->joined = true;
}

size_t weir_crew_close(weir_crew *crew) {
    if (!crew->joined) join(crew);
    for (unsigned i = 0; i < crew->n; i++) weir_loop_cancel_all(crew->member[i].loop);
    size_t left = drain(crew);
    if (left) return left;
    for (unsigned i = 0; i < crew->n; i++) weir_loop_free_all(crew->member[i].loop);
    free(crew);
    return 0;
}
