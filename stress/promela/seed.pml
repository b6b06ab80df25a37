/* seed - cubby.seed (prims/cubby/seed.c): one counter that goes up with a push and down with a pop. The negative control:
 * its values come back, so that they are no tickets, and spin must say so of the model as it stands.
 *
 * Claim (false)   Who pops finds an item in the slot; who pushes finds the slot empty.
 * Sizes           PUSHERS, POPPERS threads, one operation each. */
short counter;
bool item;

proctype pusher() {
    short old;
    atomic { old = counter; counter++ }
    if
    :: old <= 0 -> skip /* empty, or a popper waits */
    :: else -> !item
    fi;
    assert(!item);
    item = true
}

proctype popper() {
    short old;
    atomic { old = counter; counter-- }
    if
    :: old >= 1 -> skip /* full, or a pusher waits */
    :: else -> item
    fi;
    assert(item); /* or it takes what is not there */
    item = false
}

init {
    byte n;
    atomic {
        for (n : 1 .. PUSHERS) { run pusher() }
        for (n : 1 .. POPPERS) { run popper() }
        n = 0
    }
}
