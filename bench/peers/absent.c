/* The rows whose library was not found when this program was built. CMake says which: WEIR_HAVE_<library> is 1 or 0. */
#include "bench/case.h"

typedef struct peer {
    bool have;
    bench_row row;
} peer;

#define WEIR_PEER(library, case_name, row_variant, package) \
    {WEIR_HAVE_##library, {.name = case_name, .variant = row_variant, .flags = BENCH_PEER, .note = "needs " package}},
static const peer peers[] = {
#include "bench/peers/peers.def"
};

__attribute__((constructor)) static void register_absent(void) {
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        if (!peers[i].have) bench_register(&peers[i].row, false);
}
