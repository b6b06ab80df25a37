/* crc32c - the checksum of files: this one, because processors have an instruction for it; by a table where they have not. */
#ifndef WEIR_SLP_CRC32C_P_H
#define WEIR_SLP_CRC32C_P_H

#include <stddef.h>
#include <stdint.h>

uint32_t slp_crc32c(const void *at, size_t n);
uint32_t slp_crc32c_by_table(const void *at, size_t n); /* the same, on any processor */

#endif
