/* Histories as files and as columns: what is written is read again, and what cannot be read is refused with its line. */
#include "stress/lin/examples_p.h"

static void round_trip(void **state) {
    (void)state;
    for (size_t i = 0; i < EXAMPLES; i++) {
        char text[4096] = "";
        lin_mistake m;
        lin_history h = history(examples[i].spec, examples[i].ops), again;
        FILE *f = fmemopen(text, sizeof text, "w");
        assert_true(lin_write(f, &h));
        fclose(f);
        assert_true(parse(text, &again, &m));
        assert_int_equal(again.count, h.count);
        assert_memory_equal(again.op, h.op, h.count * sizeof *h.op);
        assert_memory_equal(again.param, h.param, sizeof h.param);
    }
}

static void bad_files(void **state) {
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *what;
    } bad[] = {
        {"", 0, "no history in it"},
        {"weir history 1\n", 0, "no history in it"},
        {"hello\n", 1, "expected 'weir history 1'"},
        {"weir history 1\nstack\n", 2, "no specification 'stack'"},
        {"weir history 1\nqueue capacity=2\n", 2, "expected empty=..."},
        {"weir history 1\nqueue capacity=x empty=strict full=strict\n", 2, "capacity is no number: 'x'"},
        {"weir history 1\nqueue capacity=2 empty=strict full=never\n", 2, "full cannot be 'never'"},
        {"weir history 1\nqueue capacity=0 empty=strict full=place\n", 2, "full=place needs a capacity of 1 to 16"},
        {"weir history 1\ncell close=strict cells=0 more\n", 2, "'more' is too much"},
        {"weir history 1\ncell close=strict cells=0\n9 1 2 pop -> ok 1\n", 3, "thread: expected a number below 8"},
        {"weir history 1\ncell close=strict cells=0\n0 x 2 pop -> ok 1\n", 3, "invoked: expected a number"},
        {"weir history 1\ncell close=strict cells=0\n0 1 -2 pop -> ok 1\n", 3, "returned: expected a number or -"},
        {"weir history 1\ncell close=strict cells=0\n0 2 2 pop -> ok 1\n", 3, "returned before it was invoked"},
        {"weir history 1\ncell close=strict cells=0\n\n# comment\n0 1 2 steal -> ok 1\n", 5,
         "cell has no operation 'steal'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push -> ok\n", 3, "push needs 1 numbers"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 ok\n", 3, "expected -> and a result"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> yes\n", 3, "push cannot answer 'yes'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> ?\n", 3, "push cannot answer '?'"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 pop -> ok\n", 3, "expected a value"},
        {"weir history 1\ncell close=strict cells=0\n0 1 2 push 5 -> ok 5\n", 3, "'5' is too much"},
        {"weir history 1\ncell close=strict cells=0\n0 1 3 push 5 -> ok\n0 2 4 push 6 -> ok\n", 4,
         "it begins before the thread's last operation has ended"},
        {"weir history 1\nmcast capacity=1 readers=1\n0 1 2 join 8 -> ok\n", 3, "readers are 0 to 7"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lin_history h;
        lin_mistake m = {0};
        FILE *f = tmpfile();
        fputs(bad[i].text, f);
        rewind(f);
        assert_false(lin_read(f, &h, &m));
        fclose(f);
        assert_string_equal(m.what, bad[i].what);
        assert_int_equal(m.line, bad[i].line);
    }
    lin_history h;
    lin_mistake m;
    assert_false(lin_load("/nonexistent/history", &h, &m));
    assert_string_equal(m.what, "No such file or directory");
}

static unsigned lines;
static char shown[16][400];

static void show(const char *line) { snprintf(shown[lines++ % 16], sizeof *shown, "%s", line); }

static void columns(void **state) {
    (void)state;
    lin_history h = history("cell close=strict cells=0", "0 1 4 push 7 -> ok\n1 2 5 pop -> ok 8\n");
    lines = 0;
    lin_columns(&h, 1, show);
    assert_int_equal(lines, 5);
    assert_string_equal(shown[0], "        thread 0                    thread 1");
    assert_string_equal(shown[2], "     2  |                           pop");
    assert_string_equal(shown[4],
                        "     5                              -> ok 8                     <- cannot be placed");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip), cmocka_unit_test(bad_files),
                                       cmocka_unit_test(columns)};
    return cmocka_run_group_tests_name("lin_text", tests, NULL, NULL);
}
