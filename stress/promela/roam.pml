/* roam - how a coroutine that goes on where it is woken changes its loop (sched/roam.c): its loop, after the turn in which it
 * began to wait, and who wakes it both exchange one word; who comes second queues it, and may touch it.
 *
 * Claims   It runs on one loop at a time, once for each wake; nobody touches it beside its loop's turn; it is queued once; no wake
 *          is lost. While its alarm is armed it stays on the loop whose wheel has it.
 * Sizes    LOOPS, each of which may wake it between its turns; FOREIGN: a thread without a loop may, too. It waits ROUNDS times.
 *          TIMED: each wait may have a deadline, which may pass at any moment.
 * Broken   SETTLE_STORE   the loop says that it waits without asking whether it has been woken meanwhile
 *          QUEUE_RUNNING  who wakes it queues it though its turn is not over
 *          TAKE_BOUND     who wakes it takes it over though an alarm binds it
 *          WAKE_STORE     who wakes it looks whether its turn is over, then says that it is woken, in two steps */
#define NOBODY LOOPS

mtype = { RUNS, FREE, AT_HOME, WOKEN };
mtype handed = RUNS;
byte home, queued[LOOPS], rounds, alarm = NOBODY; /* alarm: the loop whose wheel has it */
bool parked, inside, done;                        /* parked: in the list of what it waits for; inside: somebody touches it */

inline enter() { atomic { assert(!inside); inside = true } }

/* By the one who took it from the list. */
inline wake(l) {
#ifdef BROKEN_WAKE_STORE
    was = handed;
    handed = WOKEN;
#else
    atomic { was = handed; handed = WOKEN }
#endif
    if
#ifndef BROKEN_QUEUE_RUNNING
    :: was == RUNS
#endif
#ifdef BROKEN_TAKE_BOUND
    :: (was == FREE || was == AT_HOME) && l != NOBODY ->
#else
    :: was == FREE && l != NOBODY ->
#endif
        enter();
        assert(alarm == NOBODY || alarm == l);
        home = l;
        inside = false;
        queued[l]++
    :: else -> queued[home]++
    fi
}

/* From a resumption to the next wait, or the end. */
inline goes_on(l) {
    rounds++;
    if
    :: rounds <= ROUNDS ->
#ifdef TIMED
        if
        :: alarm = l
        :: skip
        fi;
#endif
        parked = true
    :: else -> done = true; inside = false
    fi
}

inline settle(l) {
    if
    :: done
    :: else ->
#ifdef BROKEN_SETTLE_STORE
        was = RUNS;
        atomic { handed = (alarm == NOBODY -> FREE : AT_HOME); inside = false }
#else
        atomic {
            was = handed;
            handed = (alarm == NOBODY -> FREE : AT_HOME);
            if
            :: was != WOKEN -> inside = false
            :: else
            fi
        }
#endif
        if
        :: was == WOKEN -> handed = WOKEN; inside = false; queued[l]++
        :: else
        fi
    fi
}

inline turn(l) {
    assert(home == l && !done);
    enter();
    handed = RUNS;
    alarm = NOBODY;
    goes_on(l);
    settle(l)
}

/* Its alarm rings on its loop. It withdraws and goes on with TIMEOUT; or its wake is under way, and it waits for that. */
inline nudge(l) {
    enter();
    handed = RUNS;
    alarm = NOBODY;
    atomic { got = parked; parked = false }
    if
    :: got -> goes_on(l)
    :: else
    fi;
    settle(l)
}

proctype loop(byte l) {
    mtype was;
    bool got;
    do
    :: done -> break
    :: queued[l] > 0 -> queued[l]--; turn(l)
    :: atomic { parked -> parked = false }; wake(l)
    :: alarm == l && !done -> nudge(l)
    od
}

proctype thread() {
    mtype was;
    do
    :: done -> break
    :: atomic { parked -> parked = false }; wake(NOBODY)
    od
}

init {
    byte l;
    atomic {
        queued[0] = 1;
        do
        :: l < LOOPS -> run loop(l); l++
        :: else -> break
        od;
#ifdef FOREIGN
        run thread()
#endif
    }
}
