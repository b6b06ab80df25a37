/* phases - the rounds of the sort-phase ring (sched/order): all read, all write, one sorts and runs data parts in order; a
 * barrier between any two, which workers may join and leave.
 *
 * Four events, by their places in the total order: 1 makes the child 3 when it runs; 2 depends on 4, which has no data part.
 * It takes two epochs: 3 stands before 4, but is there in the second one only.
 *
 * Claims   I1: nobody stores into the ring but in WRITING, nobody reads events from it but in READING. I2: READING finds it
 *          sorted. I3: each event runs once. I4: after what it depends on. I5: data parts in the total order, up to the first
 *          that has not run. I6: READING does not end while an event could run. All end, and nobody waits for ever.
 * Sizes    WORKERS from the beginning; LEAVES: the last of them may leave at any tick, and gives away what it has to write;
 *          JOINS: one more comes at any moment.
 * Broken   BOOLEAN_FLAG    "I have finished" is a flag that its owner resets when it sees the next phase, instead of a count
 *                          that belongs to one phase
 *          ARRIVE_TWICE    the count is loaded, then stored
 *          LEAVER_UNTOLD   who leaves is not waited for, but does not look whether all the others have arrived already
 *          LEAVER_COUNTED  who leaves counts as arrived and stays a member
 *          JOIN_APART      a joiner looks at the phase first, and becomes a member in a second step
 *          CHILD_DROPPED   who leaves takes its children along
 *          RESCAN_FLAG     "scan again" is a flag, cleared when the scan that it asked for is over, instead of a count of
 *                          completions
 *          SORT_UNCLAIMED  whoever finds the ring unsorted sorts it
 *          PAST_UNRUN      the data parts pass an event that has not run */
#define READING 0
#define WRITING 1
#define SORTING 2
#define NOW (phase % 3)

#define PENDING 0
#define CLAIMED 1
#define RAN 2
#define ENDED 3

#define ALL (WORKERS + 1)
#define EVENTS 4

byte phase = WRITING, members = WORKERS, arrived;
bool finished[ALL];
byte ring[EVENTS], count = 1, first;
byte state[EVENTS + 1];
byte orphan, completions, sorted_in, retired;
bool over, scan_again;
byte storing, sorting; /* ghosts */

#define READY(e) (state[e] == PENDING && (e != 2 || state[4] >= RAN))

inline check_quiet() { /* the end of READING */
    if
    :: NOW == READING ->
        for (at : first .. count - 1) { assert(!READY(ring[at])) }
    :: else
    fi
}

inline advance() {
    check_quiet();
    arrived = 0;
    phase++
}

inline arrive() {
#if defined(BROKEN_BOOLEAN_FLAG)
    finished[me] = true;
    d_step {
        last = (phase == seen);
        for (at : 0 .. WORKERS - 1) { last = last && finished[at] }
        if
        :: last -> advance()
        :: else
        fi
    }
    phase != seen;
    finished[me] = false
#elif defined(BROKEN_ARRIVE_TWICE)
    at = arrived + 1;
    d_step {
        arrived = at;
        if
        :: arrived == members -> advance()
        :: else
        fi
    }
    phase != seen
#else
    d_step {
        arrived++;
        if
        :: arrived == members -> advance()
        :: else
        fi
    }
    phase != seen
#endif
}

inline leave() {
    d_step {
#ifndef BROKEN_CHILD_DROPPED
        if
        :: mine -> orphan = mine; mine = 0
        :: else
        fi;
#endif
#ifdef BROKEN_LEAVER_COUNTED
        arrived++;
#else
        members--;
#endif
#ifndef BROKEN_LEAVER_UNTOLD
        if
        :: members && arrived == members -> advance()
        :: else
        fi
#endif
    }
}

inline execute() {
    if
    :: e == 1 -> mine = 3
    :: else
    fi;
    d_step { state[e] = RAN; completions++; scan_again = true }
}

inline scan() {
    at = first;
    do
    :: at >= count -> break
    :: else ->
        d_step {
            assert(NOW == READING && !storing && !sorting);
            e = ring[at];
            at++;
            assert(e != 0);
            if
            :: READY(e) -> state[e] = CLAIMED
            :: else -> e = 0
            fi
        }
        if
        :: e -> execute()
        :: else
        fi
    od
}

inline read() {
    do
    :: begun = completions;
       scan();
#ifdef BROKEN_RESCAN_FLAG
       if
       :: scan_again -> scan(); scan_again = false
       :: else
       fi;
       if
       :: scan_again
       :: else -> break
       fi
#else
       if
       :: begun == completions -> break
       :: else
       fi
#endif
    od
}

inline store(what) {
    d_step { at = count; count++ }
    storing++;
    assert(NOW == WRITING && !sorting);
    ring[at] = what;
    storing--;
    what = 0
}

inline sort() {
    d_step {
        if
        :: orphan -> ring[count] = orphan; count++; orphan = 0
        :: else
        fi;
        for (at : first .. count - 1) {
            for (e : first .. count - 2) {
                if
                :: ring[e] > ring[e + 1] -> begun = ring[e]; ring[e] = ring[e + 1]; ring[e + 1] = begun
                :: else
                fi
            }
        }
        at = 0; e = 0; begun = 0
    }
}

inline data() {
    do
    :: first < count && (state[ring[first]] == RAN
#ifdef BROKEN_PAST_UNRUN
       || state[ring[first]] == PENDING
#endif
       ) ->
        assert(state[ring[first]] == RAN && ring[first] == retired + 1); /* with the first unrun one all behind it stay */
        state[ring[first]] = ENDED;
        retired++;
        first++
    :: else -> break
    od;
    over = (retired == EVENTS)
}

inline sort_phase() {
    atomic {
#ifdef BROKEN_SORT_UNCLAIMED
        last = true;
#else
        last = (sorted_in != phase);
#endif
        sorted_in = phase
    }
    if
    :: last -> sorting++; assert(sorting == 1 && NOW == SORTING && !storing); sort(); data(); sorting--
    :: else
    fi
}

proctype worker(byte me; byte mine; bool joins; bool may_leave) {
    byte seen, at, e, begun;
    bool last, goes;
    if
    :: joins ->
#ifdef BROKEN_JOIN_APART
        seen = phase;
        d_step { goes = (members == 0); members = (goes -> 0 : members + 1) }
#else
        d_step { seen = phase; goes = (members == 0); members = (goes -> 0 : members + 1) }
#endif
    :: else -> seen = phase
    fi;
    do
    :: goes -> break
    :: else ->
        if /* a tick */
        :: over || may_leave -> leave(); break
        :: !over
        fi;
        if
        :: seen % 3 == READING -> read()
        :: seen % 3 == WRITING && mine -> store(mine)
        :: seen % 3 == SORTING -> sort_phase()
        :: else
        fi;
        arrive();
#ifdef BROKEN_BOOLEAN_FLAG
        seen = phase
#else
        seen++
#endif
    od
}

init {
    atomic {
        ring[0] = 1;
        run worker(0, 4, false, false);
        run worker(1, 2, false, WORKERS == 2 && LEAVES);
#if WORKERS > 2
        run worker(2, 0, false, LEAVES);
#endif
#if JOINS
        run worker(WORKERS, 0, true, false);
#endif
    }
    _nr_pr == 1;
    assert(retired == EVENTS && over)
}
