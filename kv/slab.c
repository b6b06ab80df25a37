#include "kv/slab_p.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kv/lane_p.h"
#include "prims/lock_p.h"

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#ifdef WATCHED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { STEP = 16, CLASSES = 128, LARGE = STEP * CLASSES }; /* beyond LARGE bytes: the C library, or pages of its own */
enum { RUN = 64 << 10, SLAB = 2 << 20 };
enum { FEW = 32 }; /* blocks that go between a lane and the common lists at once; a lane keeps at most twice as many */

typedef struct block {
    struct block *next;
} block;

typedef struct list {
    block *first;
    unsigned n;
} list;

struct weir_slab {
    struct {
        WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock;
        list of[CLASSES];
    } lane[WEIR_LANES];
    WEIR_ALIGNED(WEIR_CACHE_LINE) weir_lock lock; /* guards the rest; taken under a lane's */
    list common[CLASSES];
    struct {
        char *at, *end;
    } run[CLASSES], slab; /* what is left of the newest */
    block *slabs;         /* each begins with its link */
};

weir_slab *weir_slab_new(void) {
    weir_slab *s = aligned_alloc(WEIR_CACHE_LINE, sizeof *s);
    if (!s) return NULL;
    memset(s, 0, sizeof *s);
    weir_lock_init(&s->lock);
    for (unsigned i = 0; i < WEIR_LANES; i++) weir_lock_init(&s->lane[i].lock);
    return s;
}

/* Pages at a multiple of a huge page's size, which the system is asked to make huge; all bytes 0. */
static void *map_pages(size_t size) {
    char *at = mmap(NULL, size + SLAB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return NULL;
    size_t before = -(uintptr_t)at & (SLAB - 1);
    if (before) munmap(at, before);
    if (before != SLAB) munmap(at + before + size, SLAB - before);
    madvise(at + before, size, MADV_HUGEPAGE); /* where there are none, it goes without */
    return at + before;
}

static size_t whole_pages(size_t size) { return (size + SLAB - 1) & ~(size_t)(SLAB - 1); }

void weir_slab_free(weir_slab *s) {
    if (!s) return;
    for (block *b = s->slabs, *next; b; b = next) {
        next = b->next;
        ASAN_UNPOISON_MEMORY_REGION(b, SLAB);
        munmap(b, SLAB);
    }
    free(s);
}

/* -- lists -------------------------------------------------------------------------------------------------------- */

static void push(list *l, block *b, size_t size) {
    b->next = l->first;
    l->first = b;
    l->n++;
    ASAN_POISON_MEMORY_REGION(b, size);
}

static block *pop(list *l, size_t size) {
    block *b = l->first;
    ASAN_UNPOISON_MEMORY_REGION(b, size);
    l->first = b->next;
    l->n--;
    return b;
}

static void move(list *from, list *to, unsigned n, size_t size) {
    while (n-- && from->n) push(to, pop(from, size), size);
}

/* -- new blocks: all under the common lock -------------------------------------------------------------------------- */

static bool new_slab(weir_slab *s) {
    block *b = map_pages(SLAB);
    if (!b) return false;
    b->next = s->slabs;
    s->slabs = b;
    s->slab.at = (char *)b + WEIR_CACHE_LINE;
    s->slab.end = (char *)b + SLAB;
    return true;
}

/* The last run of a slab is shorter, by the slab's link. */
static bool new_run(weir_slab *s, unsigned c) {
    if (s->slab.at == s->slab.end && !new_slab(s)) return false;
    size_t left = (size_t)(s->slab.end - s->slab.at), size = left < RUN ? left : RUN;
    s->run[c].at = s->slab.at;
    s->run[c].end = s->slab.at += size;
    return true;
}

static void cut(weir_slab *s, unsigned c, list *to, size_t size) {
    if ((size_t)(s->run[c].end - s->run[c].at) < size && !new_run(s, c)) return;
    for (int i = 0; i < FEW && (size_t)(s->run[c].end - s->run[c].at) >= size; i++, s->run[c].at += size)
        push(to, (block *)(void *)s->run[c].at, size);
}

static void refill(weir_slab *s, unsigned c, list *to, size_t size) {
    weir_lock_acquire(&s->lock);
    if (s->common[c].n) move(&s->common[c], to, FEW, size);
    else cut(s, c, to, size);
    weir_lock_release(&s->lock);
}

/* -- get and put -------------------------------------------------------------------------------------------------- */

static unsigned class_of(size_t size) { return size ? (unsigned)((size - 1) / STEP) : 0; }

static void *get_large(size_t size, bool *zero) {
    *zero = size >= SLAB;
    return *zero ? map_pages(whole_pages(size)) : malloc(size);
}

static void put_large(void *at, size_t size) {
    if (size >= SLAB) munmap(at, whole_pages(size));
    else free(at);
}

void *weir_slab_get(weir_slab *s, size_t size, bool *zero) {
    if (size > LARGE) return get_large(size, zero);
    unsigned c = class_of(size), lane = weir_lane();
    size = (c + 1) * STEP;
    *zero = false;
    list *l = &s->lane[lane].of[c];
    weir_lock_acquire(&s->lane[lane].lock);
    if (!l->n) refill(s, c, l, size);
    block *b = l->n ? pop(l, size) : NULL;
    weir_lock_release(&s->lane[lane].lock);
    return b;
}

void weir_slab_put(weir_slab *s, void *at, size_t size) {
    if (size > LARGE) {
        put_large(at, size);
        return;
    }
    unsigned c = class_of(size), lane = weir_lane();
    size = (c + 1) * STEP;
    list *l = &s->lane[lane].of[c];
    weir_lock_acquire(&s->lane[lane].lock);
    push(l, at, size);
    if (l->n == 2 * FEW) {
        weir_lock_acquire(&s->lock);
        move(l, &s->common[c], FEW, size);
        weir_lock_release(&s->lock);
    }
    weir_lock_release(&s->lane[lane].lock);
}
