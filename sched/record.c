/* Writing a record. A write that fails ends it: what follows is dropped, so that the file says itself that it is cut. */
#include "sched/record_p.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prims/crc.h"

struct weir_record {
    FILE *file;
    weir_record_options options;
    uint64_t inputs, edges, offset;
    uint32_t crc;
    int error; /* errno of the first write that failed; 0: none has */
};

weir_sched_status weir_record_fail(weir_sched_error *error, weir_sched_status status, const char *format, ...) {
    if (!error) return status;
    error->status = status;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return status;
}

static void put(weir_record *r, const void *bytes, size_t size) {
    if (r->error) return;
    if (fwrite(bytes, 1, size, r->file) == size) r->offset += size;
    else r->error = errno ? errno : EIO;
}

/* A body in two parts, the second of which is filled up to 8 bytes. */
static void put_record(weir_record *r, const void *body, size_t size, const void *more, size_t more_size) {
    static const char zeros[8];
    size_t fill = -more_size & 7;
    weir_record_head head = {(uint32_t)(size + more_size + fill), 0};
    r->crc = weir_crc32c(r->crc, &head.size, sizeof head.size);
    r->crc = weir_crc32c(r->crc, body, size);
    if (more_size) r->crc = weir_crc32c(r->crc, more, more_size);
    head.crc = r->crc = weir_crc32c(r->crc, zeros, fill);
    put(r, &head, sizeof head);
    put(r, body, size);
    if (more_size) put(r, more, more_size);
    put(r, zeros, fill);
}

void weir_record_begin(weir_record *r, const weir_sched_options *o) {
    weir_record_begin_body body = {.kind = WEIR_RECORD_BEGIN, .window = o->window, .lookahead = o->lookahead};
    strncpy(body.variant, o->variant, sizeof body.variant - 1);
    put_record(r, &body, sizeof body, NULL, 0);
}

void weir_record_input(weir_record *r, const weir_event *e) {
    size_t size = 0;
    const void *payload = r->options.payload ? r->options.payload(r->options.arg, e, &size) : NULL;
    if (size > WEIR_RECORD_PAYLOAD_MAX && !r->error) r->error = EFBIG;
    if (r->error) return;
    weir_record_input_body body = {.kind = WEIR_RECORD_INPUT,
                                   .flags = e->flags,
                                   .levels = e->levels,
                                   .stream = e->stream,
                                   .domain = e->domain,
                                   .size = (uint32_t)size,
                                   .seq = e->rank[1],
                                   .key = e->key,
                                   .path = e->path};
    put_record(r, &body, sizeof body, payload, size);
    r->inputs++;
}

void weir_record_edge(weir_record *r, uint64_t epoch, uint64_t horizon, uint64_t digest) {
    weir_record_edge_body body = {WEIR_RECORD_EDGE, {0}, epoch, horizon, digest};
    put_record(r, &body, sizeof body, NULL, 0);
    r->edges++;
    if (!r->error && fflush(r->file)) r->error = errno;
}

weir_sched_status weir_record_create(const char *path, const weir_record_options *options, weir_record **out,
                                     weir_sched_error *error) {
    weir_record *r = calloc(1, sizeof *r);
    if (!r) return weir_record_fail(error, WEIR_SCHED_NOMEM, "record %s: no memory", path);
    if (options) r->options = *options;
    r->file = fopen(path, "wbe");
    if (!r->file) {
        free(r);
        return weir_record_fail(error, WEIR_SCHED_IO, "record %s: cannot create it: %s", path, strerror(errno));
    }
    weir_record_header h = {"WEIR rec", WEIR_RECORD_VERSION, 0, r->options.program};
    r->crc = h.crc = weir_crc32c(0, &h, sizeof h);
    put(r, &h, sizeof h);
    *out = r;
    return WEIR_SCHED_OK;
}

weir_sched_status weir_record_close(weir_record *r, weir_sched_error *error) {
    weir_record_end_body body = {WEIR_RECORD_END, {0}, r->inputs, r->edges};
    put_record(r, &body, sizeof body, NULL, 0);
    if (fclose(r->file) && !r->error) r->error = errno;
    weir_sched_status st = WEIR_SCHED_OK;
    if (r->error)
        st = weir_record_fail(error, WEIR_SCHED_IO, "record: writing failed at offset %llu, after %llu inputs: %s",
                              (unsigned long long)r->offset, (unsigned long long)r->inputs, strerror(r->error));
    free(r);
    return st;
}
