/* The conformance cases that need a reader only: forms that evaluate to themselves, and texts that cannot be read. Each case
 * is a folder of slp/cases with script.slp and expect.txt: `= V` the form's canonical text, `P class [offset]` an error. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "slp/slp.h"

static size_t slurp(const char *folder, const char *name, char *to, size_t room) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", SLP_CASES, folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("cannot open %s", path);
    size_t n = fread(to, 1, room - 1, f);
    fclose(f);
    to[n] = 0;
    return n;
}

/* What the next form of the feed is, as a line of expect.txt; false: there is none. */
static bool next_line(weir_slp_feed *feed, char line[512]) {
    const weir_slp *s;
    weir_slp_error e;
    switch (weir_slp_feed_next(feed, true, &s, &e)) {
    case WEIR_SLP_MORE: return false;
    case WEIR_SLP_BAD: sprintf(line, "P %s %u", weir_slp_class_name(e.what), e.offset); return true;
    default: {
        size_t n = 2 + weir_slp_print(weir_slp_root(s), WEIR_SLP_CANONICAL, line + 2, 500);
        memcpy(line, "= ", 2);
        line[n] = 0;
        return true;
    }
    }
}

/* A wanted `P class` without an offset accepts any. */
static bool accepts(const char *wanted, const char *got) {
    size_t n = strlen(wanted);
    return !strcmp(wanted, got) || (*wanted == 'P' && !strncmp(wanted, got, n) && got[n] == ' ');
}

static void run_case(const char *folder) {
    static char script[1 << 16], expect[1 << 16];
    size_t bytes = slurp(folder, "script.slp", script, sizeof script);
    slurp(folder, "expect.txt", expect, sizeof expect);
    weir_slp_feed *feed = weir_slp_feed_new(NULL);
    assert_true(weir_slp_feed_push(feed, script, bytes));
    char got[512] = "", *rest = expect;
    long forms = 0;
    for (char *wanted; (wanted = strsep(&rest, "\n")) && *wanted; forms++) {
        if (!next_line(feed, got)) strcpy(got, "P empty 0"); /* a text without a form */
        if (!accepts(wanted, got)) fail_msg("%s, form %ld: wanted %s, got %s", folder, forms + 1, wanted, got);
        if (*got == 'P') break;
    }
    assert_true(forms > 0 || *got == 'P');
    weir_slp_feed_free(feed);
}

static void every_case(void **state) {
    (void)state;
    DIR *d = opendir(SLP_CASES);
    assert_non_null(d);
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') run_case(e->d_name), n++;
    closedir(d);
    assert_true(n >= 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
