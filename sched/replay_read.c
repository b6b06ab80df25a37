/* Reading a record: the whole file is checked before any of it is used, and what is wrong is said with its offset. */
#include "sched/replay_p.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prims/crc.h"

typedef struct weir_scan {
    weir_replay *r;
    const char *name;
    weir_sched_error *error;
    size_t offset; /* of the record being looked at */
    uint32_t crc;
} weir_scan;

static weir_sched_status corrupt(const weir_scan *s, const char *what) {
    return weir_record_fail(s->error, WEIR_SCHED_CORRUPT, "record %s, offset %zu: %s", s->name, s->offset, what);
}

static weir_sched_status check_header(weir_scan *s, const uint64_t *program) {
    weir_record_header h;
    if (s->r->size < sizeof h) return corrupt(s, "too short for a header");
    memcpy(&h, s->r->bytes, sizeof h);
    if (memcmp(h.magic, "WEIR rec", sizeof h.magic) != 0) return corrupt(s, "not a record");
    if (h.version == __builtin_bswap32(WEIR_RECORD_VERSION)) return corrupt(s, "written in another byte order");
    if (h.version != WEIR_RECORD_VERSION) return corrupt(s, "written by another version");
    s->crc = h.crc;
    h.crc = 0;
    if (weir_crc32c(0, &h, sizeof h) != s->crc) return corrupt(s, "the header's checksum is wrong");
    if (program && h.program != *program) return corrupt(s, "the record of another program");
    return WEIR_SCHED_OK;
}

static weir_sched_status check_input(weir_scan *s, const unsigned char *body, size_t size) {
    weir_record_input_body in;
    if (size < sizeof in) return corrupt(s, "an input that is too short");
    memcpy(&in, body, sizeof in);
    if (in.size > WEIR_RECORD_PAYLOAD_MAX || size != sizeof in + ((in.size + 7u) & ~7u))
        return corrupt(s, "a payload of another length than its record");
    if (in.stream >= WEIR_REPLAY_STREAMS) return corrupt(s, "no such stream");
    if (in.key == WEIR_KEY_NONE) return corrupt(s, "an input without a key");
    s->r->inputs++;
    if (in.stream >= s->r->streams) s->r->streams = in.stream + 1;
    return WEIR_SCHED_OK;
}

static weir_sched_status check_edge(weir_scan *s, const unsigned char *body, size_t size) {
    (void)body;
    if (size != sizeof(weir_record_edge_body)) return corrupt(s, "an edge of another length");
    s->r->edges++;
    return WEIR_SCHED_OK;
}

static weir_sched_status check_end(weir_scan *s, const unsigned char *body, size_t size) {
    weir_record_end_body end;
    if (size != sizeof end) return corrupt(s, "an end of another length");
    memcpy(&end, body, sizeof end);
    if (end.inputs != s->r->inputs || end.edges != s->r->edges) return corrupt(s, "an end that counted otherwise");
    if (s->offset + sizeof(weir_record_head) + size != s->r->size) return corrupt(s, "an end with something behind it");
    return WEIR_SCHED_OK;
}

static weir_sched_status check_begin(weir_scan *s, const unsigned char *body, size_t size) {
    weir_record_begin_body *begin = &s->r->begin;
    if (size != sizeof *begin) return corrupt(s, "a beginning of another length");
    memcpy(begin, body, sizeof *begin);
    begin->variant[sizeof begin->variant - 1] = 0;
    return WEIR_SCHED_OK;
}

static weir_sched_status check_records(weir_scan *s) {
    const weir_replay *r = s->r;
    for (s->offset = sizeof(weir_record_header);;) {
        weir_record_head head;
        if (s->offset == r->size) return corrupt(s, "it stops here, without an end: its writer was cut off");
        if (r->size - s->offset < sizeof head) return corrupt(s, "cut off within the head of a record");
        memcpy(&head, r->bytes + s->offset, sizeof head);
        size_t at = s->offset + sizeof head;
        if (!head.size || head.size % 8 || head.size > r->size - at) return corrupt(s, "a record of impossible length");
        s->crc = weir_crc32c(s->crc, &head.size, sizeof head.size);
        s->crc = weir_crc32c(s->crc, r->bytes + at, head.size);
        if (s->crc != head.crc) return corrupt(s, "the checksum is wrong");
        unsigned char kind = r->bytes[at];
        weir_sched_status st = kind == WEIR_RECORD_INPUT   ? check_input(s, r->bytes + at, head.size)
                               : kind == WEIR_RECORD_EDGE  ? check_edge(s, r->bytes + at, head.size)
                               : kind == WEIR_RECORD_END   ? check_end(s, r->bytes + at, head.size)
                               : kind == WEIR_RECORD_BEGIN ? check_begin(s, r->bytes + at, head.size)
                                                           : corrupt(s, "a record of unknown kind");
        if (st != WEIR_SCHED_OK || kind == WEIR_RECORD_END) return st;
        s->offset = at + head.size;
    }
}

/* Where each thing is: the file is sound, so this only counts. */
static bool index_records(weir_replay *r) {
    r->used = calloc(r->streams + 1, sizeof *r->used);
    r->body = calloc(r->inputs + 1, sizeof *r->body);
    r->edge = calloc(r->edges + 1, sizeof *r->edge);
    if (!r->used || !r->body || !r->edge) return false;
    uint64_t input = 0, edge = 0;
    size_t at = sizeof(weir_record_header);
    for (weir_record_head head; input < r->inputs || edge < r->edges; at += sizeof head + head.size) {
        memcpy(&head, r->bytes + at, sizeof head);
        const unsigned char *body = r->bytes + at + sizeof head;
        weir_record_input_body in;
        weir_record_edge_body e;
        if (*body == WEIR_RECORD_EDGE) {
            memcpy(&e, body, sizeof e);
            r->edge[edge++] = (weir_replay_edge){input, e.epoch, e.horizon, e.digest};
        } else if (*body == WEIR_RECORD_INPUT) {
            memcpy(&in, body, sizeof in);
            r->used[in.stream] = true;
            r->body[input++] = at + sizeof head;
        }
    }
    return true;
}

weir_sched_status weir_replay_read(unsigned char *bytes, size_t size, const uint64_t *program, const char *name,
                                   weir_replay **out, weir_sched_error *error) {
    weir_replay *r = calloc(1, sizeof *r);
    if (!r) {
        free(bytes);
        return weir_record_fail(error, WEIR_SCHED_NOMEM, "record %s: no memory", name);
    }
    *r = (weir_replay){.bytes = bytes, .size = size, .differs = UINT64_MAX, .alike = true};
    weir_scan s = {.r = r, .name = name, .error = error};
    weir_sched_status st = check_header(&s, program);
    if (st == WEIR_SCHED_OK) st = check_records(&s);
    if (st == WEIR_SCHED_OK && !index_records(r))
        st = weir_record_fail(error, WEIR_SCHED_NOMEM, "record %s: no memory for where its %llu inputs are", name,
                              (unsigned long long)r->inputs);
    if (st == WEIR_SCHED_OK) *out = r;
    else weir_replay_close(r);
    return st;
}

static unsigned char *read_all(FILE *f, size_t *size) {
    if (fseek(f, 0, SEEK_END)) return NULL;
    long end = ftell(f);
    if (end < 0 || fseek(f, 0, SEEK_SET)) return NULL;
    unsigned char *bytes = malloc((size_t)end + 1);
    if (bytes) *size = fread(bytes, 1, (size_t)end, f);
    if (!bytes || !ferror(f)) return bytes;
    free(bytes);
    return NULL;
}

weir_sched_status weir_replay_load(const char *path, const uint64_t *program, weir_replay **out,
                                   weir_sched_error *error) {
    errno = 0;
    FILE *f = fopen(path, "rbe");
    size_t size = 0;
    unsigned char *bytes = f ? read_all(f, &size) : NULL;
    int why = errno;
    if (f) fclose(f);
    if (bytes) return weir_replay_read(bytes, size, program, path, out, error);
    return weir_record_fail(error, why == ENOMEM ? WEIR_SCHED_NOMEM : WEIR_SCHED_IO, "record %s: cannot read it: %s",
                            path, strerror(why));
}

weir_sched_status weir_replay_open(const char *path, uint64_t program, weir_replay **out, weir_sched_error *error) {
    return weir_replay_load(path, &program, out, error);
}

weir_replay_input weir_replay_input_at(const weir_replay *r, uint64_t number) {
    weir_record_input_body in;
    const unsigned char *body = r->bytes + r->body[number];
    memcpy(&in, body, sizeof in);
    return (weir_replay_input){in.key,    in.seq,   in.path,          in.stream, in.domain,
                               in.levels, in.flags, body + sizeof in, in.size};
}

void weir_replay_close(weir_replay *r) {
    free(r->bytes);
    free(r->used);
    free(r->body);
    free(r->edge);
    free(r->sources);
    free(r->least);
    free(r);
}
