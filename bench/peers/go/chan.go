// A team on a Go channel: the same work as bench_team_wait of bench/case.h, in a process of its own.
//
//	go-chan PRODUCERS CONSUMERS CAPACITY SECONDS THREADS
//
// THREADS 0: GOMAXPROCS as it is.
// prints one line: items wall_ns cpu_ns switches fairness ok
// fairness is the fewest over the most items of a goroutine, the worse of producers and consumers; ok is 1 when the sums
// of what was sent and received agree. A warm-up comes first and is not counted.
package main

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type worker struct {
	items, sum uint64
	_          [112]byte // a thread's counts on a line of their own
}

func produce(w *worker, index uint64, to chan<- uint64, stop *uint32) {
	var n, sum uint64
	for ; atomic.LoadUint32(stop) == 0; n++ {
		v := (index+1)<<48 + n
		to <- v
		sum += v
	}
	w.items, w.sum = n, sum
}

func consume(w *worker, from <-chan uint64) {
	var n, sum uint64
	for v := range from {
		n++
		sum += v
	}
	w.items, w.sum = n, sum
}

func usage() (cpu int64, switches int64) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano(), u.Nvcsw + u.Nivcsw
}

func total(team []worker) (items, sum uint64, fairness float64) {
	least, most := team[0].items, uint64(1)
	for _, w := range team {
		items += w.items
		sum += w.sum
		if w.items < least {
			least = w.items
		}
		if w.items > most {
			most = w.items
		}
	}
	return items, sum, float64(least) / float64(most)
}

func run(producers, consumers []worker, capacity int, seconds float64) (wall time.Duration) {
	channel := make(chan uint64, capacity)
	release := make(chan struct{})
	var stop uint32
	var sending, receiving sync.WaitGroup
	sending.Add(len(producers))
	receiving.Add(len(consumers))
	for i := range producers {
		go func(i int) { <-release; produce(&producers[i], uint64(i), channel, &stop); sending.Done() }(i)
	}
	for i := range consumers {
		go func(i int) { <-release; consume(&consumers[i], channel); receiving.Done() }(i)
	}
	start := time.Now()
	close(release)
	time.Sleep(time.Duration(seconds * 1e9))
	atomic.StoreUint32(&stop, 1)
	sending.Wait()
	close(channel)
	receiving.Wait()
	return time.Since(start)
}

func arguments() (producers, consumers, capacity int, seconds float64) {
	if len(os.Args) == 6 {
		producers, _ = strconv.Atoi(os.Args[1])
		consumers, _ = strconv.Atoi(os.Args[2])
		capacity, _ = strconv.Atoi(os.Args[3])
		seconds, _ = strconv.ParseFloat(os.Args[4], 64)
		if threads, _ := strconv.Atoi(os.Args[5]); threads > 0 {
			runtime.GOMAXPROCS(threads)
		}
	}
	if producers < 1 || consumers < 1 || capacity < 0 || !(seconds > 0 && seconds < 3600) {
		fmt.Fprintln(os.Stderr, "usage: go-chan PRODUCERS CONSUMERS CAPACITY SECONDS THREADS")
		os.Exit(2)
	}
	return
}

func main() {
	np, nc, capacity, seconds := arguments()
	time.AfterFunc(time.Duration((2*seconds+10)*1e9), func() { os.Exit(3) }) // nobody waits for us any more
	producers, consumers := make([]worker, np), make([]worker, nc)
	run(producers, consumers, capacity, math.Min(math.Max(seconds/10, 0.002), 0.1))
	cpu0, switches0 := usage()
	wall := run(producers, consumers, capacity, seconds)
	cpu1, switches1 := usage()
	sent, sentSum, fairness := total(producers)
	items, sum, fairnessGot := total(consumers)
	ok := 0
	if sent == items && sentSum == sum && items > 0 {
		ok = 1
	}
	fmt.Println(items, wall.Nanoseconds(), cpu1-cpu0, switches1-switches0, math.Min(fairness, fairnessGot), ok)
}
