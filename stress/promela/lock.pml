/* lock - the short lock of prims (prims/lock.c, Drepper's mutex 3): FREE, HELD, CONTENDED, and the kernel's futex.
 *
 * Claims   One holder at a time. Nobody sleeps for ever.
 * Sizes    THREADS threads take it ROUNDS times each. The kernel may also end a wait for nothing.
 * Broken   TAKES_HELD      who has slept takes the lock as HELD, and forgets those that sleep on
 *          WAKE_FIRST      release wakes before it lets go
 *          RELEASE_STORE   release looks for sleepers, then lets go, in two steps
 *          NO_COMPARE      sleeps without a look at the word */
#define FREE 0
#define HELD 1
#define CONTENDED 2

byte state, holders;
bool asleep[THREADS];

#define ME (_pid - 1)

inline futex_wait() {
#ifdef BROKEN_NO_COMPARE
    asleep[ME] = true;
#else
    asleep[ME] = (state == CONTENDED);
#endif
    !asleep[ME]
}

inline futex_wake() {
    atomic {
        if
        :: asleep[0] -> asleep[0] = false
        :: asleep[1] -> asleep[1] = false
        :: asleep[2 % THREADS] -> asleep[2 % THREADS] = false
        :: else
        fi
    }
}

inline acquire() {
    do /* the fast path, and as many looks as the spin makes */
    :: atomic { state == FREE -> state = HELD }; break
    :: true ->
        do
        :: atomic {
               seen = state;
#ifdef BROKEN_TAKES_HELD
               state = (slept && seen == FREE -> HELD : CONTENDED)
#else
               state = CONTENDED
#endif
           }
           if
           :: seen == FREE -> break
           :: else -> futex_wait(); slept = true
           fi
        od;
        break
    od;
    slept = false; seen = 0
}

inline release() {
#if defined(BROKEN_WAKE_FIRST)
    if
    :: state == CONTENDED -> futex_wake()
    :: else
    fi;
    state = FREE
#elif defined(BROKEN_RELEASE_STORE)
    seen = state;
    state = FREE;
    if
    :: seen == CONTENDED -> futex_wake()
    :: else
    fi;
    seen = 0
#else
    atomic { seen = state; state = FREE }
    if
    :: seen == CONTENDED -> futex_wake()
    :: else
    fi;
    seen = 0
#endif
}

proctype thread() {
    byte n, seen;
    bool slept;
    do
    :: n < ROUNDS ->
        acquire();
        holders++;
        assert(holders == 1);
        holders--;
        release();
        n++
    :: else -> break
    od
}

init {
    byte n;
    atomic {
        for (n : 1 .. THREADS) { run thread() }
        n = 0
    }
}
