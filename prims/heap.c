/* What all heaps share: pages, their protection, and what debug heaps and sanitizers look at. */
#include "prims/heap.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESSES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESSES 1
#endif
#endif
#if defined(ADDRESSES)
#include <sanitizer/asan_interface.h>
#else
#define ADDRESSES 0
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

enum { FREE_BYTE = 0xdf, GUARD_BYTE = 0xfd };

static size_t bytes_of(const weir_heap_base *b) { return (size_t)b->pages * WEIR_HEAP_PAGE; }

/* -- keys: all there are, taken when the first is needed; heaps share them in turn ------------------------------- */

static struct {
    pthread_once_t once;
    int key[16], count;
    weir_a32 next;
} keys = {.once = PTHREAD_ONCE_INIT};

static void take_keys(void) {
    for (int key; keys.count < 16 && (key = pkey_alloc(0, PKEY_DISABLE_ACCESS)) > 0;) keys.key[keys.count++] = key;
}

weir_heap_protection weir_heap_probe(void) {
    pthread_once(&keys.once, take_keys);
    return keys.count ? WEIR_HEAP_PKEY : WEIR_HEAP_MPROTECT;
}

/* -- pages ------------------------------------------------------------------------------------------------------- */

static weir_status check(const weir_heap_base *b, const weir_heap_options *o) {
    if (!b || !o) return WEIR_BAD_NULL;
    if (o->pages == 0) return WEIR_BAD_ZERO;
    if (o->pages > WEIR_HEAP_PAGES_MAX) return WEIR_BAD_RANGE;
    if ((uintptr_t)o->block % WEIR_HEAP_PAGE) return WEIR_BAD_ALIGN;
    if (o->block && (o->protection != WEIR_HEAP_ANYBODY || o->fence)) return WEIR_NOTSUP;
    if (o->protection > WEIR_HEAP_PKEY || (o->protection == WEIR_HEAP_PKEY && weir_heap_probe() != WEIR_HEAP_PKEY))
        return WEIR_NOTSUP;
    return WEIR_OK;
}

static size_t fence_of(const weir_heap_base *b) { return b->fence ? WEIR_HEAP_PAGE : 0; }

/* One mapping; with a fence its first and last page stay without rights. */
static bool map(weir_heap_base *b) {
    size_t fence = fence_of(b);
    int rights = fence ? PROT_NONE : PROT_READ | PROT_WRITE;
    unsigned char *all = mmap(NULL, bytes_of(b) + 2 * fence, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) return false;
    b->at = all + fence;
    if (!fence || mprotect(b->at, bytes_of(b), PROT_READ | PROT_WRITE) == 0) return true;
    munmap(all, bytes_of(b) + 2 * fence);
    return false;
}

/* The rights of a key belong to threads, so all pages get it once. */
static bool lock_up(weir_heap_base *b) {
    if (b->protection != WEIR_HEAP_PKEY) return true;
    b->key = keys.key[weir_a32_add(&keys.next, 1) % (uint32_t)keys.count];
    return pkey_mprotect(b->at, bytes_of(b), PROT_READ | PROT_WRITE, b->key) == 0 && pkey_set(b->key, 0) == 0;
}

weir_status weir_heap_map(weir_heap_base *b, const weir_heap_options *o) {
    weir_status bad = check(b, o);
    if (bad) return bad;
    weir_heap_base fresh = {.at = (unsigned char *)o->block,
                            .pages = o->pages,
                            .protection = (uint8_t)o->protection,
                            .fence = o->fence,
                            .debug = o->debug,
                            .watched = o->debug || ADDRESSES,
                            .borrowed = o->block != NULL};
    if (!fresh.borrowed && !map(&fresh)) return WEIR_NOMEM;
    *b = fresh;
    if (lock_up(b)) return WEIR_OK;
    weir_heap_unmap(b);
    return WEIR_NOMEM;
}

void weir_heap_unmap(weir_heap_base *b) {
    ASAN_UNPOISON_MEMORY_REGION(b->at, bytes_of(b));
    if (!b->borrowed) munmap(b->at - fence_of(b), bytes_of(b) + 2 * fence_of(b));
    b->at = NULL;
}

static weir_status rights(weir_heap_base *b, int pages, unsigned key) {
    int bad = 0;
    if (b->protection == WEIR_HEAP_MPROTECT) bad = mprotect(b->at, bytes_of(b), pages);
    if (b->protection == WEIR_HEAP_PKEY) bad = pkey_set(b->key, key);
    return bad ? WEIR_NOMEM : WEIR_OK;
}

weir_status weir_heap_open_pages(weir_heap_base *b) { return rights(b, PROT_READ | PROT_WRITE, 0); }

weir_status weir_heap_shut_pages(weir_heap_base *b) { return rights(b, PROT_NONE, PKEY_DISABLE_ACCESS); }

void weir_heap_forget_pages(weir_heap_base *b, uint32_t page, uint32_t pages) {
    madvise(b->at + (size_t)page * WEIR_HEAP_PAGE, (size_t)pages * WEIR_HEAP_PAGE, MADV_DONTNEED);
}

/* -- debug heaps and sanitizers ---------------------------------------------------------------------------------- */

static bool all_are(const unsigned char *at, size_t n, unsigned char byte) {
    for (size_t i = 0; i < n; i++)
        if (at[i] != byte) return false;
    return true;
}

/* The guard of an array is its last grain. */
static unsigned char *guard_of(const weir_heap_base *b, uint32_t grain, uint32_t grains) {
    return (unsigned char *)weir_heap_grain(b, grain + grains - 1);
}

bool weir_heap_watch_given(weir_heap_base *b, uint32_t grain, uint32_t grains, size_t bytes) {
    unsigned char *at = (unsigned char *)weir_heap_grain(b, grain);
    size_t size = (size_t)grains * WEIR_HEAP_GRAIN;
    if (b->debug) {
        ASAN_UNPOISON_MEMORY_REGION(at, size);
        if (!all_are(at, size, FREE_BYTE)) return false;
        memset(guard_of(b, grain, grains), GUARD_BYTE, WEIR_HEAP_GRAIN);
        ASAN_POISON_MEMORY_REGION(at, size);
    }
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
    return true;
}

bool weir_heap_watch_intact(const weir_heap_base *b, uint32_t grain, uint32_t grains) {
    if (!b->debug) return true;
    unsigned char *guard = guard_of(b, grain, grains);
    ASAN_UNPOISON_MEMORY_REGION(guard, WEIR_HEAP_GRAIN);
    return all_are(guard, WEIR_HEAP_GRAIN, GUARD_BYTE);
}

void weir_heap_watch_taken(weir_heap_base *b, uint32_t grain, uint32_t grains) {
    void *at = weir_heap_grain(b, grain);
    size_t size = (size_t)grains * WEIR_HEAP_GRAIN;
    if (b->debug) {
        ASAN_UNPOISON_MEMORY_REGION(at, size);
        memset(at, FREE_BYTE, size);
    }
    ASAN_POISON_MEMORY_REGION(at, size);
}

/* -- words ------------------------------------------------------------------------------------------------------- */

const char *weir_heap_status_text(weir_heap_status status) {
    switch (status) {
    case WEIR_HEAP_OK: return "ok";
    case WEIR_HEAP_FULL: return "heap full: no place for so much together";
    case WEIR_HEAP_TOO_BIG: return "more than the heap has";
    case WEIR_HEAP_ALIGN: return "alignment is not a power of two up to 4096";
    case WEIR_HEAP_OUTSIDE: return "not an address of this heap";
    case WEIR_HEAP_MIDDLE: return "not where an array begins";
    case WEIR_HEAP_FREED: return "freed before, or never given";
    case WEIR_HEAP_OVERRUN: return "written behind its end";
    case WEIR_HEAP_DAMAGED: return "written after it was freed";
    case WEIR_HEAP_STATUS_COUNT: break;
    }
    return "unknown status";
}

int weir_heap_refusal_text(const weir_heap_refusal *r, char *to, size_t size) {
    return snprintf(to, size,
                    "%s: %zu times %zu bytes, aligned to %zu, of a heap of %u pages; %zu bytes left, %zu together",
                    weir_heap_status_text(r->status), r->count, r->size, r->align, r->pages, r->left, r->together);
}
