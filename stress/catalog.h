/* catalog - what can be run: the checks of the programs beside this one, and the seeded bugs with theirs. */
#ifndef WEIR_STRESS_CATALOG_H
#define WEIR_STRESS_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

typedef struct check {
    const char *id;                            /* rung.kind.variant.name */
    const char *kind, *variant, *name, *claim; /* variant "-": of all of them */
    int rung;                                  /* index in matrix_rungs */
    const char *program;                       /* path */
    size_t order;                              /* as its program lists it */
    const char *prefix;                        /* what stands before the ID in `stress replay`: "" or "broken/<bug>/" */
} check;

typedef struct bug {
    const char *name, *kinds, *variant, *rungs, *text; /* as its patch says */
    check *checks;                                     /* that look for it, in the order of its rungs */
    size_t count;
} bug;

typedef struct catalog {
    check *checks;
    size_t count;
    bug *bugs; /* the negative controls among them: variants that are wrong by contract */
    size_t bug_count;
    char *absent; /* programs that are not there, in words; NULL: none */
} catalog;

/* Asks the programs. False, after having said why, when there is none. */
bool catalog_read(catalog *c);

/* The check of this ID (broken/<bug>/ID: of the program with that bug), or NULL. */
const check *catalog_find(const catalog *c, const char *id);

/* The kind of prims or kv of this name, or NULL. */
const struct weir_kind_info *catalog_kind(const char *name);

/* The traits of a variant of a kind, "" where there are none; whether it is wrong by contract. */
const char *catalog_traits(const char *kind, const char *variant);
bool catalog_is_control(const char *kind, const char *variant);

#endif
