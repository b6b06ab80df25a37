/* The record of an entity: {(scope "main" RW 1000 0) (topic 5 PS) (others P) (rate 100) (sessions 3) (subscriptions 7) (steps 1000)
 * (event_bytes 65536)}. */
#include <stdlib.h>
#include <string.h>

#include "runtime/entity_p.h"
#include "runtime/runtime_p.h"
#include "runtime/topic_p.h"

enum { NAME_MAX_BYTES = 255, RATE_MAX = 1000000, SESSIONS = 10 };

static const char *const scope_rights[] = {"none", "R", "W", "RW"}, *const topic_rights[] = {"none", "P", "S", "PS"};

/* -- checked ------------------------------------------------------------------------------------------------------- */

static bool good_name(const char *name) { return name && *name && strlen(name) <= NAME_MAX_BYTES; }

static bool check_scopes(const weir_entity *e, weir_error *error) {
    for (size_t i = 0; i < e->scopes; i++) {
        const weir_scope_rule *s = &e->scope[i];
        if (!good_name(s->scope))
            return weir_error_set(error, "scope %zu: its name has 1 to %d bytes", i + 1, NAME_MAX_BYTES), false;
        if (s->rights > 3 || s->keys > INT64_MAX || s->bytes > INT64_MAX)
            return weir_error_set(error, "scope %s: no such rights, or a quota above 2^63 - 1", s->scope), false;
        if (weir_entity_scope(e, s->scope) != s)
            return weir_error_set(error, "scope %s is there twice", s->scope), false;
    }
    return true;
}

static bool check_topics(const weir_entity *e, weir_error *error) {
    bool *seen = e->topics ? calloc(WEIR_TOPICS, sizeof *seen) : NULL, good = true;
    if (e->topics && !seen) return weir_error_set(error, "no memory to look at the topics"), false;
    for (size_t i = 0; i < e->topics && good; i++) {
        uint32_t topic = e->topic[i].topic;
        good = topic < WEIR_TOPICS && e->topic[i].rights <= 3 && !seen[topic];
        if (good) seen[topic] = true;
        else
            weir_error_set(error, "topic %u: is beyond %d, has no such rights, or is there twice", topic,
                           WEIR_TOPICS - 1);
    }
    free(seen);
    return good;
}

bool weir_entity_check(const char *name, const weir_entity *e, weir_error *error) {
    if (!good_name(name))
        return weir_error_set(error, "the name of an entity has 1 to %d bytes", NAME_MAX_BYTES), false;
    if (e->rate > RATE_MAX) return weir_error_set(error, "rate %u: at most %d", e->rate, RATE_MAX), false;
    if (e->steps > INT64_MAX || e->event_bytes > INT64_MAX)
        return weir_error_set(error, "steps and event_bytes: at most 2^63 - 1"), false;
    if (e->others > 3) return weir_error_set(error, "no such rights on other topics"), false;
    return check_scopes(e, error) && check_topics(e, error);
}

const weir_scope_rule *weir_entity_scope(const weir_entity *e, const char *scope) {
    for (size_t i = 0; i < e->scopes; i++)
        if (!strcmp(e->scope[i].scope, scope)) return &e->scope[i];
    return NULL;
}

/* -- written ------------------------------------------------------------------------------------------------------- */

static void put_symbol(weir_slp_builder *b, const char *text) { weir_slp_put_symbol(b, text, strlen(text)); }

static void open_form(weir_slp_builder *b, const char *name) {
    weir_slp_open(b, WEIR_SLP_LIST);
    put_symbol(b, name);
}

static void put_number(weir_slp_builder *b, const char *name, uint64_t n) {
    if (!n) return;
    open_form(b, name);
    weir_slp_put_integer(b, (int64_t)n);
    weir_slp_close(b);
}

static void put_scope(weir_slp_builder *b, const weir_scope_rule *s) {
    open_form(b, "scope");
    weir_slp_put_string(b, s->scope, strlen(s->scope));
    put_symbol(b, scope_rights[s->rights]);
    weir_slp_put_integer(b, (int64_t)s->keys);
    weir_slp_put_integer(b, (int64_t)s->bytes);
    weir_slp_close(b);
}

static void put_topic(weir_slp_builder *b, const weir_topic_rule *t) {
    open_form(b, "topic");
    weir_slp_put_integer(b, t->topic);
    put_symbol(b, topic_rights[t->rights]);
    weir_slp_close(b);
}

const weir_slp *weir_entity_write(const weir_entity *e, weir_slp_builder *b) {
    weir_slp_open(b, WEIR_SLP_BODY);
    for (size_t i = 0; i < e->scopes; i++) put_scope(b, &e->scope[i]);
    for (size_t i = 0; i < e->topics; i++) put_topic(b, &e->topic[i]);
    put_number(b, "others", e->others);
    put_number(b, "rate", e->rate);
    put_number(b, "sessions", e->sessions ? e->sessions : SESSIONS);
    put_number(b, "subscriptions", e->subscriptions);
    put_number(b, "steps", e->steps);
    put_number(b, "event_bytes", e->event_bytes);
    weir_slp_close(b);
    return weir_slp_finish(b, NULL);
}

/* -- read ---------------------------------------------------------------------------------------------------------- */

/* One block: the entity, its scopes, its topics, the names. */
typedef struct block {
    weir_entity entity;
    weir_scope_rule *scope;
    weir_topic_rule *topic;
    char *text;
} block;

static bool is(weir_slp_value v, const char *name) {
    if (weir_slp_type_of(v) != WEIR_SLP_SYMBOL) return false;
    weir_slp_text t = weir_slp_text_of(v);
    return t.bytes == strlen(name) && !memcmp(t.at, name, t.bytes);
}

static bool read_number(weir_slp_value v, uint64_t most, uint64_t *to) {
    if (weir_slp_type_of(v) != WEIR_SLP_INTEGER || weir_slp_integer(v) < 0) return false;
    *to = (uint64_t)weir_slp_integer(v);
    return *to <= most;
}

static bool read_rights(weir_slp_value v, const char *const *name, unsigned *to) {
    for (*to = 0; *to < 4; ++*to)
        if (is(v, name[*to])) return true;
    return false;
}

static bool read_scope(block *b, weir_slp_value form) {
    weir_scope_rule *s = &b->scope[b->entity.scopes];
    if (weir_slp_count(form) != 5 || weir_slp_type_of(weir_slp_at(form, 1)) != WEIR_SLP_STRING) return false;
    weir_slp_text t = weir_slp_text_of(weir_slp_at(form, 1));
    if (t.bytes < 1 || t.bytes > NAME_MAX_BYTES || memchr(t.at, 0, t.bytes)) return false;
    s->scope = memcpy(b->text, t.at, t.bytes);
    b->text[t.bytes] = 0;
    b->text += t.bytes + 1;
    b->entity.scopes++;
    return read_rights(weir_slp_at(form, 2), scope_rights, &s->rights) &&
           read_number(weir_slp_at(form, 3), INT64_MAX, &s->keys) &&
           read_number(weir_slp_at(form, 4), INT64_MAX, &s->bytes);
}

static bool read_topic(block *b, weir_slp_value form) {
    uint64_t n;
    weir_topic_rule *t = &b->topic[b->entity.topics++];
    if (weir_slp_count(form) != 3 || !read_number(weir_slp_at(form, 1), WEIR_TOPICS - 1, &n)) return false;
    t->topic = (uint32_t)n;
    return read_rights(weir_slp_at(form, 2), topic_rights, &t->rights);
}

static bool read_form(block *b, weir_slp_value form) {
    const struct {
        const char *name;
        uint32_t *to, most;
    } table[] = {{"others", &b->entity.others, 3},
                 {"rate", &b->entity.rate, RATE_MAX},
                 {"sessions", &b->entity.sessions, UINT32_MAX},
                 {"subscriptions", &b->entity.subscriptions, UINT32_MAX}};
    uint64_t n;
    if (weir_slp_type_of(form) != WEIR_SLP_LIST || weir_slp_count(form) < 2) return false;
    if (is(weir_slp_at(form, 0), "scope")) return read_scope(b, form);
    if (is(weir_slp_at(form, 0), "topic")) return read_topic(b, form);
    if (is(weir_slp_at(form, 0), "steps")) return read_number(weir_slp_at(form, 1), INT64_MAX, &b->entity.steps);
    if (is(weir_slp_at(form, 0), "event_bytes"))
        return read_number(weir_slp_at(form, 1), INT64_MAX, &b->entity.event_bytes);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (is(weir_slp_at(form, 0), table[i].name) && read_number(weir_slp_at(form, 1), table[i].most, &n))
            return *table[i].to = (uint32_t)n, true;
    return false;
}

/* Room for as many rules of either kind as there are forms, and for all their names. */
static block *make_block(weir_slp_value root, size_t bytes) {
    size_t n = weir_slp_count(root);
    block *b = calloc(1, sizeof *b + n * (sizeof *b->scope + sizeof *b->topic) + bytes);
    if (!b) return NULL;
    b->scope = (weir_scope_rule *)(void *)(b + 1);
    b->topic = (weir_topic_rule *)(void *)(b->scope + n);
    b->text = (char *)(b->topic + n);
    b->entity.scope = b->scope;
    b->entity.topic = b->topic;
    return b;
}

weir_entity *weir_entity_read(const void *at, size_t bytes, const char **why) {
    uint32_t *copy = malloc(bytes + 4); /* what is stored need not be aligned */
    *why = "no memory";
    if (!copy) return NULL;
    memcpy(copy, at, bytes);
    const weir_slp *s = weir_slp_verify(copy, bytes, &weir_value_most, NULL);
    block *b = NULL;
    if (!s || weir_slp_type_of(weir_slp_root(s)) != WEIR_SLP_BODY) *why = "its record is damaged";
    else b = make_block(weir_slp_root(s), bytes);
    for (uint32_t i = 0; b && i < weir_slp_count(weir_slp_root(s)); i++) {
        if (read_form(b, weir_slp_at(weir_slp_root(s), i))) continue;
        *why = "its record has something that this version does not know";
        free(b);
        b = NULL;
    }
    free(copy);
    return b ? &b->entity : NULL;
}

void weir_entity_free(weir_entity *e) { free(e); }
