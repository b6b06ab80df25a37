#include "kv/map_p.h"

static const weir_map_ops *const maps[] = {
#include "kv_maps.inc"
};

const weir_map_ops *const *weir_maps(size_t *count) {
    *count = sizeof maps / sizeof *maps;
    return maps;
}

const weir_map_ops *weir_map_find(const char *name) {
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        if (strcmp(maps[i]->name, name) == 0) return maps[i];
    return NULL;
}
