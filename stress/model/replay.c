/* A schedule as the list of its deviations from the default. The default: the thread that runs goes on, loads see the newest
 * store, stores enter last, nothing fails for no reason. A deviation is named by a thread and its own step, so dropping one
 * does not change what the others mean.
 *
 *   a3tb   before its step 3, or when a sleeps or ends there, a leaves the processor to b
 *   a3ob   the same, and b's time is over       a3sb   b wakes for no reason      a3gb   b spins on until it gives up
 *   b5r1   step 5 of b reads the store before the newest that it could read       b5p1   stores one place before the last
 *   a3u1   (graphs) lets others have their turn at what its step 3 is about; or stops sleeping, or spins on
 *   b5w1   its weak compare-exchange fails for no reason       b5f0   b stops for ever before it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress/model/search.h"

static const deviations *wanted;

void replay_set(const deviations *d) { wanted = d; }

static void begin(void) {
    m.frozen = NOBODY;
    for (int i = 0; i < wanted->n; i++)
        if (wanted->at[i].kind == FREEZE) m.frozen = wanted->at[i].thread, m.freeze_at = wanted->at[i].own;
}

static const deviation *here(choice_kind kind) {
    for (int i = 0; i < wanted->n; i++) {
        const deviation *d = &wanted->at[i];
        if (d->thread == m.running && d->own == m.self->own && d->kind == kind) return d;
    }
    return NULL;
}

static int thread(const options *o) {
    const deviation *d = here(CHOOSE_THREAD);
    for (int i = 0; d && i < o->n; i++)
        if (o->code[i] == d->value) return i;
    return 0;
}

static int value(choice_kind kind, int n) {
    const deviation *d = here(kind);
    return d && d->value < n ? d->value : 0;
}

const strategy strategy_replay = {"replay", begin, thread, value};

/* A schedule of the search of graphs: a thread may come to wait several times in one step, so each is used once. */
static bool used[DEVIATIONS_MAX];

static void begin_graph(void) {
    for (int i = 0; i < wanted->n; i++) used[i] = false;
}

static int value_of_graph(choice_kind kind, int n) {
    for (int i = 0; i < wanted->n; i++) {
        const deviation *d = &wanted->at[i];
        if (used[i] || d->thread != m.running || d->own != m.self->own || d->kind != kind) continue;
        used[i] = true;
        return d->value < n ? d->value : 0;
    }
    return 0;
}

const strategy strategy_replay_graph = {"graph replay", begin_graph, NULL, value_of_graph};

/* -- text -- */

static const char resumes[] = "tosg"; /* RUN TIME_OUT SPURIOUS SPIN */
static const char kinds[] = "trpwfu";

void replay_write(const deviations *d, char *text, size_t bytes) {
    size_t n = 0;
    text[0] = '\0';
    if (d->n == 0) snprintf(text, bytes, "default");
    for (int i = 0; i < d->n && n + 16 < bytes; i++) {
        const deviation *x = &d->at[i];
        n += (size_t)snprintf(text + n, bytes - n, "%s%c%d", i ? "-" : "", 'a' + x->thread, x->own);
        if (x->kind == CHOOSE_THREAD)
            n += (size_t)snprintf(text + n, bytes - n, "%c%c", resumes[x->value >> 4], 'a' + (x->value & 15));
        else n += (size_t)snprintf(text + n, bytes - n, "%c%d", kinds[x->kind], x->value);
    }
}

static bool letter(const char **text, int *who) {
    *who = **text - 'a';
    if (*who < 0 || *who >= MODEL_THREADS_MAX) return false;
    ++*text;
    return true;
}

static bool number(const char **text, int max, int *result) {
    char *end;
    if (**text < '0' || **text > '9') return false;
    long v = strtol(*text, &end, 10);
    *text = end;
    *result = (int)v;
    return v <= max;
}

static bool read_one(deviation *d, const char **text) {
    int who, own, kind, what;
    const char *at;
    if (!letter(text, &who) || !number(text, STEPS_MAX, &own) || !**text) return false;
    char c = *(*text)++;
    if ((at = strchr(resumes, c)) != NULL) {
        if (!letter(text, &what)) return false;
        kind = CHOOSE_THREAD;
        what |= (int)(at - resumes) << 4;
    } else {
        if ((at = strchr(kinds, c)) == NULL || !number(text, UINT8_MAX, &what)) return false;
        kind = (int)(at - kinds);
    }
    *d = (deviation){(uint8_t)who, (uint8_t)kind, (uint8_t)what, (int16_t)own};
    return true;
}

bool replay_read(deviations *d, const char *text) {
    d->n = 0;
    if (!strcmp(text, "default")) return true;
    while (d->n < DEVIATIONS_MAX && read_one(&d->at[d->n], &text)) {
        d->n++;
        if (*text == '\0') return true;
        if (*text++ != '-') return false;
    }
    return false;
}
