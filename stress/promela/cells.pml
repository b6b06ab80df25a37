/* cells - cubby.cells (prims/cubby/cells.c) without its ends, which are in withdraw.pml: tickets, cells, laps, sleep bits and the release that only rises.
 *
 * Claims   Pop q returns the value of push q. Push p returns after pop p-1 took its ticket. Nobody sleeps for ever.
 * Sizes    PUSHERS and POPPERS threads that make PUSHES pushes and as many pops together; M cells; TRIERS threads, each of which tries a pop
 *          and, having taken an item, puts another one in.
 * Broken   RELEASE_EXCHANGE  release() stores instead of only raising
 *          BIT_STORE         a sleeper sets its bit by load and store
 *          BIT_ELSEWHERE     the pushers' sleep bit is on a word of its own, which the waker reads before its own change
 *                            is visible: what a store buffer does (spin itself keeps all in order)
 *          WAKE_FIRST        release() wakes before it raises
 *          NO_COMPARE        parks without a look at the word
 *          LAP_UNWOKEN       who ends a lap wakes nobody */
#ifndef TRIERS
#define TRIERS 0
#endif
#define THREADS (PUSHERS + POPPERS + TRIERS)
#include "futex.pml"

#define SL 1
#define DEP 2
#define POP 4
#define PS 8
#define R_SLEEPER 1
#define WAKE_POPPER 1
#define WAKE_LAPPED 2
#define WAKE_PUSHER 4

#define CELL(t) ((t) % M)
#define FRESH(t) (((t) / M) << 4)
#define RAISED(t) (((t) / M + 1) << 1)
#define IN_LAP(s, t) ((s) >> 4 == (t) / M)
#define REACHED(r, t) (((r) & ~R_SLEEPER) >= RAISED(t))
#define WORD_S(t) (1 + 2 * CELL(t))
#define WORD_R(t) (2 + 2 * CELL(t))

byte pushes, pops;
byte P, Q, S[M], R[M], value[M];
#ifdef BROKEN_BIT_ELSEWHERE
bool asleep[M]; /* instead of R_SLEEPER */
#define LOCALS bool sleepers;
#else
#define LOCALS
#endif

inline release(t) {
    r = R[CELL(t)];
    do
    :: REACHED(r, t) -> break
    :: else ->
#ifdef BROKEN_WAKE_FIRST
        if
        :: r & R_SLEEPER -> unpark_all(WORD_R(t), WAKE_PUSHER)
        :: else
        fi;
#endif
#ifdef BROKEN_BIT_ELSEWHERE
        sleepers = asleep[CELL(t)];
#endif
        atomic {
#ifdef BROKEN_RELEASE_EXCHANGE
            r = R[CELL(t)];
#endif
            done = (R[CELL(t)] == r);
            if
            :: done -> R[CELL(t)] = RAISED(t)
            :: else -> r = R[CELL(t)]
            fi
        }
        if
        :: done ->
#ifndef BROKEN_WAKE_FIRST
#ifdef BROKEN_BIT_ELSEWHERE
            r = sleepers;
#endif
            if
            :: r & R_SLEEPER -> unpark_all(WORD_R(t), WAKE_PUSHER)
            :: else
            fi;
#endif
            break
        :: else
        fi
    od;
    r = 0
}

/* sleep_on: one attempt; `done` tells whether it parked, and was woken since. */
inline sleep_on(word, id, seen, flag, mask) {
    done = true;
    if
    :: seen & flag
    :: else ->
#if defined(BROKEN_BIT_STORE)
        word = seen | flag
#elif defined(BROKEN_BIT_ELSEWHERE)
        if
        :: mask == WAKE_PUSHER -> asleep[CELL(t)] = true
        :: else -> atomic { done = (word == seen); if :: done -> word = seen | flag :: else fi }
        fi
#else
        atomic { done = (word == seen); if :: done -> word = seen | flag :: else fi }
#endif
    fi;
    if
#ifdef BROKEN_BIT_ELSEWHERE
    :: done && mask == WAKE_PUSHER -> park(id, word, seen, mask, done)
    :: done && mask != WAKE_PUSHER -> park(id, word, (seen | flag), mask, done)
#elif defined(BROKEN_NO_COMPARE)
    :: done -> park(id, 0, 0, mask, done)
#else
    :: done -> park(id, word, (seen | flag), mask, done)
#endif
    :: else
    fi;
    if
    :: done -> wait_wake()
    :: else
    fi
}

inline reach_lap(t) {
    do
    :: s = S[CELL(t)];
       if
       :: IN_LAP(s, t) -> break
       :: else -> sleep_on(S[CELL(t)], WORD_S(t), s, SL, WAKE_LAPPED)
       fi
    od
}

inline deposit(t) {
    value[CELL(t)] = t;
    atomic { s = S[CELL(t)]; S[CELL(t)] = s | DEP }
    if
    :: s & POP -> release(t + 1)
    :: else
    fi;
    if
    :: s & PS -> unpark_one(WORD_S(t), WAKE_POPPER)
    :: else
    fi
}

inline arrive(t) {
    atomic { s = S[CELL(t)]; S[CELL(t)] = s | POP }
    if
    :: s & DEP -> release(t + 1)
    :: else
    fi
}

inline collect(t) {
    assert(value[CELL(t)] == t);
    atomic { s = S[CELL(t)]; S[CELL(t)] = FRESH(t + M) }
#ifndef BROKEN_LAP_UNWOKEN
    if
    :: s & SL -> unpark_all(WORD_S(t), WAKE_LAPPED)
    :: else
    fi
#endif
}

inline push() {
    atomic { t = P; P++ }
    reach_lap(t);
    deposit(t);
    do
    :: s = R[CELL(t)];
       if
       :: REACHED(s, t) -> break
       :: else -> sleep_on(R[CELL(t)], WORD_R(t), s, R_SLEEPER, WAKE_PUSHER)
       fi
    od;
    assert(Q >= t);
    s = 0; t = 0; done = false
}

inline pop() {
    atomic { t = Q; Q++ }
    reach_lap(t);
    arrive(t);
    do
    :: s = S[CELL(t)];
       if
       :: s & DEP -> break
       :: else -> sleep_on(S[CELL(t)], WORD_S(t), s, PS, WAKE_POPPER)
       fi
    od;
    collect(t);
    s = 0; t = 0; done = false
}

inline try_pop() {
    t = Q;
    do
    :: s = S[CELL(t)];
       now = Q;
       if
       :: IN_LAP(s, t) && (s & DEP) ->
           atomic { done = (Q == t); if :: done -> Q++ :: else -> t = Q fi }
           if
           :: done -> arrive(t); collect(t); break
           :: else
           fi
       :: else ->
           if
           :: now == t -> done = false; break
           :: else -> t = now
           fi
       fi
    od;
    s = 0; t = 0; now = 0
}

proctype pusher() {
    byte t, s, r, i;
    LOCALS
    bool done;
    do
    :: atomic { pushes < PUSHES -> pushes++ }; push()
    :: else -> break
    od
}

proctype popper() {
    byte t, s, r, i;
    LOCALS
    bool done;
    do
    :: atomic { pops < PUSHES -> pops++ }; pop()
    :: else -> break
    od
}

#if TRIERS
proctype trier() {
    byte t, s, r, i, now;
    LOCALS
    bool done;
    try_pop();
    if
    :: done -> push()
    :: else
    fi
}
#endif


init {
    byte n;
    atomic {
        R[0] = RAISED(0); /* the first push is released */
        for (n : 1 .. PUSHERS) { run pusher() }
        for (n : 1 .. POPPERS) { run popper() }
#if TRIERS
        for (n : 1 .. TRIERS) { run trier() }
#endif
        n = 0
    }
}
