/* symbols - names for addresses of this program, for reports only: its own symbol table, and addr2line for lines. */
#ifndef WEIR_STRESS_MODEL_SYMBOLS_H
#define WEIR_STRESS_MODEL_SYMBOLS_H

#include "stress/model/engine_p.h"

/* Looks up the source lines of all sites of these events at once. */
void symbols_load(const event *events, int n);

/* "ring+0x40"; an address no symbol covers is printed as it is. */
void symbol_data(uintptr_t address, char *text, size_t bytes);
void symbol_function(uintptr_t address, char *text, size_t bytes);

/* "vyukov.h:101", or the function and offset when there is no addr2line or no debug information. */
void symbol_line(const void *site, char *text, size_t bytes);

#endif
