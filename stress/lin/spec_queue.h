/* queue - bounded FIFO: spsc, mpmc, chan. What its refusals promise are parameters, as the traits of the variants are.
 *
 *     capacity   items; 0: no bound
 *     empty      LIN_STRICT  a pop refuses when nothing is inside.
 *                LIN_EARLY   also while the push of the first item, whose place is claimed, has not returned: what stands
 *                            behind it cannot be reached, even items whose pushes returned long ago.
 *     full       LIN_STRICT  a push refuses when `capacity` items are inside.
 *                LIN_EARLY   also while pushes under way hold the other places: items + pushes that have begun, not yet
 *                            taken effect and not returned make `capacity` (scq: a place is claimed before the push takes
 *                            effect in it). `hold n` stands for n places more that a batch may have held in vain.
 *                LIN_PLACE   also while the pop that emptied the place that comes next has not returned, though other
 *                            places may be free (vyukov: places are used in turn).
 * Closed: pushes refuse, pops take what is inside. AGAIN is for "not now"; NO (of functions that answer bool) does not say
 * whether full or closed; TIMEOUT is AGAIN after a wait. Right after a close, while it is under way or pushes or pops are
 * which began before, AGAIN may still stand for CLOSED. `drained` answers YES when closed and empty; NO always may, while one of
 * those is under way.
 */
#ifndef WEIR_STRESS_LIN_SPEC_QUEUE_H
#define WEIR_STRESS_LIN_SPEC_QUEUE_H

enum { LIN_STRICT, LIN_EARLY, LIN_PLACE };
enum { LIN_QUEUE_CAPACITY, LIN_QUEUE_EMPTY, LIN_QUEUE_FULL };                   /* parameters */
enum { LIN_CELL_CLOSE, LIN_CELL_CELLS };                                        /* of a cell */
enum { LIN_PUSH, LIN_POP, LIN_CLOSE, LIN_IS_CLOSED, LIN_IS_DRAINED, LIN_HOLD }; /* kinds; a cell has the first three */
enum { LIN_PLACES = 16 }; /* the largest capacity with LIN_PLACE */

#endif
