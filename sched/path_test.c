/* Unit test of path: every small graph beside the definition, and what is said of a refusal. */
#include "prims/test_p.h"

#include <stdio.h>

#include "sched/path.h"

enum { STAGES = 5, QUEUES = 7 };

typedef struct edge {
    unsigned from, to;
    bool grows;
} edge;

/* The definition: does some way along the edges, of any length, pass two that grow, or one twice? */
static bool two_on_a_way(const edge *e, unsigned n) {
    bool reach[STAGES][STAGES] = {{false}};
    for (unsigned i = 0; i < STAGES; i++) reach[i][i] = true;
    for (unsigned round = 0; round < STAGES; round++)
        for (unsigned i = 0; i < n; i++)
            for (unsigned from = 0; from < STAGES; from++)
                if (reach[from][e[i].from]) reach[from][e[i].to] = true;
    for (unsigned a = 0; a < n; a++)
        for (unsigned b = 0; b < n; b++)
            if (e[a].grows && e[b].grows && reach[e[a].to][e[b].from]) return true;
    return false;
}

static void random_graphs(void **state) {
    (void)state;
    uint64_t x = 88172645463325252;
    unsigned taken = 0, refused = 0;
    for (unsigned round = 0; round < 40000; round++) {
        weir_path path = {0};
        weir_stage stage[STAGES] = {{0}};
        weir_queue queue[QUEUES] = {{0}};
        edge e[QUEUES];
        unsigned n = 0;
        for (unsigned i = 0; i < STAGES; i++) stage[i].name = "stage";
        for (unsigned i = 0; i < QUEUES; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* xorshift */
            e[n] = (edge){(unsigned)(x % STAGES), (unsigned)(x / STAGES % STAGES), x >> 40 & 1};
            queue[i] = (weir_queue){.name = "queue", .limit = i, .grows = e[n].grows};
            bool expected = !two_on_a_way(e, n + 1);
            assert_int_equal(weir_path_join(&path, &queue[i], &stage[e[n].from], &stage[e[n].to]), expected);
            n += expected;
            *(expected ? &taken : &refused) += 1;
        }
    }
    assert_true(taken > 40000 && refused > 40000);
}

static uint64_t seven(const void *of) {
    (void)of;
    return 7;
}

static void says_what_and_where(void **state) {
    (void)state;
    weir_path path = {0};
    weir_stage source = {.name = "source"}, a = {.name = "A"}, b = {.name = "B"}, sink = {.name = "sink"};
    weir_queue in = {.name = "in", .limit = 4096, .high = seven};
    weir_queue burst = {.name = "burst", .limit = 1 << 20, .grows = true, .high = seven};
    weir_queue out = {.name = "out", .limit = 6, .grows = true}, fixed = {.name = "out", .limit = 6, .high = seven};
    weir_queue back = {.name = "back", .limit = 10};
    assert_true(weir_path_join(&path, &in, &source, &a));
    assert_true(weir_path_join(&path, &burst, &a, &b));
    assert_false(weir_path_join(&path, &out, &b, &sink));
    assert_string_equal(path.error,
                        "queue 'out' from 'B' to 'sink': 'burst' and 'out' may both grow, and would lie on one path");
    assert_int_equal(weir_path_limit(&path), 4096 + (1 << 20)); /* nothing of it was taken */
    assert_null(weir_path_exceeded(&path));
    assert_false(weir_path_join(&path, &back, &b, &a));
    assert_string_equal(path.error, "queue 'back' from 'B' to 'A': 'burst' may grow, and would lie on a circle");
    assert_true(weir_path_join(&path, &fixed, &b, &sink));
    assert_ptr_equal(weir_path_exceeded(&path), &fixed);
    char text[512] = {0};
    FILE *to = fmemopen(text, sizeof text, "w");
    weir_path_report(&path, to);
    fclose(to);
    assert_string_equal(text, "source > A: in held 7 of 4096 bytes at most\n"
                              "A > B: burst held 7 of 1048576 bytes at most, may grow\n"
                              "B > sink: out held 7 of 6 bytes at most\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_graphs),
        cmocka_unit_test(says_what_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
