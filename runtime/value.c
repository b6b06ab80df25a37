#include "runtime/value_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const weir_slp_limits weir_value_most = {WEIR_SLP_DEPTH_MAX, (1u << 30) - 4, (1u << 28) - 1, (1u << 24) - 1};

enum { SMALL_MAX = 1 << 27 }; /* integers below it lie in the cell */

#define CELL(payload, tag) ((uint32_t)(payload) << WEIR_SLP_TAG_BITS | (uint32_t)(tag))
#define TEXT4(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define HEADER(units, root, symbols) WEIR_SLP_MAGIC_WORD, WEIR_SLP_VERSION_WORD, units, root, 1, symbols

/* A symbol: its bytes, its text, the table of one place. An error: its bytes, its text. */
static const uint32_t true_buffer[] = {HEADER(9, CELL(0, WEIR_SLP_TAG_SYMBOL), 1), 4, TEXT4('t', 'r', 'u', 'e'),
                                       WEIR_SLP_HEADER};
static const uint32_t false_buffer[] = {HEADER(10, CELL(0, WEIR_SLP_TAG_SYMBOL), 1), 5, TEXT4('f', 'a', 'l', 's'),
                                        TEXT4('e', 0, 0, 0), WEIR_SLP_HEADER};
static const uint32_t nomem_buffer[] = {HEADER(12, CELL(WEIR_SLP_HEADER, WEIR_SLP_TAG_ERROR), 0),
                                        20,
                                        TEXT4('n', 'o', 'm', 'e'),
                                        TEXT4('m', ':', ' ', 'n'),
                                        TEXT4('o', ' ', 'm', 'e'),
                                        TEXT4('m', 'o', 'r', 'y'),
                                        TEXT4(' ', 'l', 'e', 'f')};

static weir_slp_value root_of(const uint32_t *buffer) { return weir_slp_value_(buffer, buffer[WEIR_SLP_ROOT]); }

weir_slp_value weir_value_true(void) { return root_of(true_buffer); }
weir_slp_value weir_value_false(void) { return root_of(false_buffer); }

weir_slp_value weir_value_channel(unsigned i) {
#define CHANNEL(letter) \
    { HEADER(9, CELL(0, WEIR_SLP_TAG_SYMBOL), 1), 1, letter, WEIR_SLP_HEADER }
    static const uint32_t buffer[][9] = {CHANNEL('A'), CHANNEL('B'), CHANNEL('C'), CHANNEL('D'),
                                         CHANNEL('E'), CHANNEL('F'), CHANNEL('X')};
    return root_of(buffer[i]);
}

/* Its base is looked at only by who wants the whole buffer, and finds another root there. */
weir_slp_value weir_value_integer(int64_t i) {
    return weir_slp_value_(false_buffer, CELL((uint32_t)(int32_t)i, WEIR_SLP_TAG_SMALL));
}

bool weir_value_is_true(weir_slp_value v) {
    if (weir_slp_type_of(v) != WEIR_SLP_SYMBOL) return false;
    weir_slp_text t = weir_slp_text_of(v);
    return t.bytes == 4 && !memcmp(t.at, "true", 4);
}

static uint32_t text_units(size_t bytes) { return bytes ? 1 + (uint32_t)(bytes + 3) / 4 : 0; }

/* The buffer of one string or error; `to` has room for it. */
static void put_text(uint32_t *to, const char *at, size_t bytes, uint32_t tag) {
    uint32_t units = WEIR_SLP_HEADER + text_units(bytes);
    const uint32_t header[] = {HEADER(units, CELL(bytes ? WEIR_SLP_HEADER : 0, tag), 0)};
    memcpy(to, header, sizeof header);
    if (!bytes) return;
    to[units - 1] = 0;
    to[WEIR_SLP_HEADER] = (uint32_t)bytes;
    memcpy(to + WEIR_SLP_HEADER + 1, at, bytes);
}

static weir_slp_value text(weir_arena *a, const char *at, size_t bytes, uint32_t tag) {
    uint32_t *to = weir_arena_take(a, (WEIR_SLP_HEADER + text_units(bytes)) * sizeof *to);
    if (!to) return root_of(nomem_buffer);
    put_text(to, at, bytes, tag);
    return root_of(to);
}

weir_slp_value weir_value_string(weir_arena *a, const char *at, size_t bytes) {
    return text(a, at, bytes, WEIR_SLP_TAG_STRING);
}

weir_slp_value weir_value_error(weir_arena *a, const char *class, const char *format, ...) {
    char line[512];
    int n = snprintf(line, sizeof line, "%s: ", class);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    n += more < 0 ? 0 : more;
    return text(a, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1, WEIR_SLP_TAG_ERROR);
}

static weir_slp_value keep(weir_arena *a, const weir_slp *s) {
    uint32_t *to = weir_arena_take(a, weir_slp_bytes(s));
    if (!to) return root_of(nomem_buffer);
    memcpy(to, s, weir_slp_bytes(s));
    return root_of(to);
}

static bool in_cell(weir_slp_value v) { return (v.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_SMALL; }

weir_slp_value weir_value_copy(weir_arena *a, weir_slp_builder *b, weir_slp_value v) {
    if (in_cell(v)) return weir_slp_value_(false_buffer, v.cell);
    uint32_t small[WEIR_VALUE_SMALL / 4];
    const weir_slp *s = weir_value_buffer(v, b, small);
    return s ? keep(a, s) : root_of(nomem_buffer);
}

weir_slp_value weir_value_load(weir_arena *a, const void *at, size_t bytes) {
    uint32_t *to = weir_arena_take(a, bytes ? bytes : 1);
    if (!to) return root_of(nomem_buffer);
    memcpy(to, at, bytes);
    weir_slp_error error;
    const weir_slp *s = weir_slp_verify(to, bytes, &weir_value_most, &error);
    if (s) return weir_slp_root(s);
    if (error.what == WEIR_SLP_NOMEM) return root_of(nomem_buffer);
    return weir_value_error(a, "type", "the store has %zu bytes there that are no value: %s at byte %u", bytes,
                            error.message, error.offset);
}

/* v is the root of its own buffer, not a part of another. A small integer may have any base. */
static bool is_whole(weir_slp_value v) { return !in_cell(v) && v.base[WEIR_SLP_ROOT] == v.cell; }

const weir_slp *weir_value_buffer(weir_slp_value v, weir_slp_builder *b, uint32_t small[WEIR_VALUE_SMALL / 4]) {
    if (is_whole(v)) return (const weir_slp *)(const void *)v.base;
    if (in_cell(v)) {
        const uint32_t header[] = {HEADER(WEIR_SLP_HEADER, v.cell, 0)};
        memcpy(small, header, sizeof header);
        return (const weir_slp *)(const void *)small;
    }
    if (weir_slp_type_of(v) == WEIR_SLP_STRING) {
        weir_slp_text t = weir_slp_text_of(v);
        if (WEIR_SLP_HEADER + text_units(t.bytes) <= WEIR_VALUE_SMALL / 4) {
            put_text(small, t.at, t.bytes, WEIR_SLP_TAG_STRING);
            return (const weir_slp *)(const void *)small;
        }
    }
    if (!b) return NULL;
    weir_slp_put(b, v);
    return weir_slp_finish(b, NULL);
}

bool weir_payload_of_string(weir_payload *p, const char *at, size_t bytes) {
    if (bytes > weir_value_most.bytes / 2) return false;
    p->at = at;
    p->bytes = bytes;
    p->buffer = (WEIR_SLP_HEADER + text_units(bytes)) * sizeof(uint32_t);
    p->text = true;
    return true;
}

static bool of_buffer(weir_payload *p, const weir_slp *s) {
    if (!s) return false;
    p->at = s;
    p->bytes = p->buffer = weir_slp_bytes(s);
    p->text = false;
    return true;
}

bool weir_payload_of(weir_payload *p, weir_slp_value v, weir_slp_builder *b) {
    if (is_whole(v)) return of_buffer(p, (const weir_slp *)(const void *)v.base);
    if (in_cell(v)) {
        const uint32_t header[] = {HEADER(WEIR_SLP_HEADER, v.cell, 0)};
        memcpy(p->small, header, sizeof header);
        return of_buffer(p, (const weir_slp *)(const void *)p->small);
    }
    if (weir_slp_type_of(v) == WEIR_SLP_STRING) {
        weir_slp_text t = weir_slp_text_of(v);
        return weir_payload_of_string(p, t.at, t.bytes);
    }
    if (!b) return false;
    weir_slp_put(b, v);
    return of_buffer(p, weir_slp_finish(b, NULL));
}

void weir_payload_lay(const weir_payload *p, uint32_t *to) {
    if (p->text) put_text(to, p->at, p->bytes, WEIR_SLP_TAG_STRING);
    else memcpy(to, p->at, p->bytes);
}
