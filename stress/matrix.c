#include "stress/matrix.h"

#include <string.h>

#include "stress/text.h"

const matrix_rung matrix_rungs[RUNGS] = {
    {"unit", false, false, 0, "what one thread sees, exhaustively for short sequences; the cmocka programs"},
    {"litmus", true, false, 1, "reorderings that this processor shows, one publication edge at a time"},
    {"model", false, true, 2, "weak memory orders, races, lost wake-ups, with the schedule that shows them"},
    {"lin", true, false, 2, "answers that no sequential object would give"},
    {"laws", true, false, 2, "losses, doubles, order, waiters left asleep, in long runs"},
    {"progress", false, true, 1, "operations that wait although they claim not to"},
    {"fault", true, false, 1, "half applied operations: timeouts, closes, signals in the middle"},
    {"fuzz", false, false, 1, "answers that differ from those of the plain variant"},
};

/* Waiting and sorting have no sequential object whose histories lin could search, and only a sort with workers has edges and
 * schedules; a map has no edges of its own that a program of two operations could show; a heap for one thread has no edges either, and none has
 * a sequential object, for which place it gives is open. Nor has a scheduler: its order is compared by digests among laws, and threads that
 * are held up or die belong to fault. All else has everything. */
#define ALL "unit litmus model lin laws progress fault fuzz"
const matrix_kind matrix_kinds[] = {
    {"wait", "parker", "unit litmus model laws progress fault fuzz", "", ""},
    {"cubby", "cubby", ALL, "", ""},
    {"chan", "mpmc", ALL, "", ""},
    {"spsc", "spsc", ALL, "", ""},
    {"mpmc", "mpmc", ALL, "", ""},
    {"mcast", "mcast", ALL, "", ""},
    {"deque", "deque", ALL, "", ""},
    {"filter", "filter", ALL, "", ""},
    {"idset", "idset", ALL, "", ""},
    {"vectoring", "vectoring", ALL, "", ""},
    {"heap", "heap", "unit model laws fault fuzz", "litmus progress", "threads=any"},
    {"kv", "kv", "unit model lin laws progress fault fuzz", "", ""},
    {"order", "order", "unit model laws fault fuzz", "", ""},
    {"pool", "pool", "unit model laws fault fuzz", "", ""},
    {"runtime", "runtime", "unit laws", "", ""},
    {"sort", "sort", "unit laws fault fuzz", "litmus model progress", "parallel=yes"},
};
const size_t matrix_kind_count = sizeof matrix_kinds / sizeof *matrix_kinds;

int matrix_rung_index(const char *name) {
    for (int i = 0; i < RUNGS; i++)
        if (!strcmp(matrix_rungs[i].name, name)) return i;
    return -1;
}

const matrix_kind *matrix_kind_find(const char *name) {
    for (size_t i = 0; i < matrix_kind_count; i++)
        if (!strcmp(matrix_kinds[i].name, name)) return &matrix_kinds[i];
    return NULL;
}

bool matrix_asks(const matrix_kind *kind, const char *traits, int rung) {
    const char *name = matrix_rungs[rung].name;
    if (!kind) return false;
    if (text_has_word(kind->rungs, " ", name)) return true;
    return text_has_word(traits, " ", kind->if_has) && text_has_word(kind->more, " ", name);
}
