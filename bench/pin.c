#include "bench/pin.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
    int cpu, package, core, sibling; /* sibling: 0 for the first processor of a core, 1 for the next ... */
} place;

unsigned pin_allowed(int *cpu) {
    cpu_set_t set;
    unsigned n = 0;
    if (sched_getaffinity(0, sizeof set, &set)) return 0;
    for (int i = 0; i < CPU_SETSIZE && n < PIN_MAX; i++)
        if (CPU_ISSET(i, &set)) cpu[n++] = i;
    return n;
}

static int topology(int cpu, const char *what) {
    char path[96];
    int value = 0;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, what);
    FILE *f = fopen(path, "r");
    if (!f) return what[0] == 'c' ? cpu : 0; /* unknown: every processor is a core of its own */
    if (fscanf(f, "%d", &value) != 1) value = 0;
    fclose(f);
    return value;
}

static unsigned places(place *p) {
    static int cpu[PIN_MAX];
    unsigned n = pin_allowed(cpu);
    for (unsigned i = 0; i < n; i++) {
        p[i] = (place){cpu[i], topology(cpu[i], "physical_package_id"), topology(cpu[i], "core_id"), 0};
        for (unsigned j = 0; j < i; j++) p[i].sibling += p[j].package == p[i].package && p[j].core == p[i].core;
    }
    return n;
}

static int compare(int a, int b) { return (a > b) - (a < b); }

/* Neighbours first: siblings of a core, then cores of a package. */
static int compact(const void *a, const void *b) {
    const place *x = a, *y = b;
    int c = compare(x->package, y->package);
    if (!c) c = compare(x->core, y->core);
    return c ? c : compare(x->cpu, y->cpu);
}

/* A core each, packages in turn; second processors of a core come last. */
static int scatter(const void *a, const void *b) {
    const place *x = a, *y = b;
    int c = compare(x->sibling, y->sibling);
    if (!c) c = compare(x->core, y->core);
    return c ? c : compare(x->package, y->package);
}

/* A core each, of one package while it has any. */
static int cores(const void *a, const void *b) {
    const place *x = a, *y = b;
    int c = compare(x->sibling, y->sibling);
    return c ? c : compact(a, b);
}

static void by_order(pin_plan *plan, int (*order)(const void *, const void *)) {
    static place p[PIN_MAX];
    plan->count = places(p);
    qsort(p, plan->count, sizeof *p, order);
    for (unsigned i = 0; i < plan->count; i++) plan->cpu[i] = p[i].cpu;
}

static bool add_range(pin_plan *plan, long first, long last, char *why, size_t bytes) {
    static int allowed[PIN_MAX];
    unsigned n = pin_allowed(allowed);
    for (long cpu = first; cpu <= last; cpu++) {
        unsigned i = 0;
        while (i < n && allowed[i] != cpu) i++;
        if (i == n || plan->count == PIN_MAX) {
            snprintf(why, bytes, "--pin: processor %ld is not one this process may use (it may use %u, from %d to %d)",
                     cpu, n, allowed[0], allowed[n - 1]);
            return false;
        }
        plan->cpu[plan->count++] = (int)cpu;
    }
    return true;
}

static bool parse_list(pin_plan *plan, const char *list, char *why, size_t bytes) {
    for (const char *at = list;; at++) {
        char *end;
        if (!isdigit((unsigned char)*at)) break;
        long first = strtol(at, &end, 10), last = first;
        if (*end == '-' && isdigit((unsigned char)end[1])) last = strtol(end + 1, &end, 10);
        if (last < first || (*end && *end != ',')) break;
        if (!add_range(plan, first, last, why, bytes)) return false;
        at = end;
        if (!*at) return true;
    }
    snprintf(why, bytes, "--pin '%s': choose none, compact, scatter or a list of processors such as 0,2,4-7", list);
    return false;
}

bool pin_parse(pin_plan *plan, const char *how, char *why, size_t bytes) {
    plan->count = plan->only_up_to = 0;
    if (!how) {
        plan->only_up_to = 2;
        by_order(plan, cores);
    } else if (!strcmp(how, "compact")) by_order(plan, compact);
    else if (!strcmp(how, "scatter")) by_order(plan, scatter);
    else if (strcmp(how, "none")) return parse_list(plan, how, why, bytes);
    return true;
}

void pin_thread(const pin_plan *plan, unsigned index, unsigned threads) {
    if (!plan->count || (plan->only_up_to && threads > plan->only_up_to)) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(plan->cpu[index % plan->count], &set);
    sched_setaffinity(0, sizeof set, &set); /* of the calling thread; on failure it simply stays free */
}
