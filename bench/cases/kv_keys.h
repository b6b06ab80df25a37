/* kv_keys - the keys of the cases kv.*, their values, and the traces of operations: the same for every row, made beforehand and read
 * one after the other, so that neither making keys nor looking for them is measured.
 *
 *   decimal   user:<i>:name, 11 to 18 bytes
 *   url       https://www.example-<..>.com/<..>/<..>, about 50 bytes
 *   binary    16 bytes, random
 *   prefix    48 bytes that all have in common, and 16 that tell them apart
 *
 * i < keys. A value is of 64 bytes and begins with i. With more than one tenant, keys are dealt out to them; the key then begins with
 * the tenant's name and a colon, for stores that have no tenants. */
#ifndef WEIR_BENCH_CASES_KV_KEYS_H
#define WEIR_BENCH_CASES_KV_KEYS_H

#include "bench/case.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_KV_VALUE = 64, BENCH_KV_KEY_MAX = 80 };

typedef struct bench_kv_keys {
    uint32_t keys, tenants;
    unsigned kind;   /* place in the list above */
    uint32_t stride; /* bytes of a slot */
} bench_kv_keys;

/* One operation of a trace. */
typedef struct bench_kv_slot {
    uint32_t id; /* i */
    uint16_t tenant;
    uint8_t prefix; /* bytes of the tenant's name and colon in front */
    uint8_t size;   /* of the key with that */
    uint8_t dice;   /* 0 .. 99: a write in a mix with more percent of writes than this */
    char key[];
} bench_kv_slot;

/* From the axes keys, tenants and mix; false: there are none such. */
bool bench_kv_keys_of(bench_kv_keys *k, const bench_params *p);

/* Writes the slot of key i. */
void bench_kv_slot_write(const bench_kv_keys *k, uint32_t i, bench_kv_slot *slot);

/* A number that tells apart what has other keys; not 0. */
uint64_t bench_kv_keys_number(const bench_kv_keys *k);

/* `count` slots at random: uniformly for zipf 0, else with that skew, the frequent ones spread over all. NULL: no memory. */
char *bench_kv_trace(const bench_kv_keys *k, size_t count, double zipf, uint64_t seed);

/* Slots of the n keys from the first-th on, in the order of loading, which is none. */
void bench_kv_load_order(const bench_kv_keys *k, uint32_t first, uint32_t n, char *slots);

#ifdef __cplusplus
}
#endif
#endif
