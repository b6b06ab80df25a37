/* Any bytes as a record, and a sound one with bytes changed whose checksums are then made right again, so that the fuzzer gets
 * past them. What the reader accepts is walked whole. */
#include <stdlib.h>
#include <string.h>

#include "prims/crc.h"
#include "sched/replay_p.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(c) ((c) ? (void)0 : abort())

static void walk(const weir_replay *r) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < r->inputs; i++) {
        weir_replay_input in = weir_replay_input_at(r, i);
        must(in.stream < r->streams && r->used[in.stream] && (uintptr_t)in.payload % 8 == 0);
        for (size_t k = 0; k < in.size; k++) sum += ((const unsigned char *)in.payload)[k];
    }
    must(sum <= 255 * r->size);
    for (uint64_t i = 0; i < r->edges; i++) must(r->edge[i].inputs <= r->inputs);
}

static void try_it(const unsigned char *bytes, size_t size) {
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, bytes, size);
    weir_sched_error e = {0};
    weir_replay *r;
    weir_sched_status st = weir_replay_read(copy, size, NULL, "bytes", &r, &e);
    if (st != WEIR_SCHED_OK) {
        must(st == WEIR_SCHED_CORRUPT && e.status == st && strstr(e.text, "offset"));
        return;
    }
    walk(r);
    weir_replay_close(r);
}

/* Makes all checksums right, as far as the lengths lead. */
static void mend(unsigned char *bytes, size_t size) {
    weir_record_header h;
    memcpy(&h, bytes, sizeof h);
    h.crc = 0;
    uint32_t crc = h.crc = weir_crc32c(0, &h, sizeof h);
    memcpy(bytes, &h, sizeof h);
    weir_record_head head;
    for (size_t at = sizeof h; size - at >= sizeof head; at += sizeof head + head.size) {
        memcpy(&head, bytes + at, sizeof head);
        if (head.size > size - at - sizeof head) return;
        crc = weir_crc32c(crc, &head.size, sizeof head.size);
        head.crc = crc = weir_crc32c(crc, bytes + at + sizeof head, head.size);
        memcpy(bytes + at, &head, sizeof head);
    }
}

static size_t sound(unsigned char *to) {
    static const weir_record_input_body in = {.kind = WEIR_RECORD_INPUT, .stream = 3, .size = 5, .seq = 1, .key = 7};
    static const weir_record_edge_body edge = {.kind = WEIR_RECORD_EDGE, .epoch = 1};
    static const weir_record_end_body end = {.kind = WEIR_RECORD_END, .inputs = 2, .edges = 1};
    const weir_record_header h = {"WEIR rec", WEIR_RECORD_VERSION, 0, 0};
    size_t n = sizeof h;
    memcpy(to, &h, n);
    for (int i = 0; i < 4; i++) {
        uint32_t size = i == 3 ? sizeof end : i == 1 ? sizeof edge : sizeof in + 8;
        const void *body = i == 3 ? (const void *)&end : i == 1 ? (const void *)&edge : (const void *)&in;
        memset(to + n, 0, sizeof(weir_record_head) + size);
        memcpy(to + n, &size, sizeof size);
        memcpy(to + n + sizeof(weir_record_head), body, i & 1 ? size : sizeof in);
        n += sizeof(weir_record_head) + size;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char bytes[512];
    try_it(data, size);
    size_t n = sound(bytes);
    for (size_t i = 0; i + 1 < size; i += 2) bytes[data[i] % n] = data[i + 1];
    mend(bytes, n);
    try_it(bytes, n);
    return 0;
}
