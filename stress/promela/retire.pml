/* retire - data parts in the total order while run parts go on (sched/order, horizon): whoever finishes an event tries to take
 * the token; its holder reads which events of the window, from its beginning, have run; takes the children that have been
 * published; merges them; and retires what it had read, as far as no child that has not run stands among it.
 *
 * Five events by their places in the total order. 1, 3 and 5 are there from the beginning; the run part of 1 makes 2, that of
 * 3 makes 4.
 *
 * Claims   Events retire in the total order, each once, after they have run; all do.
 * Sizes    WORKERS
 * Broken   FINISH_FIRST  an event is finished before its children are published
 *          DRAIN_FIRST   children are taken before it is read what has run
 *          BEYOND_READ   retires what has run meanwhile, too, whose children have not been taken
 *          NOT_MERGED    children stand behind all that is there
 *          TOKEN_LEFT    who finds the token taken goes, and its holder does not look again
 *          TOKEN_PLAIN   the token is looked at, then taken */
#define EVENTS 5

#define ABSENT 0
#define PENDING 1
#define CLAIMED 2
#define RAN 3

#define FREE 0
#define HELD 1
#define AGAIN 2

byte state[EVENTS + 1];
bool inbox[EVENTS + 1]; /* published */
byte token, holders, retired, order[EVENTS + 1], count;

/* `order` is the window: events not retired, by their places, or as they came. */
inline insert(e) {
    d_step {
        at = count;
#ifndef BROKEN_NOT_MERGED
        do
        :: at > 0 && order[at - 1] > e -> order[at] = order[at - 1]; at--
        :: else -> break
        od;
#endif
        order[at] = e;
        count++;
        at = 0
    }
}

inline look() { /* `limit`: the last of those at the beginning that have run, one after another */
    limit = 0;
    n = 0;
    do
    :: n < count && state[order[n]] == RAN -> limit = order[n]; n++
    :: else -> break
    od;
    n = 0
}

inline drain() {
    n = 1;
    do
    :: n > EVENTS -> break
    :: else ->
        if
        :: d_step { inbox[n] -> inbox[n] = false } insert(n)
        :: !inbox[n]
        fi;
        n++
    od;
    n = 0
}

inline retire_first() {
    d_step {
        assert(order[0] == retired + 1);
        assert(state[order[0]] == RAN);
        retired = order[0];
        count--;
        do
        :: n < count -> order[n] = order[n + 1]; n++
        :: else -> break
        od;
        order[count] = 0;
        n = 0
    }
}

inline pass() {
#ifdef BROKEN_DRAIN_FIRST
    drain();
    look();
#else
    look();
    drain();
#endif
    do
#ifdef BROKEN_BEYOND_READ
    :: count && state[order[0]] == RAN -> retire_first()
#else
    :: count && state[order[0]] == RAN && order[0] <= limit -> retire_first()
#endif
    :: else -> break
    od;
    limit = 0
}

inline try_retire() {
#ifdef BROKEN_TOKEN_PLAIN
    mine = (token == FREE);
    token = (mine -> HELD : AGAIN);
#elif defined(BROKEN_TOKEN_LEFT)
    atomic { mine = (token == FREE); token = HELD }
#else
    atomic { mine = (token == FREE); token = (mine -> HELD : AGAIN) }
#endif
    do
    :: mine ->
        holders++;
        assert(holders == 1);
        pass();
        holders--;
        atomic {
            mine = (token == AGAIN);
            token = (mine -> HELD : FREE)
        }
    :: else -> break
    od
}

inline publish(e) {
    if
    :: e == 1 || e == 3 -> inbox[e + 1] = true; state[e + 1] = PENDING
    :: else
    fi
}

proctype worker() {
    byte e, n, at, limit;
    bool mine;
    do
    :: retired == EVENTS -> break
    :: atomic { state[1] == PENDING -> e = 1; state[1] = CLAIMED } goto run_it
    :: atomic { state[2] == PENDING -> e = 2; state[2] = CLAIMED } goto run_it
    :: atomic { state[3] == PENDING -> e = 3; state[3] = CLAIMED } goto run_it
    :: atomic { state[4] == PENDING -> e = 4; state[4] = CLAIMED } goto run_it
    :: atomic { state[5] == PENDING -> e = 5; state[5] = CLAIMED }
    run_it:
#ifdef BROKEN_FINISH_FIRST
        state[e] = RAN;
        publish(e);
#else
        publish(e);
        state[e] = RAN;
#endif
        e = 0;
        try_retire()
    od
}

init {
    byte n;
    atomic {
        for (n : 1 .. 3) { state[2 * n - 1] = PENDING; order[n - 1] = 2 * n - 1 }
        count = 3;
        for (n : 1 .. WORKERS) { run worker() }
        n = 0
    }
    _nr_pr == 1;
    assert(count == 0 && token == FREE)
}
