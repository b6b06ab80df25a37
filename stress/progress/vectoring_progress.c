/* Each side alone: wherever the other stops, a write or a read returns, and in as many steps as ever. Only a sleeper that stops
 * while it parks holds up who wakes it. */
#define WEIR_PARKER futex
#include "prims/vectoring.h"
#include "stress/model/model.h"

static weir_vectoring v;
static WEIR_ALIGNED(WEIR_CACHE_LINE) unsigned char block[2];

static void init(void) {
    weir_vectoring_init(&v, 2, block);
    weir_vectoring_write(&v, "a", 1);
}

static void init_empty(void) { weir_vectoring_init(&v, 2, block); }

static void write_2(void) {
    weir_vectoring_write(&v, "b", 1);
    weir_vectoring_write(&v, "c", 1);
}

static void read_2(void) {
    char byte;
    weir_vectoring_read(&v, &byte, 1);
    weir_vectoring_read(&v, &byte, 1);
}

static void wait_for_bytes(void) { weir_vectoring_wait_bytes(&v, 1, WEIR_FOREVER); }

MODEL_PROGRESS(stopped_writer, "a writer that stops holds up its reader as the trait progress says", .setup = init,
               .thread = {write_2, read_2}, .victim = 0, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_reader, "a reader that stops holds up its writer as the trait progress says", .setup = init,
               .thread = {write_2, read_2}, .victim = 1, .expect = MODEL_AS_TRAIT)
MODEL_PROGRESS(stopped_sleeper, "a reader that stops while it parks holds up the write that wakes it",
               .setup = init_empty, .thread = {wait_for_bytes, write_2}, .victim = 0, .expect = MODEL_BLOCKING)
