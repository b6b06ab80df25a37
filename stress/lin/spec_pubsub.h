#ifndef WEIR_STRESS_LIN_SPEC_PUBSUB_H
#define WEIR_STRESS_LIN_SPEC_PUBSUB_H

/* kinds; arg of pub: the event; of the others: the subscription. `run` gives the event, and is recorded once that is known. */
enum { LIN_SUB, LIN_UNSUB, LIN_PUB, LIN_RUN, LIN_QUIET };
enum { LIN_SUBSCRIPTIONS = 8 };

#endif
