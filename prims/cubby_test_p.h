/* cubby_test_p - for the two tests of cubby: traits of the variant under test, and a limit in time, because a lost wake-up
 * shows as a hang. */
#ifndef WEIR_PRIMS_CUBBY_TEST_P_H
#define WEIR_PRIMS_CUBBY_TEST_P_H

#include "prims/test_p.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "prims/cubby.h"

#define INIT_AT WEIR_BIND(cubby, WEIR_CUBBY, _init_at)

/* Is this among the traits of the variant this test was compiled for? */
static inline bool has(const char *trait) {
#define WEIR_VARIANT(kind, name, traits, source, summary) {#name, " " traits " "},
    static const char *const rows[][2] = {
#include "prims/cubby/variants.def"
    };
#undef WEIR_VARIANT
    char word[64];
    snprintf(word, sizeof word, " %s ", trait);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i][0], WEIR_STRING(WEIR_CUBBY))) return strstr(rows[i][1], word) != NULL;
    return false;
}

static inline bool has_deadlines(void) { return has("timed=yes") || has("timed=bounded"); }

static char stuck_text[160];

static inline void stuck(int sig) {
    (void)sig;
    ssize_t n = write(STDERR_FILENO, stuck_text, strlen(stuck_text));
    _exit(n < 0 ? 2 : 1);
}

/* From here until the next call: what is under way, and how long it may take. */
static inline void limit_time(const char *what, unsigned seconds) {
    snprintf(stuck_text, sizeof stuck_text, "stuck: cubby.%s in %s after %u s\n", WEIR_STRING(WEIR_CUBBY), what,
             seconds);
    signal(SIGALRM, stuck);
    alarm(seconds);
}

#endif
