/* compare - `bench compare A B [--format table|json]`: what became faster or slower from A to B.
 *
 * argv     [0] the name of the command, then two raw.json files or folders that hold one.
 * Returns  the exit code: 0; 4 when a cell got slower or stopped working; 2 for a usage error or a file that cannot be read.
 * A cell is called slower or faster when Mann-Whitney, after Holm over all cells compared, gives 0.05 or less and the ratio
 * of the medians lies beyond 5 % and beyond the noise floor of both runs; otherwise no difference is shown.
 */
#ifndef WEIR_BENCH_COMPARE_H
#define WEIR_BENCH_COMPARE_H

int bench_compare_main(int argc, char **argv);

#endif
