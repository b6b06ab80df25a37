/* msgpack-c: its bytes to a tree in a zone. It has no text form: what it reads was packed before, so that its rows of slp.parse
 * and slp.command show what is left to do when nothing has to be parsed, and count the S-expressions of equal content. Texts
 * in the tree point into the bytes, which therefore have to stay. It goes 32 levels down. */
#include <msgpack.h>

#include "bench/peers/slp_peer.h"

#define NOTE_READ "binary in, counted as the text of equal content; texts stay where they were"
#define NOTE_BUILD "bytes without an index, to be unpacked before use"
#define NOTE_TREE "a tree of pointers, unpacked before"

static void pack_of(msgpack_packer *to, weir_slp_value v) {
    weir_slp_type type = weir_slp_type_of(v);
    if (type == WEIR_SLP_INTEGER) {
        msgpack_pack_int64(to, weir_slp_integer(v));
    } else if (type == WEIR_SLP_REAL) {
        msgpack_pack_double(to, weir_slp_real(v));
    } else if (type == WEIR_SLP_SYMBOL || type == WEIR_SLP_STRING) {
        weir_slp_text t = weir_slp_text_of(v);
        msgpack_pack_str_with_body(to, t.at, t.bytes);
    } else {
        msgpack_pack_array(to, weir_slp_count(v));
        for (uint32_t i = 0; i < weir_slp_count(v); i++) pack_of(to, weir_slp_at(v, i));
    }
}

static msgpack_sbuffer packed;
static msgpack_unpacked tree;

static uint64_t build(bench_slp *d) {
    msgpack_packer to;
    msgpack_packer_init(&to, &packed, msgpack_sbuffer_write);
    msgpack_sbuffer_clear(&packed);
    pack_of(&to, weir_slp_root(d->buffer));
    return packed.size;
}

static uint64_t parse(bench_slp *d) {
    size_t at = 0;
    (void)d;
    if (msgpack_unpack_next(&tree, packed.data, packed.size, &at) != MSGPACK_UNPACK_SUCCESS) return 0;
    return tree.data.via.array.size;
}

static bool prepare_bytes(bench_slp *d) {
    msgpack_sbuffer_init(&packed);
    msgpack_unpacked_init(&tree);
    return build(d);
}

static bool prepare(bench_slp *d) { return prepare_bytes(d) && parse(d); }

static uint64_t sum_of(const msgpack_object *o) {
    uint64_t sum = 1;
    switch (o->type) {
    case MSGPACK_OBJECT_POSITIVE_INTEGER: return sum + o->via.u64;
    case MSGPACK_OBJECT_STR: return sum + o->via.str.size;
    case MSGPACK_OBJECT_FLOAT64: return sum + (uint64_t)o->via.f64;
    case MSGPACK_OBJECT_ARRAY:
        for (uint32_t i = 0; i < o->via.array.size; i++) sum += sum_of(&o->via.array.ptr[i]);
        return sum;
    default: return 0;
    }
}

static uint64_t walk(bench_slp *d) {
    (void)d;
    return sum_of(&tree.data);
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    for (int i = 0; i < BENCH_SLP_LOOKS; i++) {
        const msgpack_object *o = &tree.data.via.array.ptr[d->which[i]];
        right += o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 == d->which[i];
    }
    return right;
}

PEER_SLP_PARSE("msgpack", BENCH_WEAKER, NOTE_READ, peer_slp_flat, prepare_bytes, parse, d->text.slp_bytes)
PEER_SLP_COMMAND("msgpack", BENCH_WEAKER, NOTE_READ, prepare_bytes, parse)
PEER_SLP_BUILD("msgpack", BENCH_WEAKER, NOTE_BUILD, NULL, prepare_bytes, build)
PEER_SLP_WALK("msgpack", 0, NOTE_TREE, peer_slp_flat, prepare, walk)
PEER_SLP_AT("msgpack", 0, NOTE_TREE, prepare, at, BENCH_SLP_LOOKS)
