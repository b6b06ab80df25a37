#ifndef WEIR_STRESS_LIN_SPEC_DEQUE_H
#define WEIR_STRESS_LIN_SPEC_DEQUE_H

enum { LIN_DEQUE_CAPACITY };                             /* parameter */
enum { LIN_DEQUE_PUSH, LIN_DEQUE_POP, LIN_DEQUE_STEAL }; /* kinds */

#endif
