/* futex - waiting as cubby and chan may rely on it: weir_park compares the word and queues the thread in one step,
 * weir_unpark takes by word and mask. That prims/wait.c keeps this is parker.pml's to show. Whom unpark_one takes is any
 * who matches, which allows more than the longest parked. A thread that nobody wakes is stuck at wait_wake: spin calls
 * that an invalid end state, we a lost wake-up. */
byte parked[THREADS]; /* which word the thread is parked on; 0: none */
byte wakes[THREADS];  /* the wakes that concern it */

#define ME (_pid - 1) /* init is 0 */

#define MATCHES(t, word, mask) (t < THREADS && parked[t % THREADS] == word && (wakes[t % THREADS] & (mask)))

inline park(word, value, seen, mask, done) {
    atomic {
        done = (value == seen);
        if
        :: done -> parked[ME] = word; wakes[ME] = mask
        :: else
        fi
    }
}

/* weir_thread_wait without a deadline; with one it may be followed by park_cancel at any moment. */
inline wait_wake() { parked[ME] == 0 }

inline park_cancel(done) {
    d_step {
        done = (parked[ME] != 0);
        parked[ME] = 0
    }
}

inline unpark_one(word, mask) {
    atomic {
        if
        :: MATCHES(0, word, mask) -> parked[0 % THREADS] = 0
        :: MATCHES(1, word, mask) -> parked[1 % THREADS] = 0
        :: MATCHES(2, word, mask) -> parked[2 % THREADS] = 0
        :: MATCHES(3, word, mask) -> parked[3 % THREADS] = 0
        :: MATCHES(4, word, mask) -> parked[4 % THREADS] = 0
        :: else
        fi
    }
}

inline unpark_all(word, mask) {
    d_step {
        i = 0;
        do
        :: i < THREADS ->
            if
            :: MATCHES(i, word, mask) -> parked[i] = 0
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0
    }
}
