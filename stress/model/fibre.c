/* Every fibre sees the program's thread-locals at the same address, that of the one real thread: the block is swapped. */
#include "stress/model/fibre.h"

#include <link.h>
#include <sys/mman.h>

enum { STACKS = 9, GUARD = 4096 };

/* Any address that is free in all programs; a fixed one, since hash tables keyed by address are part of what is tested. */
static char *const wanted = (char *)((uintptr_t)1 << 44);

static char *stacks;
static unsigned char *tls; /* the block, or NULL */
static size_t tls_bytes;
static unsigned char tls_fresh[FIBRE_TLS_MAX];

/* -- thread-locals -- */

static int find_tls(struct dl_phdr_info *info, size_t size, void *arg) {
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_TLS) {
            tls = info->dlpi_tls_data;
            tls_bytes = info->dlpi_phdr[i].p_memsz;
        }
    return 1; /* the first is the program itself */
}

bool fibre_local(uintptr_t address) { return address - (uintptr_t)tls < tls_bytes; }

/* Not by memcpy, which is wrapped (libc.c), nor by what the compiler would make into one. */
static void copy(unsigned char *to, const unsigned char *from) {
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= tls_bytes; i += sizeof(uint64_t)) {
        __builtin_memcpy(to + i, from + i, sizeof(uint64_t));
        __asm__ volatile("" ::: "memory");
    }
    for (; i < tls_bytes; i++) ((volatile unsigned char *)to)[i] = from[i];
}

/* -- stacks -- */

static char *base_of(int i) { return stacks + (size_t)i * (FIBRE_STACK + GUARD) + GUARD; }

bool fibre_setup(void) {
    if (stacks) return true;
    dl_iterate_phdr(find_tls, NULL);
    if (tls_bytes > FIBRE_TLS_MAX) return false;
    if (tls) copy(tls_fresh, tls);
    size_t bytes = STACKS * (size_t)(FIBRE_STACK + GUARD) + GUARD;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    char *at = mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (at == MAP_FAILED) return false;
    stacks = at;
    for (int i = 0; i <= STACKS; i++) mprotect(base_of(i) - GUARD, GUARD, PROT_NONE);
    return true;
}

int fibre_of(uintptr_t address) {
    uintptr_t at = address - (uintptr_t)stacks;
    return at < STACKS * (uintptr_t)(FIBRE_STACK + GUARD) ? (int)(at / (FIBRE_STACK + GUARD)) : -1;
}

uintptr_t fibre_top(int i) { return (uintptr_t)(base_of(i) + FIBRE_STACK); }

bool fibre_dead(const fibre *f, uintptr_t address) { return address < (uintptr_t)f->sp; }

/* -- switching -- */

#if defined(__x86_64__)
void model_fibre_jump(void **save, void *to);
__asm__(".pushsection .text\n"
        ".globl model_fibre_jump\n"
        ".type model_fibre_jump, @function\n"
        "model_fibre_jump:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n    popq %rbx\n    popq %rbp\n"
        "    ret\n"
        ".size model_fibre_jump, . - model_fibre_jump\n"
        ".popsection\n");

static void prepare(fibre *f, char *base, void (*entry)(void)) {
    uintptr_t *top = (uintptr_t *)(base + FIBRE_STACK) - 2; /* aligned to 16, where the return address is */
    top[1] = 0;
    top[0] = (uintptr_t)entry;
    for (int i = 1; i <= 6; i++) top[-i] = 0;
    f->sp = top - 6;
}
#elif defined(__aarch64__)
void model_fibre_jump(void **save, void *to);
__asm__(".pushsection .text\n"
        ".globl model_fibre_jump\n"
        ".type model_fibre_jump, %function\n"
        "model_fibre_jump:\n"
        "    sub sp, sp, #160\n"
        "    stp x19, x20, [sp, #0]\n    stp x21, x22, [sp, #16]\n    stp x23, x24, [sp, #32]\n"
        "    stp x25, x26, [sp, #48]\n    stp x27, x28, [sp, #64]\n    stp x29, x30, [sp, #80]\n"
        "    stp d8, d9, [sp, #96]\n    stp d10, d11, [sp, #112]\n    stp d12, d13, [sp, #128]\n"
        "    stp d14, d15, [sp, #144]\n"
        "    mov x9, sp\n    str x9, [x0]\n    mov sp, x1\n"
        "    ldp x19, x20, [sp, #0]\n    ldp x21, x22, [sp, #16]\n    ldp x23, x24, [sp, #32]\n"
        "    ldp x25, x26, [sp, #48]\n    ldp x27, x28, [sp, #64]\n    ldp x29, x30, [sp, #80]\n"
        "    ldp d8, d9, [sp, #96]\n    ldp d10, d11, [sp, #112]\n    ldp d12, d13, [sp, #128]\n"
        "    ldp d14, d15, [sp, #144]\n"
        "    add sp, sp, #160\n    ret\n"
        ".size model_fibre_jump, . - model_fibre_jump\n"
        ".popsection\n");

static void prepare(fibre *f, char *base, void (*entry)(void)) {
    uintptr_t *frame = (uintptr_t *)(base + FIBRE_STACK - 160);
    for (int i = 0; i < 20; i++) frame[i] = 0;
    frame[11] = (uintptr_t)entry; /* x30 */
    f->sp = frame;
}
#else
static void prepare(fibre *f, char *base, void (*entry)(void)) {
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = base;
    f->context.uc_stack.ss_size = FIBRE_STACK;
    f->context.uc_link = NULL;
    makecontext(&f->context, entry, 0);
    f->sp = base + FIBRE_STACK;
}
#endif

void fibre_make(fibre *f, int i, void (*entry)(void)) {
    prepare(f, base_of(i), entry);
    if (tls) copy(f->tls, tls_fresh);
}

void fibre_switch(fibre *from, fibre *to) {
    if (tls) {
        copy(from->tls, tls);
        copy(tls, to->tls);
    }
#if defined(__x86_64__) || defined(__aarch64__)
    model_fibre_jump(&from->sp, to->sp);
#else
    from->sp = __builtin_frame_address(0);
    swapcontext(&from->context, &to->context);
#endif
}
