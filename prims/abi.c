/* Defines the symbol whose name spells the choices of this build; see config.h. */
#include "prims/platform.h"

const char WEIR_PRIMS_ABI = 1;
