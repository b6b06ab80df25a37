#include <stdlib.h>

#include "slp/copy_p.h"
#include "slp/error_p.h"
#include "slp/names_p.h"

/* A block of copies of symbols' texts, which must stay where they are until the buffer is finished. */
typedef struct block {
    struct block *before;
    size_t used, room;
    char at[];
} block;

enum { BLOCK = 4096 };

struct weir_slp_builder {
    slp_assembly a;
    block *texts;
    weir_slp_class bad; /* the first thing that went wrong */
    uint32_t put;       /* values, openers and closers so far */
};

weir_slp_builder *weir_slp_builder_new(const weir_slp_limits *limits) {
    weir_slp_builder *b = malloc(sizeof *b);
    if (!b) return NULL;
    b->texts = NULL;
    b->bad = WEIR_SLP_OK;
    b->put = 0;
    if (slp_assembly_init(&b->a, limits)) return b;
    free(b);
    return NULL;
}

static void forget_texts(weir_slp_builder *b) {
    while (b->texts) {
        block *before = b->texts->before;
        free(b->texts);
        b->texts = before;
    }
}

void weir_slp_builder_free(weir_slp_builder *b) {
    if (!b) return;
    forget_texts(b);
    slp_assembly_free(&b->a);
    free(b);
}

static const char *keep(weir_slp_builder *b, const char *at, size_t bytes) {
    if (!b->texts || b->texts->room - b->texts->used < bytes) {
        size_t room = bytes > BLOCK ? bytes : BLOCK;
        block *next = malloc(sizeof *next + room);
        if (!next) return NULL;
        *next = (block){b->texts, 0, room};
        b->texts = next;
    }
    char *to = b->texts->at + b->texts->used;
    memcpy(to, at, bytes);
    b->texts->used += bytes;
    return to;
}

/* Each call: nothing after something went wrong; one value only. */
static bool ready(weir_slp_builder *b) {
    if (!b->bad && b->a.depth == 0 && b->a.cells) b->bad = WEIR_SLP_SURPLUS;
    return !b->bad;
}

static void done(weir_slp_builder *b, weir_slp_class bad) {
    b->bad = bad;
    b->put += !bad;
}

void weir_slp_put_integer(weir_slp_builder *b, int64_t i) {
    if (!ready(b)) return;
    weir_slp_class bad = slp_room(&b->a, 2);
    done(b, bad ? bad : slp_value(&b->a, slp_record_integer(&b->a, i)));
}

void weir_slp_put_real(weir_slp_builder *b, double d) {
    if (!ready(b)) return;
    weir_slp_class bad = d - d == 0 ? slp_room(&b->a, 2) : WEIR_SLP_NUMBER;
    done(b, bad ? bad : slp_value(&b->a, slp_record_64(&b->a, &d, WEIR_SLP_TAG_REAL)));
}

void weir_slp_put_string(weir_slp_builder *b, const char *at, size_t bytes) {
    if (ready(b)) done(b, slp_put_text(&b->a, at, bytes, WEIR_SLP_TAG_STRING));
}

void weir_slp_put_error(weir_slp_builder *b, const char *at, size_t bytes) {
    if (ready(b)) done(b, slp_put_text(&b->a, at, bytes, WEIR_SLP_TAG_ERROR));
}

/* A symbol that is new is copied: the assembly then has the copy for its text. */
static weir_slp_class put_name(weir_slp_builder *b, const char *at, size_t bytes, uint32_t tag) {
    uint32_t names = b->a.names, number;
    if (bytes > b->a.limits.symbol_bytes) return slp_beyond(&b->a, WEIR_SLP_LENGTH, b->a.limits.symbol_bytes);
    if (!slp_name_is_variable(at, (uint32_t)bytes)) return WEIR_SLP_OPERAND;
    if (tag == WEIR_SLP_TAG_SYMBOL && !slp_name_is_symbol(at, (uint32_t)bytes)) return WEIR_SLP_OPERAND;
    weir_slp_class bad = slp_room_names(&b->a, 1);
    if (bad) return bad;
    number = slp_intern(&b->a, at, (uint32_t)bytes);
    if (number == names) {
        const char *copy = keep(b, at, bytes);
        if (!copy) return WEIR_SLP_NOMEM;
        slp_name_of(&b->a, number)->at = copy;
    }
    return slp_value(&b->a, slp_cell(number, tag));
}

void weir_slp_put_symbol(weir_slp_builder *b, const char *at, size_t bytes) {
    if (ready(b)) done(b, put_name(b, at, bytes, WEIR_SLP_TAG_SYMBOL));
}

void weir_slp_put_variable(weir_slp_builder *b, const char *at, size_t bytes) {
    if (ready(b)) done(b, put_name(b, at, bytes, WEIR_SLP_TAG_VARIABLE));
}

/* New symbols among v's have their texts in v's buffer, which may go: those are copied. */
void weir_slp_put(weir_slp_builder *b, weir_slp_value v) {
    if (!ready(b)) return;
    uint32_t names = b->a.names;
    weir_slp_class bad = slp_copy(&b->a, v);
    for (; names < b->a.names && !bad; names++) {
        slp_name *n = slp_name_of(&b->a, names);
        n->at = keep(b, n->at, n->bytes);
        if (!n->at) bad = WEIR_SLP_NOMEM;
    }
    done(b, bad);
}

void weir_slp_open(weir_slp_builder *b, weir_slp_type list) {
    if (!ready(b)) return;
    bool is_list = list == WEIR_SLP_LIST || list == WEIR_SLP_SEQUENCE || list == WEIR_SLP_BODY;
    done(b, is_list ? slp_enter(&b->a, (uint32_t)list + 1, b->put) : WEIR_SLP_OPERAND);
}

void weir_slp_close(weir_slp_builder *b) {
    if (b->bad) return;
    slp_assembly *a = &b->a;
    if (a->depth == 0) done(b, WEIR_SLP_STRAY);
    else done(b, a->frame[a->depth].tag == WEIR_SLP_TAG_QUOTE ? WEIR_SLP_OPERAND : slp_leave(a));
}

void weir_slp_quote(weir_slp_builder *b) {
    if (ready(b)) done(b, slp_enter(&b->a, WEIR_SLP_TAG_QUOTE, b->put));
}

static weir_slp_class whole(const weir_slp_builder *b) {
    const slp_assembly *a = &b->a;
    if (b->bad) return b->bad;
    if (a->depth) return a->frame[a->depth].tag == WEIR_SLP_TAG_QUOTE ? WEIR_SLP_OPERAND : WEIR_SLP_UNCLOSED;
    return a->cells ? WEIR_SLP_OK : WEIR_SLP_EMPTY;
}

const weir_slp *weir_slp_finish(weir_slp_builder *b, weir_slp_error *error) {
    const weir_slp *s = NULL;
    weir_slp_class bad = whole(b);
    if (!bad) bad = slp_assembly_finish(&b->a, &s);
    if (bad) slp_error_set(error, bad, NULL, b->put, b->a.hit);
    forget_texts(b);
    slp_assembly_begin(&b->a);
    b->bad = WEIR_SLP_OK;
    b->put = 0;
    return s;
}
