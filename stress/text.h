/* text - small help with texts for the program `stress`. */
#ifndef WEIR_STRESS_TEXT_H
#define WEIR_STRESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_VIOLATION = 1, EXIT_USAGE = 2, EXIT_INCONCLUSIVE = 3 };

/* Says "stress: <message>" on standard error; returns EXIT_USAGE. */
int stress_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new text, to be freed; aborts when memory runs out. */
char *text_make(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new text that lives until the program ends. */
char *text_keep(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends to *text, which may be NULL. */
void text_add(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether one of the words of `list`, which stand between characters of `between`, is `word`. */
bool text_has_word(const char *list, const char *between, const char *word);

/* The next word of *list into word, and *list moved behind it; false at the end. What does not fit is cut. */
bool text_next_word(const char **list, const char *between, char *word, size_t bytes);

/* n with a comma between thousands, in one of a few static buffers. */
const char *text_count(uint64_t n);

/* realloc that aborts when memory runs out. */
void *grow(void *array, size_t count, size_t bytes);

#endif
