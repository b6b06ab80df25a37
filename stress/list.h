/* list - what `stress list` prints. */
#ifndef WEIR_STRESS_LIST_H
#define WEIR_STRESS_LIST_H

#include "stress/catalog.h"

void list_text(const catalog *c);
void list_json(const catalog *c);

#endif
