#include "runtime/tasks_p.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/session_p.h"
#include "runtime/task_load_p.h"

void weir_tasks_init(weir_tasks *all) { weir_lock_init(&all->lock); }

/* -- how many ------------------------------------------------------------------------------------------------------ */

static void less(weir_a32 *count, uint32_t by) {
    if (weir_a32_sub_release(count, by) == (by | 1)) weir_futex_wake(count, INT32_MAX); /* K1: pairs with K2 */
}

static bool wait_for_none(weir_runtime *r, weir_a32 *count, uint64_t deadline_ns) {
    for (uint32_t seen; (seen = weir_a32_or_acquire(count, 1) | 1) > 1;) /* K2 */
        if (!weir_runtime_wait(r, count, seen, deadline_ns) && weir_now_ns() >= deadline_ns) return false;
    return true;
}

void weir_tasks_hold(weir_runtime *r) { weir_a32_add(&r->tasks.live, 2); }
void weir_tasks_let_go(weir_runtime *r) { less(&r->tasks.live, 2); }
void weir_tasks_begin(weir_runtime *r) { weir_a32_add(&r->tasks.going, 2); }
void weir_tasks_end(weir_runtime *r) { less(&r->tasks.going, 2); }

bool weir_task_wait(weir_runtime *r, uint64_t deadline_ns) { return wait_for_none(r, &r->tasks.going, deadline_ns); }

/* -- names --------------------------------------------------------------------------------------------------------- */

static bool same(weir_kv_bytes a, weir_kv_bytes b) { return a.size == b.size && !memcmp(a.at, b.at, a.size); }

static bool begins(weir_kv_bytes a, weir_kv_bytes with) {
    return a.size >= with.size && !memcmp(a.at, with.at, with.size);
}

static weir_task *make(weir_runtime *r, const char *scope, weir_kv_bytes base) {
    weir_task *t = calloc(1, sizeof *t);
    char *name = malloc(base.size);
    if (!t || !name || !(t->scope = strdup(scope))) {
        free(name);
        free(t);
        return NULL;
    }
    memcpy(name, base.at, base.size);
    t->base = weir_kv_bytes_of(name, base.size);
    t->runtime = r;
    weir_strand_init(&t->strand, r, NULL);
    weir_lock_init(&t->lock);
    weir_a32_store(&t->references, 1);
    weir_tasks_hold(r);
    return t;
}

/* K3 acq_rel: pairs with itself; what others did with the task happens before it is freed. */
void weir_task_release(weir_task *t) {
    weir_runtime *r = t->runtime;
    if (weir_a32_sub_acq_rel(&t->references, 1) != 1) return;
    weir_exec_clear(&t->x);
    weir_draft_clear(&t->draft);
    if (t->program) weir_program_release(t->program);
    if (t->session) weir_session_retire(t->session);
    free((void *)t->record.at);
    free((void *)t->base.at);
    free(t->scope);
    free(t);
    weir_tasks_let_go(r);
}

static weir_task *retain(weir_task *t) {
    weir_a32_add(&t->references, 1);
    return t;
}

/* Under the lock. */
static weir_task *find_here(weir_tasks *all, const char *scope, weir_kv_bytes base) {
    weir_task *t = all->first;
    while (t && (!same(t->base, base) || strcmp(t->scope, scope))) t = t->next;
    return t;
}

weir_task *weir_tasks_find(weir_runtime *r, const char *scope, weir_kv_bytes base) {
    weir_lock_acquire(&r->tasks.lock);
    weir_task *t = find_here(&r->tasks, scope, base);
    if (t) retain(t);
    weir_lock_release(&r->tasks.lock);
    return t;
}

weir_answer weir_tasks_claim(weir_runtime *r, const char *scope, weir_kv_bytes base, uint32_t limit,
                             weir_task **claimed) {
    weir_tasks *all = &r->tasks;
    weir_answer answer = WEIR_DONE;
    weir_task *t = make(r, scope, base);
    if (!t) return WEIR_NO_MEMORY;
    weir_lock_acquire(&all->lock);
    if (all->closing) answer = WEIR_CLOSING;
    else if (find_here(all, scope, base)) answer = WEIR_PRESENT;
    else if (all->count >= limit) answer = WEIR_FULL;
    if (answer == WEIR_DONE) {
        t->next = all->first;
        if (t->next) t->next->prev = t;
        all->first = t;
        all->count++;
    }
    weir_lock_release(&all->lock);
    if (answer != WEIR_DONE) weir_task_release(t);
    else *claimed = t;
    return answer;
}

void weir_tasks_drop(weir_task *t) {
    weir_tasks *all = &t->runtime->tasks;
    weir_lock_acquire(&all->lock);
    *(t->prev ? &t->prev->next : &all->first) = t->next;
    if (t->next) t->next->prev = t->prev;
    all->count--;
    weir_lock_release(&all->lock);
    weir_task_release(t);
}

/* -- ended by others ----------------------------------------------------------------------------------------------- */

/* One that nobody ends yet: of all, or below a place in `but`'s scope. */
static weir_task *doom_one(weir_tasks *all, const weir_task *but, weir_kv_bytes prefix) {
    weir_lock_acquire(&all->lock);
    weir_task *t = all->first;
    while (t && (t->doomed || (but && (t == but || !begins(t->base, prefix) || strcmp(t->scope, but->scope)))))
        t = t->next;
    if (t) retain(t)->doomed = true;
    weir_lock_release(&all->lock);
    return t;
}

void weir_tasks_end_below(weir_runtime *r, const weir_task *but, weir_kv_bytes prefix, weir_turn *turn) {
    for (weir_task *t; (t = doom_one(&r->tasks, but, prefix)); weir_task_release(t)) {
        weir_lock_acquire(&t->lock);
        t->gone = true;
        weir_task_rouse rouse = weir_task_rouse_begin(t);
        weir_lock_release(&t->lock);
        weir_task_rouse_end(t, rouse, turn);
    }
}

void weir_tasks_close(weir_runtime *r) {
    weir_tasks *all = &r->tasks;
    weir_lock_acquire(&all->lock);
    all->closing = true;
    weir_lock_release(&all->lock);
    weir_tasks_end_below(r, NULL, weir_kv_bytes_of(NULL, 0), NULL);
    wait_for_none(r, &all->live, WEIR_FOREVER);
    for (weir_task_scope *next; all->scope; all->scope = next) {
        next = all->scope->next;
        free(all->scope);
    }
}

/* -- recovered ----------------------------------------------------------------------------------------------------- */

/* True: nobody has done it before. */
static bool first_time(weir_tasks *all, const char *name, bool *good) {
    weir_task_scope *mine = malloc(sizeof *mine + strlen(name) + 1), *s;
    *good = mine != NULL;
    if (!mine) return false;
    strcpy(mine->name, name);
    weir_lock_acquire(&all->lock);
    for (s = all->scope; s && strcmp(s->name, name);) s = s->next;
    if (!s) {
        mine->next = all->scope;
        all->scope = mine;
    }
    weir_lock_release(&all->lock);
    if (s) free(mine);
    return !s;
}

enum { PAGE = 64 };

typedef struct found {
    struct found *next;
    weir_kv_bytes base;
} found;

/* Notes the bases of all records among a page of keys; *last is the last key. False: no memory. */
static bool note(weir_arena *a, const weir_kv_pair *pair, size_t n, found ***end, weir_kv_bytes *last) {
    for (size_t i = 0; i < n; i++) {
        weir_kv_bytes key = pair[i].key;
        bool record = weir_task_is_record(key.at, key.size);
        if (!record && i + 1 < n) continue;
        char *at = weir_arena_take(a, key.size);
        found *f = weir_arena_take(a, sizeof *f);
        if (!at || !f) return false;
        *last = weir_kv_bytes_of(memcpy(at, key.at, key.size), key.size);
        if (!record) continue;
        *f = (found){.base = weir_kv_bytes_of(at, key.size - 1)};
        **end = f;
        *end = &f->next;
    }
    return true;
}

/* All tasks of the scope, those before that others lie in. */
static weir_kv_status search(weir_session *s, weir_arena *a, found **first) {
    static const char mark[] = {(char)WEIR_TASK_MARK};
    weir_kv_bytes last;
    weir_kv_range range = {.prefix = weir_kv_bytes_of(mark, 1)};
    weir_kv_pair pair[PAGE];
    for (size_t n = PAGE; n == PAGE; range.after = &last) {
        weir_kv_read_begin(s->runtime->kv);
        weir_kv_status st = weir_kv_scan(s->tenant, &range, pair, PAGE, &n);
        if (st == WEIR_KV_OK && !note(a, pair, n, &first, &last)) st = WEIR_KV_NOMEM;
        weir_kv_read_end(s->runtime->kv);
        if (st != WEIR_KV_OK) return st;
    }
    return WEIR_KV_OK;
}

/* NULL: good. */
static const char *recover_one(weir_session *s, weir_kv_bytes base) {
    weir_task *t;
    weir_task_record r;
    weir_kv_bytes bytes;
    if (weir_tasks_claim(s->runtime, s->scope, base, UINT32_MAX, &t) != WEIR_DONE)
        return NULL; /* whoever has it, starts it */
    weir_kv_status st = weir_task_fetch_record(s, base, &r, &bytes);
    if (st == WEIR_KV_OK) free((void *)bytes.at);
    if (st == WEIR_KV_OK && r.state <= WEIR_TASK_PAUSED) {
        const char *why = weir_task_load(t, s->tools.builder);
        if (why) weir_tasks_drop(t);
        else weir_total_add(&s->runtime->metrics, WEIR_TOTAL_TASKS_RECOVERED), weir_task_launch(t, NULL);
        return why;
    }
    if (st == WEIR_KV_OK) st = weir_task_clear(s->runtime->kv, s->tenant, base, false);
    weir_tasks_drop(t);
    return st == WEIR_KV_OK || st == WEIR_KV_NO ? NULL : weir_kv_status_text(st); /* NO: it was in another that ended */
}

bool weir_task_recover(weir_session *s, weir_error *error) {
    weir_arena a;
    found *f = NULL;
    bool good;
    if (!first_time(&s->runtime->tasks, s->scope, &good))
        return good || (weir_error_set(error, "no memory for the tasks of scope %s", s->scope), false);
    weir_arena_init(&a, WEIR_EXEC_MEMORY, NULL);
    weir_kv_status st = search(s, &a, &f);
    if (st != WEIR_KV_OK) weir_error_set(error, "tasks of scope %s: %s", s->scope, weir_kv_status_text(st));
    for (; st == WEIR_KV_OK && f; f = f->next) {
        const char *why = recover_one(s, f->base);
        if (why) weir_task_complain(s->runtime, f->base, why, strlen(why));
    }
    weir_arena_clear(&a);
    return st == WEIR_KV_OK;
}
