/* crc - CRC32C of bytes, for whatever is read back from a file.
 *
 * Threads     any function by any thread at any time.
 * Source      Castagnoli, Braeuer, Herrmann 1993; by the processor's instruction where it has one, else four bits at a time.
 * Checked by  prims/crc_test.c.
 */
#ifndef WEIR_PRIMS_CRC_H
#define WEIR_PRIMS_CRC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of these bytes after those that gave `crc`; 0 at first. */
uint32_t weir_crc32c(uint32_t crc, const void *at, size_t size);
uint32_t weir_crc32c_by_table(uint32_t crc, const void *at, size_t size); /* the same, on any processor */

#ifdef __cplusplus
}
#endif
#endif
