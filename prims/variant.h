/* variant - how a short name is bound to the variant the build chose: weir_spsc_try_push -> weir_spsc_cached_try_push.
 *
 * A kind's header includes all its variants and binds its short names with WEIR_BIND(spsc, WEIR_SPSC, _try_push). The
 * choice comes from config.h, or from -DWEIR_SPSC=plain where one source is compiled once a variant (tests, bench). */
#ifndef WEIR_PRIMS_VARIANT_H
#define WEIR_PRIMS_VARIANT_H

#include "../prims/config.h"

#define WEIR_BIND(kind, variant, op) WEIR_BIND_(kind, variant, op)
#define WEIR_BIND_(kind, variant, op) weir_##kind##_##variant##op
#define WEIR_STRING(x) WEIR_STRING_(x)
#define WEIR_STRING_(x) #x

#endif
