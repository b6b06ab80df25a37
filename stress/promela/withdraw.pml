/* withdraw - the ends of cubby.cells (prims/cubby/cells.c): ops that are withdrawn while they are parked, and close. What
 * cells.pml shows of laps and sleep bits is in here as well; the names are those of the source.
 *
 * Claims   A value whose push answered OK is popped once, one whose push answered TIMEOUT or CLOSED never. Nobody sleeps
 *          for ever: not behind a withdrawn ticket, not after close.
 * Sizes    PUSHERS and POPPERS threads make PUSHES pushes and POPS pops together, one less, so that the last
 *          push must return before an item that nobody takes; M cells. TIMED_PUSHERS and
 *          TIMED_POPPERS of them may withdraw an op at any moment while it is parked, and then make it without a deadline.
 *          CLOSE: one more thread closes at any time; poppers go on until CLOSED.
 * Broken   NO_CASCADE   who raises R for a withdrawn push does not go on with the next
 *          NOT_PASSED   a withdrawn push does not pass its permission on
 * With close no thing broken has been found yet that these sizes convict; lin, laws and the model look there too. */
#ifdef CLOSE
#define THREADS (PUSHERS + POPPERS + 1)
#else
#define THREADS (PUSHERS + POPPERS)
#endif
#include "futex.pml"

#define SL 1
#define DEP 2
#define POP 4
#define PS 8
#define CAN 16
#define CLO 32
#define R_SLEEPER 1
#define R_CAN 2
#define R_CLO 4
#define CLOSED 1
#define TICKET 2
#define WAKE_POPPER 1
#define WAKE_LAPPED 2
#define WAKE_PUSHER 4

#define CELL(t) ((t) % M)
#define FRESH(t) (((t) / M) << 6)
#define RAISED(t) (((t) / M + 1) << 3)
#define IN_LAP(s, t) ((s) >> 6 == (t) / M)
#define REACHED(r, t) ((r) >> 3 >= (t) / M + 1)
#define REFUSED(r, t) ((r) & R_CLO && !REACHED(r, t))
#define PAST_END(t) ((t) >= end)
#define WORD_S(t) (1 + 2 * CELL(t))
#define WORD_R(t) (2 + 2 * CELL(t))

mtype = { OK, SHUT, TIMEOUT };
short S[M];
byte P, Q, R[M], value[M], end, pushes, pops, accepted, popped;
byte delivered; /* bit t: the value of push t */

inline release(ticket) {
    k = ticket;
    done = true;
    do
    :: !done -> break
    :: else ->
        r = R[CELL(k)];
        do
        :: REACHED(r, k) || (r & R_CLO) -> done = false; break
        :: else ->
            atomic {
                done = (R[CELL(k)] == r);
                if
                :: done -> R[CELL(k)] = RAISED(k)
                :: else -> r = R[CELL(k)]
                fi
            }
            if
            :: done -> break
            :: else
            fi
        od;
        if
        :: done && (r & R_SLEEPER) -> unpark_all(WORD_R(k), WAKE_PUSHER)
        :: else
        fi;
#ifdef BROKEN_NO_CASCADE
        done = false;
#endif
        done = (done && (r & R_CAN) && r >> 3 == (k) / M);
        k++
    od;
    r = 0; k = 0; done = false
}

inline pass_on() {
    r = R[CELL(t)];
    do
    :: r & R_CLO -> break
    :: REACHED(r, t) && !(r & R_CLO) -> release(t + 1); break
    :: else ->
        atomic {
            done = (R[CELL(t)] == r);
            if
            :: done -> R[CELL(t)] = RAISED(t) - 8 + R_CAN
            :: else -> r = R[CELL(t)]
            fi
        }
        if
        :: done && (r & R_SLEEPER) -> unpark_all(WORD_R(t), WAKE_PUSHER); break
        :: done && !(r & R_SLEEPER) -> break
        :: else
        fi
    od;
    r = 0
}

/* `done`: parked; the caller waits. */
inline sleep_on(word, id, flag, mask) {
    done = true;
    if
    :: s & flag
    :: else -> atomic { done = (word == s); if :: done -> word = s | flag :: else fi }
    fi;
    if
    :: done -> park(id, word, (s | flag), mask, done)
    :: else
    fi
}

inline next_lap() {
    atomic { s = S[CELL(t)]; S[CELL(t)] = FRESH(t + M) | (s & CLO) }
    if
    :: s & SL -> unpark_all(WORD_S(t), WAKE_LAPPED)
    :: else
    fi
}

/* A ticket into t; st: OK, SHUT, or TIMEOUT at the gate. */
inline draw(counter) {
    st = OK;
    if
    :: !timed -> atomic { t = counter / TICKET; st = (counter & CLOSED -> SHUT : OK); counter = counter + TICKET }
    :: else ->
        do
        :: now = counter;
           s = S[CELL(now / TICKET)];
           if
           :: counter & CLOSED -> st = SHUT; break
           :: !(counter & CLOSED) && counter != now
           :: else ->
               t = now / TICKET;
               if
               :: !IN_LAP(s, t) && !(s & CLO) ->
                   sleep_on(S[CELL(t)], WORD_S(t), SL, WAKE_LAPPED);
                   if
                   :: done ->
                       if
                       :: wait_wake()
                       :: park_cancel(done);
                          if
                          :: done -> st = TIMEOUT; break
                          :: else
                          fi
                       fi
                   :: else
                   fi
               :: else ->
                   atomic { done = (counter == now); if :: done -> counter = now + TICKET :: else fi }
                   if
                   :: done -> break
                   :: else
                   fi
               fi
           fi
        od;
        now = 0
    fi
}

inline reach_lap() {
    do
    :: s = S[CELL(t)];
       if
       :: IN_LAP(s, t) -> break
       :: else ->
           if
           :: (s & CLO) && (REFUSED(R[CELL(t)], t) || PAST_END(t)) -> st = SHUT; break
           :: else ->
               sleep_on(S[CELL(t)], WORD_S(t), SL, WAKE_LAPPED);
               if
               :: done -> wait_wake()
               :: else
               fi
           fi
       fi
    od
}

/* Marks the ticket of an op in no queue any more; done: it is out. */
inline withdraw(partner) {
    atomic {
        s = S[CELL(t)];
        done = (IN_LAP(s, t) && !(s & partner));
        if
        :: done -> S[CELL(t)] = s | CAN
        :: else
        fi
    }
}

inline push() {
    do
    :: draw(P);
       if
       :: st != OK -> break
       :: else
       fi;
       reach_lap();
       if
       :: st != OK -> break
       :: else
       fi;
       value[CELL(t)] = t;
       atomic { s = S[CELL(t)]; S[CELL(t)] = s | DEP }
       if
       :: s & POP -> release(t + 1)
       :: else
       fi;
       if
       :: s & CAN -> next_lap()
       :: else ->
           if
           :: s & PS -> unpark_one(WORD_S(t), WAKE_POPPER)
           :: else
           fi;
           break
       fi
    od;
    do
    :: st != OK -> break
    :: else ->
        s = R[CELL(t)];
        if
        :: REACHED(s, t) -> break
        :: !REACHED(s, t) && (s & R_CLO) -> st = SHUT
        :: else ->
            sleep_on(R[CELL(t)], WORD_R(t), R_SLEEPER, WAKE_PUSHER);
            if
            :: done ->
                if
                :: wait_wake()
                :: timed ->
                    park_cancel(done);
                    if
                    :: done ->
                        withdraw(POP);
                        if
                        :: done -> st = TIMEOUT;
#ifndef BROKEN_NOT_PASSED
                            pass_on()
#endif
                        :: else -> release(t)
                        fi
                    :: else
                    fi
                fi
            :: else
            fi
        fi
    od;
    if
    :: st == OK -> accepted++
    :: else
    fi;
    atomic { s = 0; now = 0; done = false }
}

inline pop() {
    do
    :: draw(Q);
       if
       :: st == OK -> reach_lap()
       :: else -> break
       fi;
       if
       :: st == OK ->
           atomic { s = S[CELL(t)]; S[CELL(t)] = s | POP }
           if
           :: s & DEP -> release(t + 1)
           :: else
           fi;
           do
           :: s = S[CELL(t)];
              if
              :: s & DEP -> break
              :: else ->
                  if
                  :: (s & CLO) && (REFUSED(R[CELL(t)], t) || PAST_END(t)) -> st = SHUT; break
                  :: else ->
                      sleep_on(S[CELL(t)], WORD_S(t), PS, WAKE_POPPER);
                      if
                      :: done ->
                          if
                          :: wait_wake()
                          :: timed ->
                              park_cancel(done);
                              if
                              :: done ->
                                  withdraw(DEP);
                                  if
                                  :: done -> st = TIMEOUT; break
                                  :: else
                                  fi
                              :: else
                              fi
                          fi
                      :: else
                      fi
                  fi
              fi
           od
       :: else
       fi;
       if
       :: st == TIMEOUT -> break
       :: st == SHUT && PAST_END(t) -> break
       :: st == SHUT && !PAST_END(t) /* that push was refused; later ones may not be */
       :: else -> /* collect */
           valid = !(S[CELL(t)] & CAN);
           if
           :: valid ->
               release(t);
               valid = !REFUSED(R[CELL(t)], t)
           :: else
           fi;
           if
           :: valid ->
               assert(value[CELL(t)] == t && !(delivered & (1 << t)));
               delivered = delivered | (1 << t);
               popped++
           :: else
           fi;
           next_lap();
           if
           :: valid -> break
           :: else
           fi
       fi
    od;
    atomic { s = 0; now = 0; done = false; valid = false }
}

proctype pusher(bool deadline) {
    byte t, r, k, i, now;
    short s;
    bool done, timed;
    mtype st;
    do
    :: atomic { pushes < PUSHES -> pushes++ };
       timed = deadline;
       push();
       if
       :: st == TIMEOUT -> timed = false; push()
       :: else
       fi
    :: else -> break
    od
}

proctype popper(bool deadline) {
    byte t, r, k, i, now;
    short s;
    bool done, timed, valid;
    mtype st;
    do
#ifdef CLOSE
    :: st == SHUT -> break
    :: else ->
#else
    :: atomic { pops < POPS -> pops++ };
#endif
       timed = deadline;
       pop();
       if
       :: st == TIMEOUT -> timed = false; pop()
       :: else
       fi
#ifndef CLOSE
    :: else -> break
#endif
    od
}

proctype closer() {
    byte n, i;
    atomic { end = P / TICKET; P = P | CLOSED }
    for (n : 0 .. M - 1) { R[n] = R[n] | R_CLO }
    for (n : 0 .. M - 1) { S[n] = S[n] | CLO }
    for (n : 0 .. M - 1) {
        unpark_all(WORD_R(n), WAKE_PUSHER);
        unpark_all(WORD_S(n), WAKE_POPPER | WAKE_LAPPED)
    }
}

init {
    byte n;
    atomic {
        end = 255; /* none, until closed */
        R[0] = RAISED(0);
        for (n : 1 .. PUSHERS) { run pusher(n <= TIMED_PUSHERS) }
        for (n : 1 .. POPPERS) { run popper(n <= TIMED_POPPERS) }
#ifdef CLOSE
        run closer();
#endif
        n = 0
    }
    _nr_pr == 1;
#ifdef CLOSE
    assert(popped == accepted)
#else
    assert(accepted == PUSHES && popped == POPS)
#endif
}
