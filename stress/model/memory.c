/* A table from words to cells, open addressing. A cell belongs to the schedule whose epoch it carries; all others are free,
 * so forgetting everything is one increment. */
#include "stress/model/engine_p.h"

enum { CELL_BITS = 12, CELLS = 1 << CELL_BITS, CELLS_FULL = CELLS / 4 * 3 };

static cell cells[CELLS];
static int used;

typedef struct saved {
    uint64_t *word, value;
} saved;

static saved undo_log[CELLS];
static int undo_n;

cell *memory_cell(uintptr_t address) {
    uintptr_t word = address & ~(uintptr_t)7;
    size_t i = (size_t)((word >> 3) * 0x9e3779b97f4a7c15u >> (64 - CELL_BITS));
    for (; cells[i].epoch == m.epoch; i = (i + 1) % CELLS)
        if (cells[i].word == word) return &cells[i];
    if (++used > CELLS_FULL)
        schedule_convict(REFUSED, "the model knows %d words of memory, the program touches more", CELLS_FULL);
    cells[i].word = word;
    cells[i].epoch = m.epoch;
    cells[i].undo = false;
    cells[i].retired = 0;
    cells[i].accesses = 0;
    cells[i].location[0] = cells[i].location[1] = NONE;
    return &cells[i];
}

/* Stacks are not saved: each schedule begins with empty ones. */
void memory_save(cell *c) {
    if (c->undo) return;
    c->undo = true;
    if (fibre_of(c->word) >= 0) return;
    uint64_t *word = (uint64_t *)c->word;
    undo_log[undo_n++] = (saved){word, *word};
}

void memory_undo(void) {
    while (undo_n > 0) {
        undo_n--;
        *undo_log[undo_n].word = undo_log[undo_n].value;
    }
    used = 0;
    if (++m.epoch != 0) return;
    for (int i = 0; i < CELLS; i++) cells[i].epoch = 0; /* after 2^32 schedules */
    m.epoch = 1;
}
