#include "bench/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/folder.h"

/* In the order of their last use, the oldest first. */
static struct kept {
    void *(*make)(const bench_params *);
    uint64_t key;
    bool twin; /* the second half of an A/A pair has an object of its own: what making it anew changes is noise, too */
    keep_child child;
} * kept;
static size_t count, room;

static void take_out(size_t i) {
    for (count--; i < count; i++) kept[i] = kept[i + 1];
}

bool keep_take(const cell *c, keep_child *child) {
    for (size_t i = 0; i < count; i++) {
        if (kept[i].make != c->row->make || kept[i].key != c->dear.key || kept[i].twin != c->twin) continue;
        *child = kept[i].child;
        take_out(i);
        return true;
    }
    return false;
}

void keep_put(const cell *c, keep_child child) {
    if (count == room) {
        room = room ? 2 * room : 16;
        kept = realloc(kept, room * sizeof *kept);
        if (!kept) abort();
    }
    kept[count++] = (struct kept){c->row->make, c->dear.key, c->twin, child};
}

static void end_oldest(void) {
    keep_child child = kept[0].child;
    take_out(0);
    close(child.fd);
    cell_kill(child.pid);
    folder_remove(child.pid);
}

/* Bytes that programs can still get without swapping; INFINITY-like when the system does not say. */
static double memory_available(void) {
    char line[128];
    double kib = 1e15;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1) break;
    if (f) fclose(f);
    return kib * 1024;
}

bool keep_room(const cell *c, char *why, size_t bytes) {
    double need = c->dear.bytes;
    while (count && memory_available() < need) end_oldest();
    double have = memory_available();
    if (have >= need) return true;
    snprintf(why, bytes, "needs about %.1f GiB of memory, and %.1f GiB are available", need / (1 << 30),
             have / (1 << 30));
    return false;
}

void keep_end(void) {
    while (count) end_oldest();
}
