/* Histories that the rung lin has left, or that a person has written: searched here, without running anything. */
#include <stdio.h>
#include <stdlib.h>

#include "stress/lin/search.h"
#include "stress/lin/text.h"
#include "stress/replay.h"
#include "stress/text.h"

enum { CONFIGURATIONS = 1 << 22 }; /* 30 times what a run allows itself */

static void print_line(const char *text) { printf("  | %s\n", text); }

static int tell_illegal(lin_searcher *s, lin_history *h, const char *file, const char *spec) {
    char op[LIN_TEXT];
    unsigned culprit = lin_shrink(s, h);
    lin_describe(h->spec, &h->op[culprit], op);
    printf("VIOLATION %s\n  broken: not linearizable to %s: no moment within thread %u's `%s` is right for it\n", file,
           spec, h->op[culprit].thread, op);
    lin_columns(h, culprit, print_line);
    return EXIT_VIOLATION;
}

int replay_file(const char *file) {
    static lin_history h;
    lin_mistake m = {0, ""};
    char spec[LIN_TEXT];
    if (!lin_load(file, &h, &m) && m.line) return stress_refuse("%s:%u: %s", file, m.line, m.what);
    if (m.what[0]) return stress_refuse("%s: %s", file, m.what);
    lin_searcher *s = lin_searcher_make(CONFIGURATIONS);
    if (!s) return stress_refuse("out of memory for the search");
    unsigned operations = h.count;
    lin_describe_spec(&h, spec);
    lin_verdict v = lin_check(s, &h);
    int status = v == LIN_LEGAL ? 0 : EXIT_INCONCLUSIVE;
    if (v == LIN_ILLEGAL) status = tell_illegal(s, &h, file, spec);
    else if (v == LIN_LEGAL) printf("pass %s\n  linearizable to %s\n", file, spec);
    else printf("inconclusive %s\n  why: the search for an order that is legal for %s ran out of memory\n", file, spec);
    printf("%u operations, %s configurations searched\n", operations, text_count(lin_searcher_met(s)));
    lin_searcher_free(s);
    return status;
}
