/* Formatting: what it writes reads as the same buffer, has the same comments, and is not changed by formatting it again.
 * Examples; all short texts; random ones; the scripts of the conformance cases. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slp/slp.h"

enum { ROOM = 1 << 16 };
static weir_slp_reader *one, *two;

static int make_readers(void **state) {
    (void)state;
    one = weir_slp_reader_new(NULL);
    two = weir_slp_reader_new(NULL);
    return one && two ? 0 : -1;
}

static int free_readers(void **state) {
    (void)state;
    weir_slp_reader_free(one);
    weir_slp_reader_free(two);
    return 0;
}

/* The comments of a text one after the other, a line each, found in the simplest way. */
static size_t comments(const char *text, size_t bytes, char *to) {
    size_t n = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"')
            for (i++; i < bytes && text[i] != '"'; i++) i += text[i] == '\\';
        else if (text[i] == ';') {
            while (i < bytes && text[i] != '\n') to[n++] = text[i++];
            while (strchr(" \t\v\f\r", to[n - 1]) && to[n - 1]) n--;
            to[n++] = '\n';
        }
    }
    return n;
}

static size_t fmt(const char *text, size_t bytes, char *to) {
    size_t n = weir_slp_fmt(text, bytes, to, ROOM);
    assert_true(n <= ROOM);
    return n;
}

/* False: the text cannot be read; formatting it must do no harm. */
static bool holds(const char *text, size_t bytes) {
    static char first[ROOM], second[ROOM], had[ROOM], has[ROOM];
    size_t n = fmt(text, bytes, first);
    const weir_slp *s = weir_slp_read(one, text, bytes, WEIR_SLP_ALL, NULL);
    if (!s) return false;
    const weir_slp *t = weir_slp_read(two, first, n, WEIR_SLP_ALL, NULL);
    if (!t || weir_slp_bytes(s) != weir_slp_bytes(t) || memcmp(s, t, weir_slp_bytes(s)))
        fail_msg("another buffer: <%.*s> became <%.*s>", (int)bytes, text, (int)n, first);
    size_t m = fmt(first, n, second);
    if (m != n || memcmp(first, second, n))
        fail_msg("twice is not once: <%.*s>, <%.*s>, <%.*s>", (int)bytes, text, (int)n, first, (int)m, second);
    size_t k = comments(text, bytes, had);
    if (comments(first, n, has) != k || memcmp(had, has, k))
        fail_msg("other comments: <%.*s> became <%.*s>", (int)bytes, text, (int)n, first);
    return true;
}

static void becomes(const char *text, const char *wanted) {
    static char got[ROOM];
    size_t n = fmt(text, strlen(text), got);
    if (n != strlen(wanted) || memcmp(got, wanted, n))
        fail_msg("<%s> became <%.*s>, not <%s>", text, (int)n, got, wanted);
    assert_true(holds(text, strlen(text)));
}

static void examples(void **state) {
    (void)state;
    becomes("( a  b )(c)d", "(a b)\n(c)\nd\n");
    becomes("a\n\n\n\nb\n\n", "a\n\nb\n");
    becomes("(a\n\n b)", "(a b)\n");
    becomes("' x '( ) ''y", "'x\n'()\n''y\n");
    becomes("a;c  \nb ; d", "a ;c\nb ; d\n");
    becomes("; first\n\n; second\na", "; first\n\n; second\na\n");
    becomes("(a ; why\n b)", "(a ; why\n  b)\n");
    becomes("(a b ; why\n )", "(a\n  b ; why\n)\n");
    becomes("(a\n ; alone\n )", "(a\n  ; alone\n)\n");
    becomes("(;x\na\n\n\n;y\n\n)", "( ;x\n  a\n\n  ;y\n)\n");
    becomes("(\n\n;x\na)", "(\n  ;x\n  a)\n");
    becomes("'(a ; c\n)b", "'(a ; c\n)\nb\n");
    becomes("' ; c\na", "' ; c\na\n");
    becomes("\"a\n  b ; c\" x", "\"a\n  b ; c\"\nx\n");
    becomes("a ; c\r\nb\r\n", "a ; c\nb\n");
    becomes("007 1e3 \"\\x41\" $v @\"a: b\"", "007\n1e3\n\"\\x41\"\n$v\n@\"a: b\"\n");
    becomes("a\"b\"[c]{d}", "a\n\"b\"\n[c]\n{d}\n");
}

static void long_lists_are_broken(void **state) {
    (void)state;
#define TEN " 345678901"
#define FIFTY TEN TEN TEN TEN TEN
    becomes("(1" FIFTY TEN TEN TEN TEN " 345678)", "(1" FIFTY TEN TEN TEN TEN " 345678)\n"); /* 100 columns */
    becomes("(1 [2] (3" FIFTY FIFTY "))",
            "(1\n  [2]\n  (3" /* each on a line */
            "\n    345678901\n    345678901\n    345678901\n    345678901\n    345678901"
            "\n    345678901\n    345678901\n    345678901\n    345678901\n    345678901))\n");
}

/* A string counts as long as it is, wherever its lines end. */
static void strings_of_lines(void **state) {
    (void)state;
    char text[600], wanted[600], many[120];
    memset(many, 'm', 90);
    many[90] = 0;
    sprintf(text, "(f %s%s \"%s\nx\" (a b c))", many, many, many);
    sprintf(wanted, "(f\n  %s%s\n  \"%s\nx\"\n  (a b c))\n", many, many, many);
    becomes(text, wanted);
    sprintf(text, "'\"%s\n\" (g \"%s\n%s\")", many, many, many);
    sprintf(wanted, "'\"%s\n\"\n(g\n  \"%s\n%s\")\n", many, many, many);
    becomes(text, wanted);
}

static void what_does_not_fit_is_cut(void **state) {
    (void)state;
    static const char text[] = "(a  b) ; c", wanted[] = "(a b) ; c\n";
    for (size_t room = 0; room < sizeof wanted; room++) {
        char to[sizeof wanted + 1];
        memset(to, '#', sizeof to);
        assert_int_equal(weir_slp_fmt(text, sizeof text - 1, to, room), sizeof wanted - 1);
        assert_memory_equal(to, wanted, room < sizeof wanted - 1 ? room : sizeof wanted - 1);
        assert_int_equal(to[room], '#');
    }
}

/* Every text of up to 7 bytes of this alphabet, as many as there are to know. */
static void all_short_texts(void **state) {
    (void)state;
    static const char alphabet[] = "()';\n \"a";
    enum { LETTERS = sizeof alphabet - 1, LONGEST = 7 };
    long read = 0, all = 1;
    for (int bytes = 1; bytes <= LONGEST; bytes++) {
        all *= LETTERS;
        for (long i = 0; i < all; i++) {
            char *text = malloc((size_t)bytes); /* exactly as long, so that a byte too far is seen */
            long rest = i;
            for (int k = 0; k < bytes; k++, rest /= LETTERS) text[k] = alphabet[rest % LETTERS];
            read += holds(text, (size_t)bytes);
            free(text);
        }
    }
    assert_true(read > 100000);
}

static uint64_t dice = 88172645463325252u;
static uint64_t roll(uint64_t n) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    return dice % n;
}

/* A text that can be read: openers are closed in the end, and a quote gets an operand. */
static size_t random_text(char *to) {
    static const char *const pieces[] = {"a",
                                         "\"s\"",
                                         "core/kv/set",
                                         "-1.5",
                                         "$v",
                                         "@\"x: y\"",
                                         "'",
                                         ";c\n",
                                         "; d \n",
                                         "\n",
                                         "\n\n\n",
                                         "\t",
                                         "\"two\nlines ; no\"",
                                         "a-symbol-that-is-rather-long-as-symbols-go",
                                         "\r\n"};
    static const char open[] = "([{", close[] = ")]}";
    char stack[40];
    size_t n = 0, depth = 0;
    bool quoted = false;
    for (uint64_t k = roll(80) + 2; k || depth || quoted; k -= k > 0) {
        uint64_t way = roll(8);
        if (way < 2 && k && depth < sizeof stack) {
            size_t which = roll(3);
            to[n++] = open[which], stack[depth++] = close[which], quoted = false;
        } else if ((way == 2 || !k) && depth && !quoted) {
            to[n++] = stack[--depth];
        } else {
            const char *p = k ? pieces[roll(sizeof pieces / sizeof *pieces)] : "z";
            n += (size_t)sprintf(to + n, "%s", p);
            quoted = *p == '\'' || (quoted && strchr(";\n\t\r", *p));
            if (*p != '\'') to[n++] = roll(3) ? ' ' : '\n';
        }
    }
    return n;
}

static void random_texts(void **state) {
    (void)state;
    static char text[ROOM];
    int read = 0;
    for (int i = 0; i < 20000; i++) read += holds(text, random_text(text));
    assert_true(read > 19000); /* the others have nothing but comments */
}

/* A canonical text is all on one line, without comments: then formatting it is printing it. */
static void as_the_printer_does(void **state) {
    (void)state;
    static char text[ROOM], line[ROOM], pretty[ROOM], got[ROOM];
    for (int i = 0; i < 20000; i++) {
        const weir_slp *s = weir_slp_read(one, text, random_text(text), WEIR_SLP_ALL, NULL);
        if (!s) continue;
        size_t n = weir_slp_print_forms(weir_slp_root(s), WEIR_SLP_CANONICAL, line, ROOM);
        size_t wanted = weir_slp_print_forms(weir_slp_root(s), WEIR_SLP_PRETTY, pretty, ROOM);
        if (fmt(line, n, got) != wanted || memcmp(got, pretty, wanted))
            fail_msg("<%.*s> is printed <%.*s>, became <%.*s>", (int)n, line, (int)wanted, pretty, (int)wanted, got);
    }
}

static void scripts_of_the_cases(void **state) {
    (void)state;
    static char path[512], text[ROOM];
    DIR *d = opendir(SLP_CASES);
    assert_non_null(d);
    int read = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        snprintf(path, sizeof path, "%s/%.200s/script.slp", SLP_CASES, e->d_name);
        FILE *f = fopen(path, "rb");
        if (!f) continue;
        read += holds(text, fread(text, 1, sizeof text, f));
        fclose(f);
    }
    closedir(d);
    assert_true(read >= 4);
}

/* As deep as it goes, and deeper. */
static void nesting(void **state) {
    (void)state;
    static char text[3 * WEIR_SLP_DEPTH_MAX];
    memset(text, '(', sizeof text);
    assert_true(weir_slp_fmt(text, sizeof text, NULL, 0) > sizeof text);
    memset(text, ')', sizeof text);
    assert_true(weir_slp_fmt(text, sizeof text, NULL, 0) > 0);
    memset(text, '(', 100);
    memset(text + 100, ')', 100);
    assert_true(holds(text, 200));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(long_lists_are_broken),
        cmocka_unit_test(strings_of_lines),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(all_short_texts),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(as_the_printer_does),
        cmocka_unit_test(scripts_of_the_cases),
        cmocka_unit_test(nesting),
    };
    return cmocka_run_group_tests(tests, make_readers, free_readers);
}
