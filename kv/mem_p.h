/* mem_p - where nodes and records of a store come from: the C library, or huge pages; counted. Private to kv. */
#ifndef WEIR_KV_MEM_P_H
#define WEIR_KV_MEM_P_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct weir_mem weir_mem;

weir_mem *weir_mem_new(bool huge_pages); /* NULL: no memory */
void weir_mem_free(weir_mem *m);         /* everything got has been put back; NULL is nothing */

/* Aligned to 16. NULL: no memory. put takes the size that get was given; NULL is nothing. Any thread. */
void *weir_mem_get(weir_mem *m, size_t size);
void *weir_mem_get_zero(weir_mem *m, size_t size); /* all bytes 0; of large ones, by pages that are touched later */
void weir_mem_put(weir_mem *m, void *at, size_t size);

uint64_t weir_mem_used(const weir_mem *m); /* bytes got and not put back; near enough while others are at it */

/* For tests: the next `more` calls of get succeed, and those after them fail; UINT64_MAX: none fails. */
void weir_mem_fail_after(weir_mem *m, uint64_t more);

#endif
