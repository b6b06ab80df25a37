#include "prims/kinds.h"

#include <string.h>

#include "prims/variant.h"

/* Generated from the kinds that CMake knows: for each an array of what its variants.def says, then `all`. */
#define WEIR_VARIANT(kind, name, traits, source, summary) {#name, traits, source, summary},
#include "prims_kinds.inc"

const weir_kind_info *weir_kinds(size_t *count) {
    *count = sizeof all / sizeof *all;
    return all;
}

const weir_kind_info *weir_kind_find(const char *name) {
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) return &all[i];
    return NULL;
}

const weir_variant_info *weir_variant_find(const weir_kind_info *kind, const char *name) {
    for (size_t i = 0; i < kind->count; i++)
        if (strcmp(kind->variants[i].name, name) == 0) return &kind->variants[i];
    return NULL;
}

bool weir_variant_has(const weir_variant_info *variant, const char *trait) {
    size_t length = strlen(trait);
    for (const char *word = variant->traits; length > 0;) {
        size_t n = strcspn(word, " ");
        if (n == length && memcmp(word, trait, n) == 0) return true;
        if (word[n] == '\0') return false;
        word += n + 1;
    }
    return false;
}
