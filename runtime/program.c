#include "runtime/program_p.h"

#include <stdlib.h>
#include <string.h>

weir_program *weir_program_new(const weir_slp *s, const weir_slp_names *names) {
    size_t bytes = weir_slp_bytes(s);
    uint32_t symbols = weir_slp_symbols(s);
    weir_program *p = malloc(sizeof *p + bytes + symbols * sizeof(uint32_t));
    if (!p) return NULL;
    uint32_t *number = (uint32_t *)(p + 1);
    weir_slp *copy = (weir_slp *)(void *)(number + symbols);
    memcpy(copy, s, bytes);
    weir_slp_resolve(copy, names, number);
    weir_a32_store(&p->references, 1);
    p->number = number;
    p->s = copy;
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
