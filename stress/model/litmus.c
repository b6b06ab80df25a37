#include "stress/model/litmus.h"
#include "stress/model/search.h"

static bool seen[1 << 16]; /* outcomes, as codes of four digits or fewer */

void model_outcome(uint32_t code) { seen[code & 0xffff] = true; }

void model_break(model_fault fault) { m.fault = fault; }

static bool by_graphs;

void model_by_graphs(bool on) { by_graphs = on; }

static outcome explore(const model_program *p) {
    static const stress_request any = {1, 0, NULL, NULL};
    exhausted e;
    for (int i = 0; i < 1 << 16; i++) seen[i] = false;
    if (!search_prepare(p, &any)) return REFUSED;
    graphs_forget();
    outcome o = (by_graphs ? graphs_search : exhaustive_search)(stress_elapsed() + 60, 1e9, &e);
    return outcome_bad(o) || e.complete ? o : REFUSED;
}

int model_outcomes(const model_program *p, uint32_t *codes) {
    int n = 0;
    if (outcome_bad(explore(p))) return -1;
    for (uint32_t i = 0; i < 1 << 16; i++)
        if (seen[i] && n < MODEL_OUTCOMES_MAX) codes[n++] = i;
    return n;
}

const char *model_law_broken(const model_program *p) { return outcome_bad(explore(p)) ? m.law : NULL; }
