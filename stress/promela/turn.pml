/* turn - cubby.turn (prims/cubby/turn.c): push p waits for turn 2p, pop p for turn 2p+1; the turn word also says how many
 * turns ahead the furthest sleeper may be.
 *
 * Claims   Pop q returns the value of push q. Nobody sleeps for ever, also behind a sleeper further than AHEAD_MAX. The
 *          turn is held by one at a time.
 *          Close is not in it: the closed bit of the turn word came later, and is looked at by the model and lin rungs.
 * Sizes    PUSHERS and POPPERS threads that make PUSHES pushes and as many pops together; AHEAD_MAX.
 * Broken   PASS_STORE      the turn is passed on by load and store, not by RMW
 *          AHEAD_UNTOLD    a sleeper does not say how far ahead it is
 *          AHEAD_LOWERED   a sleeper writes its own distance also over a greater one
 *          AHEAD_WRAPS     a distance past AHEAD_MAX is cut off, and counted down like any other
 *          WAKE_FIRST      wakes before the turn is passed on
 *          WAKE_ONE        wakes one of those whose masks meet, who may wait for another turn */
#define THREADS (PUSHERS + POPPERS)
#include "futex.pml"

#define WORD 1
#define AHEAD(word) ((word) % (AHEAD_MAX + 1))
#define TURN(word) ((word) / (AHEAD_MAX + 1))
#define PACK(turn, ahead) ((turn) * (AHEAD_MAX + 1) + (ahead))
#define MASK(turn) (1 << ((turn) % 2)) /* 32 in the source; 2 makes masks meet here too */

byte pushes, pops, P, Q, turn, value, holders;

#ifdef BROKEN_AHEAD_WRAPS
#define TOLD(ahead) AHEAD(ahead)
#else
#define TOLD(ahead) ((ahead) > AHEAD_MAX -> AHEAD_MAX : (ahead))
#endif

/* Returns when it is this turn. */
inline reach_turn(mine) {
    do
    :: seen = turn;
       if
       :: TURN(seen) == mine -> break
       :: else
       fi;
       d_step {
           ahead = TOLD(mine - TURN(seen));
           done = true
       }
       if
#ifdef BROKEN_AHEAD_UNTOLD
       :: false
#elif defined(BROKEN_AHEAD_LOWERED)
       :: AHEAD(seen) != ahead ->
#else
       :: AHEAD(seen) < ahead ->
#endif
           atomic {
               done = (turn == seen);
               if
               :: done -> turn = PACK(TURN(seen), ahead)
               :: else
               fi
           }
           seen = PACK(TURN(seen), ahead)
       :: else
       fi;
       if
       :: done -> park(WORD, turn, seen, MASK(mine), done)
       :: else
       fi;
       if
       :: done -> wait_wake()
       :: else
       fi
    od;
    seen = 0; ahead = 0; done = false;
    holders++;
    assert(holders == 1)
}

#ifdef BROKEN_AHEAD_WRAPS
#define NEXT(word) PACK(TURN(word) + 1, (AHEAD(word) == 0 -> 0 : AHEAD(word) - 1))
#else
#define NEXT(word) PACK(TURN(word) + 1, (AHEAD(word) == 0 || AHEAD(word) == AHEAD_MAX -> AHEAD(word) : AHEAD(word) - 1))
#endif

inline wake_next() {
    if
#ifdef BROKEN_WAKE_ONE
    :: AHEAD(seen) -> unpark_one(WORD, MASK(TURN(seen) + 1))
#else
    :: AHEAD(seen) -> unpark_all(WORD, MASK(TURN(seen) + 1))
#endif
    :: else
    fi
}

inline pass_on() {
    holders--;
    seen = turn;
    do
    ::
#ifdef BROKEN_WAKE_FIRST
       wake_next();
#endif
#ifdef BROKEN_PASS_STORE
       done = true;
       turn = NEXT(seen);
#else
       atomic {
           done = (turn == seen);
           if
           :: done -> turn = NEXT(seen)
           :: else -> seen = turn
           fi
       }
#endif
       if
       :: done -> break
       :: else
       fi
    od;
#ifndef BROKEN_WAKE_FIRST
    wake_next();
#endif
    seen = 0; done = false
}

proctype pusher() {
    byte t, seen, ahead, i;
    bool done;
    do
    :: atomic { pushes < PUSHES -> pushes++ };
       atomic { t = P; P++ }
       reach_turn(2 * t);
       value = t;
       pass_on()
    :: else -> break
    od
}

proctype popper() {
    byte t, seen, ahead, i;
    bool done;
    do
    :: atomic { pops < PUSHES -> pops++ };
       atomic { t = Q; Q++ }
       reach_turn(2 * t + 1);
       assert(value == t);
       pass_on()
    :: else -> break
    od
}

init {
    byte n;
    atomic {
        for (n : 1 .. PUSHERS) { run pusher() }
        for (n : 1 .. POPPERS) { run popper() }
        n = 0
    }
}
