/* Test of the report: the files that it writes, which hostile names and wild values must not break. */
#include "bench/report_test_p.h"

#include <dirent.h>
#include <math.h>

#include "bench/report_text.h"
#include "bench/svg.h"

/* ------------------------------------------------------------------------------------------- files */

/* Is it XML, but for the elements of HTML that have no end? Returns where it is not, or NULL. */
static const char *not_well_formed(const char *s) {
    static const char *const voids[] = {"meta", "br", "!DOCTYPE"};
    struct {
        const char *name;
        size_t n;
    } open[32];
    size_t depth = 0;
    for (; *s; s++) {
        if ((unsigned char)*s < 0x20 && *s != '\n') return s;
        if (*s == '>') return s;
        if (*s == '&') {
            size_t n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz#0123456789");
            if (!n || s[1 + n] != ';') return s;
        }
        if (*s != '<') continue;
        const char *at = s;
        bool end = *++s == '/';
        s += end;
        size_t n = strcspn(s, " />\n");
        const char *name = s;
        for (s += n; *s && *s != '>' && *s != '/'; s++) { /* attributes */
            if (*s == '<' || *s == '\'') return at;
            if (*s == '"') {
                size_t inside = strcspn(s + 1, "\"<");
                if (s[1 + inside] != '"') return at;
                s += 1 + inside;
            }
        }
        bool closed = *s == '/';
        s += closed;
        if (*s != '>') return at;
        bool empty = closed;
        for (size_t i = 0; i < 3; i++) empty = empty || (n == strlen(voids[i]) && strncmp(name, voids[i], n) == 0);
        if (end) {
            if (!depth || open[depth - 1].n != n || strncmp(open[depth - 1].name, name, n) != 0) return at;
            depth--;
        } else if (!empty) {
            if (depth == 32) return at;
            open[depth].name = name;
            open[depth++].n = n;
        }
        if (!end && !empty && n == 5 && strncmp(name, "style", 5) == 0) { /* its text is ours and has a few > */
            const char *after = strstr(s, "</style>");
            if (!after) return at;
            s = after - 1;
        }
    }
    return depth ? "something is left open" : NULL;
}

static void checker_checks(void **state) {
    (void)state;
    assert_null(not_well_formed("<a b=\"c\">x &lt; <b/></a>"));
    assert_non_null(not_well_formed("<a>"));
    assert_non_null(not_well_formed("<a></b>"));
    assert_non_null(not_well_formed("<a b=\"<\"></a>"));
    assert_non_null(not_well_formed("<a>&x</a>"));
    assert_non_null(not_well_formed("<a>\x01</a>"));
}

static const char hostile[] =
    "<script>alert(1)</script>\"'&]]> onload=x |`*_[x](y) ../../\x1b[2J\x7f \xe2\x80\xae \xef\xbf\xbf \xc2\x9b";

/* Names, notes and values that try to leave their place. */
static json_t *hostile_document(void) {
    json_t *root = test_document();
    json_t *machine = json_object_get(root, "machine");
    json_object_set_new(machine, hostile, json_string(hostile));
    json_array_append_new(json_object_get(machine, "warnings"), json_string(hostile));
    json_object_set_new(root, "command", json_string(hostile));
    test_known(root, hostile, 30);
    for (int i = 0; i < 4; i++) {
        json_t *c = test_cell(root, i / 2 ? "../../x" : "..//.x", "v", "1p1c", test_reps(i, 0.5, 4, 1));
        json_object_set_new(c, "params", json_pack("{s:s, s:s}", hostile, hostile, "load", i % 2 ? hostile : "quiet"));
        json_object_set_new(c, "note", json_string(hostile));
        json_object_set_new(c, "extra", json_pack("{s:f}", hostile, 1.0));
        json_object_set_new(c, "unit", json_string(hostile));
    }
    test_status(test_cell(root, "ring.mpmc", hostile, "1p1c", json_array()), "failed", hostile);
    return root;
}

static size_t check_files(const char *folder, const char *must_not_hold) {
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        bool svg = strstr(e->d_name, ".svg"), html = strcmp(e->d_name, "report.html") == 0;
        assert_null(strstr(e->d_name, ".part"));
        if (!svg && !html) continue;
        char *text = test_read(path);
        const char *bad = not_well_formed(text);
        if (bad) fail_msg("%s: %.100s", path, bad);
        if (must_not_hold) assert_null(strstr(text, must_not_hold));
        /* one xmlns at most */
        assert_null(strstr(text, "http://") ? strstr(strstr(text, "http://") + 7, "http://") : NULL);
        assert_null(strstr(text, "https://"));
        assert_null(strstr(text, "nan"));
        assert_null(strstr(text, "inf\""));
        free(text);
        n++;
    }
    closedir(d);
    return n;
}

static void hostile_names_stay_names(void **state) {
    (void)state;
    mkdir(test_path("hostile"), 0755);
    test_save(hostile_document(), "hostile/raw.json");
    assert_int_equal(test_report("hostile"), 0);
    assert_int_equal(check_files(test_path("hostile"), "<script"), 7); /* report.html and 6 plots */
    assert_int_not_equal(access(test_path("x.svg"), F_OK), 0);
    char *md = test_read(test_path("hostile/report.md"));
    assert_null(strstr(md, "<script"));
    assert_null(strstr(md, "\x1b"));
    assert_null(strstr(md, "[x](y)"));
    free(md);
}

static void same_file_same_report(void **state) {
    (void)state;
    static const char *const names[] = {"report.html", "report.md", "ring.mpmc.svg"};
    char *first[3], path[64];
    json_t *root = test_document();
    test_known(root, "ring.mpmc", 30);
    test_status(test_cell(root, "ring.mpmc", "peer.gone", "1p1c", json_array()), "absent", "no such library");
    mkdir(test_path("same"), 0755);
    test_save(root, "same/raw.json");
    assert_int_equal(test_report("same"), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "same/%s", names[i]);
        first[i] = test_read(test_path(path));
        assert_non_null(first[i]);
        assert_non_null(strstr(test_out, names[i]));
    }
    assert_int_equal(test_report("same/raw.json"), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "same/%s", names[i]);
        char *again = test_read(test_path(path));
        assert_string_equal(again, first[i]);
        free(again);
    }
    assert_int_equal(check_files(test_path("same"), NULL), 2);
    assert_non_null(strstr(first[1], "| ring.mpmc | mine | behind | ahead |"));
    assert_non_null(strstr(first[1], "_absent_"));
    assert_non_null(strstr(first[1], "no such library"));
    assert_non_null(strstr(first[1], "Of ours, faster than the default: other at 1p1c"));
    assert_non_null(strstr(first[0], "Where we lose"));
    for (int i = 0; i < 3; i++) free(first[i]);
}

static void a_folder_that_cannot_be_written(void **state) {
    (void)state;
    json_t *root = test_document();
    test_known(root, "ring.mpmc", 30);
    mkdir(test_path("taken"), 0755);
    mkdir(test_path("taken/report.html"), 0755); /* stands in the way, also of root */
    test_save(root, "taken/raw.json");
    assert_int_equal(test_report("taken"), 2);
    assert_non_null(strstr(test_err, "cannot write"));
    assert_int_not_equal(access(test_path("taken/report.html.part"), F_OK), 0);
}

static void extreme_values_are_drawn(void **state) {
    (void)state;
    static const double values[] = {0, 5e-324, 1e-300, 1, 1e300, 1.7e308};
    json_t *root = test_document();
    for (int i = 0; i < 36; i++) {
        char shape[8], name[8];
        snprintf(shape, sizeof shape, "%dp1c", i % 6 + 1);
        snprintf(name, sizeof name, "v%d", i / 6);
        json_t *reps = json_pack("[f, f, f, f, f, f, f]", values[i / 6], values[i % 6], values[i / 6], values[i % 6],
                                 1.0, values[i % 6], values[i / 6]);
        json_t *c = test_cell(root, "wild", name, shape, reps);
        if (i / 6 == 0) test_flag(c, "default");
        if (i / 6 == 2) test_flag(c, "peer");
    }
    mkdir(test_path("wild"), 0755);
    test_save(root, "wild/raw.json");
    assert_int_equal(test_report("wild"), 0);
    assert_int_equal(check_files(test_path("wild"), NULL), 2);
}

/* ------------------------------------------------------------------------------------------- text and scales */

static void numbers(void **state) {
    (void)state;
    static const struct {
        double v;
        const char *text;
    } table[] = {{0, "0"},
                 {NAN, "-"},
                 {INFINITY, "-"},
                 {0.4123, "0.412"},
                 {0.99999, "1.00"},
                 {9.994, "9.99"},
                 {9.996, "10.0"},
                 {17.34, "17.3"},
                 {99.96, "100"},
                 {999.4, "999"},
                 {999.6, "1,000"},
                 {22200, "22,200"},
                 {1234567, "1,234,567"},
                 {123456, "123,456"},
                 {1e15, "1.00e+15"},
                 {0.0001, "1.00e-04"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[REPORT_NUMBER];
        assert_string_equal(report_number(table[i].v, text), table[i].text);
    }
}

static void file_names(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
    } table[] = {{"ring.spsc", "ring.spsc"},
                 {"../../etc", "_._.__etc"},
                 {"", "_"},
                 {".hidden", "_hidden"},
                 {"a..b", "a._b"},
                 {"a/b", "a_b"},
                 {"\xc3\xa9", "__"},
                 {"x y", "x_y"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char name[32];
        report_file_name(table[i].text, name, sizeof name);
        assert_string_equal(name, table[i].name);
    }
}

static char *written(void (*put)(FILE *, const char *), const char *text) {
    char *s;
    size_t n;
    FILE *f = open_memstream(&s, &n);
    put(f, text);
    fclose(f);
    return s;
}

static void escapes(void **state) {
    (void)state;
    static const struct {
        void (*put)(FILE *, const char *);
        const char *text, *out;
    } table[] = {{report_put_html, "<a href=\"x\">'&", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;"},
                 {report_put_html, "a\x01z\xe2\x80\xae", "a\xef\xbf\xbdz\xef\xbf\xbd"},
                 {report_put_html, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
                 {report_put_html, "cut \xe2\x82", "cut \xe2\x82"},
                 {report_put_markdown, "peer.ck_ring", "peer.ck_ring"},
                 {report_put_markdown, "_x_ *y* |", "\\_x\\_ \\*y\\* \\|"},
                 {report_put_markdown, "a\nb<c>",
                  "a\xef\xbf\xbd"
                  "b&lt;c\\>"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *out = written(table[i].put, table[i].text);
        assert_string_equal(out, table[i].out);
        free(out);
    }
}

static void ticks_are_few_and_round(void **state) {
    (void)state;
    for (double lo = 1e-9; lo < 1e9; lo *= 7)
        for (double hi = lo; hi < lo * 1e12; hi *= 3) {
            svg_scale s = svg_fit(lo, hi, 100, 200);
            double ticks[SVG_TICKS];
            size_t n = svg_ticks(&s, 5, ticks);
            assert_true(n >= 1 && n <= 5);
            assert_int_equal(s.log, hi / lo > 12);
            for (size_t i = 0; i < n; i++) {
                assert_true(ticks[i] >= s.lo && ticks[i] <= s.hi && (i == 0 || ticks[i] > ticks[i - 1]));
                char text[16];
                svg_tick_text(ticks[i], text, sizeof text);
                assert_true(strlen(text) <= 8);
            }
            assert_true(svg_at(&s, lo) >= 100 && svg_at(&s, hi) <= 200 && svg_at(&s, hi) >= svg_at(&s, lo));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checker_checks),
        cmocka_unit_test(hostile_names_stay_names),
        cmocka_unit_test(same_file_same_report),
        cmocka_unit_test(a_folder_that_cannot_be_written),
        cmocka_unit_test(extreme_values_are_drawn),
        cmocka_unit_test(numbers),
        cmocka_unit_test(file_names),
        cmocka_unit_test(escapes),
        cmocka_unit_test(ticks_are_few_and_round),
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
