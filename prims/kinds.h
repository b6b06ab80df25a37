/* kinds - what there is to choose from: every kind of this library with its variants, as their variants.def say it.
 *
 * When to use      Programs that list or compare variants. Nothing on a hot path needs it.
 * Ownership        All of it is constant and static.
 * Threads          Any function by any thread at any time.
 * Checked by       prims/kinds_test.c.
 */
#ifndef WEIR_PRIMS_KINDS_H
#define WEIR_PRIMS_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_variant_info {
    const char *name;    /* "cached" */
    const char *traits;  /* "progress=wait-free bounded=yes" */
    const char *source;  /* paper or prior art, "-" for none */
    const char *summary; /* one line */
} weir_variant_info;

typedef struct weir_kind_info {
    const char *name;                  /* "spsc" */
    const char *flag;                  /* "WEIR_SPSC" */
    const char *chosen;                /* the variant that the short names of this build mean */
    const weir_variant_info *variants; /* the first is the default */
    size_t count;
} weir_kind_info;

/* All kinds; *count of them. count must not be NULL. */
const weir_kind_info *weir_kinds(size_t *count);

/* The kind, or the variant of a kind, of this name; NULL when there is none. */
const weir_kind_info *weir_kind_find(const char *name);
const weir_variant_info *weir_variant_find(const weir_kind_info *kind, const char *name);

/* Whether the variant has exactly this trait, "progress=wait-free". */
bool weir_variant_has(const weir_variant_info *variant, const char *trait);

#ifdef __cplusplus
}
#endif
#endif
