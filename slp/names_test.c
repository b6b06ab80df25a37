/* Names that a process knows; counted owners. */
#include "slp/test_p.h"

static void symbols_are_resolved_once(void **state) {
    (void)state;
    static const char *const names[] = {"core/kv/get", "core/kv/set"}, *const twice[] = {"a", "a"};
    weir_slp_names *n = weir_slp_names_new(names, 2);
    const weir_slp *s = read_one("(core/kv/set x core/kv/get core/kv/set)");
    uint32_t number[3];
    assert_int_equal(weir_slp_symbols(s), 3);
    weir_slp_resolve(s, n, number);
    weir_slp_value v = weir_slp_root(s);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 0))], 1);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 1))], WEIR_SLP_UNKNOWN);
    assert_int_equal(number[weir_slp_symbol(weir_slp_at(v, 2))], 0);
    assert_int_equal(weir_slp_symbol(weir_slp_at(v, 0)), weir_slp_symbol(weir_slp_at(v, 3)));
    weir_slp_names_free(n);
    assert_null(weir_slp_names_new(twice, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_are_resolved_once),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
