// Cap'n Proto: the schema for any JSON value that comes with it, read and printed by its own codec. All numbers of that schema
// are doubles, which hold integers up to 2^53. A reader checks bounds at each access, so that there is no pass that verifies.
#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include "bench/peers/slp_peer.h"

#define NOTE "JSON of equal content; numbers are doubles"
#define NOTE_CHECKS "numbers are doubles; checks bounds at each access"

using capnp::JsonValue;

static kj::Own<capnp::MallocMessageBuilder> message;
static kj::Own<capnp::JsonCodec> codec;
static kj::Array<capnp::word> flat;
static kj::Own<capnp::FlatArrayMessageReader> opened;

static bool prepare_codec(bench_slp *) {
    codec = kj::heap<capnp::JsonCodec>();
    codec->setMaxNestingDepth(128);
    return true;
}

static uint64_t parse(bench_slp *d) {
    message = kj::heap<capnp::MallocMessageBuilder>();
    JsonValue::Builder root = message->initRoot<JsonValue>();
    codec->decodeRaw(kj::arrayPtr(d->text.json, d->text.json_bytes), root);
    return root.getArray().size();
}

static void build_of(JsonValue::Builder to, weir_slp_value v) {
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_INTEGER) {
        to.setNumber((double)weir_slp_integer(v));
    } else if (type == WEIR_SLP_REAL) {
        to.setNumber(weir_slp_real(v));
    } else if (type == WEIR_SLP_SYMBOL || type == WEIR_SLP_STRING) {
        weir_slp_text t = weir_slp_text_of(v);
        memcpy(to.initString(t.bytes).begin(), t.at, t.bytes);
    } else {
        uint32_t n = weir_slp_count(v);
        capnp::List<JsonValue>::Builder items = to.initArray(n);
        for (uint32_t i = 0; i < n; i++) build_of(items[i], weir_slp_at(v, i));
    }
}

static uint64_t build(bench_slp *d) {
    message = kj::heap<capnp::MallocMessageBuilder>();
    build_of(message->initRoot<JsonValue>(), weir_slp_root(d->buffer));
    return message->sizeInWords() * sizeof(capnp::word);
}

// One flat block, opened once, as it would come from a file.
static bool prepare(bench_slp *d) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = UINT64_MAX;
    options.nestingLimit = 256;
    build(d);
    flat = capnp::messageToFlatArray(*message);
    opened = kj::heap<capnp::FlatArrayMessageReader>(flat.asPtr(), options);
    return prepare_codec(d);
}

static uint64_t sum_of(JsonValue::Reader v) {
    uint64_t sum = 1;
    if (v.isNumber()) return sum + (uint64_t)v.getNumber();
    if (v.isString()) return sum + v.getString().size();
    for (JsonValue::Reader item : v.getArray()) sum += sum_of(item);
    return sum;
}

static uint64_t walk(bench_slp *) { return sum_of(opened->getRoot<JsonValue>()); }

static uint64_t print(bench_slp *) { return codec->encodeRaw(opened->getRoot<JsonValue>()).size(); }

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    capnp::List<JsonValue>::Reader items = opened->getRoot<JsonValue>().getArray();
    for (int i = 0; i < BENCH_SLP_LOOKS; i++) right += (uint64_t)items[d->which[i]].getNumber() == d->which[i];
    return right;
}

// Integers beyond 2^53 come back as others.
static bool exact(const bench_params *p) { return strcmp(p->mix, "numbers") != 0; }

PEER_SLP_PARSE("capnp", BENCH_WEAKER, NOTE, NULL, prepare_codec, parse, d->text.json_bytes)
PEER_SLP_COMMAND("capnp", BENCH_WEAKER, NOTE, prepare_codec, parse)
PEER_SLP_BUILD("capnp", BENCH_WEAKER, "numbers are doubles", NULL, prepare_codec, build)
PEER_SLP_WALK("capnp", BENCH_WEAKER, NOTE_CHECKS, exact, prepare, walk)
PEER_SLP_PRINT("capnp", BENCH_WEAKER, NOTE, NULL, prepare, print)
PEER_SLP_AT("capnp", BENCH_WEAKER, NOTE_CHECKS, prepare, at, BENCH_SLP_LOOKS)
