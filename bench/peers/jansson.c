/* jansson: JSON to a tree of counted nodes, and back. It allocates each node; that is its way. */
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "bench/peers/slp_peer.h"

#define NOTE "JSON of equal content"

static uint64_t parse(bench_slp *d) {
    json_t *j = json_loadb(d->text.json, d->text.json_bytes, 0, NULL);
    uint64_t items = j ? json_array_size(j) : 0;
    json_decref(j);
    return items;
}

static json_t *tree;

static bool prepare(bench_slp *d) {
    tree = json_loadb(d->text.json, d->text.json_bytes, 0, NULL);
    return tree != NULL;
}

static uint64_t sum_of(const json_t *j) {
    uint64_t sum = 1;
    if (json_is_integer(j)) return sum + (uint64_t)json_integer_value(j);
    if (json_is_string(j)) return sum + json_string_length(j);
    if (json_is_real(j)) return sum + (uint64_t)json_real_value(j);
    for (size_t i = 0; i < json_array_size(j); i++) sum += sum_of(json_array_get(j, i));
    return sum;
}

static uint64_t walk(bench_slp *d) {
    (void)d;
    return sum_of(tree);
}

static uint64_t print(bench_slp *d) {
    char *text = json_dumps(tree, JSON_COMPACT);
    uint64_t bytes = text ? strlen(text) : 0;
    (void)d;
    free(text);
    return bytes;
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    for (int i = 0; i < BENCH_SLP_LOOKS; i++)
        right += json_integer_value(json_array_get(tree, d->which[i])) == d->which[i];
    return right;
}

PEER_SLP_PARSE("jansson", 0, NOTE, NULL, peer_slp_text, parse, d->text.json_bytes)
PEER_SLP_COMMAND("jansson", 0, NOTE, peer_slp_text, parse)
PEER_SLP_WALK("jansson", 0, NOTE, NULL, prepare, walk)
PEER_SLP_PRINT("jansson", 0, NOTE, NULL, prepare, print)
PEER_SLP_AT("jansson", 0, NOTE, prepare, at, BENCH_SLP_LOOKS)
