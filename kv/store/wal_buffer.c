/* Where writers copy their records. They hold locks of the store, so nothing here waits for a disk: a chunk that is full is put
 * aside and another one taken, from memory when need be. weir_wal_admit, outside of those locks, keeps that in bounds. */

#include "kv/store/wal_p.h"

enum { CHUNK = 1 << 20 };
#define SEALED UINT64_MAX

/* `filled` counts bytes, and above them records. */
#define RECORD ((uint64_t)1 << 40)

static weir_wal_chunk *new_chunk(size_t room) {
    weir_wal_chunk *c = aligned_alloc(WEIR_CACHE_LINE, sizeof *c);
    unsigned char *bytes = c ? malloc(room) : NULL;
    if (!bytes) {
        free(c);
        return NULL;
    }
    weir_a64_store(&c->taken, SEALED);
    weir_a64_store(&c->filled, 0);
    c->next = NULL;
    c->used = 0;
    c->room = room;
    c->bytes = bytes;
    return c;
}

static void free_chunks(weir_wal_chunk *c) {
    for (weir_wal_chunk *next; c; c = next) {
        next = c->next;
        free(c->bytes);
        free(c);
    }
}

/* Under the lock: c takes records from position on. */
static void begin(weir_wal_buffer *b, weir_wal_chunk *c, uint64_t position) {
    c->base = position;
    weir_a64_store(&c->filled, 0);
    weir_a64_store_release(&c->taken, 0);    /* B1 release: pairs with B2 in take; base and room */
    weir_aptr_store_release(&b->current, c); /* C1 release: pairs with C2 */
    weir_a64_store(&b->turned, position);
}

/* Under the lock: no more into the current chunk; answers the position of its end. */
static uint64_t seal(weir_wal_buffer *b, weir_wal_chunk *c) {
    c->used = (size_t)weir_a64_xchg_acquire(&c->taken,
                                            SEALED); /* acquire: what is taken of a chunk happens before it is sealed */
    c->next = NULL;
    if (b->last) b->last->next = c;
    else b->first = c;
    b->last = c;
    return c->base + c->used;
}

static weir_wal_chunk *spare(weir_wal_buffer *b) {
    weir_wal_chunk *c = b->free;
    if (c) b->free = c->next;
    return c ? c : new_chunk(CHUNK);
}

weir_kv_status weir_wal_buffer_init(weir_wal_buffer *b, uint64_t position) {
    *b = (weir_wal_buffer){0};
    pthread_mutex_init(&b->lock, NULL);
    weir_wal_chunk *c = new_chunk(CHUNK);
    b->free = new_chunk(CHUNK); /* so that what the leader gives back is always enough for the next to take all */
    if (!c || !b->free) {
        free_chunks(c);
        return WEIR_KV_NOMEM;
    }
    begin(b, c, position);
    return WEIR_KV_OK;
}

void weir_wal_buffer_destroy(weir_wal_buffer *b) {
    weir_wal_chunk *c = weir_aptr_load(&b->current);
    if (c) c->next = NULL;
    free_chunks(c);
    free_chunks(b->first);
    free_chunks(b->free);
    pthread_mutex_destroy(&b->lock);
}

/* size bytes of the current chunk; NULL: it has not got that many. */
static weir_wal_chunk *take(weir_wal_buffer *b, uint64_t size, uint64_t *at) {
    weir_wal_chunk *c = weir_aptr_load_acquire(&b->current); /* C2: pairs with C1 */
    uint64_t taken = weir_a64_load(&c->taken);
    do
        if (taken == SEALED || size > c->room - taken) return NULL;
    while (!weir_a64_cas_weak_acq_rel(&c->taken, &taken,
                                      taken + size)); /* B2: pairs with B1, perhaps of a later use of c */
    *at = taken;
    return c;
}

/* A record of its own chunk, between the current one, which ends before it, and the next. */
static weir_wal_chunk *take_big(weir_wal_buffer *b, uint64_t size, uint64_t *at) {
    weir_wal_chunk *big = new_chunk((size_t)size), *next = big ? spare(b) : NULL;
    if (!next) {
        free_chunks(big);
        return NULL;
    }
    big->base = seal(b, weir_aptr_load(&b->current));
    big->used = (size_t)size;
    b->last = b->last->next = big;
    begin(b, next, big->base + size);
    *at = 0;
    return big;
}

/* Others may take what has just been begun: so again, until there is room or no memory. */
static weir_wal_chunk *turn(weir_wal_buffer *b, uint64_t size, uint64_t *at) {
    pthread_mutex_lock(&b->lock);
    weir_wal_chunk *c, *next;
    while (!(c = take(b, size, at))) {
        if (size > CHUNK / 4) {
            c = take_big(b, size, at);
            break;
        }
        if (!(next = spare(b))) break;
        begin(b, next, seal(b, weir_aptr_load(&b->current)));
    }
    pthread_mutex_unlock(&b->lock);
    return c;
}

weir_kv_status weir_wal_append(weir_wal *w, const weir_wal_event *e, uint64_t *position) {
    uint32_t failed = weir_a32_load_acquire(&w->failed); /* F2: pairs with F1 */
    if (failed) return (weir_kv_status)failed;
    uint64_t size = weir_wal_record_size(e), at, start;
    if (size > WEIR_WAL_RECORD_MAX) return WEIR_KV_VALUE_LONG;
    weir_wal_chunk *c = take(&w->buffer, size, &at);
    if (!c && !(c = turn(&w->buffer, size, &at))) return WEIR_KV_NOMEM;
    start = c->base + at;
    weir_wal_record_write(c->bytes + at, e, size, w->id, start, weir_a64_load(&w->log.marks.at[WEIR_KV_DISK]));
    weir_a64_add_release(&c->filled, size + RECORD); /* R1 release: pairs with R2 in weir_wal_buffer_take; the record */
    *position = start + size;
    return WEIR_KV_OK;
}

/* A writer between taking and filling is copying, or has been preempted while at it. */
static void await(const weir_wal_chunk *c) {
    for (unsigned looks = 0; weir_a64_load_acquire(&c->filled) % RECORD != c->used; looks++) /* R2: pairs with R1 */
        if (looks % 64 == 63) weir_yield();
        else weir_pause();
}

weir_wal_chunk *weir_wal_buffer_take(weir_wal_buffer *b) {
    pthread_mutex_lock(&b->lock);
    weir_wal_chunk *current = weir_aptr_load(&b->current), *next;
    if (weir_a64_load(&current->taken) && (next = spare(b))) begin(b, next, seal(b, current));
    weir_wal_chunk *first = b->first;
    b->first = b->last = NULL;
    pthread_mutex_unlock(&b->lock);
    for (weir_wal_chunk *c = first; c; c = c->next) await(c);
    return first;
}

void weir_wal_buffer_give(weir_wal_buffer *b, weir_wal_chunk *c) {
    pthread_mutex_lock(&b->lock);
    for (weir_wal_chunk *next; c; c = next) {
        next = c->next;
        if (c->room == CHUNK) {
            c->next = b->free;
            b->free = c;
        } else {
            c->next = NULL;
            free_chunks(c);
        }
    }
    pthread_mutex_unlock(&b->lock);
}

uint64_t weir_wal_chunk_records(const weir_wal_chunk *c) { return weir_a64_load(&c->filled) / RECORD; }

uint64_t weir_wal_buffer_given(weir_wal_buffer *b) {
    pthread_mutex_lock(&b->lock);
    const weir_wal_chunk *c = weir_aptr_load(&b->current);
    uint64_t given = c->base + weir_a64_load(&c->taken);
    pthread_mutex_unlock(&b->lock);
    return given;
}
