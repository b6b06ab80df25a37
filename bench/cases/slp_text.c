#include "bench/cases/slp_text.h"

#include <stdlib.h>
#include <string.h>

enum { PADDING = 64, FORM_MAX = 4096, DIGITS_MAX = 20, TEXT_MAX = 80, DEEP = 100 };

/* No printf: 64 MB are written anew for each repetition. */
typedef struct pen {
    char *slp, *json; /* where to go on */
    uint64_t nodes, sum, state;
    bool first; /* of its list */
} pen;

static uint64_t roll(pen *p, uint64_t n) {
    p->state ^= p->state << 13, p->state ^= p->state >> 7, p->state ^= p->state << 17;
    return p->state % n;
}

static char *copy(char *to, const char *text, size_t n) { return (char *)memcpy(to, text, n) + n; }

static void put(pen *p, const char *text, size_t n) {
    p->slp = copy(p->slp, text, n);
    p->json = copy(p->json, text, n);
}

static char *digits(char *to, uint64_t number) {
    char reversed[DIGITS_MAX];
    int n = 0;
    do reversed[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n) *to++ = reversed[--n];
    return to;
}

/* ---- values ---- */

static void gap(pen *p) {
    if (!p->first) *p->slp++ = ' ', *p->json++ = ',';
    p->first = false;
    p->nodes++;
    p->sum++;
}

static void enter(pen *p, char bracket) {
    gap(p);
    *p->slp++ = bracket;
    *p->json++ = '[';
    p->first = true;
}

static void leave(pen *p, char bracket) {
    *p->slp++ = bracket;
    *p->json++ = ']';
    p->first = false;
}

static void integer(pen *p, uint64_t i) {
    char text[DIGITS_MAX];
    gap(p);
    p->sum += i;
    put(p, text, (size_t)(digits(text, i) - text));
}

static void real(pen *p, uint64_t thousandths) {
    char text[DIGITS_MAX + 4], *end = digits(text, thousandths / 1000);
    gap(p);
    p->sum += thousandths / 1000;
    *end++ = '.';
    for (uint64_t unit = 100; unit; unit /= 10) *end++ = (char)('0' + thousandths / unit % 10);
    put(p, text, (size_t)(end - text));
}

/* The text before, the number and the text after, in quotes for JSON, and here too if it is a string. */
enum { NO_NUMBER = -1 };
static void word(pen *p, bool string, const char *before, int64_t number, const char *after) {
    char text[TEXT_MAX], *end = copy(text + 1, before, strlen(before));
    if (number != NO_NUMBER) end = digits(end, (uint64_t)number);
    end = copy(end, after, strlen(after));
    size_t n = (size_t)(end - text) - 1;
    *text = *end = '"';
    gap(p);
    p->sum += n;
    p->slp = copy(p->slp, string ? text : text + 1, string ? n + 2 : n);
    p->json = copy(p->json, text, n + 2);
}

static void symbol(pen *p, const char *text) { word(p, false, text, NO_NUMBER, ""); }

static void symbol_of(pen *p, const char *before, uint64_t number, const char *after) {
    word(p, false, before, (int64_t)number, after);
}

static void string_of(pen *p, const char *before, uint64_t number, const char *after) {
    word(p, true, before, (int64_t)number, after);
}

/* ---- forms ---- */

static void form_mixed(pen *p) {
    enter(p, '(');
    switch (roll(p, 5)) {
    case 0:
        symbol(p, "core/kv/set");
        symbol_of(p, "user/", roll(p, 5000), "/name");
        string_of(p, "some text of number ", roll(p, 1000), "");
        break;
    case 1:
        symbol(p, "core/kv/get");
        symbol_of(p, "user/", roll(p, 5000), "/name");
        break;
    case 2:
        symbol(p, "core/kv/cas");
        symbol_of(p, "counter/", roll(p, 500), "");
        integer(p, roll(p, 10000));
        integer(p, roll(p, 1000000));
        break;
    case 3:
        symbol(p, "core/event/pub");
        symbol(p, "channel-a");
        integer(p, roll(p, 65536));
        enter(p, '[');
        integer(p, roll(p, 100));
        word(p, true, "payload", NO_NUMBER, "");
        real(p, roll(p, 1000000));
        leave(p, ']');
        break;
    default:
        symbol(p, "core/kv/iterate");
        symbol(p, "user/");
        integer(p, 0);
        integer(p, roll(p, 100));
        enter(p, '{');
        symbol(p, "core/util/log");
        symbol(p, "key");
        leave(p, '}');
    }
    leave(p, ')');
}

static void form_numbers(pen *p) {
    enter(p, '(');
    for (int i = 0; i < 4; i++) {
        integer(p, roll(p, 64) < 32 ? roll(p, 1000) : roll(p, UINT64_MAX / 2));
        real(p, roll(p, 1u << 30));
    }
    leave(p, ')');
}

static void form_strings(pen *p) {
    enter(p, '(');
    for (int i = 0; i < 8; i++) string_of(p, "a string of some length, the ", roll(p, 100000), "th of them all");
    leave(p, ')');
}

static void form_symbols(pen *p) {
    enter(p, '(');
    for (int i = 0; i < 8; i++) symbol_of(p, "name-", roll(p, 3000), "/part");
    leave(p, ')');
}

static void form_nested(pen *p) {
    for (int i = 0; i < DEEP; i++) enter(p, '('), integer(p, (uint64_t)i);
    for (int i = 0; i < DEEP; i++) leave(p, ')');
}

static const struct mix {
    const char *name;
    void (*form)(pen *);
} mixes[] = {{"mixed", form_mixed},
             {"numbers", form_numbers},
             {"strings", form_strings},
             {"symbols", form_symbols},
             {"nested", form_nested}};

static const struct mix *find_mix(const char *name) {
    for (size_t i = 0; i < sizeof mixes / sizeof *mixes; i++)
        if (!strcmp(mixes[i].name, name)) return &mixes[i];
    return NULL;
}

/* ---- texts ---- */

static bool begin(bench_text *t, pen *p, size_t room, uint64_t seed) {
    room += PADDING;
    *t = (bench_text){.slp = malloc(room), .json = malloc(2 * room)}; /* a symbol of one byte takes the most */
    *p = (pen){.slp = t->slp, .json = t->json, .state = seed * 2 + 1, .first = true};
    if (t->slp && t->json) return true;
    bench_text_free(t);
    return false;
}

static void end(bench_text *t, const pen *p) {
    t->slp_bytes = (size_t)(p->slp - t->slp);
    t->json_bytes = (size_t)(p->json - t->json);
    t->nodes = p->nodes;
    t->sum = p->sum;
    memset(p->slp, 0, PADDING);
    memset(p->json, 0, PADDING);
}

/* The list round all forms is there in JSON alone, but the body that they are read as is a value too. */
static void enter_all(pen *p) {
    p->nodes++, p->sum++;
    *p->json++ = '[';
}

static void leave_all(pen *p) { *p->json++ = ']'; }

bool bench_text_forms(bench_text *t, const char *mix, size_t bytes, uint64_t seed) {
    pen p;
    const struct mix *m = find_mix(mix);
    if (!m || !begin(t, &p, bytes + FORM_MAX, seed)) return false;
    enter_all(&p);
    for (; p.slp < t->slp + bytes; t->items++) m->form(&p);
    leave_all(&p);
    end(t, &p);
    return true;
}

bool bench_text_integers(bench_text *t, uint64_t n) {
    pen p;
    if (!begin(t, &p, n * (DIGITS_MAX + 1), 0)) return false;
    enter_all(&p);
    for (; t->items < n; t->items++) integer(&p, t->items);
    leave_all(&p);
    end(t, &p);
    return true;
}

bool bench_text_command(bench_text *t) {
    pen p;
    if (!begin(t, &p, FORM_MAX, 0)) return false;
    enter(&p, '(');
    symbol(&p, "core/kv/set");
    symbol(&p, "counter");
    integer(&p, 42);
    leave(&p, ')');
    t->items = 3;
    end(t, &p);
    return true;
}

void bench_text_free(bench_text *t) {
    free(t->slp);
    free(t->json);
    *t = (bench_text){.slp = NULL};
}
