/* names - what may be the text of a symbol, and sets of such texts. */
#ifndef WEIR_SLP_NAMES_P_H
#define WEIR_SLP_NAMES_P_H

#include "slp/slp.h"

/* Would it read back behind a $ ? Not empty, and nothing in it ends an atom. */
bool slp_name_is_variable(const char *at, uint32_t bytes);

/* Would it read back as a symbol, if it is a variable's name? No number, no quote, error or variable. */
bool slp_name_is_symbol(const char *at, uint32_t bytes);

/* Are the texts of a buffer's table all different? CORRUPT: number *which is there twice; NOMEM. */
weir_slp_class slp_names_distinct(const uint32_t *unit, uint32_t table, uint32_t count, uint32_t *which);

#endif
