/* block_p - the odd numbers that make eight bit numbers of one hash: those of the split-block filter in the Parquet
 * format. Private to filter.block. */
#ifndef WEIR_PRIMS_FILTER_BLOCK_P_H
#define WEIR_PRIMS_FILTER_BLOCK_P_H

#define SALT0 0x47b6137bu
#define SALT1 0x44974d91u
#define SALT2 0x8824ad5bu
#define SALT3 0xa2b7289du
#define SALT4 0x705495c7u
#define SALT5 0x2df1424bu
#define SALT6 0x9efc4947u
#define SALT7 0x5c6bfb31u

#endif
