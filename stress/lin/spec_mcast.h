#ifndef WEIR_STRESS_LIN_SPEC_MCAST_H
#define WEIR_STRESS_LIN_SPEC_MCAST_H

enum { LIN_MCAST_CAPACITY, LIN_MCAST_READERS };                          /* parameters; READERS: places for them */
enum { LIN_MCAST_PUSH, LIN_MCAST_POP, LIN_MCAST_JOIN, LIN_MCAST_LEAVE }; /* kinds; of all but push, arg is the reader */
enum { LIN_READERS = 8 };                                                /* 0 .. 7, as the client calls them */

#endif
