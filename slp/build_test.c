/* The builder, and what it refuses. */
#include "slp/test_p.h"

static void the_builder_refuses(void **state) {
    (void)state;
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    weir_slp_error e;
#define REFUSES(class, ...)                  \
    do {                                     \
        __VA_ARGS__;                         \
        assert_null(weir_slp_finish(b, &e)); \
        assert_int_equal(e.what, class);     \
    } while (0)
    REFUSES(WEIR_SLP_EMPTY, (void)0);
    REFUSES(WEIR_SLP_UNCLOSED, weir_slp_open(b, WEIR_SLP_LIST));
    REFUSES(WEIR_SLP_STRAY, weir_slp_close(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_quote(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_open(b, WEIR_SLP_LIST); weir_slp_quote(b); weir_slp_close(b));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_open(b, WEIR_SLP_QUOTE));
    REFUSES(WEIR_SLP_SURPLUS, weir_slp_put_integer(b, 1); weir_slp_put_integer(b, 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "", 0));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "a b", 3));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "12", 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "$a", 2));
    REFUSES(WEIR_SLP_OPERAND, weir_slp_put_symbol(b, "'a", 2));
    REFUSES(WEIR_SLP_NUMBER, weir_slp_put_real(b, 1e308 * 10));
    weir_slp_open(b, WEIR_SLP_LIST), weir_slp_put_integer(b, 1), weir_slp_put_symbol(b, "(", 1), weir_slp_close(b);
    assert_null(weir_slp_finish(b, &e));
    assert_true(e.what == WEIR_SLP_OPERAND && e.offset == 2 && e.line == 0 && e.column == 0); /* the third call */
    weir_slp_put_variable(b, "1", 1);
    assert_string_equal(text_of(weir_slp_root(weir_slp_finish(b, &e))), "$1");
    weir_slp_builder_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_builder_refuses),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
