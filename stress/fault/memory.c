/* Definitions of malloc and its kin, which take the place of the C library's for the whole program: they pass on to it,
 * except on a thread that is to get no memory. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "prims/platform.h"
#include "stress/fault/fault.h"

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *p, size_t bytes);
void *__libc_memalign(size_t align, size_t bytes);

static WEIR_THREAD_LOCAL unsigned refusing, asked, nth;
static WEIR_THREAD_LOCAL bool refused;

static bool refuse(void) {
    bool now = nth && !--nth;
    asked += refusing;
    refused |= now;
    if (refusing || now) errno = ENOMEM;
    return refusing || now;
}

void fault_refuse(unsigned n) {
    nth = n;
    refused = false;
}

bool fault_refused(void) { return refused; }

void fault_no_memory(void) { refusing = 1; }

void fault_memory_again(void) {
    refusing = 0;
    if (asked) stress_fail("a call asked for memory %u times", asked);
    asked = 0;
}

void *malloc(size_t bytes) { return refuse() ? NULL : __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) { return refuse() ? NULL : __libc_calloc(n, bytes); }
void *realloc(void *p, size_t bytes) { return refuse() ? NULL : __libc_realloc(p, bytes); }
void *aligned_alloc(size_t align, size_t bytes) { return refuse() ? NULL : __libc_memalign(align, bytes); }
void *memalign(size_t align, size_t bytes);
void *memalign(size_t align, size_t bytes) { return refuse() ? NULL : __libc_memalign(align, bytes); }

int posix_memalign(void **p, size_t align, size_t bytes) {
    if (refuse()) return ENOMEM;
    *p = __libc_memalign(align, bytes);
    return *p ? 0 : ENOMEM;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset) {
    if (refuse()) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, at, bytes, protection, flags, fd, offset);
}
