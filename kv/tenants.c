/* tenants - which there are, by name, and how long each lives.
 *
 * A drop is in three steps, so that nobody tells of one that a crash undoes: writers are refused, and the log knows
 * why; the log has it; readers are refused, and the name is free. */
#include <stdlib.h>
#include <string.h>

#include "kv/tree_p.h"
#include "kv/visible_p.h"

/* -- the registry, under its lock ---------------------------------------------------------------------------------- */

static weir_kv_bytes name_of(const weir_tree *t) { return weir_kv_bytes_of(t->name, t->name_size); }

/* The first place whose name is not below this one. */
static size_t place_of(const weir_resident *s, weir_kv_bytes name) {
    size_t low = 0, high = s->named_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const weir_tree *t = s->named[middle];
        if (weir_key_compare(t->name, t->name_size, name.at, name.size) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

weir_tree *weir_tenants_find(weir_resident *s, weir_kv_bytes name) {
    if (name.size == 0) return s->root;
    size_t i = place_of(s, name);
    if (i == s->named_count || s->named[i]->name_size != name.size) return NULL;
    return memcmp(s->named[i]->name, name.at, name.size) == 0 ? s->named[i] : NULL;
}

static size_t place_of_id(const weir_resident *s, uint64_t id) {
    size_t low = 0, high = s->named_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->numbered[middle]->id < id) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool widen(weir_tree ***list, size_t room) {
    weir_tree **more = realloc(*list, room * sizeof *more);
    if (more) *list = more;
    return more;
}

weir_kv_status weir_tenants_reserve(weir_resident *s) {
    if (s->named_count < s->named_room) return WEIR_KV_OK;
    size_t room = s->named_room ? 2 * s->named_room : 16;
    if (!widen(&s->named, room) || !widen(&s->numbered, room)) return WEIR_KV_NOMEM;
    s->named_room = room;
    return WEIR_KV_OK;
}

static void insert(weir_tree **list, size_t n, size_t i, weir_tree *t) {
    memmove(list + i + 1, list + i, (n - i) * sizeof *list);
    list[i] = t;
}

static void erase(weir_tree **list, size_t n, size_t i) { memmove(list + i, list + i + 1, (n - i - 1) * sizeof *list); }

void weir_tenants_add(weir_resident *s, weir_tree *t) {
    insert(s->named, s->named_count, place_of(s, name_of(t)), t);
    insert(s->numbered, s->named_count, place_of_id(s, t->id), t);
    s->named_count++;
}

static void take_out(weir_resident *s, weir_tree *t) {
    erase(s->named, s->named_count, place_of(s, name_of(t)));
    erase(s->numbered, s->named_count, place_of_id(s, t->id));
    s->named_count--;
}

weir_tree *weir_tenants_find_id(weir_resident *s, uint64_t id) {
    if (id == 0) return s->root;
    size_t i = place_of_id(s, id);
    return i < s->named_count && s->numbered[i]->id == id ? s->numbered[i] : NULL;
}

/* -- the end of a tenant ------------------------------------------------------------------------------------------- */

void weir_tree_end(weir_tree *t) {
    weir_resident *s = weir_tree_store(t);
    pthread_mutex_lock(&s->registry);
    bool first = weir_a32_load(&t->state) != WEIR_TREE_DROPPED;
    if (first) {
        take_out(s, t);
        weir_gate_close(&t->gate);
        weir_a32_store(&t->state, WEIR_TREE_DROPPED);
        weir_watch_tell_end(t);
        weir_gate_open(&t->gate);
    }
    pthread_mutex_unlock(&s->registry);
    if (!first) return;
    weir_tree_unuse(t);
    weir_tree_release(t);
}

static weir_kv_status await_position(weir_tree *t) {
    weir_resident *s = weir_tree_store(t);
    return weir_resident_await(s, weir_a64_load(&t->position), s->base.options.level, WEIR_FOREVER);
}

static weir_kv_status await_end(weir_tree *t) {
    weir_kv_status st = await_position(t);
    if (st == WEIR_KV_OK) weir_tree_end(t);
    return st;
}

weir_kv_status weir_tree_refusal(weir_tree *t) {
    weir_kv_status st = weir_tree_dropped(t) ? WEIR_KV_OK : await_end(t);
    return st == WEIR_KV_OK ? WEIR_KV_DROPPED : st;
}

/* Under the lock of the registry, whose the one reference is. */
static weir_kv_status make(weir_resident *s, weir_kv_bytes name, const weir_kv_quota *quota, weir_tree **made) {
    uint64_t position = 0;
    weir_kv_status st = weir_tenants_reserve(s);
    if (st != WEIR_KV_OK) return st;
    weir_tree *t = weir_tree_make(s, s->next_id, name, quota);
    if (!t) return WEIR_KV_NOMEM;
    if (s->log) st = s->log->ops->tenant_created(s->log, t->id, name, quota, &position);
    if (st != WEIR_KV_OK) return weir_tree_discard(t), st;
    weir_a64_store(&t->position, position);
    s->next_id++;
    weir_tenants_add(s, t);
    *made = t;
    return WEIR_KV_OK;
}

/* The tenant of this name, with a reference; *t NULL: there is none. With a quota it is made then, and *made is true.
 * One that is ending is waited for. */
static weir_kv_status look_up(weir_resident *s, weir_kv_bytes name, const weir_kv_quota *quota, weir_tree **t,
                              bool *made) {
    for (;;) {
        weir_kv_status st = WEIR_KV_OK;
        pthread_mutex_lock(&s->registry);
        *made = !(*t = weir_tenants_find(s, name)) && quota;
        if (*made) st = make(s, name, quota, t);
        if (*t) weir_tree_retain(*t);
        bool ending = *t && weir_a32_load(&(*t)->state) == WEIR_TREE_ENDING;
        pthread_mutex_unlock(&s->registry);
        if (!ending) return st;
        st = await_end(*t);
        weir_tree_release(*t);
        if (st != WEIR_KV_OK) return st;
    }
}

/* Writers are refused, and the log knows why. */
static weir_kv_status begin_end(weir_tree *t) {
    weir_resident *s = weir_tree_store(t);
    weir_kv_status st = WEIR_KV_OK;
    uint64_t position = 0;
    pthread_mutex_lock(&s->registry);
    weir_gate_close(&t->gate);
    if (weir_a32_load(&t->state) != WEIR_TREE_LIVE) st = WEIR_KV_ABSENT;
    else if (s->log) st = s->log->ops->tenant_dropped(s->log, t->id, &position);
    if (st == WEIR_KV_OK) {
        weir_a64_store(&t->position, position);
        weir_a32_store(&t->state, WEIR_TREE_ENDING);
    }
    weir_gate_open(&t->gate);
    pthread_mutex_unlock(&s->registry);
    return st;
}

weir_kv_status weir_tenant_drop(weir_kv *kv, weir_kv_bytes name) {
    weir_tree *t;
    bool made;
    weir_kv_status st = look_up((weir_resident *)kv, name, NULL, &t, &made);
    if (st != WEIR_KV_OK) return st;
    if (!t) return WEIR_KV_ABSENT;
    st = begin_end(t);
    if (st == WEIR_KV_OK || st == WEIR_KV_ABSENT) { /* absent: another is dropping it, who goes first */
        weir_kv_status end = await_end(t);
        if (end != WEIR_KV_OK) st = end;
    }
    weir_tree_release(t);
    return st;
}

/* -- handles ------------------------------------------------------------------------------------------------------- */

weir_kv_tenant *weir_tenant_root(weir_kv *kv) { return &((weir_resident *)kv)->root->base; }

/* One that is there counts once its creation cannot be undone. */
weir_kv_status weir_tenant_create(weir_kv *kv, weir_kv_bytes name, const weir_kv_quota *quota,
                                  weir_kv_tenant **handle) {
    weir_tree *t;
    bool made;
    weir_kv_status st = look_up((weir_resident *)kv, name, quota, &t, &made);
    if (st != WEIR_KV_OK) return st;
    st = await_position(t);
    if (made && st == WEIR_KV_OK) return *handle = &t->base, WEIR_KV_OK;
    if (made) weir_tree_end(t);
    weir_tree_release(t);
    return st == WEIR_KV_OK ? WEIR_KV_PRESENT : st;
}

weir_kv_status weir_tenant_open(weir_kv *kv, weir_kv_bytes name, weir_kv_tenant **handle) {
    weir_tree *t;
    bool made;
    weir_kv_status st = look_up((weir_resident *)kv, name, NULL, &t, &made);
    if (st != WEIR_KV_OK) return st;
    if (!t) return WEIR_KV_ABSENT;
    st = await_position(t);
    if (st == WEIR_KV_OK) *handle = &t->base;
    else weir_tree_release(t);
    return st;
}

void weir_tenant_close(weir_kv_tenant *handle) { weir_tree_release((weir_tree *)handle); }

/* The name that follows *name, into the same room. */
static bool next_name(weir_resident *s, unsigned char *room, size_t *size) {
    pthread_mutex_lock(&s->registry);
    size_t i = place_of(s, weir_kv_bytes_of(room, *size));
    if (*size && i < s->named_count && s->named[i]->name_size == *size && memcmp(s->named[i]->name, room, *size) == 0)
        i++;
    bool more = i < s->named_count;
    if (more) memcpy(room, s->named[i]->name, *size = s->named[i]->name_size);
    pthread_mutex_unlock(&s->registry);
    return more;
}

weir_kv_status weir_tenants_each(weir_kv *kv, bool (*each)(void *arg, weir_kv_bytes name), void *arg) {
    unsigned char name[WEIR_KV_NAME_MAX];
    size_t size = 0;
    do
        if (!each(arg, weir_kv_bytes_of(name, size))) break;
    while (next_name((weir_resident *)kv, name, &size));
    return WEIR_KV_OK;
}

/* -- limits -------------------------------------------------------------------------------------------------------- */

weir_kv_status weir_tenant_limit(weir_kv_tenant *handle, const weir_kv_quota *quota) {
    weir_tree *t = (weir_tree *)handle;
    weir_resident *s = weir_tree_store(t);
    weir_kv_status st = WEIR_KV_OK;
    uint64_t position = 0;
    pthread_mutex_lock(&s->registry);
    weir_gate_close(&t->gate);
    bool live = weir_a32_load(&t->state) == WEIR_TREE_LIVE;
    if (live && s->log) st = s->log->ops->tenant_limited(s->log, t->id, quota, &position);
    if (live && st == WEIR_KV_OK) weir_account_limit(&t->account, quota);
    weir_gate_open(&t->gate);
    pthread_mutex_unlock(&s->registry);
    if (!live) return weir_tree_refusal(t);
    return st == WEIR_KV_OK ? weir_resident_await(s, position, s->base.options.level, WEIR_FOREVER) : st;
}

weir_kv_status weir_tenant_usage(weir_kv_tenant *handle, weir_kv_usage *usage) {
    weir_tree *t = (weir_tree *)handle;
    unsigned lane = weir_gate_enter(&t->gate);
    bool dropped = weir_tree_dropped(t);
    if (!dropped) {
        *usage = weir_account_usage(&t->account);
        usage->memory = usage->keys * sizeof(weir_record) + usage->bytes;
        if (t->base.map->memory) usage->memory += t->base.map->memory(weir_tree_map(t));
    }
    weir_gate_leave(&t->gate, lane);
    return dropped ? WEIR_KV_DROPPED : WEIR_KV_OK;
}
