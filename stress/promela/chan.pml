/* chan - waiting at a channel (prims/chan.h): each side's word holds wakes, closed and asleep, over a ring of Vyukov's
 * kind, whose pop answers "empty" while the oldest item is claimed and not yet written.
 *
 * Claims   Nobody sleeps for ever. After close poppers get as many items as were accepted, then CLOSED; pushers get CLOSED.
 * Sizes    PUSHERS threads make PUSHES pushes together, POPPERS as many pops; CAPACITY.
 *          CLOSE: one more thread closes at any time; the first popper goes on until CLOSED, others pop once.
 *          TIMED: all but the first of each side may withdraw a parked op at any time, and have then ended; the last
 *          pusher closes.
 * The schedule that chan must survive is in here: P1 claims and stalls; P2 publishes behind it and wakes C2, which finds
 * the ring empty and parks again; P1 publishes, and must wake somebody for two items.
 * Broken   NO_HAND_ON      who was woken and moved an item does not look for another sleeper of its side
 *          NO_WAKE_COUNT   a wake counts nothing
 *          NO_LAST_TRY     parks without another try after the announcement
 *          NOT_AGAIN       who was woken does not announce itself again
 *          WAKE_FIRST      a push wakes before it publishes
 *          CLOSE_FIRST     close wakes before it marks the words
 *          DRAIN_UNWOKEN   who takes the last item of a closed channel wakes no popper */
#if defined(CLOSE)
#define THREADS (PUSHERS + POPPERS + 1)
#else
#define THREADS (PUSHERS + POPPERS)
#endif
#include "futex.pml"

#define ASLEEP 1
#define CLOSED 2
#ifdef BROKEN_NO_WAKE_COUNT
#define WAKE 0
#else
#define WAKE 4
#endif
#define POPPERS_WORD 1
#define PUSHERS_WORD 2

mtype = { OK, AGAIN, SHUT, TIMEOUT };

byte poppers, pushers;            /* the words */
byte tail, head, turn[CAPACITY];  /* the ring: turn 2i, empty for item i; 2i + 1, it is in */
bool closed;                      /* of the ring: the low bit of tail */
byte pushes, pops, accepted, popped, ended;

/* A claim is one step here: whose cell shows its turn keeps showing it until the position is claimed, and a cell that is
 * late proves that the position read is the present one. */
inline claim_push() {
    atomic {
        if
        :: !closed && turn[tail % CAPACITY] == 2 * tail -> t = tail; tail++; accepted++; st = OK
        :: else -> st = AGAIN
        fi
    }
}

inline claim_pop() {
    atomic {
        if
        :: turn[head % CAPACITY] == 2 * head + 1 -> t = head; head++; popped++; st = OK
        :: else -> st = AGAIN
        fi
    }
}

inline drained(answer) { answer = (closed && head == tail) }

inline wake(word, id) {
    do
    :: !(seen & ASLEEP) -> break
    :: else ->
        atomic {
            done = (word == seen);
            if
            :: done -> word = seen - ASLEEP + WAKE
            :: else -> seen = word
            fi
        }
        if
        :: done -> unpark_one(id, 1); break
        :: else
        fi
    od;
    atomic { seen = 0; done = false }
}

inline wake_all(word, id) {
    word = word + WAKE;
    unpark_all(id, 1)
}

inline pushed() {
    seen = poppers;
    wake(poppers, POPPERS_WORD)
}

inline try_push() {
    claim_push();
    if
    :: st == OK ->
#ifdef BROKEN_WAKE_FIRST
        pushed();
#endif
        turn[t % CAPACITY] = 2 * t + 1;
#ifndef BROKEN_WAKE_FIRST
        pushed()
#endif
    :: else ->
        if
        :: poppers & CLOSED -> st = SHUT
        :: else
        fi
    fi
}

inline try_pop() {
    claim_pop();
    if
    :: st == OK ->
        turn[t % CAPACITY] = 2 * (t + CAPACITY);
        seen = pushers;
        last = (seen & CLOSED) != 0;
        wake(pushers, PUSHERS_WORD);
#ifndef BROKEN_DRAIN_UNWOKEN
        if
        :: last -> drained(done);
            if
            :: done -> wake_all(poppers, POPPERS_WORD)
            :: else
            fi
        :: else
        fi;
#endif
        last = false
    :: else ->
        if
        :: pushers & CLOSED ->
            drained(done);
            if
            :: done -> wake_all(poppers, POPPERS_WORD); st = SHUT
            :: else
            fi
        :: else
        fi
    fi
}

inline announce(word) {
    atomic { word = word | ASLEEP; was = word }
}

/* One operation of a side, waiting included. `more`: it would find work again. `tries`: 0, 1 and more since the beginning,
 * which is when it announces itself. */
inline operate(word, id, more) {
    do
    :: if
       :: tries == 0
#ifdef BROKEN_NOT_AGAIN
       :: tries > 1 -> was = word
       :: tries == 1 -> announce(word)
#else
       :: tries > 0 -> announce(word)
#endif
       fi;
       if
#ifdef BROKEN_NO_LAST_TRY
       :: tries == 1 -> st = AGAIN
       :: tries != 1 && id == PUSHERS_WORD -> try_push()
       :: tries != 1 && id == POPPERS_WORD -> try_pop()
#else
       :: id == PUSHERS_WORD -> try_push()
       :: id == POPPERS_WORD -> try_pop()
#endif
       fi;
#ifndef BROKEN_NO_HAND_ON
       if
       :: st == OK && tries ->
           t = head;
           if
           :: more -> seen = word; wake(word, id)
           :: else
           fi
       :: else
       fi;
#endif
       if
       :: st != AGAIN -> break
       :: else
       fi;
       atomic {
           done = false;
           if
           :: tries -> park(id, word, was, 1, done)
           :: else
           fi;
           tries = (tries < 2 -> tries + 1 : 2)
       }
       if
       :: done ->
           if
           :: wait_wake() -> was = 0
#ifdef TIMED
           :: ME != 0 && ME != PUSHERS ->
               park_cancel(done);
               if
               :: done -> st = TIMEOUT; break
               :: else
               fi
#endif
           fi
       :: else
       fi
    od;
    atomic { tries = 0; was = 0; seen = 0; t = 0; done = false }
}

inline close() {
    closed = true;
    pushers = pushers | CLOSED;
    poppers = poppers | CLOSED;
    wake_all(pushers, PUSHERS_WORD);
    wake_all(poppers, POPPERS_WORD)
}

proctype pusher() {
    byte t, seen, was, tries, i;
    bool done, last;
    mtype st;
    do
    :: atomic { pushes < PUSHES -> pushes++ };
       operate(pushers, PUSHERS_WORD, tail - t < CAPACITY);
       if
       :: st == OK -> skip
       :: st == SHUT -> assert(closed); break
       :: else -> break
       fi
    :: else -> break
    od;
#ifdef TIMED
    atomic { ended++; done = (ended == PUSHERS) }
    if
    :: done -> close()
    :: else
    fi
#endif
}

proctype popper() {
    byte t, seen, was, tries, i;
    bool done, last;
    mtype st;
    do
#if defined(CLOSE) || defined(TIMED)
    :: true ->
#else
    :: pops == PUSHES -> break
    :: atomic { pops < PUSHES -> pops++ };
#endif
       operate(poppers, POPPERS_WORD, tail > t);
       if
#ifdef CLOSE
       :: st == OK && ME > PUSHERS -> break
       :: st == OK && ME == PUSHERS -> skip
#else
       :: st == OK -> skip
#endif
       :: st == SHUT -> assert(closed && head == tail); break
       :: else -> break
       fi
    od
}

proctype closer() {
    byte i;
#ifdef BROKEN_CLOSE_FIRST
    wake_all(pushers, PUSHERS_WORD);
    wake_all(poppers, POPPERS_WORD);
    closed = true;
    pushers = pushers | CLOSED;
    poppers = poppers | CLOSED
#else
    close()
#endif
}

init {
    byte n;
    atomic {
        for (n : 1 .. CAPACITY) { turn[n - 1] = 2 * (n - 1) }
        for (n : 1 .. PUSHERS) { run pusher() }
        for (n : 1 .. POPPERS) { run popper() }
#ifdef CLOSE
        run closer();
#endif
        n = 0
    }
    _nr_pr == 1;
    assert(popped == accepted)
}
