/* litmus - the model checker looked at from outside, for the suite that checks the checker. */
#ifndef WEIR_STRESS_MODEL_LITMUS_H
#define WEIR_STRESS_MODEL_LITMUS_H

#include "stress/model/model.h"

/* By the check of a litmus program: this schedule ended so. */
void model_outcome(uint32_t code);

/* From here on by execution graphs; or by orders again. */
void model_by_graphs(bool on);

/* All outcomes of the program, by exhaustive search without bound, in ascending order. -1: it was convicted of something. */
enum { MODEL_OUTCOMES_MAX = 256 };
int model_outcomes(const model_program *p, uint32_t *codes);

/* What the first schedule that breaks a law breaks; NULL when exhaustive search finds none. */
const char *model_law_broken(const model_program *p);

/* Faults that can be put into the checker, to see that the suite notices. */
typedef enum model_fault { MODEL_SOUND, MODEL_NEVER_LATE, MODEL_NEVER_STALE, MODEL_RMW_CUTS, MODEL_FAULTS } model_fault;
void model_break(model_fault fault);

#endif
