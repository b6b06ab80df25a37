/* scan_p - a place in a tree, and what can be seen beyond it. Private to kv/resident_p.h's files. */
#ifndef WEIR_KV_SCAN_P_H
#define WEIR_KV_SCAN_P_H

#include "kv/visible_p.h"

enum { WEIR_PAGE = 128 }; /* slots that a map is asked for at once */

typedef struct weir_cursor {
    weir_kv_bytes prefix, after; /* after.at NULL: before the first */
    uint64_t skip;
    const weir_map_root *root; /* NULL: the current tree */
    weir_record *last;         /* the slot's that it has come to; `after` is its key */
    bool end;                  /* there are no more */
} weir_cursor;

weir_cursor weir_cursor_of(const weir_kv_range *range, const weir_map_root *root);

/* The next n that can be seen, less only when there are no more. In a read section, or root is kept by a snapshot.
 * NOMEM (hash): the first *got are there. */
weir_kv_status weir_tree_page(const weir_tree *t, weir_cursor *c, weir_record **found, size_t n, size_t *got);
weir_kv_status weir_tree_pairs(const weir_tree *t, weir_cursor *c, weir_kv_pair *pair, size_t n, size_t *got);

#endif
