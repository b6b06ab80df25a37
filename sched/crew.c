#include "sched/loop.h"

#include <pthread.h>
#include <stdlib.h>

struct weir_crew {
    unsigned n;
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

/* Coroutines of one loop may wait for those of another: the rounds go on while any of them ends one. */
static size_t close_all(weir_crew *crew) {
    size_t left = SIZE_MAX, before;
    do {
        before = left;
        left = 0;
        for (unsigned i = 0; i < crew->n; i++) {
            size_t here = crew->member[i].loop ? weir_loop_close(crew->member[i].loop) : 0;
            if (!here) crew->member[i].loop = NULL;
            left += here;
        }
    } while (left && left < before);
    return left;
}

size_t weir_crew_close(weir_crew *crew) {
    for (unsigned i = 0; i < crew->n; i++) weir_loop_stop(crew->member[i].loop);
    for (unsigned i = 0; i < crew->n; i++) pthread_join(crew->member[i].thread, NULL);
    size_t left = close_all(crew);
    free(crew);
    return left;
}
