/* replay_p - a record in memory: the file as it is, and where each thing in it lies. */
#ifndef WEIR_SCHED_REPLAY_P_H
#define WEIR_SCHED_REPLAY_P_H

#include "sched/record_p.h"

enum { WEIR_REPLAY_STREAMS = 65536 };

typedef struct weir_replay_edge {
    uint64_t inputs; /* before it */
    uint64_t epoch, horizon, digest;
} weir_replay_edge;

struct weir_replay {
    unsigned char *bytes;
    size_t size;
    uint64_t inputs, edges;
    uint32_t streams; /* one above the highest */
    weir_record_begin_body begin;
    bool *used;   /* by stream */
    size_t *body; /* by input: offset of its body */
    weir_replay_edge *edge;

    weir_replay_make *make;
    void *arg;
    weir_source **sources;      /* by stream; the one that is pulled last of all feeds all of them */
    weir_source *feeder;        /* NULL: not pulled yet. From here on: who drains, who ends an epoch; one at a time */
    uint64_t next, at;          /* the input that is to come; the edge before which it has to */
    bool alike;                 /* same variant, window, lookahead: epochs end where they ended */
    uint64_t *least;            /* if not: by input, the least key from it on */
    uint64_t happened, in_vain; /* events, when it was pulled last; how often nothing had happened since */
    uint64_t since;             /* when that began */

    uint64_t epochs;     /* compared so far */
    uint64_t differs;    /* the first that differs, by its place; UINT64_MAX: none does */
    uint64_t epoch, was; /* what came there instead */
    uint64_t last;       /* the digest that came last */
};

/* Takes `bytes`, which malloc made, in any case. program NULL: any. As weir_replay_open. */
weir_sched_status weir_replay_read(unsigned char *bytes, size_t size, const uint64_t *program, const char *name,
                                   weir_replay **out, weir_sched_error *error);
weir_sched_status weir_replay_load(const char *path, const uint64_t *program, weir_replay **out,
                                   weir_sched_error *error);
/* An epoch has ended: the inputs of the next may come. */
void weir_replay_edge_passed(weir_replay *r);

weir_replay_input weir_replay_input_at(const weir_replay *r, uint64_t number);

#endif
