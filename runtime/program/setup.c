#include "runtime/program/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/file.h"

enum { SETUP_MAX = 1 << 20 };

static bool scope(weir_setup *s, char *rest) {
    static const struct {
        const char *name;
        unsigned rights;
    } table[] = {{"R", WEIR_READ}, {"W", WEIR_WRITE}, {"RW", WEIR_READ | WEIR_WRITE}, {"none", 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(rest, table[i].name)) {
            s->session.restricted = true;
            s->session.rights = table[i].rights;
            return true;
        }
    return false;
}

static bool preset(weir_setup *s, char *rest) {
    const char *key = strsep(&rest, " ");
    struct weir_preset *p = realloc(s->preset, (s->presets + 1) * sizeof *p);
    if (!p) return false;
    s->preset = p;
    p[s->presets++] = (struct weir_preset){key, rest ? rest : ""};
    return rest != NULL;
}

static bool number(const char *text, uint32_t *to) {
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    *to = (uint32_t)n;
    return *text >= '0' && *text <= '9' && !*end && !errno && n <= UINT32_MAX;
}

static bool topics(weir_setup *s, char *rest) {
    static const struct {
        const char *name;
        unsigned rights;
    } table[] = {{"P", WEIR_PUBLISH}, {"S", WEIR_SUBSCRIBE}, {"PS", WEIR_PUBLISH | WEIR_SUBSCRIBE}, {"none", 0}};
    uint32_t n;
    const char *name = strsep(&rest, " ");
    for (size_t i = 0; i < sizeof table / sizeof *table && rest && number(name, &n); i++)
        if (!strcmp(rest, table[i].name)) {
            weir_topic_rule *p = realloc(s->topic, (s->session.topics + 1) * sizeof *p);
            if (!p) return false;
            p[s->session.topics++] = (weir_topic_rule){n, table[i].rights};
            s->session.topic = s->topic = p;
            return true;
        }
    return false;
}

static bool rate(weir_setup *s, char *rest) { return number(rest, &s->session.rate); }
static bool await_ms(weir_setup *s, char *rest) { return number(rest, &s->await_ms); }

static bool line(weir_setup *s, char *text) {
    static const struct {
        const char *name;
        bool (*read)(weir_setup *s, char *rest);
    } table[] = {{"scope", scope}, {"preset", preset}, {"topics", topics}, {"rate", rate}, {"await_ms", await_ms}};
    const char *name = strsep(&text, " ");
    if (!*name) return true;
    for (size_t i = 0; i < sizeof table / sizeof *table && text; i++)
        if (!strcmp(name, table[i].name)) return table[i].read(s, text);
    return false;
}

weir_exit weir_setup_read(weir_setup *s, const char *name) {
    weir_file f;
    *s = (weir_setup){0};
    if (!weir_file_read(&f, name, SETUP_MAX)) return weir_refuse_file(name, strerror(errno));
    s->text = strndup(f.text, f.bytes);
    free(f.text);
    if (!s->text) return weir_refuse_file(name, "no memory");
    unsigned at = 1;
    for (char *rest = s->text, *l; (l = strsep(&rest, "\n")); at++)
        if (!line(s, l)) {
            weir_setup_free(s);
            return weir_refuse(
                "%s: line %u is none of: scope R|W|RW|none, topics N P|S|PS|none, rate N, await_ms N, preset KEY VALUE",
                name, at);
        }
    return WEIR_GOOD;
}

/* What is between the quotes is stored as a string, all else as the value that it reads as. */
bool weir_setup_preset(const weir_setup *s, weir_runtime *runtime, weir_error *error) {
    if (s->presets == 0) return true;
    weir_session *session = weir_session_open(runtime, NULL, error);
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    bool good = session && b;
    for (size_t i = 0; i < s->presets && good; i++) {
        const struct weir_preset *p = &s->preset[i];
        weir_slp_open(b, WEIR_SLP_LIST);
        weir_slp_put_symbol(b, "core/kv/set", 11);
        weir_slp_put_symbol(b, p->key, strlen(p->key));
        weir_slp_put_string(b, p->value, strlen(p->value));
        weir_slp_close(b);
        const weir_slp *form = weir_slp_finish(b, NULL);
        good = form && weir_run(session, form, WEIR_SLP_ONE, NULL, NULL);
    }
    if (session && !good) snprintf(error->text, sizeof error->text, "set-up: what is preset cannot be stored");
    weir_slp_builder_free(b);
    weir_session_close(session);
    return good;
}

void weir_setup_free(weir_setup *s) {
    free(s->text);
    free(s->preset);
    free(s->topic);
    *s = (weir_setup){0};
}
