#ifndef WEIR_STRESS_LIN_SPEC_SET_H
#define WEIR_STRESS_LIN_SPEC_SET_H

enum { LIN_INSERT, LIN_REMOVE, LIN_CONTAINS }; /* kinds; arg: the id */
enum { LIN_SET_MAYBE };                        /* parameter: 0 exact, 1 as below */

#endif
