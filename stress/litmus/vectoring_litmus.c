/* Publication edges of vectoring: R2 -> A2, bytes and the end behind them; R1 -> A1, room and the close; by looks and by waits. */
#include "prims/vectoring.h"
#include "stress/litmus/litmus.h"

enum { CODE = 5 };

typedef struct instance {
    weir_vectoring v;
    WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[4];
    WEIR_ALIGNED(WEIR_CACHE_LINE) uint64_t data;
} instance;

static void make_empty(void *p) {
    instance *x = p;
    weir_vectoring_init(&x->v, 4, x->block);
    x->data = 0;
}

static void make_full(void *p) {
    make_empty(p);
    weir_vectoring_write(&((instance *)p)->v, "\1\1\1\1", 4);
}

/* -- R2, A2 -- */

static unsigned send(void *p) {
    instance *x = p;
    x->data = 1;
    weir_vectoring_write(&x->v, "\7\7\7", 3);
    return 0;
}

/* All three or none, each of them written. */
static unsigned arrived(instance *x) {
    unsigned char bytes[4] = {0};
    size_t n = weir_vectoring_read(&x->v, bytes, 4);
    if (n == 0) return NOTHING;
    if (n != 3 || bytes[0] != 7 || bytes[1] != 7 || bytes[2] != 7) return STALE;
    return litmus_saw(x->data);
}

static unsigned receive(void *p) { return arrived(p); }

static unsigned wait_and_receive(void *p) {
    instance *x = p;
    return weir_vectoring_wait_bytes(&x->v, 3, WEIR_FOREVER) == WEIR_OK ? arrived(x) : NOTHING;
}

LITMUS(write_read, NULL, "a write happens before the read of its bytes",
       .text = "data = 1; write 3 | read up to 4, load data", .bytes = sizeof(instance), .make = make_empty,
       .thread = {send, receive}, .again = {[1] = true}, .outcome = {LITMUS_MESSAGE("the bytes")})
LITMUS(write_wake, NULL, "a write happens before the end of the wait for it",
       .text = "data = 1; write 3 | wait for 3, read, load data", .bytes = sizeof(instance), .make = make_empty,
       .thread = {send, wait_and_receive},
       .outcome = {ACCEPTABLE("the bytes, and all before them", 0, SEEN), FORBIDDEN("the bytes without it", 0, STALE),
                   FORBIDDEN("refused", 0, NOTHING)})

/* -- the end, which is behind its bytes -- */

static unsigned send_and_end(void *p) {
    send(p);
    weir_vectoring_end(&((instance *)p)->v, CODE);
    return 0;
}

static unsigned met_the_end(void *p) {
    instance *x = p;
    unsigned char bytes[4];
    size_t n = 0;
    while (weir_vectoring_wait_bytes(&x->v, 4, WEIR_FOREVER) == WEIR_OK) n += weir_vectoring_read(&x->v, bytes, 4);
    if (weir_vectoring_ended(&x->v) != CODE) return 9;
    return (unsigned)n;
}

LITMUS(end, NULL, "the end is met behind all bytes, and with its error",
       .text = "write 3; end 5 | read until CLOSED: how many?", .bytes = sizeof(instance), .make = make_empty,
       .thread = {send_and_end, met_the_end},
       .outcome = {ACCEPTABLE("all three", 0, 3), FORBIDDEN("the end overtook bytes", 0, 0),
                   FORBIDDEN("the end overtook bytes", 0, 1), FORBIDDEN("the end overtook bytes", 0, 2),
                   FORBIDDEN("another error", 0, 9)})

/* -- R1, A1 -- */

static unsigned empty_it(void *p) {
    instance *x = p;
    unsigned char bytes[4] = {0};
    x->data = 1;
    weir_vectoring_read(&x->v, bytes, 4);
    return bytes[0] == 1 && bytes[3] == 1 ? SEEN : STALE;
}

static unsigned fill_again(void *p) {
    instance *x = p;
    return weir_vectoring_write(&x->v, "\2\2\2\2", 4) ? litmus_saw(x->data) : NOTHING;
}

static unsigned wait_and_fill(void *p) {
    instance *x = p;
    return weir_vectoring_wait_room(&x->v, 4, WEIR_FOREVER) == WEIR_OK ? fill_again(x) : NOTHING;
}

LITMUS(read_write, NULL, "a read happens before the write that uses its places again",
       .text = "full of 1: data = 1; read 4: 1? | write 2s, load data", .bytes = sizeof(instance), .make = make_full,
       .thread = {empty_it, fill_again}, .again = {[1] = true},
       .outcome = {ACCEPTABLE("too early", SEEN, NOTHING), ACCEPTABLE("the room, and all before it", SEEN, SEEN),
                   FORBIDDEN("the room without it", SEEN, STALE), FORBIDDEN("bytes were overwritten", STALE, SEEN)})
LITMUS(read_wake, NULL, "a read happens before the end of the wait for its room",
       .text = "full of 1: data = 1; read 4: 1? | wait for 4, write 2s, load data", .bytes = sizeof(instance),
       .make = make_full, .thread = {empty_it, wait_and_fill},
       .outcome = {ACCEPTABLE("the room, and all before it", SEEN, SEEN), FORBIDDEN("the room without it", SEEN, STALE),
                   FORBIDDEN("bytes were overwritten", STALE, SEEN), FORBIDDEN("refused", SEEN, NOTHING)})

static unsigned close_it(void *p) {
    instance *x = p;
    x->data = 1;
    weir_vectoring_close(&x->v, CODE);
    return 0;
}

static unsigned wait_for_close(void *p) {
    instance *x = p;
    if (weir_vectoring_wait_room(&x->v, 1, WEIR_FOREVER) != WEIR_CLOSED) return NOTHING;
    return weir_vectoring_closed(&x->v) == CODE ? litmus_saw(x->data) : STALE;
}

LITMUS(close, NULL, "a close wakes the writer, with its error and all before it",
       .text = "full: data = 1; close 5 | wait for room: CLOSED? load data", .bytes = sizeof(instance),
       .make = make_full, .thread = {close_it, wait_for_close},
       .outcome = {ACCEPTABLE("closed", 0, SEEN), FORBIDDEN("closed without it", 0, STALE),
                   FORBIDDEN("room from nowhere", 0, NOTHING)})
