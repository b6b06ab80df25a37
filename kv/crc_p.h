/* crc_p - CRC32C, which processors have an instruction for. Private to kv. */
#ifndef WEIR_KV_CRC_P_H
#define WEIR_KV_CRC_P_H

#include <stddef.h>
#include <stdint.h>

/* Of these bytes after those that gave `crc`; 0 at first. */
uint32_t weir_crc32c(uint32_t crc, const void *at, size_t size);
uint32_t weir_crc32c_by_table(uint32_t crc, const void *at, size_t size); /* the same, for tests */

#endif
