/* place_p - where in a tree a key belongs, for writers. Private to kv.art. */
#ifndef WEIR_KV_ART_PLACE_P_H
#define WEIR_KV_ART_PLACE_P_H

#include "kv/kv/art.h"

typedef enum weir_art_case {
    WEIR_ART_SLOT,  /* in a slot that there is: it holds NULL or the key's record */
    WEIR_ART_FORK,  /* in a new node above what the slot holds, an entry whose keys all leave this one at `fork` */
    WEIR_ART_GROW,  /* in a slot that node does not have yet */
    WEIR_ART_NOMEM, /* e->make has failed */
    WEIR_ART_MOVED  /* the tree changed too much meanwhile: look again, in another read section */
} weir_art_case;

/* As found without locks: whoever locks looks again. node's keys agree with the key up to node's depth: that lasts. */
typedef struct weir_art_place {
    weir_art_node *up, *node; /* of node the one above; the tree's head is above the first. NULL above the head */
    weir_aptr *link, *slot;   /* of up, leading to node; of node, for `branch`; NULL: none */
    int branch;
    void *entry; /* SLOT, FORK: what the slot held */
    size_t fork; /* FORK: the first byte that differs, */
    int other;   /* and which one entry's keys have there, TERM when they end */
} weir_art_place;

/* Inside a read section. Calls e->make, the first time. */
weir_art_case weir_art_locate(weir_art *t, weir_edit *e, weir_art_place *p);

#endif
