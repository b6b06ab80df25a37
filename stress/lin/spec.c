#include "stress/lin/spec.h"

#include <string.h>

const lin_spec *lin_spec_named(const char *name) {
    static const lin_spec *const all[] = {&lin_cell, &lin_queue, &lin_mcast, &lin_deque,
                                          &lin_set,  &lin_map,   &lin_pubsub};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        if (!strcmp(all[i]->name, name)) return all[i];
    return NULL;
}
