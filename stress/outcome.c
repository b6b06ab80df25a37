#include "stress/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "stress/matrix.h"
#include "stress/text.h"

const char *const outcome_words[] = {"pass", "violation", "inconclusive"};

static void keep(outcome *o, const char *line) {
    if (o->said == OUTCOME_SAYS) {
        o->unsaid++;
        return;
    }
    o->says = grow(o->says, o->said + 1, sizeof *o->says);
    o->says[o->said++] = text_make("%.500s", line);
}

static void add_count(outcome *o, const char *what, uint64_t n) {
    if (o->count == OUTCOME_COUNTS) return;
    o->counts[o->count].what = text_make("%s", what);
    o->counts[o->count++].n = n;
}

static void set(char **text, const char *value) {
    free(*text);
    *text = text_make("%s", value);
}

static bool is_unit(const check *c) { return c->rung == matrix_rung_index("unit"); }

/* What cmocka prints; the rest of it is noise unless a test fails. */
static void unit_line(outcome *o, const char *line) {
    uint64_t n;
    if (sscanf(line, "[  PASSED  ] %" SCNu64 " test", &n) == 1) add_count(o, "tests", n);
    else if (!strncmp(line, "[  FAILED  ]", 12) && !strchr(line, '(') && !o->law)
        o->law = text_make("unit test fails: %s", line + 13);
    else if (strncmp(line, "[==", 3) && strncmp(line, "[ RUN", 5) && strncmp(line, "[       OK", 10)) keep(o, line);
}

static void take_verdict(outcome *o, const char *word) {
    for (int i = 0; i < 3; i++)
        if (!strncmp(word, outcome_words[i], strlen(outcome_words[i]))) o->verdict = (stress_verdict)i, o->told = true;
}

static void protocol_line(outcome *o, const check *c, char *line, double *share) {
    char *rest = strchr(line, ' ');
    if (!rest) {
        keep(o, line);
        return;
    }
    *rest++ = '\0';
    if (!strcmp(line, "say")) keep(o, rest);
    else if (!strcmp(line, "progress")) *share = strtod(rest, NULL);
    else if (!strcmp(line, "seed")) o->seed = strtoull(rest, NULL, 10);
    else if (!strcmp(line, "more")) o->more = strtoull(rest, NULL, 10);
    else if (!strcmp(line, "fail")) set(&o->law, rest);
    else if (!strcmp(line, "verdict")) take_verdict(o, rest);
    else if (!strcmp(line, "replay")) {
        free(o->replay);
        o->replay = text_make("'%s%s'", c->prefix, rest);
    } else if (!strcmp(line, "count")) {
        char *what;
        uint64_t n = strtoull(rest, &what, 10);
        if (*what) add_count(o, what + 1, n);
    } else { /* not for us: as it was */
        rest[-1] = ' ';
        keep(o, line);
    }
}

void outcome_line(outcome *o, const check *c, char *line, bool error, double *share) {
    if (is_unit(c)) unit_line(o, line);
    else if (error) keep(o, line);
    else protocol_line(o, c, line, share);
}

/* A failure that came without a schedule of its own is repeated by its seed, for as long as it ran. */
static void complete(outcome *o, const check *c) {
    if (o->verdict == STRESS_PASS) return;
    if (!o->law && o->verdict == STRESS_VIOLATION) o->law = text_make("no law was named");
    if (!o->replay) o->replay = text_make("'%s%s@seed%" PRIu64 "'", c->prefix, c->id, o->seed);
    if (is_unit(c)) o->replay[strcspn(o->replay, "@")] = '\0', text_add(&o->replay, "'");
    else if (strstr(o->replay, "@seed")) text_add(&o->replay, " --seconds %.3g", o->allotted);
}

static void judge(outcome *o, stress_verdict v, char *law) {
    o->verdict = v;
    free(o->law);
    o->law = law;
}

static void judge_exit(outcome *o, const check *c, int status) {
    static const int usual[] = {0, EXIT_VIOLATION, EXIT_INCONCLUSIVE};
    if (is_unit(c)) {
        o->verdict = status ? STRESS_VIOLATION : STRESS_PASS;
        if (status && !o->law) o->law = text_make("unit tests end with exit status %d", status);
    } else if (!o->told && (status == EXIT_USAGE || status == 127))
        judge(o, STRESS_INCONCLUSIVE, text_make("could not be run, exit status %d", status));
    else if (!o->told) judge(o, STRESS_VIOLATION, text_make("ended without a verdict, exit status %d", status));
    else if (status != usual[o->verdict])
        judge(o, STRESS_VIOLATION,
              text_make("said '%s', then ended with exit status %d%s%s", outcome_words[o->verdict], status,
                        o->law ? ": " : "", o->law ? o->law : ""));
}

void outcome_end(outcome *o, const check *c, int how) {
    o->over = true;
    if (!WIFSIGNALED(how)) judge_exit(o, c, WEXITSTATUS(how));
    else if (WTERMSIG(how) == SIGKILL)
        judge(o, STRESS_INCONCLUSIVE, text_make("killed from outside by signal 9; perhaps memory ran out"));
    else judge(o, STRESS_VIOLATION, text_make("crashed: signal %d (%s)", WTERMSIG(how), strsignal(WTERMSIG(how))));
    complete(o, c);
}

void outcome_late(outcome *o, const check *c, double limit, double still) {
    o->over = true;
    if (matrix_rungs[c->rung].ends_itself || still < limit / 2)
        judge(o, STRESS_INCONCLUSIVE, text_make("no answer within %.0f s", limit));
    else
        judge(o, STRESS_VIOLATION,
              text_make("no end within %.0f s and no sign of life for %.0f s: lost wake-up, deadlock or endless loop",
                        limit, still));
    complete(o, c);
}

void outcome_clear(outcome *o) {
    for (unsigned i = 0; i < o->count; i++) free(o->counts[i].what);
    for (unsigned i = 0; i < o->said; i++) free(o->says[i]);
    free(o->says);
    free(o->law);
    free(o->replay);
    *o = (outcome){0};
}
