#include "prims/build.h"
#include "prims/variant.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *weir_build_info(void) {
    return "weir " WEIR_VERSION " (" COMPILER ") line=" WEIR_STRING(WEIR_CACHE_LINE) WEIR_PRIMS_CHOICES;
}
