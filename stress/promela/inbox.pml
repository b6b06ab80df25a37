/* inbox - how a coroutine is woken by other threads (sched/loop.c): who wakes puts it on a stack by one CAS; the loop takes all
 * of it by one exchange. The word says by itself that the loop sleeps, so who puts the first one there knows whether to poke.
 *
 * Claims   A coroutine runs on its loop's thread only, once for each wake, and nobody sleeps while one is in the inbox. None is
 *          in it twice. A wait whose deadline passes either withdraws, and is never woken, or takes its wake.
 * Sizes    COROUTINES, each waits ROUNDS times, one thread wakes each of them. TIMED: a deadline may pass at any moment.
 * Broken   SLEEP_STORE   the loop looks into the inbox, then says that it sleeps, in two steps
 *          SLEEP_FLAG    "asleep" is a flag beside the inbox, which who wakes reads before its coroutine is there
 *          TAKE_STORE    the inbox is read, then emptied, in two steps
 *          RUN_THERE     who wakes a coroutine runs it at once, though it may not have come to its yield
 *          CANCEL_BLIND  a wait withdraws without asking whether its wake is on its way */
#define NONE 0
#define ASLEEP 255

#define IDLE 0
#define PARKED 1 /* whoever takes this away by one step may wake, or has withdrawn */

byte inbox, next[COROUTINES + 1], parked[COROUTINES + 1], rounds[COROUTINES + 1], woken[COROUTINES + 1];
bool queued[COROUTINES + 1], flag, in_kernel; /* queued: a ghost */
byte ended, inside;                           /* inside: the coroutine that runs, a ghost */

inline poke() { in_kernel = false }

inline send(c) {
    atomic { assert(!queued[c]); queued[c] = true }
#ifdef BROKEN_SLEEP_FLAG
    slept = flag;
#endif
    atomic { seen = inbox; next[c] = (seen == ASLEEP -> NONE : seen); inbox = c }
#ifdef BROKEN_SLEEP_FLAG
    if
    :: slept -> poke()
    :: else
    fi
#else
    if
    :: seen == ASLEEP -> poke()
    :: else
    fi
#endif
}

/* What a coroutine does from a resume to its next yield: it parks, and yields. */
inline resume(c) {
    atomic { assert(inside != c); inside = c }
    rounds[c]++;
    if
    :: rounds[c] <= ROUNDS -> parked[c] = PARKED
    :: else -> ended++
    fi;
    inside = NONE
}

inline wake(c) {
    atomic { parked[c] == PARKED -> parked[c] = IDLE; assert(woken[c] < ROUNDS) ; woken[c]++ }
#ifdef BROKEN_RUN_THERE
    resume(c)
#else
    send(c)
#endif
}

inline receive() {
#ifdef BROKEN_TAKE_STORE
    got = inbox;
    inbox = NONE;
#else
    atomic { got = inbox; inbox = NONE }
#endif
    do
    :: got == NONE || got == ASLEEP -> break
    :: else -> c = got; got = next[c]; queued[c] = false; resume(c)
    od;
    c = NONE
}

inline rest() {
#if defined(BROKEN_SLEEP_STORE)
    if
    :: inbox == NONE -> inbox = ASLEEP; in_kernel = true
    :: else
    fi;
#elif defined(BROKEN_SLEEP_FLAG)
    if
    :: inbox == NONE -> flag = true; in_kernel = true
    :: else
    fi;
#else
    atomic {
        if
        :: inbox == NONE -> inbox = ASLEEP; in_kernel = true /* a poke ends this wait or the next one */
        :: else
        fi
    }
#endif
#ifdef TIMED
    if
    :: !in_kernel || ended == COROUTINES
    :: in_kernel -> in_kernel = false; expire() /* an alarm */
    fi
#else
    !in_kernel || ended == COROUTINES
#endif
}

/* The alarm of a coroutine: its wait is withdrawn, and it runs with TIMEOUT; or its wake is on its way. */
inline expire() {
    c = 1;
    do
    :: c > COROUTINES -> break
    :: else ->
#ifdef BROKEN_CANCEL_BLIND
        got = (rounds[c] <= ROUNDS);
        parked[c] = IDLE;
#else
        atomic { got = (parked[c] == PARKED); parked[c] = IDLE }
#endif
        if
        :: got -> resume(c)
        :: else
        fi;
        c++
    od;
    got = NONE; c = NONE
}

proctype loop() {
    byte c, got;
    do
    :: ended == COROUTINES -> break
    :: else -> receive(); rest()
    od
}

proctype waker(byte c) {
    byte seen;
    bool slept;
    do
    :: rounds[c] > ROUNDS && parked[c] == IDLE -> break
    :: wake(c)
    od
}

init {
    byte n;
    atomic {
        for (n : 1 .. COROUTINES) { next[n] = n - 1; inbox = n; queued[n] = true; run waker(n) } /* spawned */
        run loop();
        n = 0
    }
    _nr_pr == 1;
    assert(ended == COROUTINES && (inbox == NONE || inbox == ASLEEP))
}
