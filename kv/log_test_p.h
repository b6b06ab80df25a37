/* log_test_p - a store in front of a log that does only what the test says. Private to tests of kv. */
#ifndef WEIR_KV_LOG_TEST_P_H
#define WEIR_KV_LOG_TEST_P_H

#include "prims/test_p.h"

#include <stdio.h>
#include <unistd.h>

#include "kv/tree_p.h"
#include "prims/variant.h"

#define OK(call) assert_int_equal(call, WEIR_KV_OK)
#define ANSWERS(call, status) assert_int_equal(call, status)

static inline weir_kv_bytes text(const char *s) { return weir_kv_bytes_of(s, strlen(s)); }

/* -- the log ------------------------------------------------------------------------------------------------------- */

typedef struct fake_log {
    weir_log base;
    weir_a64 given;
    weir_a32 refuse; /* status of what is to be appended */
    weir_a32 ended;  /* status of waits that the marks do not satisfy; 0: they wait */
    weir_a32 waits;  /* how many are waiting */
    pthread_mutex_t lock;
    char said[4096]; /* what was appended */
} fake_log;

static inline void note(fake_log *l, const char *what, weir_kv_bytes a, weir_kv_bytes b) {
    size_t at = strlen(l->said);
    snprintf(l->said + at, sizeof l->said - at, "%s%.*s=%.*s ", what, (int)a.size, (const char *)a.at, (int)b.size,
             (const char *)b.at);
}

static inline weir_kv_status give(fake_log *l, uint64_t *position) {
    *position = weir_a64_add(&l->given, 10) + 10;
    return WEIR_KV_OK;
}

static inline weir_kv_status append(weir_log *log, uint64_t tenant, const weir_kv_op *op, size_t n,
                                    uint64_t *position) {
    fake_log *l = (fake_log *)log;
    (void)tenant;
    if (weir_a32_load(&l->refuse)) return (weir_kv_status)weir_a32_load(&l->refuse);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < n; i++)
        note(l, op[i].verb == WEIR_KV_DEL ? "-" : "+", op[i].key, op[i].verb == WEIR_KV_DEL ? text("") : op[i].value);
    give(l, position);
    pthread_mutex_unlock(&l->lock);
    return WEIR_KV_OK;
}

static inline weir_kv_status tenant_created(weir_log *log, uint64_t id, weir_kv_bytes name, const weir_kv_quota *quota,
                                            uint64_t *position) {
    fake_log *l = (fake_log *)log;
    (void)quota;
    if (weir_a32_load(&l->refuse)) return (weir_kv_status)weir_a32_load(&l->refuse);
    char number[8];
    snprintf(number, sizeof number, "%d", (int)id);
    note(l, "created ", name, text(number));
    return give(l, position);
}

static inline weir_kv_status tenant_limited(weir_log *log, uint64_t id, const weir_kv_quota *quota,
                                            uint64_t *position) {
    (void)id, (void)quota;
    note((fake_log *)log, "limited", text(""), text(""));
    return give((fake_log *)log, position);
}

static inline weir_kv_status tenant_dropped(weir_log *log, uint64_t id, uint64_t *position) {
    (void)id;
    note((fake_log *)log, "dropped", text(""), text(""));
    return give((fake_log *)log, position);
}

static inline weir_kv_status admit(weir_log *log) {
    (void)log;
    return WEIR_KV_OK;
}

static inline weir_kv_status wait_for(weir_log *log, uint64_t position, weir_kv_level level, uint64_t deadline_ns) {
    fake_log *l = (fake_log *)log;
    weir_kv_status st = WEIR_KV_OK;
    weir_a32_add(&l->waits, 1);
    while (weir_a64_load_acquire(&log->marks.at[level]) < position) {
        if ((st = (weir_kv_status)weir_a32_load(&l->ended)) != WEIR_KV_OK) break;
        if (weir_now_ns() > deadline_ns) {
            st = WEIR_KV_TIMEOUT;
            break;
        }
        usleep(100);
    }
    weir_a32_sub(&l->waits, 1);
    return st;
}

static inline uint64_t given(weir_log *log) { return weir_a64_load(&((fake_log *)log)->given); }

static inline weir_kv_status start(weir_log *log, weir_log_walk *walk, void *store) {
    (void)log, (void)walk, (void)store;
    return WEIR_KV_OK;
}

static inline weir_kv_status compact(weir_log *log, weir_kv_error *error) {
    (void)log, (void)error;
    return WEIR_KV_NOSPACE;
}

static inline weir_kv_status fault(const weir_log *log, weir_kv_error *error) {
    if (error) error->offset = 77;
    return (weir_kv_status)weir_a32_load(&((const fake_log *)log)->ended);
}

static inline void stats(weir_log *log, weir_kv_stats *s) { s->records = given(log) / 10; }

static inline weir_kv_status close_log(weir_log *log) {
    fake_log *l = (fake_log *)log;
    weir_kv_status st = (weir_kv_status)weir_a32_load(&l->ended);
    pthread_mutex_destroy(&l->lock);
    free(l);
    return st;
}

static const weir_log_ops fake_ops = {append, tenant_created, tenant_limited, tenant_dropped, admit, wait_for,
                                      given,  start,          compact,        fault,          stats, close_log};

/* Everything up to position has this level. */
static inline void reach(fake_log *l, weir_kv_level level, uint64_t position) {
    for (int i = WEIR_KV_OS; i <= (int)level; i++)
        if (weir_a64_load(&l->base.marks.at[i]) < position) weir_a64_store_release(&l->base.marks.at[i], position);
}

static const weir_store_ops store_ops = {.name = "fake", WEIR_RESIDENT_OPS};

typedef struct fixture {
    weir_kv *kv;
    weir_kv_tenant *t;
    fake_log *log;
} fixture;

static inline int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    fake_log *l = calloc(1, sizeof *l);
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV),
                         .level = WEIR_KV_DISK,
                         .value_max = 100,
                         .retired_max = 1 << 20,
                         .full_after_ns = 1000000000};
    weir_resident *s;
    l->base.ops = &fake_ops;
    pthread_mutex_init(&l->lock, NULL);
    weir_a64_store(&l->base.marks.at[WEIR_KV_MEMORY], UINT64_MAX);
    if (weir_resident_new(&o, &store_ops, &s, NULL) != WEIR_KV_OK) return 1;
    if (weir_resident_attach(s, &l->base) != WEIR_KV_OK) return 1;
    *f = (fixture){(weir_kv *)s, weir_kv_root((weir_kv *)s), l};
    *state = f;
    return 0;
}

static inline int tear_down(void **state) {
    fixture *f = *state;
    weir_kv_close(f->kv);
    free(f);
    return 0;
}

/* -- what the tests say -------------------------------------------------------------------------------------------- */

static inline uint64_t later(fixture *f, weir_kv_verb verb, const char *key, const char *value, weir_kv_level level) {
    weir_kv_op op = {.verb = verb, .key = text(key), .value = text(value)};
    weir_kv_write how = {.level = level, .later = true};
    uint64_t position = 0;
    OK(weir_kv_apply(f->t, &op, &how, &position));
    return position;
}

static inline const char *seen_at(weir_kv_tenant *t, const char *key) {
    static char buffer[128];
    size_t size = 0;
    if (weir_kv_copy(t, text(key), buffer, sizeof buffer - 1, &size) != WEIR_KV_OK) return "";
    buffer[size] = '\0';
    return buffer;
}

#define SEEN(key, value) assert_string_equal(seen_at(f->t, key), value)

#endif
