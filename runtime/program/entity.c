/* weir entity: who sessions are opened for, in a store. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/commands.h"
#include "runtime/program/options.h"
#include "runtime/program/store.h"
#include "runtime/weir.h"

static const char *const scope_rights[] = {"none", "R", "W", "RW"}, *const topic_rights[] = {"none", "P", "S", "PS"};

/* -- set ----------------------------------------------------------------------------------------------------------- */

/* What the arguments say; rules have room for as many as there are arguments. */
typedef struct said {
    weir_entity entity;
    weir_scope_rule *scope;
    weir_topic_rule *topic;
} said;

static bool number(const char *text, uint64_t most, uint64_t *to) {
    char *end;
    unsigned long long n = strtoull(text, &end, 10); /* too many digits give the largest, which is above `most` */
    *to = n;
    return *text >= '0' && *text <= '9' && !*end && n <= most;
}

static bool rights(const char *text, const char *const *name, unsigned *to) {
    for (*to = 0; *to < 4; ++*to)
        if (!strcmp(text, name[*to])) return true;
    return false;
}

/* Cuts off what is behind the last colon; NULL: there is none. */
static char *behind_colon(char *text) {
    char *colon = strrchr(text, ':');
    if (!colon) return NULL;
    *colon = 0;
    return colon + 1;
}

/* The rule of that scope, which may be new. */
static weir_scope_rule *rule_of(said *s, const char *scope) {
    for (size_t i = 0; i < s->entity.scopes; i++)
        if (!strcmp(s->scope[i].scope, scope)) return &s->scope[i];
    weir_scope_rule *r = &s->scope[s->entity.scopes++];
    *r = (weir_scope_rule){.scope = scope};
    return r;
}

static bool say_scope(said *s, char *value) {
    char *what = behind_colon(value);
    return what && rights(what, scope_rights, &rule_of(s, value)->rights);
}

static bool say_quota(said *s, char *value) {
    char *bytes = behind_colon(value), *keys = bytes ? behind_colon(value) : NULL;
    if (!keys) return false;
    weir_scope_rule *r = rule_of(s, value);
    return number(keys, INT64_MAX, &r->keys) && number(bytes, INT64_MAX, &r->bytes);
}

static bool say_topic(said *s, char *value) {
    uint64_t n;
    unsigned r;
    char *what = behind_colon(value);
    if (!what || !rights(what, topic_rights, &r)) return false;
    if (!strcmp(value, "*")) return s->entity.others = r, true;
    if (!number(value, 65535, &n)) return false;
    s->topic[s->entity.topics++] = (weir_topic_rule){(uint32_t)n, r};
    return true;
}

static bool say_number(char *value, uint32_t *to) {
    uint64_t n;
    bool good = number(value, UINT32_MAX, &n);
    if (good) *to = (uint32_t)n;
    return good;
}

static bool say_steps(said *s, char *value) { return number(value, INT64_MAX, &s->entity.steps); }
static bool say_event_bytes(said *s, char *value) { return number(value, INT64_MAX, &s->entity.event_bytes); }
static bool say_rate(said *s, char *value) { return say_number(value, &s->entity.rate); }
static bool say_sessions(said *s, char *value) { return say_number(value, &s->entity.sessions); }
static bool say_subscriptions(said *s, char *value) { return say_number(value, &s->entity.subscriptions); }

static weir_exit say(said *s, char *arg) {
    static const struct {
        const char *name, *form;
        bool (*say)(said *s, char *value);
    } table[] = {{"scope", "SCOPE:R, W, RW or none", say_scope},
                 {"quota", "SCOPE:KEYS:BYTES, whole numbers, 0 for no limit", say_quota},
                 {"topic", "N:P, S, PS or none, where N is 0 to 65535, or * for all others", say_topic},
                 {"rate", "a whole number: publishes within a second", say_rate},
                 {"sessions", "a whole number", say_sessions},
                 {"subscriptions", "a whole number", say_subscriptions},
                 {"steps", "a whole number: lists that one form, or one run of a handler, may evaluate", say_steps},
                 {"event_bytes", "a whole number: bytes of its events that wait", say_event_bytes}};
    size_t n = strcspn(arg, "=");
    for (size_t i = 0; i < sizeof table / sizeof *table && arg[n]; i++) {
        if (strlen(table[i].name) != n || memcmp(table[i].name, arg, n)) continue;
        char *value = strdup(arg + n + 1); /* the message shows it whole */
        if (!value) return weir_refuse("no memory");
        bool good = table[i].say(s, arg + n + 1);
        weir_exit end = good ? WEIR_GOOD : weir_refuse("%s=%s: %s is needed", table[i].name, value, table[i].form);
        free(value);
        return end;
    }
    return weir_refuse("entity set: '%s' is none of scope= quota= topic= rate= sessions= subscriptions= steps= "
                       "event_bytes=",
                       arg);
}

/* To be freed, also after a failure. */
static weir_exit say_all(said *s, int argc, char **argv) {
    size_t n = (size_t)argc + 1;
    *s = (said){.scope = malloc(n * sizeof *s->scope), .topic = malloc(n * sizeof *s->topic)};
    weir_exit end = s->scope && s->topic ? WEIR_GOOD : weir_refuse("no memory");
    s->entity.scope = s->scope;
    s->entity.topic = s->topic;
    for (int i = 0; i < argc && end == WEIR_GOOD; i++) end = say(s, argv[i]);
    return end;
}

static weir_exit set(weir_runtime *r, const char *name, const weir_entity *e) {
    weir_error error;
    return weir_entity_set(r, name, e, &error) ? WEIR_GOOD : weir_refuse("%s", error.text);
}

/* -- show, list, delete -------------------------------------------------------------------------------------------- */

static void show_text(const char *text) { weir_show(stdout, text, strlen(text)); }

static void show_number(const char *name, uint64_t n) {
    if (n) printf("%s=%" PRIu64 "\n", name, n);
}

/* A line each, as set takes them. */
static weir_exit show(weir_runtime *r, const char *name, const weir_entity *none) {
    weir_error error;
    weir_entity *e = weir_entity_get(r, name, &error);
    (void)none;
    if (!e) return weir_refuse("%s", error.text);
    for (size_t i = 0; i < e->scopes; i++) {
        const weir_scope_rule *s = &e->scope[i];
        printf("scope="), show_text(s->scope), printf(":%s\n", scope_rights[s->rights]);
        if (!s->keys && !s->bytes) continue;
        printf("quota="), show_text(s->scope), printf(":%" PRIu64 ":%" PRIu64 "\n", s->keys, s->bytes);
    }
    for (size_t i = 0; i < e->topics; i++)
        printf("topic=%" PRIu32 ":%s\n", e->topic[i].topic, topic_rights[e->topic[i].rights]);
    if (e->others) printf("topic=*:%s\n", topic_rights[e->others]);
    show_number("rate", e->rate);
    show_number("sessions", e->sessions);
    show_number("subscriptions", e->subscriptions);
    show_number("steps", e->steps);
    show_number("event_bytes", e->event_bytes);
    weir_entity_free(e);
    return WEIR_GOOD;
}

static bool list_one(void *arg, const char *name, const weir_entity *e) {
    show_text(name);
    puts(e ? "" : " (damaged)");
    if (!e) *(weir_exit *)arg = WEIR_BAD;
    return true;
}

static weir_exit list(weir_runtime *r, const char *name, const weir_entity *none) {
    weir_error error;
    weir_exit end = WEIR_GOOD;
    (void)name, (void)none;
    return weir_entity_list(r, list_one, &end, &error) ? end : weir_refuse("%s", error.text);
}

static weir_exit end_it(weir_runtime *r, const char *name, const weir_entity *none) {
    weir_error error;
    (void)none;
    return weir_entity_delete(r, name, &error) ? WEIR_GOOD : weir_refuse("%s", error.text);
}

typedef weir_exit verb(weir_runtime *r, const char *name, const weir_entity *e);

static weir_exit on_store(verb *run, const weir_entity_options *o, const weir_entity *e) {
    weir_runtime *r;
    weir_error error;
    weir_runtime_options options = {.store = o->kind, .path = o->store, .must_exist = run != set, .workers = 1};
    if (!weir_runtime_open(&options, &r, &error)) return weir_refuse("%s", error.text);
    weir_exit end = run(r, o->name, e);
    return weir_runtime_close(r, &error) ? end : weir_refuse("%s", error.text);
}

weir_exit weir_entity_main(int argc, char **argv) {
    static const struct {
        const char *name;
        verb *run;
    } verbs[] = {{"set", set}, {"show", show}, {"list", list}, {"delete", end_it}};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && argc > 0; i++) {
        if (strcmp(argv[0], verbs[i].name)) continue;
        weir_entity_options o;
        said s;
        weir_exit end = weir_entity_options_parse(&o, verbs[i].run == list, verbs[i].run == set, argc - 1, argv + 1);
        if (end != WEIR_GOOD) return end;
        end = say_all(&s, o.rests, o.rest);
        if (end == WEIR_GOOD) end = on_store(verbs[i].run, &o, &s.entity);
        free(s.scope);
        free(s.topic);
        return end;
    }
    return weir_refuse("entity: set, show, list or delete is needed" WEIR_SEE_HELP);
}
