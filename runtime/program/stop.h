/* stop - SIGINT, SIGTERM, SIGHUP while a run goes on: the first ends the form under way, and all is shut in order; the second ends the
 * process, as each does where nobody listens. One that the process was started to ignore is ignored. */
#ifndef WEIR_RUNTIME_STOP_H
#define WEIR_RUNTIME_STOP_H

#include <pthread.h>
#include <signal.h>

#include "prims/atomic.h"
#include "runtime/weir.h"

typedef struct weir_stop {
    weir_a32 signal; /* that has come; 0: none */
    weir_session *session;
    sigset_t set;
    int fd, wake; /* the signals; the end. -1: nobody listens */
    pthread_t thread;
} weir_stop;

/* Before other threads begin, which then leave the signals alone. */
void weir_stop_init(weir_stop *s);

/* Listens. session: whose script is interrupted; NULL: a form under way ends by itself. */
void weir_stop_begin(weir_stop *s, weir_session *session);

static inline bool weir_stop_told(const weir_stop *s) { return weir_a32_load(&s->signal) != 0; }

/* Listens no more; the session may go. */
void weir_stop_end(weir_stop *s);

/* Ends the process by the signal, if one has come: whoever waits for it sees that. What is to be written has been. */
void weir_stop_die(const weir_stop *s);

#endif
