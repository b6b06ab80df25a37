#include "bench/cases/kv_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t x) { /* of splitmix64 */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t next(uint64_t *state) { return mix(*state += 0x9e3779b97f4a7c15u); }

/* ---- keys ---- */

typedef int writer(uint32_t i, char *at); /* answers the bytes written, below BENCH_KV_KEY_MAX with a zero behind */

static int write_decimal(uint32_t i, char *at) { return sprintf(at, "user:%u:name", i); }

static int write_url(uint32_t i, char *at) {
    uint64_t x = mix(i + 1);
    return sprintf(at, "https://www.example-%03u.com/%s/%08x%u", (unsigned)(x % 1000),
                   x & 1024 ? "articles" : "pictures/thumbnails", (unsigned)(x >> 32), i);
}

static int write_binary(uint32_t i, char *at) {
    uint64_t x[2] = {mix(i + 1), mix(~(uint64_t)i)}; /* the first is one to one */
    memcpy(at, x, sizeof x);
    return sizeof x;
}

static int write_prefix(uint32_t i, char *at) {
    return sprintf(at, "the/same/forty-eight/bytes/stand/before/each/key%016llx", (unsigned long long)mix(i + 1));
}

static const struct {
    const char *name;
    writer *write;
    uint32_t bytes; /* of the longest */
} kinds[] = {
    {"decimal", write_decimal, 20}, {"url", write_url, 70}, {"binary", write_binary, 16}, {"prefix", write_prefix, 64}};
enum { KINDS = sizeof kinds / sizeof *kinds, TENANT_BYTES = 6 };

bool bench_kv_keys_of(bench_kv_keys *k, const bench_params *p) {
    unsigned kind = 0;
    while (kind < KINDS && strcmp(kinds[kind].name, p->mix)) kind++;
    if (kind == KINDS && p->mix[0] >= 'a') return false;
    if (kind == KINDS) kind = 0; /* none, or the mix is one of reads and writes */
    if (p->keys > 100000000 || p->tenants > 65535 || p->tenants > p->keys) return false;
    size_t bytes = sizeof(bench_kv_slot) + kinds[kind].bytes + (p->tenants > 1 ? TENANT_BYTES : 0) + 1;
    *k = (bench_kv_keys){(uint32_t)p->keys, (uint32_t)p->tenants, kind, (uint32_t)((bytes + 7) / 8 * 8)};
    return true;
}

uint64_t bench_kv_keys_number(const bench_kv_keys *k) {
    return (uint64_t)k->keys << 32 | (uint64_t)k->tenants << 8 | k->kind;
}

void bench_kv_slot_write(const bench_kv_keys *k, uint32_t i, bench_kv_slot *slot) {
    uint16_t tenant = (uint16_t)(i % k->tenants);
    int prefix = k->tenants > 1 ? sprintf(slot->key, "%u:", tenant) : 0;
    int size = prefix + kinds[k->kind].write(i, slot->key + prefix);
    slot->id = i;
    slot->tenant = tenant;
    slot->prefix = (uint8_t)prefix;
    slot->size = (uint8_t)size;
    slot->dice = 0;
}

/* ---- traces ---- */

/* One to one below n, unless n is a multiple of the prime. */
static uint32_t scatter(uint64_t i, uint32_t n, uint64_t prime) { return (uint32_t)(i * prime % n); }

void bench_kv_load_order(const bench_kv_keys *k, uint32_t first, uint32_t n, char *slots) {
    for (uint32_t i = 0; i < n; i++)
        bench_kv_slot_write(k, scatter(first + i, k->keys, 2654435761u),
                            (bench_kv_slot *)(slots + (size_t)i * k->stride));
}

/* Ranks by the zipf law: Gray et al., Quickly Generating Billion-Record Synthetic Databases (1994). */
typedef struct zipf {
    double theta, alpha, zeta, eta, half;
} zipf;

static zipf zipf_of(double theta, uint32_t n) {
    double zeta = 0, two = 1 + pow(0.5, theta);
    for (uint32_t i = 1; i <= n; i++) zeta += pow(i, -theta);
    return (zipf){theta, 1 / (1 - theta), zeta, (1 - pow(2.0 / n, 1 - theta)) / (1 - two / zeta), two};
}

static uint32_t zipf_rank(const zipf *z, uint32_t n, double u) {
    double scaled = u * z->zeta;
    if (scaled < 1) return 0;
    if (scaled < z->half) return n > 1;
    double rank = n * pow(z->eta * u - z->eta + 1, z->alpha);
    return rank < n ? (uint32_t)rank : n - 1;
}

char *bench_kv_trace(const bench_kv_keys *k, size_t count, double theta, uint64_t seed) {
    char *slots = malloc(count * k->stride);
    if (!slots) return NULL;
    zipf z = theta > 0 ? zipf_of(theta, k->keys) : (zipf){0, 0, 0, 0, 0};
    for (size_t i = 0; i < count; i++) {
        bench_kv_slot *slot = (bench_kv_slot *)(slots + i * k->stride);
        uint64_t r = next(&seed);
        uint32_t id =
            theta > 0 ? scatter(zipf_rank(&z, k->keys, (double)(r >> 11) / 9007199254740992.0), k->keys, 4000000007u)
                      : (uint32_t)((r >> 32) * k->keys >> 32);
        bench_kv_slot_write(k, id, slot);
        slot->dice = (uint8_t)(next(&seed) % 100);
    }
    return slots;
}
