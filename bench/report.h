/* report - `bench report DIR`: report.html, report.md and one .svg a plot, from raw.json alone.
 *
 * argv     [0] the name of the command, [1] a folder with a raw.json, or such a file; what is written lies beside it.
 * Returns  the exit code: 0; 2 for a usage error, a raw.json that cannot be read (the message names the place) or a folder
 *          that cannot be written.
 * Output   The same raw.json gives the same bytes. Standard output: one line a file written.
 */
#ifndef WEIR_BENCH_REPORT_H
#define WEIR_BENCH_REPORT_H

int bench_report_main(int argc, char **argv);

#endif
