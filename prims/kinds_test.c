/* Unit test of the list of kinds. */
#include "prims/test_p.h"

#include <stdio.h>

#include "prims/build.h"
#include "prims/kinds.h"

static void every_kind_is_whole(void **state) {
    (void)state;
    size_t kinds = 0;
    const weir_kind_info *k = weir_kinds(&kinds);
    assert_true(kinds > 0);
    for (size_t i = 0; i < kinds; i++) {
        assert_ptr_equal(weir_kind_find(k[i].name), &k[i]); /* found by its name, so no name is there twice */
        assert_memory_equal(k[i].flag, "WEIR_", 5);
        assert_true(k[i].count > 0);
        assert_non_null(weir_variant_find(&k[i], k[i].chosen));
        for (size_t v = 0; v < k[i].count; v++) {
            const weir_variant_info *variant = &k[i].variants[v];
            assert_ptr_equal(weir_variant_find(&k[i], variant->name), variant);
            assert_true(variant->source[0] && variant->summary[0]);
            assert_non_null(strchr(variant->traits, '='));
        }
    }
}

/* The one line of weir_build_info names the same choices. */
static void agrees_with_build_info(void **state) {
    (void)state;
    size_t kinds;
    const weir_kind_info *k = weir_kinds(&kinds);
    char line[2048], word[128];
    snprintf(line, sizeof line, "%s ", weir_build_info());
    for (size_t i = 0; i < kinds; i++) {
        snprintf(word, sizeof word, " %s=%s ", k[i].name, k[i].chosen);
        assert_non_null(strstr(line, word));
    }
}

static void says_what_the_def_says(void **state) {
    (void)state;
    const weir_kind_info *sort = weir_kind_find("sort");
    assert_non_null(sort);
    assert_string_equal(sort->flag, "WEIR_SORT");
    assert_int_equal(sort->count, 4);
    assert_string_equal(sort->variants[0].name, "merge");
    const weir_variant_info *runs = weir_variant_find(sort, "runs");
    assert_non_null(runs);
    assert_true(weir_variant_has(runs, "parallel=yes"));
    assert_true(weir_variant_has(runs, "stable=yes"));
    assert_false(weir_variant_has(runs, "parallel=no"));
    assert_false(weir_variant_has(runs, "parallel"));
    assert_false(weir_variant_has(runs, "arallel=yes"));
    assert_false(weir_variant_has(runs, ""));
    assert_null(weir_variant_find(sort, "quick"));
    assert_null(weir_kind_find("nothing"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_is_whole), cmocka_unit_test(agrees_with_build_info),
                                       cmocka_unit_test(says_what_the_def_says)};
    return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
