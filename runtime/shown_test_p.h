/* shown_test_p - scripts in tests, and what they show: the values of their forms, a line each. */
#ifndef WEIR_RUNTIME_SHOWN_TEST_P_H
#define WEIR_RUNTIME_SHOWN_TEST_P_H

#include "prims/test_p.h"

#include <stdio.h>

#include "runtime/weir.h"

typedef struct seen {
    char text[1 << 14];
    size_t used;
} seen;

/* At most 1000 bytes of a value, and of all what there is room for. */
static inline void show(void *arg, weir_slp_value v) {
    seen *s = arg;
    size_t room = sizeof s->text - 2 - s->used, n;
    n = weir_slp_print(v, WEIR_SLP_CANONICAL, s->text + s->used, room < 1000 ? room : 1000);
    s->used += n < room && n < 1000 ? n : room < 1000 ? room : 1000;
    s->text[s->used++] = '\n';
    s->text[s->used] = 0;
}

static inline void show_all(weir_session *s, const char *text, seen *out) {
    out->used = 0;
    *out->text = 0;
    assert_true(weir_eval(s, text, strlen(text), show, out, NULL));
}

/* What it shows is `wanted`, or begins so. */
static inline void expect_of(weir_session *s, const char *text, const char *wanted) {
    seen out;
    show_all(s, text, &out);
    if (strcmp(out.text, wanted)) fail_msg("%s\nwanted:\n%s\ngot:\n%s", text, wanted, out.text);
}

static inline void expect_begin_of(weir_session *s, const char *text, const char *wanted) {
    seen out;
    show_all(s, text, &out);
    if (strncmp(out.text, wanted, strlen(wanted))) fail_msg("%s\nwanted:\n%s\ngot:\n%s", text, wanted, out.text);
}

static inline void expect_error_of(weir_session *s, const char *text, const char *class_name) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "@\"%s: ", class_name);
    expect_begin_of(s, text, wanted);
}

#endif
