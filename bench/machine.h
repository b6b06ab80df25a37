/* machine - what a reader must know of the host to believe a figure: processors, kernel, compiler, and what disturbs. */
#ifndef WEIR_BENCH_MACHINE_H
#define WEIR_BENCH_MACHINE_H

#include <jansson.h>

/* {"cpu", "processors", "usable", "cores", "caches", "virtual", "governor", "kernel", "compiler", "flags", "build",
 *  "commit", "libbenchmark", "mmap_rnd_bits", "transparent_hugepages", "load_average", "perf_counters", "memory_mib",
 *  "quota", "date", "warnings": ["...", ...]}. What the host does not tell is null. The caller calls json_decref. */
json_t *machine_json(void);

/* Prints the same for a reader. */
void machine_print(const json_t *machine);

#endif
