/* Test of the report: what it reads and refuses, and what it says of known figures. What it writes: report_out_test.c. */
#include "bench/report_test_p.h"

#include <math.h>

#include "bench/report_model.h"
#include "bench/report_out.h"
#include "bench/report_say.h"

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
    assert_int_equal(test_report("not-there"), 2);
    assert_non_null(strstr(test_err, "not-there: No such file"));
    assert_int_equal(mkdir(test_path("empty"), 0755), 0);
    assert_int_equal(test_report("empty"), 2);
    assert_non_null(strstr(test_err, "empty/raw.json: No such file"));
    assert_int_equal(mkfifo(test_path("pipe"), 0600), 0);
    assert_int_equal(test_report("pipe"), 2); /* and does not wait for a writer */
    assert_non_null(strstr(test_err, "not a regular file"));
    test_write("nothing", "", 0);
    assert_int_equal(test_report("nothing"), 2);
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

static void verdicts(void **state) {
    (void)state;
    static const struct {
        double ours;
        stats_verdict verdict;
    } table[] = {{10, STATS_AHEAD}, {19, STATS_AHEAD}, {20.2, STATS_LEVEL}, {21, STATS_LEVEL}, {24, STATS_BEHIND}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        report_doc doc;
        json_t *root = test_document();
        test_known(root, "ring.mpmc", table[i].ours);
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
    test_known(root, "ring.mpmc", 40);
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
    };
    return cmocka_run_group_tests(tests, test_folder_make, test_folder_remove);
}
