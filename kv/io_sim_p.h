/* io_sim_p - what the disk consists of. Private to io_sim. */
#ifndef WEIR_KV_IO_SIM_P_H
#define WEIR_KV_IO_SIM_P_H

#include <pthread.h>

#include "kv/io_sim.h"

enum { WEIR_SIM_NODES = 512, WEIR_SIM_OPEN = 64, WEIR_SIM_PATH = 128 };

/* A file or a directory, by number. */
typedef struct weir_sim_node {
    bool directory, locked;
    unsigned char *bytes;
    size_t size;
} weir_sim_node;

/* Names of what there is; paths are whole. */
typedef struct weir_sim_name {
    char path[WEIR_SIM_PATH];
    unsigned node;
} weir_sim_name;

typedef struct weir_sim_tree {
    weir_sim_node node[WEIR_SIM_NODES];
    unsigned nodes;
    weir_sim_name name[WEIR_SIM_NODES];
    unsigned names;
} weir_sim_tree;

typedef enum weir_sim_kind { SIM_WRITE, SIM_SIZE, SIM_NAME, SIM_SYNC, SIM_SYNC_FAILED } weir_sim_kind;

/* One change. `object` is what must be synced to make it last: the file, or the directory of a name. */
typedef struct weir_sim_change {
    weir_sim_kind kind;
    unsigned object;
    uint64_t offset; /* WRITE; SIZE: the new size */
    size_t size;
    unsigned char *bytes;
    char *path, *from; /* NAME: path becomes `node` (none: it goes); from: a name that goes in the same step */
    int node;
} weir_sim_change;

struct weir_sim {
    weir_kv_io io;
    pthread_mutex_t lock;
    weir_sim_tree base, now;
    weir_sim_change *change;
    size_t changes, room;
    struct {
        bool open;
        unsigned node;
    } fd[WEIR_SIM_OPEN];
    uint64_t calls, fault_at;
    weir_sim_fault fault;
    int error;
};

/* Applies a change to a tree: of a write only the sectors in the mask `keep` and no bytes from `size` on. */
void weir_sim_apply(weir_sim_tree *t, const weir_sim_change *c, size_t size, uint64_t keep);
void weir_sim_copy(weir_sim_tree *to, const weir_sim_tree *from);
void *weir_sim_get(size_t size); /* zeroed; aborts */

#endif
