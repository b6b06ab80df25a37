/* bell - how workers without work sleep (sched/bell.c): one word counts the rings and those who listen; a worker that found
 * nothing listens, looks once more, and sleeps if nobody has rung since. Who submits brings the work first and rings after.
 *
 * Claims   All that is submitted is taken; nobody sleeps while there is work. A worker told to stop ends.
 * Sizes    WORKERS; SUBMITTERS with SUBMITS each. CHILDREN: so many of what is taken are submitted by who took the one before.
 * Broken   NO_SECOND_LOOK  sleeps without having looked again
 *          LISTEN_LATE     listens after the second look
 *          RING_FIRST      rings before the work is there
 *          NO_COMPARE      sleeps whether or not somebody has rung
 *          RING_LOST       looks before the work is there whether anybody listens, and rings only then
 *          STOP_FIRST      rings, then says that they shall stop */
byte work, rings, listeners, taken, left = CHILDREN;
bool asleep[WORKERS], stopping;

inline wake(all) {
    d_step {
        for (n : 0 .. WORKERS - 1) {
            if
            :: asleep[n] -> asleep[n] = false; n = (all -> n : WORKERS)
            :: else
            fi
        }
        n = 0
    }
}

inline ring(all) {
    atomic { rings++; any = listeners }
    if
    :: any -> wake(all)
    :: else
    fi
}

inline submit() {
#if defined(BROKEN_RING_FIRST)
    ring(false);
    work++
#elif defined(BROKEN_RING_LOST)
    any = listeners;
    work++;
    if
    :: any -> ring(false)
    :: else
    fi
#else
    work++;
    ring(false)
#endif
}

inline try_take() {
    atomic {
        got = (work > 0);
        work = (got -> work - 1 : 0)
    }
}

inline listen() { atomic { listeners++; heard = rings } }

inline rest() {
#ifdef BROKEN_LISTEN_LATE
    found = (work > 0 || stopping);
    listen();
#else
    listen();
    found = (work > 0 || stopping);
#endif
#ifdef BROKEN_NO_SECOND_LOOK
    found = false;
#endif
    if
    :: found
    :: else ->
#ifdef BROKEN_NO_COMPARE
        asleep[me] = true;
#else
        asleep[me] = (rings == heard); /* the parker's look, under its lock */
#endif
        !asleep[me]
    fi;
    listeners--;
    heard = 0
}

proctype worker(byte me) {
    byte heard, any, n;
    bool got, found;
    do
    :: try_take();
       if
       :: got ->
           taken++;
           atomic { found = (left > 0); left = (found -> left - 1 : 0) }
           if
           :: found -> submit()
           :: else
           fi
       :: !got && stopping -> break
       :: !got && !stopping -> rest()
       fi
    od
}

proctype submitter() {
    byte k, any, n;
    do
    :: k < SUBMITS -> submit(); k++
    :: else -> break
    od
}

init {
    byte n, any;
    atomic {
        for (n : 1 .. WORKERS) { run worker(n - 1) }
        for (n : 1 .. SUBMITTERS) { run submitter() }
        n = 0
    }
    taken == SUBMITTERS * SUBMITS + CHILDREN; /* else this sleeps for ever, too */
#ifdef BROKEN_STOP_FIRST
    ring(true);
    stopping = true;
#else
    stopping = true;
    ring(true);
#endif
    _nr_pr == 1;
    assert(work == 0 && listeners == 0)
}
