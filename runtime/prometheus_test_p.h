/* prometheus_test_p - reads the exposition format 0.0.4 as strictly as it is written down, for the tests of metrics_text.c. */
#ifndef WEIR_RUNTIME_PROMETHEUS_TEST_P_H
#define WEIR_RUNTIME_PROMETHEUS_TEST_P_H

#include <stdbool.h>
#include <stddef.h>

typedef struct prom_label {
    char name[64], value[256]; /* the value without its escapes */
} prom_label;

typedef struct prom_sample {
    char name[128];
    prom_label label[4];
    int labels;
    const char *key; /* name and labels as they are written, in the text that was read */
    size_t key_bytes;
    double value;
} prom_sample;

typedef struct prom {
    prom_sample *sample;
    int samples;
    char error[256]; /* "": none */
} prom;

/* Reads a whole text. False: p->error says what is wrong, and in which line: a line that is none of HELP, TYPE, sample; a family
 * without HELP or TYPE before its samples, or told twice; a sample of another family; a name, a label, an escape or a value that
 * cannot be; UTF-8 that is none; one sample twice; a counter not called _total; of a histogram: buckets that do not rise, no +Inf,
 * a count that is not that of +Inf, a missing sum. */
bool prom_read(prom *p, const char *text, size_t bytes);
void prom_free(prom *p);

/* The sample of that name with these labels: name, value, name, value, NULL. NULL: there is none. */
const prom_sample *prom_find(const prom *p, const char *name, ...);

#endif
