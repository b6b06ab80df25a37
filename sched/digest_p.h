/* digest_p - what two runs are compared by: one word over all events retired so far, in the order of their domains.
 *
 * Each domain has a chain, into which every event that retires there is mixed, then what its data part adds. The digest is the
 * sum of the chains' values after each event: the order within a domain counts, that between domains does not, so domains
 * that run beside each other need no order to agree, and each worker may sum its own. It does not know epochs: the digest
 * of an epoch is its value at the epoch's edge. Equal inputs give equal digests in every variant of the order family. */
#ifndef WEIR_SCHED_DIGEST_P_H
#define WEIR_SCHED_DIGEST_P_H

#include "sched/sched.h"

/* One to one in both arguments: two words never give the same chain from the same chain. */
static inline uint64_t weir_digest_mix(uint64_t chain, uint64_t word) {
    chain = (chain ^ word) * 0x9fb21c651e98df25u;
    return chain ^ chain >> 32;
}

/* Where the chain of a domain begins: no two begin alike. */
static inline uint64_t weir_digest_begin(uint32_t domain) { return weir_digest_mix(0x243f6a8885a308d3u, domain); }

/* The event's place in the order, before its data part. */
static inline uint64_t weir_digest_event(uint64_t chain, const weir_event *e) {
    uint64_t place = (e->rank[0] + 1) * 0xd6e8feb86659fd93u + e->rank[1];
    return weir_digest_mix(weir_digest_mix(chain, e->key), place);
}

#endif
