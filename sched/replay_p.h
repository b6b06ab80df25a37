/* replay_p - a record in memory: the file as it is, and where each thing in it lies. */
#ifndef WEIR_SCHED_REPLAY_P_H
#define WEIR_SCHED_REPLAY_P_H

#include "sched/record_p.h"

enum { WEIR_REPLAY_STREAMS = 65536 };

typedef struct weir_replay_place {
    size_t body;   /* offset of an input's body */
    uint64_t next; /* number of the next input of its stream; UINT64_MAX: it is the last */
} weir_replay_place;

typedef struct weir_replay_edge {
    uint64_t inputs; /* before it */
    uint64_t epoch, horizon, digest;
} weir_replay_edge;

typedef struct weir_replay_stream {
    weir_replay *replay;
    uint64_t next, last; /* inputs of it: the one that is to come, and the last */
    uint64_t edge;       /* that it comes to next */
    bool used;
} weir_replay_stream;

struct weir_replay {
    unsigned char *bytes;
    size_t size;
    uint64_t inputs, edges;
    uint32_t streams; /* one above the highest */
    weir_replay_stream *stream;
    weir_replay_place *input;
    weir_replay_edge *edge;

    weir_replay_make *make;
    void *arg;

    uint64_t epochs;     /* compared so far */
    uint64_t differs;    /* the first that differs, by its place; UINT64_MAX: none does */
    uint64_t epoch, was; /* what came there instead */
};

/* Takes `bytes`, which malloc made, in any case. program NULL: any. As weir_replay_open. */
weir_sched_status weir_replay_read(unsigned char *bytes, size_t size, const uint64_t *program, const char *name,
                                   weir_replay **out, weir_sched_error *error);
weir_sched_status weir_replay_load(const char *path, const uint64_t *program, weir_replay **out,
                                   weir_sched_error *error);
weir_replay_input weir_replay_input_at(const weir_replay *r, uint64_t number);

#endif
