/* Two passes, with vectors, on the processors that have them. What these do not accept is read again as on all others, one thing
 * after the other: to say what is wrong, and where. */
#include "slp/reader/reader_p.h"

#ifdef __x86_64__
static bool any_avx512(void) {
    return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("pclmul");
}

static bool any_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
}

static bool any_sse42(void) {
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
}

const slp_level slp_levels[] = {{"avx512", any_avx512, slp_reader_avx512},
                                {"avx2", any_avx2, slp_reader_avx2},
                                {"sse4.2", any_sse42, slp_reader_sse42},
                                {NULL, NULL, NULL}};
#else
const slp_level slp_levels[] = {{NULL, NULL, NULL}};
#endif

slp_place slp_read_on(const slp_level *level, slp_assembly *a, const char *text, size_t bytes, bool one) {
    if (level->read(a, text, bytes, one)) return (slp_place){WEIR_SLP_OK, text + bytes};
    slp_assembly_begin(a);
    return slp_reader_scalar_read(a, text, bytes, one);
}

/* Two passes over a text that is this short take longer than one. */
enum { SHORT = 96 };

slp_place slp_reader_simd_read(slp_assembly *a, const char *text, size_t bytes, bool one) {
    if (bytes >= SHORT)
        for (const slp_level *level = slp_levels; level->name; level++)
            if (level->here()) return slp_read_on(level, a, text, bytes, one);
    return slp_reader_scalar_read(a, text, bytes, one);
}
