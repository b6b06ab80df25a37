#include "runtime/program/stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/program/say.h"

/* -- gathered: the metrics come family by family, a row has one of each -------------------------------------------------- */

typedef struct row {
    int section;
    char name[64];
    uint64_t count, errors, samples, quantile[3], max;
} row;

typedef struct rows {
    row *at;
    size_t used, room;
    bool lost;
} rows;

static const char *const sections[] = {"command", "store", "events on", "handlers on", "else"};
enum { COMMAND, STORE, EVENTS, HANDLERS, ELSE, SECTIONS };

static row *find(rows *r, int section, const char *name) {
    for (size_t i = 0; i < r->used; i++)
        if (r->at[i].section == section && !strncmp(r->at[i].name, name, sizeof r->at->name - 1)) return &r->at[i];
    if (r->used == r->room) {
        size_t room = 2 * r->room + 32;
        row *at = realloc(r->at, room * sizeof *at);
        if (!at) return r->lost = true, NULL;
        r->at = at;
        r->room = room;
    }
    row *p = &r->at[r->used++];
    *p = (row){.section = section};
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

static void fill(row *p, const weir_metric *m, bool errors) {
    static const double q[] = {0.5, 0.99, 0.999};
    if (m->kind != WEIR_HISTOGRAM) {
        *(errors ? &p->errors : &p->count) = m->value;
        return;
    }
    p->samples = weir_histogram_count(m->histogram);
    p->max = weir_histogram_max(m->histogram);
    for (int i = 0; i < 3; i++) p->quantile[i] = weir_histogram_quantile(m->histogram, q[i]);
}

static void take(void *arg, const weir_metric *m) {
    static const struct {
        const char *name;
        int section;
        bool errors;
    } table[] = {{"weir_commands_total", COMMAND, false},    {"weir_command_errors_total", COMMAND, true},
                 {"weir_command_seconds", COMMAND, false},   {"weir_store_operations_total", STORE, false},
                 {"weir_store_seconds", STORE, false},       {"weir_events_total", EVENTS, false},
                 {"weir_event_wait_seconds", EVENTS, false}, {"weir_deliveries_total", HANDLERS, false},
                 {"weir_handler_seconds", HANDLERS, false}};
    row *p = NULL;
    bool errors = false;
    for (size_t i = 0; i < sizeof table / sizeof *table && !p; i++) {
        if (strcmp(m->name, table[i].name) != 0) continue;
        p = find(arg, table[i].section, m->label[0].value);
        errors = table[i].errors;
    }
    if (!p && !m->labels) p = find(arg, ELSE, m->name + strlen("weir_"));
    if (p) fill(p, m, errors);
}

/* -- shown -------------------------------------------------------------------------------------------------------------- */

/* Three digits and a unit. */
static const char *duration(uint64_t ns, char to[16]) {
    static const struct {
        double of;
        const char *name;
    } unit[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
    int i = 0;
    while (i < 3 && (double)ns < unit[i].of) i++;
    double v = (double)ns / unit[i].of;
    snprintf(to, 16, "%.*f %s", i == 3 || v >= 100 ? 0 : v >= 10 ? 1 : 2, v, unit[i].name);
    return to;
}

static void show_row(FILE *to, const row *p) {
    char text[4][16];
    int columns = (int)weir_show(to, p->name, strlen(p->name));
    fprintf(to, "%*s %12llu", columns < 24 ? 24 - columns : 0, "", (unsigned long long)p->count);
    if (p->section == COMMAND) fprintf(to, " %10llu", (unsigned long long)p->errors);
    else if (p->section != ELSE) fprintf(to, " %10s", "");
    if (p->samples)
        fprintf(to, " %9s %9s %9s %9s", duration(p->quantile[0], text[0]), duration(p->quantile[1], text[1]),
                duration(p->quantile[2], text[2]), duration(p->max, text[3]));
    fputc('\n', to);
}

static void show_section(FILE *to, const rows *r, int section) {
    bool any = false;
    for (size_t i = 0; i < r->used; i++) {
        const row *p = &r->at[i];
        if (p->section != section || !(p->count || p->errors)) continue;
        if (!any && section != ELSE)
            fprintf(to, "%-24s %12s %10s %9s %9s %9s %9s\n", sections[section], "count",
                    section == COMMAND ? "errors" : "", "p50", "p99", "p99.9", "max");
        else if (!any) fprintf(to, "%s\n", sections[section]);
        any = true;
        show_row(to, p);
    }
}

bool weir_stats_show(FILE *to, weir_runtime *runtime) {
    rows r = {0};
    bool good = weir_metrics_read(runtime, take, &r) && !r.lost;
    for (int section = 0; good && section < SECTIONS; section++) show_section(to, &r, section);
    free(r.at);
    return good;
}

static void show_time(FILE *to, uint64_t ns) {
    time_t seconds = (time_t)(ns / 1000000000);
    char text[32];
    struct tm t;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &t));
    fprintf(to, "%s.%03uZ", text, (unsigned)(ns / 1000000 % 1000));
}

enum { SLOW_SHOWN = 1000 };

bool weir_slow_show(FILE *to, weir_runtime *runtime) {
    size_t room = SLOW_SHOWN, n;
    weir_slow *at = calloc(room + 1, sizeof *at);
    if (!at) return false;
    n = weir_slow_read(runtime, at, room);
    for (; n > 0; n--) {
        char text[16];
        fprintf(to, "slow ");
        show_time(to, at[n - 1].ended_ns);
        fprintf(to, " %9s ", duration(at[n - 1].took_ns, text));
        weir_show(to, at[n - 1].scope, strlen(at[n - 1].scope));
        fputc(' ', to);
        weir_show(to, at[n - 1].what, strlen(at[n - 1].what));
        fputc('\n', to);
    }
    free(at);
    return true;
}
