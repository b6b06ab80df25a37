/* slab_p - blocks out of huge pages: slabs of 2 MiB, cut into runs of one size class each. Private to kv/mem.c.
 *
 * Blocks that are put back lie in a list of the lane, a few go to the common lists when that is long; nothing is given back to the
 * system before the end, large blocks excepted. No header: whoever puts a block back knows its size.
 * Under AddressSanitizer what lies in a list is poisoned. Source: Bonwick, Magazines and Vmem (2001). */
#ifndef WEIR_KV_SLAB_P_H
#define WEIR_KV_SLAB_P_H

#include <stdbool.h>
#include <stddef.h>

typedef struct weir_slab weir_slab;

weir_slab *weir_slab_new(void);    /* NULL: no memory */
void weir_slab_free(weir_slab *s); /* all of it, whether put back or not, large blocks excepted */

/* Aligned to 16; *zero becomes true when all bytes are 0. NULL: no memory. Any thread. */
void *weir_slab_get(weir_slab *s, size_t size, bool *zero);
void weir_slab_put(weir_slab *s, void *at, size_t size);

#endif
