#ifndef WEIR_STRESS_LIN_SPEC_MAP_H
#define WEIR_STRESS_LIN_SPEC_MAP_H

/* kinds; arg: the key. set, snx: more[0] the value. cas: more[0] the value expected, more[1] the new one. */
enum { LIN_SET, LIN_GET, LIN_DEL, LIN_EXISTS, LIN_SNX, LIN_CAS };

#endif
