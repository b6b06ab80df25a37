/* record_p - what the order family tells a record, and what a record is in a file.
 *
 * A file is a header, then records, each {head, body}; the last is an END. Bodies are filled up with zeros to 8 bytes. Numbers
 * are in the byte order of the machine that wrote them, which the version tells. Each crc goes on from the one before it, so
 * no record can be moved, doubled or left out. */
#ifndef WEIR_SCHED_RECORD_P_H
#define WEIR_SCHED_RECORD_P_H

#include "sched/record.h"

/* What the record is of; two runs can be alike to the last epoch only when these are. Once, before all else. */
void weir_record_begin(weir_record *r, const weir_sched_options *o);

/* Both from one thread at a time: whoever puts inputs in order. */
void weir_record_input(weir_record *r,
                       const weir_event *e); /* it came from a source; its key is what it will run with */
/* The epoch is over. All inputs so far were in it or before it; later ones have keys of `horizon` or above. */
void weir_record_edge(weir_record *r, uint64_t epoch, uint64_t horizon, uint64_t digest);

enum { WEIR_RECORD_VERSION = 0x00010300, WEIR_RECORD_PAYLOAD_MAX = 1 << 24 };

typedef struct weir_record_header {
    char magic[8]; /* "WEIR rec" */
    uint32_t version;
    uint32_t crc; /* of the header with 0 here */
    uint64_t program;
} weir_record_header;

typedef struct weir_record_head {
    uint32_t size; /* of the body; a multiple of 8 */
    uint32_t crc;  /* of the size, then the body, after the crc before; the first one after that of the header */
} weir_record_head;

enum { WEIR_RECORD_INPUT = 1, WEIR_RECORD_EDGE, WEIR_RECORD_END, WEIR_RECORD_BEGIN };

typedef struct weir_record_begin_body {
    uint8_t kind, zero[3];
    uint32_t window;
    uint64_t lookahead;
    char variant[16];
} weir_record_begin_body;

typedef struct weir_record_input_body { /* then the payload */
    uint8_t kind, flags, levels, zero;
    uint32_t stream, domain, size; /* of the payload */
    uint64_t seq, key, path;
} weir_record_input_body;

typedef struct weir_record_edge_body {
    uint8_t kind, zero[7];
    uint64_t epoch, horizon, digest;
} weir_record_edge_body;

typedef struct weir_record_end_body {
    uint8_t kind, zero[7];
    uint64_t inputs, edges;
} weir_record_end_body;

/* Fills error (may be NULL) and returns status. */
weir_sched_status weir_record_fail(weir_sched_error *error, weir_sched_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
