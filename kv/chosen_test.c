/* What a store opens with when nobody says is what the build chose. WEIR_EXPECT, when set, says what that was, as
 * "kv=hash rcu=qsbr store=wal". */
#include "prims/test_p.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv/kv.h"
#include "prims/variant.h"

static void the_library_has_the_choice(void **state) {
    char dir[] = "/tmp/weir-chosen-XXXXXX", all[256], word[64], words[256], remove[64];
    const char *expect = getenv("WEIR_EXPECT");
    weir_kv_error error;
    weir_kv *kv;
    (void)state;
    assert_non_null(mkdtemp(dir));
    if (weir_kv_open(&(weir_kv_options){.path = dir}, &kv, &error) != WEIR_KV_OK) fail_msg("%s", error.text);
    assert_int_equal(weir_kv_set(weir_kv_root(kv), WEIR_KV_TEXT("k"), WEIR_KV_TEXT("v")), WEIR_KV_OK);
    assert_int_equal(weir_kv_exists(weir_kv_root(kv), WEIR_KV_TEXT("k")), WEIR_KV_OK);
    snprintf(all, sizeof all, " kv=%s store=%s%s ", weir_kv_variant(kv), weir_kv_store(kv), WEIR_KV_CHOICES);
    assert_int_equal(weir_kv_close(kv), WEIR_KV_OK);
    snprintf(remove, sizeof remove, "rm -rf %s", dir);
    assert_int_equal(system(remove), 0);
    snprintf(words, sizeof words, "%s", expect ? expect : WEIR_KV_CHOICES);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
        snprintf(word, sizeof word, " %s ", w);
        if (!strstr(all, word)) fail_msg("asked for %s, but it is%s", w, all);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_library_has_the_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
