/* What a scheduler opens with when nobody says is what the build chose, and so are the short names of coroutines and pollers.
 * WEIR_EXPECT, when set, says what that was, as "order=double pool=lock sched=order co=goto poller=epoll". */
#include "prims/test_p.h"

#include <stdio.h>

#include "prims/variant.h"
#include "sched/sched_p.h"

static void the_library_has_the_choice(void **state) {
    char all[256], words[256], word[64];
    const char *expect = getenv("WEIR_EXPECT");
    weir_sched *s;
    (void)state;
    assert_int_equal(weir_sched_open(NULL, &s, NULL), WEIR_SCHED_OK);
    bool order = s->class->order;
    assert_string_equal(s->class->name, order ? WEIR_STRING(WEIR_ORDER) : WEIR_STRING(WEIR_POOL));
    weir_sched_close(s);
    snprintf(all, sizeof all, " sched=%s%s ", order ? "order" : "pool", WEIR_SCHED_CHOICES);
    snprintf(words, sizeof words, "%s", expect ? expect : WEIR_SCHED_CHOICES);
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
        snprintf(word, sizeof word, " %s ", w);
        if (!strstr(all, word)) fail_msg("asked for %s, but it is%s", w, all);
        if (!strncmp(w, "sched=", 6)) assert_string_equal(w + 6, order ? "order" : "pool");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_library_has_the_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
