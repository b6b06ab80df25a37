#include "stress/tally.h"

#include <stdlib.h>

static void *room(size_t bytes) {
    void *p = calloc(1, bytes);
    if (!p) abort();
    return p;
}

void tally_init(tally *t, unsigned producers, unsigned consumers) {
    *t = (tally){.producers = producers, .consumers = consumers, .seen = room((size_t)producers * TALLY_EACH)};
    for (unsigned p = 0; p < producers; p++) t->answer[p] = room(TALLY_EACH);
    for (unsigned c = 0; c < consumers; c++) t->got[c] = room((size_t)producers * TALLY_EACH * sizeof(uint64_t));
}

void tally_free(tally *t) {
    for (unsigned p = 0; p < t->producers; p++) free(t->answer[p]);
    for (unsigned c = 0; c < t->consumers; c++) free(t->got[c]);
    free(t->seen);
}

void tally_next(tally *t) {
    t->round = (t->round + 1) & 0x7fffff;
    for (unsigned p = 0; p < t->producers; p++) t->offered[p] = 0;
    for (unsigned c = 0; c < t->consumers; c++) t->gots[c] = 0;
}

uint64_t tally_accepted(const tally *t) {
    uint64_t n = 0;
    for (unsigned p = 0; p < t->producers; p++)
        for (uint32_t i = 0; i < t->offered[p]; i++) n += t->answer[p][i] == WEIR_OK;
    return n;
}

/* One item as consumer c got it; `last`: of each producer, the number of its next item that may come, at least. */
static bool check_one(tally *t, unsigned c, uint64_t v, uint32_t *last) {
    unsigned p = (unsigned)(v >> 32 & 0xff) - 1;
    uint32_t i = (uint32_t)v;
    if (v >> 40 != t->round || p >= t->producers || i >= t->offered[p])
        return stress_fail("invented: consumer %u got %#lx, which nobody pushed", c, v), false;
    if (t->answer[p][i] != WEIR_OK)
        return stress_fail(
                   "refused and yet delivered: consumer %u got item %u of producer %u, whose push answered \"%s\"", c,
                   i, p, weir_status_text((weir_status)t->answer[p][i])),
               false;
    if (t->seen[p * TALLY_EACH + i]++)
        return stress_fail("doubled: consumer %u got item %u of producer %u, which has come out before", c, i, p),
               false;
    if (i < last[p])
        return stress_fail("out of order: consumer %u got item %u of producer %u after its item %u", c, i, p,
                           last[p] - 1),
               false;
    last[p] = i + 1;
    return true;
}

static bool check_lost(const tally *t) {
    uint64_t lost = 0;
    for (unsigned p = 0; p < t->producers; p++)
        for (uint32_t i = 0; i < t->offered[p]; i++) {
            if (t->answer[p][i] != WEIR_OK || t->seen[p * TALLY_EACH + i]) continue;
            if (lost++ == 0)
                stress_fail("lost: item %u of %u of producer %u was accepted and never came out", i, t->offered[p], p);
        }
    if (lost) stress_say("%lu items are lost", lost);
    return !lost;
}

bool tally_check(tally *t) {
    memset(t->seen, 0, (size_t)t->producers * TALLY_EACH);
    for (unsigned c = 0; c < t->consumers; c++) {
        uint32_t last[TALLY_SIDE] = {0};
        for (size_t i = 0; i < t->gots[c]; i++)
            if (!check_one(t, c, t->got[c][i], last)) return false;
    }
    return check_lost(t);
}
