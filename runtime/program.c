#include "runtime/program_p.h"

#include <stdlib.h>
#include <string.h>

static void unseen(weir_a32 *number, uint32_t symbols) {
    for (uint32_t i = 0; i < symbols; i++) weir_a32_store(&number[i], WEIR_PROGRAM_UNSEEN);
}

weir_program *weir_program_new(const weir_slp *s, const weir_slp_names *names) {
    size_t bytes = weir_slp_bytes(s);
    uint32_t symbols = weir_slp_symbols(s);
    weir_program *p = malloc(sizeof *p + bytes + symbols * sizeof *p->number);
    if (!p) return NULL;
    weir_a32 *number = (weir_a32 *)(p + 1);
    weir_slp *copy = (weir_slp *)(void *)(number + symbols);
    memcpy(copy, s, bytes);
    unseen(number, symbols);
    *p = (weir_program){.names = names, .number = number, .s = copy};
    weir_a32_store(&p->references, 1);
    return p;
}

weir_program *weir_program_retain(weir_program *p) {
    weir_a32_add(&p->references, 1);
    return p;
}

/* P1 acq_rel: pairs with itself; what others did with the program happens before it is freed. */
void weir_program_release(weir_program *p) {
    if (weir_a32_sub_acq_rel(&p->references, 1) == 1) free(p);
}

bool weir_program_lend(weir_program *p, const weir_slp *s, const weir_slp_names *names) {
    uint32_t symbols = weir_slp_symbols(s);
    if (symbols > p->room) {
        weir_a32 *number = malloc(symbols * sizeof *number);
        if (!number) return false;
        free(p->number);
        p->number = number;
        p->room = symbols;
    }
    unseen(p->number, symbols);
    p->names = names;
    p->s = s;
    return true;
}

void weir_program_forget(weir_program *p) { free(p->number); }

uint32_t weir_program_look(const weir_program *p, weir_slp_value name) {
    weir_slp_text t = weir_slp_text_of(name);
    uint32_t n = weir_slp_name_find(p->names, t.at, t.bytes);
    weir_a32_store(&p->number[weir_slp_symbol(name)], n);
    return n;
}
