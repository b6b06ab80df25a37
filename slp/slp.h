/* slp - S-expressions, code and data alike, as one immutable buffer.
 *
 * When to use      Values that are read once, then walked, compared, stored, sent and executed often and by many: the whole
 *                  value is one block without pointers, so each of these takes it as it is. To change a value, build another.
 *
 *     weir_slp_reader *reader = weir_slp_reader_new(NULL);
 *     weir_slp_error error;
 *     const weir_slp *script = weir_slp_read(reader, text, bytes, WEIR_SLP_ALL, &error);   ( ... ) ( ... ) of the text
 *     if (!script) fprintf(stderr, "%u:%u: %s\n", error.line, error.column, error.message);
 *     weir_slp_value forms = weir_slp_root(script);
 *     for (uint32_t i = 0; i < weir_slp_count(forms); i++) run(weir_slp_at(forms, i));
 *
 *                  A whole program, with a builder and a file: slp/example.c. Its flags: pkg-config --cflags --libs weir-slp.
 * Text             ( ) a list: applies a command. [ ] a sequence: run in order. { } a body: evaluates to itself. 'x quotes x.
 *                  @"class: message" an error value. "..." a string, with \" \\ \n \r \t \xHH for bytes; any byte may stand
 *                  in it as it is. Integers are signed 64-bit; reals are doubles, with a point or an exponent, correctly
 *                  rounded both ways, never a NaN or infinite. What begins as a number does must be one: 1x is an error.
 *                  $name is a variable. Every other run of bytes is a symbol; it ends before a blank, a bracket, " or ;.
 *                  ; begins a comment, to the end of the line. Bytes above 127 are kept as they are, valid UTF-8 or not,
 *                  and so are zeros.
 * Buffer           Little-endian units of 4 bytes: a header, the records, the texts of the symbols, a table of them. Nothing
 *                  in it is an address, so it may lie anywhere that is aligned to 4 bytes. It is canonical: equal values have
 *                  equal bytes, so memcmp of two buffers compares values. Layout: slp/format.h.
 * Ownership        A weir_slp_value is a view: a base and a cell, passed by value, valid as long as the buffer it looks into.
 *                  Texts it gives out lie in the buffer too. What reader, builder and feed answer is theirs, and valid until
 *                  their next call. weir_slp_object is a counted owner of a buffer of its own. Texts that are given to any
 *                  function here are not kept: they may go when it returns. Where bytes is 0, NULL is a text too.
 * Threads          Buffers do not change: any number of threads may look into one. retain and release, and names once they
 *                  are made, by any thread. A reader, a builder, a feed: one thread at a time; each has its own.
 * Trust            Views check neither types nor bounds: only buffers that this library made, or that weir_slp_verify has
 *                  accepted and that nobody changes afterwards (copy them out of shared memory first), may be looked into,
 *                  and an item only as what weir_slp_type_of says it is.
 * Progress         Nothing blocks, but where malloc does; retain and release are lock-free. Time is linear in the bytes
 *                  given; PRETTY and fmt write up to two more bytes a line for each list around it. at, count, type_of,
 *                  symbol and integer take a few loads at any size. No function is recursive.
 * Stack            At most 128 KiB: equal, compare and print about 100, hash, verify, detach and put 50, all others 8.
 * Memory           A reader, a builder and a feed keep what their largest value took, until they are freed: 100 kB and at
 *                  most 96 bytes for each byte of the text (short symbols that are all different; 4 to 8 bytes are usual). A
 *                  feed has the text that is pending besides. verify allocates at most as much as the buffer has, and
 *                  nothing up to 8 symbols. Views, comparing, hash, printing and fmt allocate nothing.
 * Errors           NULL, or what the function says. Nothing leaks, and reader and builder serve on. weir_slp_error says what,
 *                  where, and which limit; the pointer may be NULL, and it is written in case of an error only.
 * Limits           weir_slp_limits, each settable from 1 up to the hard one. What goes beyond is an error of its own class
 *                  that names the limit. A buffer has at most 2^28 - 1 units: 1 GiB. Little-endian machines only. Locales
 *                  do not matter. Not for signal handlers, but for what allocates nothing.
 * Checked by       the unit tests beside it, of what others send above all hostile_test, verify_test and memory_test; the
 *                  conformance cases in slp/cases; fuzzers in slp/fuzz.
 */
#ifndef WEIR_SLP_SLP_H
#define WEIR_SLP_SLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- limits and errors -------------------------------------------------------------------------------------------- */

typedef struct weir_slp_limits {
    uint32_t depth;        /* brackets and quotes around a value. 128; at most WEIR_SLP_DEPTH_MAX */
    uint32_t bytes;        /* of a text, and of a buffer. 16 MiB; at most 1 GiB - 4 */
    uint32_t nodes;        /* values, lists counted with what is in them. 1,000,000; at most 2^28 - 1 */
    uint32_t symbol_bytes; /* of one symbol. 4096; at most 2^24 - 1 */
} weir_slp_limits;

enum { WEIR_SLP_DEPTH_MAX = 4096 };

/* The limits that hold when NULL is given: the first number of each above. */
weir_slp_limits weir_slp_limits_default(void);

typedef enum weir_slp_class {
    WEIR_SLP_OK = 0,
    WEIR_SLP_UNCLOSED, /* ( [ { or " without its end; the offset is the opener's */
    WEIR_SLP_STRAY,    /* ) ] } that closes nothing, or not what is open */
    WEIR_SLP_OPERAND,  /* ' or @ with nothing to stand before */
    WEIR_SLP_NUMBER,   /* looks like a number and is none, or does not fit */
    WEIR_SLP_ESCAPE,   /* \ before something else than the escapes above */
    WEIR_SLP_EMPTY,    /* no form in the text */
    WEIR_SLP_SURPLUS,  /* WEIR_SLP_ONE, and a second form */
    WEIR_SLP_DEPTH,    /* beyond limits.depth */
    WEIR_SLP_SIZE,     /* beyond limits.bytes */
    WEIR_SLP_COUNT,    /* beyond limits.nodes */
    WEIR_SLP_LENGTH,   /* beyond limits.symbol_bytes */
    WEIR_SLP_NOMEM,    /* the system refused memory */
    WEIR_SLP_FOREIGN, /* verify: not a buffer, of another byte order, or of a version that this library does not know */
    WEIR_SLP_CORRUPT, /* verify: a buffer that is not canonical; file: the checksum is wrong */
    WEIR_SLP_TRUNCATED /* verify, file: fewer bytes than it says */
} weir_slp_class;

/* What was wrong, and where. Of a text: the place of the thing that is wrong, of what is not closed the opener. Of a buffer or
 * a file: the place of the 4 bytes that are wrong; line and column are 0. Of a builder: see weir_slp_finish. */
typedef struct weir_slp_error {
    weir_slp_class what;
    uint32_t offset;       /* in bytes, from 0 */
    uint32_t line, column; /* from 1; columns are bytes */
    uint32_t limit;        /* DEPTH, SIZE, COUNT, LENGTH: the limit that was hit; otherwise 0 */
    const char *message;   /* one line, static */
} weir_slp_error;

/* "unclosed", "stray", "operand" ...: the names of the classes. Static. */
const char *weir_slp_class_name(weir_slp_class what);

/* -- views -------------------------------------------------------------------------------------------------------- */

static inline weir_slp_value weir_slp_value_(const uint32_t *base, uint32_t cell) {
    weir_slp_value v;
    v.base = base;
    v.cell = cell;
    return v;
}

/* The type of v. */
static inline weir_slp_type weir_slp_type_of(weir_slp_value v) {
    uint32_t tag = v.cell & WEIR_SLP_TAG_MASK;
    return (weir_slp_type)(tag - (tag > 0)); /* two tags are integers */
}

/* The value that a buffer holds. After WEIR_SLP_ALL: a body with one item a form. */
static inline weir_slp_value weir_slp_root(const weir_slp *s) {
    return weir_slp_value_(s->unit, s->unit[WEIR_SLP_ROOT]);
}

/* Bytes of the buffer, a multiple of 4: what to store, to send, to compare. */
static inline size_t weir_slp_bytes(const weir_slp *s) { return (size_t)s->unit[WEIR_SLP_UNITS] * 4; }

/* Values in it, the root included. */
static inline uint32_t weir_slp_nodes(const weir_slp *s) { return s->unit[WEIR_SLP_NODES]; }

/* v is an INTEGER: the whole of 64 bits. */
int64_t weir_slp_integer_far_(weir_slp_value v);
static inline int64_t weir_slp_integer(weir_slp_value v) {
    if ((v.cell & WEIR_SLP_TAG_MASK) == WEIR_SLP_TAG_SMALL) return (int32_t)v.cell >> WEIR_SLP_TAG_BITS;
    return weir_slp_integer_far_(v);
}

/* v is a REAL. Never a NaN. */
double weir_slp_real(weir_slp_value v);

/* Bytes that lie in the buffer, not ended by a zero; those of a string may contain some. */
typedef struct weir_slp_text {
    const char *at;
    uint32_t bytes;
} weir_slp_text;

/* v is a STRING, a SYMBOL, a VARIABLE (without its $) or an ERROR (class and message). */
static inline weir_slp_text weir_slp_text_of(weir_slp_value v) {
    uint32_t tag = v.cell & WEIR_SLP_TAG_MASK, at = v.cell >> WEIR_SLP_TAG_BITS;
    weir_slp_text t = {"", 0};
    if (tag == WEIR_SLP_TAG_SYMBOL || tag == WEIR_SLP_TAG_VARIABLE)
        at = v.base[v.base[WEIR_SLP_UNITS] - v.base[WEIR_SLP_SYMBOLS] + at];
    if (at) {
        t.at = (const char *)(v.base + at + 1);
        t.bytes = v.base[at];
    }
    return t;
}

/* v is a SYMBOL or a VARIABLE: its number in this buffer, 0 .. weir_slp_symbols - 1. Equal numbers, equal names. */
static inline uint32_t weir_slp_symbol(weir_slp_value v) { return v.cell >> WEIR_SLP_TAG_BITS; }
static inline uint32_t weir_slp_symbols(const weir_slp *s) { return s->unit[WEIR_SLP_SYMBOLS]; }

/* v is a LIST, a SEQUENCE or a BODY: how many items, and item i < count, by one load each. */
static inline uint32_t weir_slp_count(weir_slp_value v) {
    uint32_t at = v.cell >> WEIR_SLP_TAG_BITS;
    return at ? v.base[at] : 0;
}
static inline weir_slp_value weir_slp_at(weir_slp_value v, uint32_t i) {
    return weir_slp_value_(v.base, v.base[(v.cell >> WEIR_SLP_TAG_BITS) + 1 + i]);
}

/* v is a QUOTE: what it quotes. */
static inline weir_slp_value weir_slp_quoted(weir_slp_value v) {
    return weir_slp_value_(v.base, v.base[v.cell >> WEIR_SLP_TAG_BITS]);
}

/* -- comparing ---------------------------------------------------------------------------------------------------- */

/* Equal as values, wherever they lie: 1 is not 1.0, 0.0 is not -0.0, a is not $a nor "a". */
bool weir_slp_equal(weir_slp_value a, weir_slp_value b);

/* A total order that equality agrees with: by type in the order of weir_slp_type; numbers by value (-0.0 before 0.0), texts
 * by bytes, the shorter first when one begins the other; lists by their items in turn. < 0, 0, > 0. */
int weir_slp_compare(weir_slp_value a, weir_slp_value b);

/* Equal values have equal hashes under one seed, in every process. Choose a secret seed where others choose the values. */
uint64_t weir_slp_hash(weir_slp_value v, uint64_t seed);

/* -- reading ------------------------------------------------------------------------------------------------------ */

/* Memory for reading that is kept from one text to the next: make one a thread, not one a text. */
typedef struct weir_slp_reader weir_slp_reader;

/* limits: NULL, the default ones. Answers NULL: no memory, or a limit is 0 or above the hard one. */
weir_slp_reader *weir_slp_reader_new(const weir_slp_limits *limits);
void weir_slp_reader_free(weir_slp_reader *reader); /* and its buffer; NULL is nothing */

typedef enum weir_slp_extent {
    WEIR_SLP_ONE, /* exactly one form, which is the root */
    WEIR_SLP_ALL  /* any number of forms, at least one, in a body which is the root */
} weir_slp_extent;

/* Reads a text of any bytes. The buffer is the reader's, and valid until its next call; weir_slp_object_new keeps a copy.
 * NULL: *error says what and where: UNCLOSED to SURPLUS, a limit, or NOMEM. The reader can go on with another text, but its
 * last buffer is gone. */
const weir_slp *weir_slp_read(weir_slp_reader *reader, const char *text, size_t bytes, weir_slp_extent extent,
                              weir_slp_error *error);

/* A text that comes in pieces, cut anywhere: one form after the other as they are complete. An atom is complete only when
 * the byte behind it has come, or the end. */
typedef struct weir_slp_feed weir_slp_feed;

typedef enum weir_slp_fed { WEIR_SLP_FORM, WEIR_SLP_MORE, WEIR_SLP_BAD } weir_slp_fed;

weir_slp_feed *weir_slp_feed_new(const weir_slp_limits *limits); /* limits, NULL: as weir_slp_reader_new */
void weir_slp_feed_free(weir_slp_feed *feed);                    /* NULL is nothing */

/* Appends bytes, a copy, to what is pending. false: no memory, or more than limits.bytes would be pending; nothing was taken.
 * Then take forms first; where the answer to that is MORE, one form is larger than the limit, and the feed of no more use. */
bool weir_slp_feed_push(weir_slp_feed *feed, const char *text, size_t bytes);

/* FORM: *form is the next, valid until the next call. MORE: push first. BAD: *error, with offset and line counted from the
 * first byte ever pushed (the offset modulo 2^32), and no further form: the feed answers BAD from then on. Of brackets only
 * the number is counted until a form is whole: ([) waits for one more closer before it is BAD. `ended`: no byte will come any
 * more; what is pending is then a form or BAD, and MORE means that there is nothing left. Push nothing afterwards. */
weir_slp_fed weir_slp_feed_next(weir_slp_feed *feed, bool ended, const weir_slp **form, weir_slp_error *error);

/* -- building ----------------------------------------------------------------------------------------------------- */

/* Makes buffers without a text: values in the order of the text, open and close round lists. What goes wrong is remembered,
 * and what is put afterwards is nothing, so only finish need be looked at. */
typedef struct weir_slp_builder weir_slp_builder;

weir_slp_builder *weir_slp_builder_new(const weir_slp_limits *limits); /* NULL: as weir_slp_reader_new */
void weir_slp_builder_free(weir_slp_builder *b);                       /* and its buffer; NULL is nothing */

void weir_slp_put_integer(weir_slp_builder *b, int64_t i);
void weir_slp_put_real(weir_slp_builder *b, double d); /* a NaN or an infinity is an error: NUMBER */
void weir_slp_put_string(weir_slp_builder *b, const char *at, size_t bytes);
void weir_slp_put_symbol(weir_slp_builder *b, const char *at, size_t bytes);   /* must read back as one, or OPERAND */
void weir_slp_put_variable(weir_slp_builder *b, const char *at, size_t bytes); /* without its $; the same */
void weir_slp_put_error(weir_slp_builder *b, const char *at, size_t bytes);    /* "class: message" */
void weir_slp_put(weir_slp_builder *b, weir_slp_value v);                      /* a copy of v */
void weir_slp_open(weir_slp_builder *b, weir_slp_type list);                   /* LIST, SEQUENCE, BODY */
void weir_slp_close(weir_slp_builder *b);
void weir_slp_quote(weir_slp_builder *b); /* the next value is quoted */

/* The buffer of the one value put, valid until the next call; the builder begins anew, also after an error. NULL: *error, whose
 * offset is the number of the call, from 0, that went wrong; of all calls, when the whole is wrong: EMPTY, UNCLOSED. */
const weir_slp *weir_slp_finish(weir_slp_builder *b, weir_slp_error *error);

/* -- printing ----------------------------------------------------------------------------------------------------- */

typedef enum weir_slp_style {
    WEIR_SLP_CANONICAL, /* one blank between items: one text a value, and it reads back as the same buffer */
    WEIR_SLP_PRETTY     /* lists that do not fit a line of 100 bytes are broken, an item a line, indented by 2 blanks */
} weir_slp_style;

/* Writes v into room bytes at `to` and answers how many bytes it takes; if that is more than room, the text is cut there.
 * No zero is added; what is left of the room may be written over. With room 0, `to` may be NULL: that measures. forms: v is
 * a body, printed as a text of forms, a line each. */
size_t weir_slp_print(weir_slp_value v, weir_slp_style style, char *to, size_t room);
size_t weir_slp_print_forms(weir_slp_value v, weir_slp_style style, char *to, size_t room);

/* Formats a text that can be read, in the way of WEIR_SLP_PRETTY, and so that it still reads as the same buffer: numbers and
 * strings stay as they were typed, comments and blank lines where they were (of several blank lines, one). Formatting what
 * was formatted changes nothing. Answers and cuts as weir_slp_print; of a text that cannot be read the outcome has no
 * meaning. */
size_t weir_slp_fmt(const char *text, size_t bytes, char *to, size_t room);

/* -- owning ------------------------------------------------------------------------------------------------------- */

/* A buffer in memory of its own, freed by the last release. */
typedef struct weir_slp_object weir_slp_object;

/* A copy of a buffer, or of the part of one that v is (a small child then does not keep a large parent). One reference.
 * NULL: no memory. */
weir_slp_object *weir_slp_object_new(const weir_slp *s);
weir_slp_object *weir_slp_detach(weir_slp_value v);

/* o is not NULL. Who has a reference may make another (retain answers o) and gives back each once. Memory order: retain is
 * relaxed, release is release and acquire: all that happened before any of them happens before the memory is freed. */
weir_slp_object *weir_slp_retain(weir_slp_object *o);
void weir_slp_release(weir_slp_object *o);
const weir_slp *weir_slp_object_buffer(const weir_slp_object *o); /* valid as long as the reference */

/* -- from outside --------------------------------------------------------------------------------------------------- */

/* Accepts `bytes` bytes at `at`, aligned to 4, as a buffer, or refuses them; one pass, nothing is copied: the answer is `at`.
 * Afterwards, as long as they do not change, everything above may be called on it, and cannot leave it. limits as for reading
 * (a body that is the root does not count as depth; above the hard ones, those hold). NULL: *error: FOREIGN, CORRUPT,
 * TRUNCATED, a limit, or NOMEM. */
const weir_slp *weir_slp_verify(const void *at, size_t bytes, const weir_slp_limits *limits, weir_slp_error *error);

/* As a file or on a wire that does not check by itself: 16 bytes (magic, CRC32C, length) before the buffer. To store: write the
 * header, then weir_slp_bytes(s) bytes at s. To take back: file_open on all that was written, aligned to 4 and nothing behind
 * it; checked and verified, the answer lies in it. */
enum { WEIR_SLP_FILE_HEADER = 16 };
void weir_slp_file_header(const weir_slp *s, unsigned char to[WEIR_SLP_FILE_HEADER]);
const weir_slp *weir_slp_file_open(const void *at, size_t bytes, const weir_slp_limits *limits, weir_slp_error *error);

/* -- names -------------------------------------------------------------------------------------------------------- */

/* Names that a process knows, each with a number of its own: commands. Made once, read by any thread. */
typedef struct weir_slp_names weir_slp_names;

/* Number i is names[i], which is copied; they end with a zero. NULL: no memory, or one name twice. */
weir_slp_names *weir_slp_names_new(const char *const *names, uint32_t count);
void weir_slp_names_free(weir_slp_names *n); /* NULL is nothing */

/* The number of that name, or UNKNOWN. */
#define WEIR_SLP_UNKNOWN UINT32_MAX
uint32_t weir_slp_name_find(const weir_slp_names *n, const char *at, size_t bytes);

/* Resolves a buffer's symbols once, at load: number[i] is what symbol i of s is called by in n, or UNKNOWN. `number` has
 * weir_slp_symbols(s) places. After it, dispatch is number[weir_slp_symbol(v)]. */
void weir_slp_resolve(const weir_slp *s, const weir_slp_names *n, uint32_t *number);

#ifdef __cplusplus
}
#endif
#endif
