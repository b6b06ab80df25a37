#include "stress/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES_MAX = 600, SAID_MAX = 400 };

static char wrong[256];
static char said[SAID_MAX][80];
static unsigned said_count;
static bool telling;

void fuzz_say(const char *format, ...) {
    va_list ap;
    if (!telling || said_count == SAID_MAX) return;
    va_start(ap, format);
    vsnprintf(said[said_count++], sizeof *said, format, ap);
    va_end(ap);
}

bool fuzz_wrong(const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(wrong, sizeof wrong, format, ap);
    va_end(ap);
    return false;
}

uint64_t fuzz_start(fuzz_input *in) {
    static const unsigned bits[] = {0, 26, 28, 29, 31, 32, 62, 63};
    unsigned bit = bits[fuzz_below(in, 8)];
    return (bit ? (uint64_t)1 << bit : 0) - fuzz_byte(in);
}

#ifdef FUZZ_LIBFUZZER

/* What a runner would note. */
void stress_count(const char *what, uint64_t n) { (void)what, (void)n; }

stress_verdict stress_fail(const char *law, ...) {
    (void)law;
    abort();
}

int fuzz_one(const fuzz_target *target, const uint8_t *data, size_t size) {
    fuzz_input in = {data, data + size, 0};
    if (target->ops(&in)) return 0;
    fprintf(stderr, "%s\n", wrong);
    abort();
}

#else

typedef struct sequence {
    uint8_t bytes[BYTES_MAX];
    size_t n;
} sequence;

static bool agrees(const fuzz_target *target, const sequence *s, uint64_t *operations) {
    fuzz_input in = {s->bytes, s->bytes + s->n, 0};
    bool ok = target->ops(&in);
    *operations += in.operations;
    return ok;
}

/* Any bytes, or few different ones, or a part again and again: what differs often needs many operations of one sort. */
static void draw(sequence *s, stress_random *r) {
    uint32_t kinds = stress_random_below(r, 4), few = 1 + stress_random_below(r, 8);
    uint8_t some[8];
    s->n = 4 + stress_random_below(r, stress_random_below(r, 4) ? 80 : BYTES_MAX - 4);
    for (size_t i = 0; i < 8; i++) some[i] = (uint8_t)stress_random_next(r);
    for (size_t i = 0; i < s->n; i++) {
        s->bytes[i] = (uint8_t)stress_random_next(r);
        if (kinds == 1) s->bytes[i] = some[stress_random_below(r, few)];
        if (kinds == 2 && i > 24 && stress_random_below(r, 16)) s->bytes[i] = s->bytes[i - 8 - few];
    }
}

/* -- making it shorter -- */

static sequence without(const sequence *s, size_t at, size_t n) {
    sequence t = *s;
    memmove(t.bytes + at, t.bytes + at + n, t.n - at - n);
    t.n -= n;
    return t;
}

static bool still_wrong(const fuzz_target *target, sequence *s, sequence t) {
    uint64_t operations = 0;
    if (agrees(target, &t, &operations)) return false;
    *s = t;
    return true;
}

/* Leaves out what can be left out, in ever smaller pieces, then makes bytes small. */
static void shrink(const fuzz_target *target, sequence *s) {
    size_t before;
    do {
        before = s->n;
        for (size_t piece = s->n / 2; piece > 0; piece /= 2)
            for (size_t at = 0; at + piece <= s->n;)
                if (!still_wrong(target, s, without(s, at, piece))) at++;
    } while (s->n < before);
    for (size_t i = 0; i < s->n; i++)
        for (uint8_t b = 0; b < s->bytes[i]; b++) {
            sequence t = *s;
            t.bytes[i] = b;
            if (still_wrong(target, s, t)) break;
        }
}

/* -- the check -- */

static stress_verdict report(const fuzz_target *target, const sequence *s) {
    char hex[2 * BYTES_MAX + 1];
    uint64_t operations = 0;
    telling = true;
    agrees(target, s, &operations);
    for (unsigned i = 0; i < said_count; i++) stress_say("%s", said[i]);
    for (size_t i = 0; i < s->n; i++) snprintf(hex + 2 * i, 3, "%02x", s->bytes[i]);
    stress_replay("%s", s->n ? hex : "00");
    return stress_fail("%s", wrong);
}

static bool read_hex(sequence *s, const char *hex) {
    for (s->n = 0; hex[0] && hex[1] && s->n < BYTES_MAX; hex += 2, s->n++) {
        unsigned byte;
        if (sscanf(hex, "%2x", &byte) != 1) return false;
        s->bytes[s->n] = (uint8_t)byte;
    }
    return !*hex;
}

static stress_verdict replay(const fuzz_target *target, const char *hex) {
    sequence s;
    uint64_t operations = 0;
    if (!read_hex(&s, hex)) return stress_fail("'%s' is no sequence of at most %d bytes in hex", hex, BYTES_MAX);
    return agrees(target, &s, &operations) ? STRESS_PASS : report(target, &s);
}

stress_verdict fuzz_run(const stress_check *check, const stress_request *request) {
    const fuzz_target *target = check->arg;
    stress_random r = stress_random_begin(request->seed, 0);
    uint64_t sequences = 0, operations = 0;
    sequence s;
    bool ok = true;
    if (request->replay) return replay(target, request->replay);
    while (ok && (sequences % 64 || stress_elapsed() < request->seconds)) {
        draw(&s, &r);
        ok = agrees(target, &s, &operations);
        if (++sequences % 1024 == 0) stress_progress(stress_elapsed() / request->seconds);
    }
    stress_count("sequences", sequences);
    stress_count("operations", operations);
    if (ok) return STRESS_PASS;
    size_t before = s.n;
    shrink(target, &s);
    stress_say("found with %zu bytes, shown with %zu", before, s.n);
    return report(target, &s);
}

#endif
