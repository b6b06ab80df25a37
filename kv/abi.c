/* Defines the symbol whose name spells the choices of this build; see config.h. */
#include "kv/kv.h"
#include "prims/platform.h"

const char WEIR_KV_ABI = 1;
