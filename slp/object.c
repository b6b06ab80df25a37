/* The count is the one word here that threads share. Its orders are spelled here and not taken from prims/atomic.h, because this
 * folder knows no other, so that it can be had alone; the rules of the house (./dev lint) allow it to this file and no other. */
#include <stdlib.h>
#include <string.h>

#include "slp/assemble_p.h"
#include "slp/copy_p.h"

struct weir_slp_object {
    uint64_t references; /* atomic */
    uint32_t unit[];     /* the buffer */
};

static weir_slp_object *make(const void *buffer, size_t bytes) {
    weir_slp_object *o = malloc(sizeof *o + bytes);
    if (!o) return NULL;
    o->references = 1;
    memcpy(o->unit, buffer, bytes);
    return o;
}

weir_slp_object *weir_slp_object_new(const weir_slp *s) { return make(s, weir_slp_bytes(s)); }

weir_slp_object *weir_slp_detach(weir_slp_value v) {
    const weir_slp_limits all = {WEIR_SLP_DEPTH_MAX, WEIR_SLP_UNITS_MAX * 4, WEIR_SLP_UNITS_MAX, (1 << 24) - 1};
    slp_assembly a;
    const weir_slp *s;
    weir_slp_object *o = NULL;
    if (!slp_assembly_init(&a, &all)) return NULL;
    a.limits.depth++; /* the body round the forms of a text is no bracket of it */
    if (!slp_copy(&a, v) && !slp_assembly_finish(&a, &s)) o = weir_slp_object_new(s);
    slp_assembly_free(&a);
    return o;
}

weir_slp_object *weir_slp_retain(weir_slp_object *o) {
    __atomic_fetch_add(&o->references, 1, __ATOMIC_RELAXED); /* relaxed: the caller has a reference, so nothing ends */
    return o;
}

void weir_slp_release(weir_slp_object *o) {
    /* R1 release, A1 acquire: pair with each other; what all did with the object happens before it is freed */
    if (__atomic_fetch_sub(&o->references, 1, __ATOMIC_ACQ_REL) == 1) free(o);
}

const weir_slp *weir_slp_object_buffer(const weir_slp_object *o) { return (const weir_slp *)(const void *)o->unit; }
