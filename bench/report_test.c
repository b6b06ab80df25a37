/* Test of the report: what it says of known figures, what it does with broken and with hostile files. */
#include "bench/report_test_p.h"

#include <dirent.h>
#include <math.h>

#include "bench/report.h"
#include "bench/report_model.h"
#include "bench/report_out.h"
#include "bench/report_say.h"
#include "bench/report_text.h"
#include "bench/svg.h"

static int report(const char *what) {
    char *argv[] = {"report", test_path(what), NULL};
    return test_run(bench_report_main, 2, argv);
}

static void parse_ok(json_t *root, report_doc *doc) {
    char why[REPORT_WHY] = "", *text = json_dumps(root, 0);
    if (!report_parse("t", text, strlen(text), doc, why)) fail_msg("%s", why);
    free(text);
    json_decref(root);
}

/* ------------------------------------------------------------------------------------------- broken files */

#define HEAD "{\"schema\":1,\"machine\":{},\"command\":\"c\",\"cells\":["
#define CELL "\"case\":\"c\",\"variant\":\"v\",\"unit\":\"ns/op\",\"params\":{}"

static void broken_files_are_refused_by_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } table[] = {
        {"", "line 1"},
        {"{", "line 1"},
        {"[]", "not a JSON object"},
        {"{\"schema\":1,\"cells\":[]} x", "line 1, column"},
        {"{\"cells\":[]}", "schema: missing"},
        {"{\"schema\":\"1\",\"cells\":[]}", "schema: not a number"},
        {"{\"schema\":2,\"cells\":[]}", "schema: 2, and only 1 is known"},
        {"{\"schema\":1}", "cells: missing"},
        {"{\"schema\":1,\"schema\":1,\"cells\":[]}", "line 1"},
        {"{\"schema\":1,\"cells\":{}}", "cells: not an array"},
        {"{\"schema\":1,\"machine\":[],\"cells\":[]}", "machine: not an object"},
        {"{\"schema\":1,\"command\":7,\"cells\":[]}", "command: not a string"},
        {"{\"schema\":1,\"noise\":1,\"cells\":[]}", "noise: not an array"},
        {"{\"schema\":1,\"noise\":[{\"case\":\"c\",\"floor\":-1}],\"cells\":[]}", "noise[0]"},
        {"{\"schema\":1,\"noise\":[7],\"cells\":[]}", "noise[0]"},
        {HEAD "7]}", "cells[0]: not an object"},
        {HEAD "{}]}", "cells[0].case: missing"},
        {HEAD "{\"case\":7}]}", "cells[0].case: not a string"},
        {HEAD "{\"case\":\"\"}]}", "cells[0].case: empty"},
        {HEAD "{\"case\":\"c\"}]}", "cells[0].variant: missing"},
        {HEAD "{\"case\":\"c\",\"variant\":\"v\",\"params\":{},\"reps\":[1]}]}", "cells[0].unit: missing"},
        {HEAD "{\"case\":\"c\",\"variant\":\"v\",\"unit\":\"u\",\"reps\":[1]}]}", "cells[0].params: missing"},
        {HEAD "{" CELL "}]}", "cells[0].reps: missing"},
        {HEAD "{" CELL ",\"reps\":[]}]}", "cells[0].reps: empty, though the status is ok"},
        {HEAD "{" CELL ",\"reps\":7}]}", "cells[0].reps: not an array"},
        {HEAD "{" CELL ",\"reps\":[1,\"2\"]}]}", "cells[0].reps[1]: not a number"},
        {HEAD "{" CELL ",\"reps\":[1,null]}]}", "cells[0].reps[1]: not a number"},
        {HEAD "{" CELL ",\"reps\":[1,-2]}]}", "cells[0].reps[1]: negative"},
        {HEAD "{" CELL ",\"reps\":[NaN]}]}", "line 1"},
        {HEAD "{" CELL ",\"reps\":[Infinity]}]}", "line 1"},
        {HEAD "{" CELL ",\"reps\":[1e999]}]}", "line 1"},
        {HEAD "{" CELL ",\"reps\":[99999999999999999999999]}]}", "line 1"},
        {HEAD "{" CELL ",\"status\":\"fine\",\"reps\":[1]}]}", "cells[0].status: none of ok"},
        {HEAD "{" CELL ",\"better\":\"faster\",\"reps\":[1]}]}", "cells[0].better"},
        {HEAD "{" CELL ",\"peer\":1,\"reps\":[1]}]}", "cells[0].peer: neither true nor false"},
        {HEAD "{" CELL ",\"extra\":[],\"reps\":[1]}]}", "cells[0].extra: not an object"},
        {HEAD "{" CELL ",\"extra\":{\"a\":\"b\"},\"reps\":[1]}]}", "cells[0].extra: a value is not a number"},
        {HEAD "{" CELL ",\"ops_per_s\":\"many\",\"reps\":[1]}]}", "cells[0].ops_per_s: not a number"},
        {HEAD "{\"case\":\"c\",\"variant\":\"v\",\"unit\":\"u\",\"params\":{\"a\":[]},\"reps\":[1]}]}",
         "cells[0].params"},
        {HEAD "{" CELL ",\"reps\":[1]},{" CELL ",\"reps\":[1]}]}",
         "cells[1]: c v with the same parameters stands in cells[0]"},
        {HEAD "{" CELL ",\"reps\":[1]},{\"case\":\"c\",\"variant\":\"w\",\"unit\":\"s\",\"params\":{},\"reps\":[1]}]}",
         "cells[1].unit: s, lower is better, unlike"},
        {HEAD "{\"case\":\"\\u0000\"}]}", "line 1"},
        {HEAD "{\"case\":\"\xff\"}]}", "line 1"},
        {HEAD
         "{\"case\":\"c\",\"variant\":\"v\",\"unit\":\"u\",\"better\":\"\\u001b[2J\",\"params\":{},\"reps\":[1]}]}",
         "better"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        report_doc doc;
        char why[REPORT_WHY] = "";
        if (report_parse("raw.json", table[i].text, strlen(table[i].text), &doc, why))
            fail_msg("%zu accepted: %s", i, table[i].text);
        if (!strstr(why, table[i].says) || strncmp(why, "raw.json: ", 10) != 0) fail_msg("%zu: %s", i, why);
        for (const char *c = why; *c; c++) assert_true((unsigned char)*c >= 0x20);
    }
}

/* A valid file with each of its bytes changed, cut off, or doubled: any answer will do, but an answer. */
static void mutated_files_never_crash(void **state) {
    (void)state;
    static const char text[] =
        HEAD "{" CELL ",\"default\":true,\"extra\":{\"f\":1},\"reps\":[1,2.5,3]},{\"case\":\"c\","
             "\"variant\":\"p\",\"peer\":true,\"unit\":\"ns/op\",\"params\":{},\"reps\":[4,5,6]}]}";
    static const char instead[] = "\"{}[]:,0-e9 \\\x80";
    char copy[sizeof text], why[REPORT_WHY];
    report_doc doc;
    size_t read = 0;
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (size_t k = 0; k < sizeof instead; k++) {
            memcpy(copy, text, sizeof text);
            copy[i] = instead[k];
            size_t size = k == 0 ? i : sizeof text - 1;
            if (!report_parse("t", copy, size, &doc, why)) continue;
            FILE *f = fopen("/dev/null", "w");
            report_html(&doc, f);
            report_markdown(&doc, f);
            fclose(f);
            report_free(&doc);
            read++;
        }
    assert_true(read > 100); /* many changes fall into strings and numbers */
}

static void limits_are_kept(void **state) {
    (void)state;
    report_doc doc;
    char why[REPORT_WHY], *text;
    json_t *root = test_document();
    test_cell(root, "c", "v", "1p1c", test_reps(1, 0, REPORT_REPS_MAX + 1, 1));
    text = json_dumps(root, 0);
    assert_false(report_parse("t", text, strlen(text), &doc, why));
    assert_non_null(strstr(why, "cells[0].reps: more than 1000"));
    free(text);
    json_decref(root);
    assert_false(report_parse("t", "", (size_t)REPORT_BYTES_MAX + 1, &doc, why));
    assert_non_null(strstr(why, "larger than 64 MiB"));
    root = test_document();
    for (int i = 0; i <= 300; i++) {
        char name[16];
        snprintf(name, sizeof name, "v%d", i);
        test_cell(root, "c", name, "1p1c", test_reps(1, 0, 1, 1));
    }
    text = json_dumps(root, 0);
    assert_false(report_parse("t", text, strlen(text), &doc, why));
    assert_non_null(strstr(why, "200 rows"));
    free(text);
    json_decref(root);
}

static void paths_that_cannot_be_read(void **state) {
    (void)state;
    char *none[] = {"report", NULL}, *option[] = {"report", "--fast", NULL};
    assert_int_equal(test_run(bench_report_main, 1, none), 2);
    assert_non_null(strstr(test_err, "usage: bench report"));
    assert_int_equal(test_run(bench_report_main, 2, option), 2);
    assert_int_equal(report("not-there"), 2);
    assert_non_null(strstr(test_err, "not-there: No such file"));
    assert_int_equal(mkdir(test_path("empty"), 0755), 0);
    assert_int_equal(report("empty"), 2);
    assert_non_null(strstr(test_err, "empty/raw.json: No such file"));
    assert_int_equal(mkfifo(test_path("pipe"), 0600), 0);
    assert_int_equal(report("pipe"), 2); /* and does not wait for a writer */
    assert_non_null(strstr(test_err, "not a regular file"));
    test_write("nothing", "", 0);
    assert_int_equal(report("nothing"), 2);
    assert_non_null(strstr(test_err, "nothing: empty"));
}

/* ------------------------------------------------------------------------------------------- grouping and claims */

static void columns_have_an_order(void **state) {
    (void)state;
    static const char *const shapes[] = {"8p8c", "1p8c", "2p2c", "8p1c", "1p1c", "16p16c"};
    static const char *const sorted[] = {"1p1c", "2p2c", "8p1c", "1p8c", "8p8c", "16p16c"};
    report_doc doc;
    json_t *root = test_document();
    for (size_t i = 0; i < 6; i++) test_cell(root, "ring.mpmc", "v", shapes[i], test_reps(1, 0, 3, 1));
    parse_ok(root, &doc);
    const report_panel *p = &doc.cases[0].panels[0];
    assert_int_equal(p->columns_n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(p->columns[i].label, sorted[i]);
        assert_int_equal(p->columns[i].oversubscribed, i > 0); /* 2 processors */
    }
    report_free(&doc);
}

static void labels_name_what_varies(void **state) {
    (void)state;
    report_doc doc;
    json_t *root = test_document();
    for (int i = 0; i < 4; i++) {
        json_t *c = test_cell(root, "sort", "v", "-", test_reps(1, 0, 3, 1));
        json_object_set_new(c, "params",
                            json_pack("{s:i, s:s, s:i, s:s}", "size", i / 2 ? 64 : 1024, "order",
                                      i % 2 ? "sorted" : "random", "batch", 1, "load", "quiet"));
    }
    parse_ok(root, &doc);
    const report_panel *p = &doc.cases[0].panels[0];
    assert_string_equal(p->load, "quiet");
    assert_string_equal(doc.cases[0].constant, "batch 1");
    assert_string_equal(p->columns[0].label, "size 64 random");
    assert_string_equal(p->columns[3].label, "size 1024 sorted");
    report_free(&doc);
}

/* ours 10; peers 5 (weaker), 9.9 with a wide spread, 20; lock 100; reference 1; control 2 */
static void known_document(json_t *root, const char *of, double ours) {
    test_flag(test_cell(root, of, "mine", "1p1c", test_reps(ours, 0.02, 15, 1)), "default");
    test_cell(root, of, "other", "1p1c", test_reps(8, 0.02, 15, 2));
    test_cell(root, of, "lock", "1p1c", test_reps(100, 0.02, 15, 3));
    json_t *weaker = test_cell(root, of, "peer.weak", "1p1c", test_reps(5, 0.02, 15, 4));
    test_flag(weaker, "peer");
    test_flag(weaker, "weaker");
    test_flag(test_cell(root, of, "peer.slow", "1p1c", test_reps(20, 0.02, 15, 5)), "peer");
    test_flag(test_cell(root, of, "ref.add", "1p1c", test_reps(1, 0.02, 15, 6)), "reference");
    test_flag(test_cell(root, of, "seed", "1p1c", test_reps(2, 0.02, 15, 7)), "control");
}

static void verdicts(void **state) {
    (void)state;
    static const struct {
        double ours;
        stats_verdict verdict;
    } table[] = {{10, STATS_AHEAD}, {19, STATS_AHEAD}, {20.2, STATS_LEVEL}, {21, STATS_LEVEL}, {24, STATS_BEHIND}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        report_doc doc;
        json_t *root = test_document();
        known_document(root, "ring.mpmc", table[i].ours);
        parse_ok(root, &doc);
        const report_panel *p = &doc.cases[0].panels[0];
        assert_string_equal(doc.cases[0].rows[report_best_peer(p, 0)].name, "peer.slow");
        assert_string_equal(doc.cases[0].rows[report_floor_row(&doc.cases[0])].name, "lock");
        assert_string_equal(doc.cases[0].rows[report_fastest(p, 0)].name, "peer.weak");
        report_standing *s = report_standings(&doc, p, REPORT_BEST_PEER);
        assert_int_equal(s->claim.verdict, table[i].verdict);
        assert_int_equal(s->claim.within_noise, fabs(s->claim.speed.mid - 1) < 0.02);
        free(s);
        s = report_standings(&doc, p, REPORT_FLOOR);
        assert_int_equal(s->claim.verdict, STATS_AHEAD);
        assert_true(fabs(s->claim.speed.mid - 100 / table[i].ours) < 0.3);
        free(s);
        size_t lost;
        free(report_losses(&doc, &lost));
        assert_int_equal(lost, table[i].verdict == STATS_BEHIND);
        report_free(&doc);
    }
}

static void few_repetitions_decide_nothing(void **state) {
    (void)state;
    report_doc doc;
    json_t *root = test_document();
    test_flag(test_cell(root, "c", "mine", "1p1c", test_reps(1, 0.1, 3, 1)), "default");
    test_flag(test_cell(root, "c", "peer.x", "1p1c", test_reps(50, 0.1, 3, 2)), "peer");
    parse_ok(root, &doc);
    report_standing *s = report_standings(&doc, &doc.cases[0].panels[0], REPORT_BEST_PEER);
    char *text = report_verdict(&s->claim);
    assert_string_equal(text, "not decided, the interval covers only 90 %");
    free(text);
    free(s);
    report_free(&doc);
}

/* 5 values cannot give an interval of 95 %, and the report says so. */
static void short_intervals_are_admitted(void **state) {
    (void)state;
    for (unsigned n = 5; n <= 6; n++) {
        report_doc doc;
        json_t *root = test_document();
        test_cell(root, "c", "mine", "1p1c", test_reps(1, 0.1, n, 1));
        parse_ok(root, &doc);
        report_facts w = report_warnings(&doc);
        assert_int_equal(w.n, n == 5 ? 2 : 1); /* the machine has one */
        if (n == 5) assert_non_null(strstr(w.list[1].text, "1 cells have so few repetitions"));
        report_free_facts(w);
        report_free(&doc);
    }
}

static void higher_may_be_better(void **state) {
    (void)state;
    report_doc doc;
    json_t *root = test_document();
    known_document(root, "ring.mpmc", 40);
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(root, "cells"), i, c) json_object_set_new(c, "better", json_string("higher"));
    parse_ok(root, &doc);
    const report_panel *p = &doc.cases[0].panels[0];
    report_standing *s = report_standings(&doc, p, REPORT_BEST_PEER);
    assert_int_equal(s->claim.verdict, STATS_AHEAD);
    assert_true(fabs(s->claim.speed.mid - 2) < 0.05);
    assert_string_equal(doc.cases[0].rows[report_fastest(p, 0)].name, "lock");
    free(s);
    report_free(&doc);
}

static void an_edited_median_is_noticed(void **state) {
    (void)state;
    report_doc doc;
    json_t *root = test_document();
    json_object_set_new(test_cell(root, "c", "mine", "1p1c", test_reps(10, 0, 5, 1)), "median", json_real(7));
    parse_ok(root, &doc);
    assert_int_equal(doc.warnings_n, 1);
    assert_non_null(strstr(doc.warnings[0], "its median field says 7, its repetitions say 10"));
    report_free(&doc);
}

/* ------------------------------------------------------------------------------------------- what is written */

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
    known_document(root, hostile, 30);
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
    assert_int_equal(report("hostile"), 0);
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
    known_document(root, "ring.mpmc", 30);
    test_status(test_cell(root, "ring.mpmc", "peer.gone", "1p1c", json_array()), "absent", "no such library");
    mkdir(test_path("same"), 0755);
    test_save(root, "same/raw.json");
    assert_int_equal(report("same"), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "same/%s", names[i]);
        first[i] = test_read(test_path(path));
        assert_non_null(first[i]);
        assert_non_null(strstr(test_out, names[i]));
    }
    assert_int_equal(report("same/raw.json"), 0);
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
    known_document(root, "ring.mpmc", 30);
    mkdir(test_path("taken"), 0755);
    mkdir(test_path("taken/report.html"), 0755); /* stands in the way, also of root */
    test_save(root, "taken/raw.json");
    assert_int_equal(report("taken"), 2);
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
    assert_int_equal(report("wild"), 0);
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
        cmocka_unit_test(broken_files_are_refused_by_place),
        cmocka_unit_test(mutated_files_never_crash),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(paths_that_cannot_be_read),
        cmocka_unit_test(columns_have_an_order),
        cmocka_unit_test(labels_name_what_varies),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(few_repetitions_decide_nothing),
        cmocka_unit_test(short_intervals_are_admitted),
        cmocka_unit_test(higher_may_be_better),
        cmocka_unit_test(an_edited_median_is_noticed),
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
