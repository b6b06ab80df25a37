// FlexBuffers of FlatBuffers: the format nearest to ours, one block without pointers. JSON is read by its own parser, which
// allows 64 levels, as does the verifier. Keys and strings are shared only in maps and on demand, so that texts are written as often as they come.
// Its verifier gets the tracker without which it takes exponential time on some buffers.
#include <flatbuffers/flexbuffers.h>
#include <flatbuffers/idl.h>

#include "bench/peers/slp_peer.h"

#define NOTE "JSON of equal content"

static flexbuffers::Builder builder;
static flatbuffers::Parser parser;
static flexbuffers::Reference root;

static bool take_root() {
    root = flexbuffers::GetRoot(builder.GetBuffer());
    return root.IsUntypedVector();
}

static uint64_t parse(bench_slp *d) {
    builder.Clear();
    return parser.ParseFlexBuffer(d->text.json, nullptr, &builder) && take_root() ? root.AsVector().size() : 0;
}

static void build_of(weir_slp_value v) {
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_INTEGER) {
        builder.Int(weir_slp_integer(v));
    } else if (type == WEIR_SLP_REAL) {
        builder.Double(weir_slp_real(v));
    } else if (type == WEIR_SLP_SYMBOL || type == WEIR_SLP_STRING) {
        weir_slp_text t = weir_slp_text_of(v);
        builder.String(t.at, t.bytes);
    } else {
        size_t start = builder.StartVector();
        for (uint32_t i = 0; i < weir_slp_count(v); i++) build_of(weir_slp_at(v, i));
        builder.EndVector(start, false, false);
    }
}

static uint64_t build(bench_slp *d) {
    builder.Clear();
    build_of(weir_slp_root(d->buffer));
    builder.Finish();
    return builder.GetSize();
}

static bool prepare(bench_slp *d) { return build(d) && take_root(); }

static uint64_t sum_of(flexbuffers::Reference r) {
    uint64_t sum = 1;
    switch (r.GetType()) {
    case flexbuffers::FBT_INT: return sum + (uint64_t)r.AsInt64();
    case flexbuffers::FBT_STRING: return sum + r.AsString().length();
    case flexbuffers::FBT_FLOAT: return sum + (uint64_t)r.AsDouble();
    default: break;
    }
    flexbuffers::Vector items = r.AsVector();
    for (size_t i = 0; i < items.size(); i++) sum += sum_of(items[i]);
    return sum;
}

static uint64_t walk(bench_slp *) { return sum_of(root); }

static uint64_t verify(bench_slp *) {
    static std::vector<uint8_t> tracker;
    return flexbuffers::VerifyBuffer(builder.GetBuffer().data(), builder.GetSize(), &tracker);
}

static uint64_t print(bench_slp *) {
    static std::string text;
    text.clear();
    root.ToString(true, true, text);
    return text.size();
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    flexbuffers::Vector items = root.AsVector();
    for (int i = 0; i < BENCH_SLP_LOOKS; i++) right += items[d->which[i]].AsInt64() == d->which[i];
    return right;
}

PEER_SLP_PARSE("flexbuffers", 0, NOTE, peer_slp_flat, peer_slp_text, parse, d->text.json_bytes)
PEER_SLP_COMMAND("flexbuffers", 0, NOTE, peer_slp_text, parse)
PEER_SLP_BUILD("flexbuffers", 0, NULL, NULL, peer_slp_text, build)
PEER_SLP_WALK("flexbuffers", 0, NULL, NULL, prepare, walk)
PEER_SLP_VERIFY("flexbuffers", 0, "with its reuse tracker", peer_slp_flat, prepare, verify)
PEER_SLP_PRINT("flexbuffers", 0, NOTE, NULL, prepare, print)
PEER_SLP_AT("flexbuffers", 0, NULL, prepare, at, BENCH_SLP_LOOKS)
