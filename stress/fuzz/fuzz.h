/* fuzz - one thread does operations that bytes choose, on a structure and on a plain model of it; the answers must agree.
 *
 * The model is the same for all variants of a kind, `lock` included, so two variants that agree with it agree.
 * Two drivers      In stress-native a check makes sequences from its seed, and makes one that fails shorter before it is
 *                  shown; the suffix that replays it is the sequence in hex. With clang and WEIR_FUZZ, libFuzzer makes them.
 * A target         static bool ops(fuzz_input *in): does operations until !fuzz_more(in); false: fuzz_wrong was called.
 *                  Then FUZZ_TARGET(ops, "claim").
 */
#ifndef WEIR_STRESS_FUZZ_H
#define WEIR_STRESS_FUZZ_H

#include <stddef.h>

#include "stress/check.h"

typedef struct fuzz_input {
    const uint8_t *at, *end;
    uint64_t operations;
} fuzz_input;

/* Is there another operation? */
static inline bool fuzz_more(fuzz_input *in) { return in->at < in->end ? (in->operations++, true) : false; }

/* The next byte; 0 behind the end. */
static inline uint8_t fuzz_byte(fuzz_input *in) { return in->at < in->end ? *in->at++ : 0; }

/* 0 .. n-1, from one byte; n up to 256. */
static inline uint32_t fuzz_below(fuzz_input *in, uint32_t n) { return fuzz_byte(in) % n; }

/* Tells what is done, for the report of a failure. */
void fuzz_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The answers differ. Returns false. */
bool fuzz_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

typedef struct fuzz_target {
    bool (*ops)(fuzz_input *in);
} fuzz_target;

/* A number to begin with: 0, or some below a power of two, or below 0. */
uint64_t fuzz_start(fuzz_input *in);

#ifdef FUZZ_LIBFUZZER
int fuzz_one(const fuzz_target *target, const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define FUZZ_TARGET(ops_, claim)                                   \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { \
        static const fuzz_target target = {ops_};                  \
        return fuzz_one(&target, data, size);                      \
    }
#else
stress_verdict fuzz_run(const stress_check *check, const stress_request *request);
#define FUZZ_TARGET(ops_, claim)                    \
    static const fuzz_target fuzz_target_ = {ops_}; \
    STRESS_CHECK_ARG(fuzz, ops, claim, fuzz_run, &fuzz_target_)
#endif

#endif
