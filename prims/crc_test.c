#include "prims/test_p.h"

#include "prims/crc.h"

static void same_by_any_means(void **s) {
    (void)s;
    unsigned char bytes[100];
    assert_int_equal(weir_crc32c(0, "123456789", 9), 0xe3069283u);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 37);
    for (size_t i = 0; i < sizeof bytes; i++)
        assert_int_equal(weir_crc32c(7, bytes, i), weir_crc32c_by_table(7, bytes, i));
    assert_int_equal(weir_crc32c(weir_crc32c(0, bytes, 33), bytes + 33, 67), weir_crc32c(0, bytes, 100));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_by_any_means),
    };
    return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
