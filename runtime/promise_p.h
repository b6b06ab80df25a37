/* promise - what a parked call waits for, settled by a thread of the host's.
 *
 *     MADE -- keep, break --> KEPT     -- time is over --> LATE     -- the session closes --> CLOSED
 *
 * Whoever takes it out of MADE wakes the call, once; all others come too late and touch no more than the promise. So a session
 * may go while a promise is still about. Its settler is counted in the session until it has gone.
 */
#ifndef WEIR_RUNTIME_PROMISE_P_H
#define WEIR_RUNTIME_PROMISE_P_H

#include "runtime/exec_p.h"

/* The call has been woken: its promise becomes x->result. */
void weir_promise_take(weir_exec *x);

/* Ends all calls that wait; none is made any more. interrupted: those alone whose evaluation is. */
void weir_promises_close(weir_session *s, bool interrupted);

/* Until nobody who settles one is within s any more. */
void weir_promises_wait(weir_session *s);

#endif
