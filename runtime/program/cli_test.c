/* Test of the command line: the real program, run as a user runs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/weir-cli-XXXXXX";
static char out[1 << 20], err[1 << 16]; /* of the last run */

static void get(const char *name, char *text, size_t room) {
    char path[128];
    snprintf(path, sizeof path, "%s/texts/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("no file %s", path);
    text[fread(text, 1, room - 1, f)] = '\0';
    fclose(f);
}

static void put_bytes(const char *name, const char *text, size_t bytes) {
    char path[128];
    snprintf(path, sizeof path, "%s/texts/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, bytes, f), bytes);
    fclose(f);
}

static void put(const char *name, const char *text) { put_bytes(name, text, strlen(text)); }

/* Runs a line of shell in the folder, where $weir is the program; its exit status, as a shell counts it. */
static int shell(const char *script) {
    char line[1024];
    snprintf(line, sizeof line, "cd %s/texts && weir=%s && { %s; } >../out 2>../err </dev/null", dir, WEIR_PROGRAM,
             script);
    int how = system(line);
    get("../out", out, sizeof out);
    get("../err", err, sizeof err);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static int weir(const char *args) {
    char script[512];
    snprintf(script, sizeof script, "$weir %s", args);
    return shell(script);
}

static int make_dir(void **state) {
    (void)state;
    char work[64];
    if (!mkdtemp(dir)) return -1;
    snprintf(work, sizeof work, "%s/texts", dir);
    return mkdir(work, 0755);
}

static int remove_dir(void **state) {
    (void)state;
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", dir);
    return system(line);
}

static void commands(void **state) {
    (void)state;
    assert_int_equal(weir("commands"), 0);
    assert_non_null(strstr(out, "core/kv/set KEY VALUE\n    stores the value; true\n"));
    assert_string_equal(err, "");
}

/* Strings may have zeros, and so may lines of the log and errors. */
static void zeros(void **state) {
    (void)state;
    put("zero.slp", "(core/util/log \"a\\x00b\")\n@\"mine: c\\x00d\"\n");
    assert_int_equal(shell("$weir run --results zero.slp | tr '\\0' 0"), 0);
    assert_string_equal(out, "= true\nlog a0b\n! mine: c0d\n");
}

static void no_usage(void **state) {
    (void)state;
    static const struct {
        const char *args, *says;
    } table[] = {
        {"", "weir: a command is needed"},
        {"walk", "weir: unknown command 'walk'"},
        {"commands core", "weir: commands takes nothing, not 'core'"},
        {"--walk", "weir: unknown option '--walk'"},
        {"check", "weir: a file is needed"},
        {"fmt -i", "weir: a file is needed"},
        {"check -i x.slp", "weir: unknown option '-i'"},
        {"check --depth", "weir: --depth needs a value"},
        {"check --depth 0 x.slp", "weir: --depth '0': a whole number from 1 to 4096 is needed"},
        {"check --depth=4097 x.slp", "weir: --depth '4097': a whole number from 1 to 4096 is needed"},
        {"check --bytes 1073741821 x.slp", "from 1 to 1073741820"},
        {"check --nodes 268435456 x.slp", "from 1 to 268435455"},
        {"check --symbol-bytes 99999999999999999999 x.slp", "from 1 to 16777215"},
        {"check --nodes 1k x.slp", "--nodes '1k'"},
        {"check --nodes -1 x.slp", "--nodes '-1'"},
        {"fmt -i --check x.slp", "weir: -i and --check: choose one"},
        {"fmt -i -", "weir: -i: standard input cannot be rewritten"},
    };
    put("x.slp", "a\n");
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (weir(table[i].args) != 2 || *out || !strstr(err, table[i].says))
            fail_msg("weir %s: <%s> <%s>", table[i].args, out, err);
}

static void help_and_version(void **state) {
    (void)state;
    assert_int_equal(weir("--help"), 0);
    assert_non_null(strstr(out, "usage: weir run"));
    assert_int_equal(weir("fmt --help"), 0);
    assert_non_null(strstr(out, "usage: weir run"));
    assert_int_equal(weir("--version"), 0);
    assert_ptr_equal(strstr(out, "weir 0."), out);
    assert_int_equal(shell("$weir --help >/dev/full"), 2);
    assert_non_null(strstr(err, "standard output could not be written"));
}

/* What check says of a text, all of it. */
static void each_class(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {"a\n(b\n", "x.slp:2:1: a bracket or a string is not closed\n    (b\n    ^\n"},
        {"a \"b\n", "x.slp:1:3: a bracket or a string is not closed\n    a \"b\n      ^\n"},
        {"(a])", "x.slp:1:3: a closing bracket that does not close what is open\n    (a])\n      ^\n"},
        {"(a ')", "x.slp:1:4: ' wants a value behind it, @ a string\n    (a ')\n       ^\n"},
        {"\t(\t@x)", "x.slp:1:4: ' wants a value behind it, @ a string\n    \t(\t@x)\n    \t \t^\n"},
        {"1x\r\n", "x.slp:1:1: not a number, or one that does not fit: integers have 64 bits, reals are doubles\n"
                   "    1x\n    ^\n"},
        {"\"a\\q\"", "x.slp:1:3: an escape other than \\\" \\\\ \\n \\r \\t \\xHH\n    \"a\\q\"\n      ^\n"},
        {"", "x.slp:1:1: there is no form in this text\n"},
        {"; c\n", "x.slp:2:1: there is no form in this text\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        put("x.slp", table[i].text);
        assert_int_equal(weir("check x.slp"), 1);
        assert_string_equal(out, "");
        assert_string_equal(err, table[i].says);
        assert_int_equal(weir("fmt x.slp"), 1); /* says the same, and writes nothing */
        assert_string_equal(out, "");
        assert_string_equal(err, table[i].says);
    }
}

static void what_a_terminal_is_shown(void **state) {
    (void)state;
    put("x.slp",
        "\xc3\xa4\x1b\xff\xe2\x80\xae\xc2\x9b )"); /* a letter; escape, no UTF-8, right to left, a C1 control */
    assert_int_equal(weir("check x.slp"), 1);
    assert_string_equal(strchr(err, '\n') + 1, "    \xc3\xa4\\x1b\\xff\\xe2\\x80\\xae\\xc2\\x9b )\n"
                                               "                                  ^\n");
    put("x.slp", "\xc0\x9b\xed\xa0\x80\xf4\x90\x80\x80\xc2 )"); /* too long, half a pair, beyond Unicode, cut short */
    assert_int_equal(weir("check x.slp"), 1);
    assert_non_null(strstr(err, "\n    \\xc0\\x9b\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xc2 )\n"));
    put_bytes("x.slp", "a\0b )", 5);
    assert_int_equal(weir("check x.slp"), 1);
    assert_string_equal(strchr(err, '\n') + 1, "    a\\x00b )\n           ^\n");
    put("x\033.slp", ")");
    assert_int_equal(weir("check x*.slp"), 1);
    assert_non_null(strstr(err, "x\\x1b.slp:1:1:"));
}

static void long_lines_are_cut(void **state) {
    (void)state;
    char line[1001], wanted[400];
    memset(line, 'a', 1000);
    line[500] = ')', line[499] = line[501] = ' ', line[1000] = 0;
    put("x.slp", line);
    assert_int_equal(weir("check x.slp"), 1);
    snprintf(wanted, sizeof wanted, "    ...%.48s) %.46s...\n%*s^\n", line + 452, line, 4 + 3 + 48, "");
    assert_string_equal(strchr(err, '\n') + 1, wanted);
    for (int i = 0; i < 998; i += 2) memcpy(line + i, "\xc3\xa4", 2);
    memcpy(line + 500, " )", 2);
    put("x.slp", line);
    assert_int_equal(weir("check x.slp"), 1);
    assert_null(strstr(err, "\\x")); /* no character is cut in two */
}

static void limits(void **state) {
    (void)state;
    put("x.slp", "(abc ((d)))");
    assert_int_equal(weir("check --depth 3 --bytes 11 --nodes 5 --symbol-bytes 3 x.slp"),
                     1); /* bytes: also of the buffer */
    assert_int_equal(weir("check --depth 3 --nodes=6 --symbol-bytes=3 x.slp"), 0);
    assert_int_equal(weir("check --depth 2 x.slp"), 1);
    assert_string_equal(err, "x.slp:1:7: brackets and quotes are nested deeper than the limit (2; --depth N sets it)\n"
                             "    (abc ((d)))\n          ^\n");
    assert_int_equal(weir("check --symbol-bytes 2 x.slp"), 1);
    assert_non_null(strstr(err, "x.slp:1:2: a symbol or a number has more bytes than the limit (2; --symbol-bytes N"));
    assert_int_equal(weir("check --nodes 3 --symbol-bytes 3 x.slp"), 1);
    assert_non_null(strstr(err, "more values than the limit (3; --nodes N sets it)"));
    assert_int_equal(weir("check --bytes 5 x.slp"), 1);
    assert_string_equal(
        err, "x.slp:1:6: the text, or the buffer of it, has more bytes than the limit (5; --bytes N sets it)\n"
             "    (abc (\n         ^\n");
}

static void several_files(void **state) {
    (void)state;
    put("good.slp", "(a)");
    put("bad.slp", ")");
    assert_int_equal(weir("check good.slp bad.slp good.slp bad.slp"), 1);
    assert_non_null(strstr(strstr(err, "bad.slp:1:1:") + 1, "bad.slp:1:1:"));
    assert_int_equal(weir("check not-there.slp . bad.slp good.slp"), 2);
    assert_non_null(strstr(err, "weir: not-there.slp: No such file or directory\n"));
    assert_non_null(strstr(err, "weir: .: Is a directory\n"));
    assert_non_null(strstr(err, "bad.slp:1:1:"));
    assert_int_equal(shell("printf '(a\\n)]' | $weir check good.slp -"), 1);
    assert_non_null(strstr(err, "<stdin>:2:2:"));
    assert_int_equal(shell("cp bad.slp ./-x.slp; $weir check -- -x.slp"), 1);
    assert_non_null(strstr(err, "-x.slp:1:1:"));
    assert_int_equal(shell("head -c 30000000 /dev/zero | tr '\\0' ' ' | $weir check -"),
                     1); /* stops reading at the limit */
    assert_non_null(strstr(err, "(16777216; --bytes N sets it)"));
}

static void fmt_prints(void **state) {
    (void)state;
    put("x.slp", "; why\n( a\n  b )  ; c\n\n\n\nd");
    put("bad.slp", "(");
    assert_int_equal(weir("fmt x.slp"), 0);
    assert_string_equal(out, "; why\n(a b) ; c\n\nd\n");
    assert_int_equal(shell("$weir fmt - <x.slp | $weir fmt x.slp -"), 0);
    assert_string_equal(out, "; why\n(a b) ; c\n\nd\n; why\n(a b) ; c\n\nd\n");
    assert_int_equal(weir("fmt bad.slp x.slp"), 1);
    assert_string_equal(out, "; why\n(a b) ; c\n\nd\n");
    assert_int_equal(shell("$weir fmt x.slp >/dev/full"), 2);
}

static void fmt_checks(void **state) {
    (void)state;
    put("x.slp", "( a )");
    put("y.slp", "(a)\n");
    assert_int_equal(weir("fmt --check y.slp"), 0);
    assert_string_equal(out, "");
    assert_int_equal(weir("fmt --check y.slp x.slp"), 1);
    assert_string_equal(out, "x.slp\n");
    get("x.slp", out, sizeof out);
    assert_string_equal(out, "( a )");
}

static void fmt_in_place(void **state) {
    (void)state;
    assert_int_equal(
        shell(
            "rm -rf ./*; mkdir sub; printf '( a )' >sub/x.slp; chmod 640 sub/x.slp; ln -s sub/x.slp link.slp; printf '(' >bad.slp"
            "; $weir fmt -i link.slp bad.slp"),
        1);
    assert_int_equal(shell("cat sub/x.slp bad.slp; stat -c %a sub/x.slp; readlink link.slp; ls -A sub"), 0);
    assert_string_equal(out, "(a)\n(640\nsub/x.slp\nx.slp\n");
    assert_int_equal(
        shell(
            "touch -d 2001-01-01 sub/x.slp; stat -c %i.%Y sub/x.slp >was; $weir fmt -i sub/x.slp; stat -c %i.%Y sub/x.slp | cmp was -"),
        0); /* what is formatted already is not touched */
}

/* Under `ulimit -f` writing fails as it does on a full disk: the file is as it was, and nothing lies about. */
static void fmt_on_a_full_disk(void **state) {
    (void)state;
    assert_int_equal(
        shell("rm -rf ./*; for i in 1 2 3 4 5 6 7 8 9; do printf '( a%0999d )\\n' $i; done >x.slp; cp x.slp ../keep; "
              "(trap '' XFSZ; ulimit -f 4; $weir fmt -i x.slp); end=$?; ls -A; cmp x.slp ../keep || end=9; exit $end"),
        2);
    assert_string_equal(out, "x.slp\n");
    assert_non_null(strstr(err, "weir: x.slp: File too large"));
}

static void odd_files(void **state) {
    (void)state;
    put_bytes("x.slp", "( a\0b )\n", 9);
    assert_int_equal(weir("check x.slp"), 0); /* a symbol of three bytes */
    assert_int_equal(weir("fmt -i x.slp"), 2);
    assert_string_equal(err, "weir: x.slp: has zero bytes, so no text; left alone\n");
    assert_int_equal(shell("head -c 9 x.slp | cmp x.slp -"), 0);
    put("x.slp", "\xef\xbb\xbf(a)\n");
    assert_int_equal(weir("check x.slp"), 0);
    assert_string_equal(err, "weir: x.slp: begins with a byte order mark, which is part of its first symbol\n");
    put("x.slp", "(a\r\n  \"b\r\n\")\r\n; c\r\n"); /* line ends become \n, but within strings */
    assert_int_equal(weir("fmt x.slp"), 0);
    assert_string_equal(out, "(a \"b\r\n\")\n; c\n");
    put("x.slp", "(a\r\n b))\r\n");
    assert_int_equal(weir("check x.slp"), 1);
    assert_string_equal(strchr(err, '\n') + 1, "     b))\n       ^\n");
    put("x.slp", "(a)");
    assert_int_equal(weir("fmt x.slp"), 0);
    assert_string_equal(out, "(a)\n");
}

/* A formatter that changed what a text says would be found out before anything is written. */
static void fmt_does_not_trust_itself(void **state) {
    (void)state;
    put("x.slp", "( a )\n(b)");
    assert_int_equal(shell(WEIR_LOSSY " fmt -i x.slp"), 2);
    assert_non_null(strstr(err, "weir: x.slp: formatted it would not read the same; left alone"));
    put("y.slp", "( a )\nbc");
    assert_int_equal(shell(WEIR_LOSSY " fmt y.slp"), 2); /* this can be read, but says bc no more */
    assert_string_equal(out, "");
    assert_int_equal(shell("cat x.slp y.slp"), 0);
    assert_string_equal(out, "( a )\n(b)( a )\nbc");
}

/* Indentation may take a text beyond the limit that it keeps. */
static void fmt_makes_a_text_longer(void **state) {
    (void)state;
    char text[2000], args[64];
    size_t n = 0;
    for (int i = 0; i < 20; i++) n += (size_t)sprintf(text + n, "(%050d-a ", 0);
    for (int i = 0; i < 20; i++) text[n++] = ')';
    for (char *p = text; (p = strchr(p, '0')) != NULL;) *p = 'a';
    text[n] = 0;
    put("x.slp", text);
    snprintf(args, sizeof args, "fmt --bytes %zu x.slp", n);
    assert_int_equal(weir(args), 0);
    assert_true(strlen(out) > n);
}

static void fmt_of_all_cases(void **state) {
    (void)state;
    assert_int_equal(shell("rm -rf ./*; n=0; for c in " SLP_CASES "/*/script.slp; do n=$((n+1)); cp $c $n.slp; done"),
                     0);
    assert_int_equal(shell("for f in *.slp; do $weir check $f || rm $f; done; test $(ls | wc -l) -ge 4"), 0);
    assert_int_equal(weir("fmt -i *.slp"), 0);
    assert_int_equal(weir("fmt --check *.slp"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(zeros),
        cmocka_unit_test(no_usage),
        cmocka_unit_test(help_and_version),
        cmocka_unit_test(each_class),
        cmocka_unit_test(what_a_terminal_is_shown),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(limits),
        cmocka_unit_test(several_files),
        cmocka_unit_test(fmt_prints),
        cmocka_unit_test(fmt_checks),
        cmocka_unit_test(fmt_in_place),
        cmocka_unit_test(fmt_on_a_full_disk),
        cmocka_unit_test(fmt_of_all_cases),
        cmocka_unit_test(odd_files),
        cmocka_unit_test(fmt_does_not_trust_itself),
        cmocka_unit_test(fmt_makes_a_text_longer),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
