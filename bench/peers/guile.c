/* Guile's reader: S-expressions to pairs of a collected heap; symbols are interned in the process for good, all that it reads
 * can be changed. It gets our text with all brackets round, from a string port which is opened for each round. Item i of a list
 * is found by stepping over those before it. */
#include <libguile.h>

#include "bench/peers/slp_peer.h"

#define NOTE "pairs; our text with round brackets only"

static SCM text, tree; /* static, so that the collector sees them */

static bool prepare_text(bench_slp *d) {
    char *round = d->text.slp;
    for (size_t i = 0; i < d->text.slp_bytes; i++)
        if (strchr("[{", round[i])) round[i] = '(';
        else if (strchr("]}", round[i])) round[i] = ')';
    scm_init_guile();
    text = scm_from_latin1_stringn(round, d->text.slp_bytes);
    return true;
}

static uint64_t parse_forms(bench_slp *d) {
    SCM port = scm_open_input_string(text), forms = SCM_EOL;
    uint64_t n = 0;
    (void)d;
    for (SCM form = scm_read(port); !SCM_EOF_OBJECT_P(form); form = scm_read(port), n++) forms = scm_cons(form, forms);
    tree = scm_reverse_x(forms, SCM_EOL);
    return n;
}

static uint64_t parse_one(bench_slp *d) {
    (void)d;
    tree = scm_read(scm_open_input_string(text));
    return scm_to_uint64(scm_length(tree));
}

static bool prepare(bench_slp *d) { return prepare_text(d) && parse_forms(d) == d->text.items; }

static uint64_t sum_of(SCM v) {
    uint64_t sum = 1;
    if (scm_is_exact_integer(v)) return sum + scm_to_uint64(v);
    if (scm_is_symbol(v)) return sum + scm_c_symbol_length(v);
    if (scm_is_string(v)) return sum + scm_c_string_length(v);
    if (scm_is_real(v)) return sum + (uint64_t)scm_to_double(v);
    for (; scm_is_pair(v); v = scm_cdr(v)) sum += sum_of(scm_car(v));
    return sum;
}

static uint64_t walk(bench_slp *d) {
    (void)d;
    return sum_of(tree);
}

static uint64_t print(bench_slp *d) {
    SCM port = scm_open_output_string();
    (void)d;
    scm_write(tree, port);
    return scm_c_string_length(scm_get_output_string(port));
}

static uint64_t at(bench_slp *d) {
    uint64_t right = 0;
    for (int i = 0; i < PEER_SLP_LOOKS_LINEAR; i++)
        right += scm_to_uint64(scm_list_ref(tree, scm_from_uint32(d->which[i]))) == d->which[i];
    return right;
}

/* 64 MB would take it longer than a repetition may. */
static bool small(const bench_params *p) { return p->size <= 1000000; }

PEER_SLP_PARSE("guile", 0, NOTE, small, prepare_text, parse_forms, d->text.slp_bytes)
PEER_SLP_COMMAND("guile", 0, NOTE, prepare_text, parse_one)
PEER_SLP_WALK("guile", 0, NOTE, small, prepare, walk)
PEER_SLP_PRINT("guile", 0, NOTE, small, prepare, print)
PEER_SLP_AT("guile", 0, NOTE "; steps over the items before", prepare, at, PEER_SLP_LOOKS_LINEAR)
