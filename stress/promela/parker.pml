/* parker - the futex in user space and how a thread sleeps (prims/wait.c, prims/parker): one bucket with its lock and its
 * list, nodes whose word says armed, sleeping or woken, a spin before the sleep, and timeouts that race with wakes.
 *
 * Claims   Nobody sleeps for ever. wake comes exactly once for each park, and never after a cancel that answered true:
 *          so no wake finds the word WOKEN, and none finds an op of its own future. The list is whole.
 * Sizes    WAITERS threads wait for word >= 1, 2 ... SIGNALS; SIGNALS threads raise it by one and wake all.
 *          TIMED: an op may have a deadline, which may pass at any moment; then it cancels.
 * Broken   COMPARE_OUTSIDE  park compares the word before it has the bucket's lock
 *          SLEEP_STORE      the owner stores SLEEPING instead of going there by CAS
 *          WAKE_STORE       the waker loads, then stores WOKEN, instead of exchanging
 *          NEXT_LATE        reads the next of a chain after the wake
 *          CANCEL_BLIND     cancel does not ask whether the node is still queued
 *          CANCEL_LEAVES    an op whose cancel failed leaves without waiting for its wake
 *          UNPARK_FIRST     unparks before it changes the word */
#define NONE 0
#define ARMED 0
#define SLEEPING 1
#define WOKEN 2

#define NODES (WAITERS + 1) /* 0 is none */
byte word;
bool lock;
byte first, last, next[NODES], prev[NODES];
byte state[NODES];     /* weir_wait.word */
bool in_kernel[NODES]; /* asleep in the kernel's futex on it */
byte owed[NODES];      /* wakes that an op may still get: ghost */

inline lock_acquire() { atomic { !lock -> lock = true } }
inline lock_release() { lock = false }

inline append(w) {
    next[w] = NONE;
    prev[w] = last;
    if
    :: last -> next[last] = w
    :: else -> first = w
    fi;
    last = w
}

inline remove(w) {
    if
    :: prev[w] == NONE ->
        if
        :: first == last -> first = NONE; last = NONE
        :: else -> first = next[w]; prev[first] = NONE
        fi
    :: else ->
        next[prev[w]] = next[w];
        if
        :: next[w] -> prev[next[w]] = prev[w]
        :: else -> last = prev[w]
        fi;
        prev[w] = NONE
    fi
}

inline park(w, seen, done) {
#ifdef BROKEN_COMPARE_OUTSIDE
    done = (word == seen);
#endif
    lock_acquire();
    d_step {
#ifndef BROKEN_COMPARE_OUTSIDE
        done = (word == seen);
#endif
        if
        :: done -> assert(owed[w] == 0); append(w); owed[w]++
        :: else
        fi
    }
    lock_release()
}

inline unpark() {
    lock_acquire();
    d_step { /* all match: the chain is the list */
        chain = first;
        w = first;
        do
        :: w != NONE -> prev[w] = NONE; w = next[w]
        :: else -> break
        od;
        first = NONE;
        last = NONE
    }
    lock_release();
    do
    :: chain == NONE -> break
    :: else ->
        w = chain;
#ifdef BROKEN_NEXT_LATE
        thread_wake(w);
        chain = next[w]
#else
        chain = next[w];
        thread_wake(w)
#endif
    od
}

inline thread_wake(w) {
#ifdef BROKEN_WAKE_STORE
    old = state[w];
    atomic { state[w] = WOKEN; assert(owed[w] == 1); owed[w] = 0 }
#else
    atomic { old = state[w]; state[w] = WOKEN; assert(old != WOKEN); assert(owed[w] == 1); owed[w] = 0 }
#endif
    if
    :: old == SLEEPING -> in_kernel[w] = false /* only the address: whoever sleeps there now may wake for nothing */
    :: else
    fi
}

inline park_cancel(w, done) {
    lock_acquire();
    d_step {
#ifdef BROKEN_CANCEL_BLIND
        done = true;
#else
        done = (prev[w] != NONE || first == w);
#endif
        if
        :: done -> remove(w); owed[w]--
        :: else
        fi
    }
    lock_release()
}

/* `done`: woken. May end without a wake only when `timed`. */
inline thread_wait(w, timed, done) {
    done = false;
    do
    :: state[w] == WOKEN -> state[w] = ARMED; done = true; break
    :: true -> break /* enough of spinning */
    od;
    if
    :: done
    :: else ->
#ifdef BROKEN_SLEEP_STORE
        state[w] = SLEEPING;
#else
        atomic {
            if
            :: state[w] == ARMED -> state[w] = SLEEPING
            :: else
            fi
        }
#endif
        do
        :: atomic { in_kernel[w] = (state[w] == SLEEPING) }
           if
           :: !in_kernel[w] /* woken, or a wake meant for an earlier sleep; it looks again */
           :: timed -> in_kernel[w] = false; break
           fi;
           if
           :: state[w] != SLEEPING -> break
           :: else
           fi
        od;
        if
        :: state[w] == WOKEN -> state[w] = ARMED; done = true
        :: else
        fi
    fi
}

proctype waiter(byte me) {
    byte seen, quota = 1;
    bool done, queued, timed;
    do
    :: quota > SIGNALS -> break
    :: else ->
        atomic { prev[me] = NONE; state[me] = ARMED; queued = false } /* a new op */
#ifdef TIMED
        if
        :: timed = true
        :: timed = false
        fi;
#endif
        do
        :: seen = word;
           if
           :: seen >= quota -> quota++; break
           :: else
           fi;
           park(me, seen, queued);
           if
           :: queued ->
               thread_wait(me, timed, done);
               if
               :: done
               :: else ->
                   park_cancel(me, done);
                   if
                   :: done -> break /* withdrawn; it tries again with another op in the same place */
#ifdef BROKEN_CANCEL_LEAVES
                   :: else -> break
#else
                   :: else -> thread_wait(me, false, done)
#endif
                   fi
               fi
           :: else
           fi
        od
    od
}

proctype waker() {
    byte chain, w, old;
#ifdef BROKEN_UNPARK_FIRST
    unpark();
    word++
#else
    word++;
    unpark()
#endif
}

init {
    byte n;
    atomic {
        for (n : 1 .. WAITERS) { run waiter(n) }
        for (n : 1 .. SIGNALS) { run waker() }
        n = 0
    }
    _nr_pr == 1;
    assert(first == NONE && last == NONE && !lock)
}
