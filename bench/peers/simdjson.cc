// simdjson's DOM: JSON to a tape and a buffer of strings, in memory of one parser that is used again. The text is padded
// before, as it wants it. Item i of an array is found by stepping over those before it.
#include <simdjson.h>

#include "bench/peers/slp_peer.h"

#define NOTE "DOM; JSON of equal content"

static simdjson::dom::parser parser;
static simdjson::dom::array forms;
static simdjson::dom::element root;

static uint64_t parse(bench_slp *d) {
    if (parser.parse(d->text.json, d->text.json_bytes, false).get(forms)) return 0;
    return forms.size();
}

static bool prepare(bench_slp *d) {
    return !parser.parse(d->text.json, d->text.json_bytes, false).get(root) && !root.get(forms);
}

static uint64_t sum_of(simdjson::dom::element e) {
    uint64_t sum = 1;
    switch (e.type()) {
    case simdjson::dom::element_type::INT64: return sum + (uint64_t)e.get_int64().value_unsafe();
    case simdjson::dom::element_type::STRING: return sum + e.get_string_length().value_unsafe();
    case simdjson::dom::element_type::DOUBLE: return sum + (uint64_t)e.get_double().value_unsafe();
    default: break;
    }
    const simdjson::dom::array items = e.get_array().value_unsafe();
    for (simdjson::dom::element item : items) sum += sum_of(item);
    return sum;
}

static uint64_t walk(bench_slp *) { return sum_of(root); }

static uint64_t print(bench_slp *) {
    simdjson::internal::string_builder<> text;
    text.append(root);
    return text.str().size();
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    for (int i = 0; i < PEER_SLP_LOOKS_LINEAR; i++)
        right += forms.at(d->which[i]).get_int64().value_unsafe() == d->which[i];
    return right;
}

PEER_SLP_PARSE("simdjson", 0, NOTE, NULL, peer_slp_text, parse, d->text.json_bytes)
PEER_SLP_COMMAND("simdjson", 0, NOTE, peer_slp_text, parse)
PEER_SLP_WALK("simdjson", 0, NOTE, NULL, prepare, walk)
PEER_SLP_PRINT("simdjson", 0, NOTE, NULL, prepare, print)
PEER_SLP_AT("simdjson", 0, NOTE "; steps over the items before", prepare, at, PEER_SLP_LOOKS_LINEAR)
