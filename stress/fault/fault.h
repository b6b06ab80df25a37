/* fault - what the checks of this rung share: allocations that fail, and memory with guards round it.
 *
 * Allocations      Weir allocates nothing, neither in init nor after it. So "the n-th allocation fails, for every n" comes down
 *                  to: there is none. malloc and its kin, and mmap, are defined in this program, and refuse while the calling
 *                  thread is inside a call of Weir.
 */
#ifndef WEIR_STRESS_FAULT_H
#define WEIR_STRESS_FAULT_H

#include <stddef.h>

#include "prims/status.h"
#include "stress/check.h"
#include "stress/jitter/jitter.h"

/* Between these the calling thread gets no memory; the second calls stress_fail when it asked for some. */
void fault_no_memory(void);
void fault_memory_again(void);

/* The nth allocation of the calling thread from now on is refused, once; 0: none. And was one? */
void fault_refuse(unsigned n);
bool fault_refused(void);

/* An object and its block, which is NULL when it has none: each of exactly the size that was asked for, on a cache line, with
 * all bytes known, between guards. Ends the process when there is no memory. */
typedef struct fault_room {
    unsigned char *object, *block;
    size_t object_bytes, block_bytes;
} fault_room;

fault_room fault_room_make(size_t object_bytes, size_t block_bytes);
void fault_room_free(fault_room *r);

/* A refused call has written nothing: not a byte of the room is other than at first. */
void fault_expect_untouched(const fault_room *r, const char *after);

/* A call keeps to its memory: the guards are whole. */
void fault_expect_guards(const fault_room *r, const char *after);

/* fault_expect(weir_spsc_init(NULL, 8, block), WEIR_BAD_NULL): a status as the header names it. */
#define fault_expect(call, wanted) fault_expect_(call, wanted, #call)
void fault_expect_(weir_status got, weir_status wanted, const char *call);

#endif
