/* All short texts against a reader that is as simple as can be. */
#include "slp/test_p.h"

typedef struct naive {
    const char *p;
    char out[256];
} naive;

static void say(naive *n, const char *s) {
    size_t used = strlen(n->out);
    snprintf(n->out + used, sizeof n->out - used, "%s", s);
}

static bool naive_form(naive *n, int depth);

static void naive_blanks(naive *n) {
    for (; *n->p && strchr(" ;", *n->p); n->p++)
        if (*n->p == ';') n->p += strlen(n->p) - 1; /* no line ends in the alphabet */
}

static bool naive_list(naive *n, char close, int depth) {
    char end[2] = {close, 0};
    for (int i = 0;; i++) {
        naive_blanks(n);
        if (*n->p == close) break;
        if (i) say(n, " ");
        if (!naive_form(n, depth + 1)) return false;
    }
    n->p++;
    say(n, end);
    return true;
}

static bool naive_string(naive *n) {
    say(n, "\"");
    for (; *n->p != '"'; n->p++) {
        char c[3] = {*n->p, 0, 0};
        if (!*n->p) return false;
        if (*n->p == '\\') {
            c[1] = *++n->p;
            if (c[1] != '\\' && c[1] != '"') return false;
        }
        say(n, c);
    }
    n->p++;
    say(n, "\"");
    return true;
}

static bool naive_form(naive *n, int depth) {
    naive_blanks(n);
    char c = *n->p, one[2] = {c, 0};
    if (!c || strchr(")]}", c)) return false;
    n->p++;
    if (c == '\'') return say(n, one), naive_form(n, depth);
    if (c == '(') return say(n, one), naive_list(n, ')', depth);
    if (c == '[') return say(n, one), naive_list(n, ']', depth);
    if (c == '"') return naive_string(n);
    if (c == '@') return *n->p++ == '"' && (say(n, one), naive_string(n));
    const char *begin = n->p - 1;
    while (*n->p && !strchr(" ()[]{}\";", *n->p)) n->p++;
    char atom[16] = {0};
    memcpy(atom, begin, (size_t)(n->p - begin));
    if (strchr("1", *atom) || !strcmp(atom, ".") || !strncmp(atom, ".1", 2) || !strncmp(atom, "-1", 2) ||
        !strncmp(atom, "-.1", 3)) {
        char *end, text[32];
        double d = strtod(atom, &end);
        if (*end) return false;
        snprintf(text, sizeof text, "%g", d);
        say(n, text);
        if (strchr(atom, '.') && !strchr(text, '.')) say(n, ".0");
        return true;
    }
    return say(n, atom), true;
}

static void every_short_text(void **state) {
    (void)state;
    static const char alphabet[] = "a1.-$ '@\"\\;()[]";
    enum { LONGEST = 5, LETTERS = sizeof alphabet - 1 };
    long accepted = 0, total = 0;
    for (int length = 0; length <= LONGEST; length++) {
        long all = 1;
        for (int i = 0; i < length; i++) all *= LETTERS;
        for (long k = 0; k < all; k++, total++) {
            char text[LONGEST + 1] = {0};
            long rest = k;
            for (int i = 0; i < length; i++, rest /= LETTERS) text[i] = alphabet[rest % LETTERS];
            naive n = {text, ""};
            bool good = naive_form(&n, 0);
            if (good) naive_blanks(&n), good = *n.p == 0;
            const weir_slp *s = weir_slp_read(reader, text, (size_t)length, WEIR_SLP_ONE, NULL);
            if (good != (s != NULL)) fail_msg("<%s> %s", text, good ? "is not read" : "is read");
            if (!s) continue;
            accepted++;
            if (strcmp(text_of(weir_slp_root(s)), n.out)) fail_msg("<%s> is printed %s, not %s", text, printed, n.out);
            if (!weir_slp_verify(s, weir_slp_bytes(s), NULL, NULL)) fail_msg("<%s> is refused by verify", text);
        }
    }
    assert_true(accepted > 10000 && total > 500000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_text),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
