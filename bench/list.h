/* list - `bench list`: cases with their columns and rows. */
#ifndef WEIR_BENCH_LIST_H
#define WEIR_BENCH_LIST_H

/* argv[0] is "list". The exit status of the program. */
int bench_list_main(int argc, char **argv);

#endif
