// Boost.Sort. pdqsort without branches in its partition has to be asked for, it is the default for plain numbers only.
// spinsort is stable, as ours are, and allocates its own scratch. Neither is told of the sorted part.
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <boost/sort/spinsort/spinsort.hpp>

#include "bench/cases/sort_data.h"
#include "bench/peers/peer.h"

namespace {

struct by_key {
    bool operator()(const weir_sort_item &a, const weir_sort_item &b) const { return a.key < b.key; }
};

void pdqsort(weir_sort_item *items, size_t, size_t n, weir_sort_item *) {
    boost::sort::pdqsort_branchless(items, items + n, by_key());
}
void spinsort(weir_sort_item *items, size_t, size_t n, weir_sort_item *) {
    boost::sort::spinsort(items, items + n, by_key());
}

template <bench_sort_fn *sort> void measure(void *data, const bench_params *p, bench_sample *s) {
    bench_sort_measure(data, p, s, sort);
}

#define SORT_ROW(variant, flags, note, sort)                                                                   \
    {                                                                                                          \
        "sort.events", "peer." variant, BENCH_PEER | (flags), note, "ns/event", false, bench_axes_sort_events, \
            nullptr, bench_sort_make, bench_sort_destroy, nullptr, nullptr, nullptr, measure<sort>, nullptr    \
    }

const bench_row row_pdqsort = SORT_ROW("boost_pdqsort", BENCH_WEAKER, "not stable", pdqsort);
const bench_row row_spinsort = SORT_ROW("boost_spinsort", 0, nullptr, spinsort);
} // namespace
BENCH_ROW(row_pdqsort)
BENCH_ROW(row_spinsort)
