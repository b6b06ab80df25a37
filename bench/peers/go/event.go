// Go channels as a bus and as questions with answers: the same work as bench/cases/bus.h and ask.h, in a process of its own.
//
//	go-event WHAT PUBLISHERS SUBSCRIBERS SECONDS
//
// WHAT is fanout paced idle inside across memory (PUBLISHERS: how many wait). Prints one line:
// items wall_ns cpu_ns ok value p50 p99 p99.9 max
// value is the row's, 0: wall_ns/items. A round that warms up comes first and is not counted.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const bound = 1000

type message [8]uint64 // publisher, seq, ..., proof

type hearer struct {
	from  chan message
	next  []uint64
	count uint64
	wrong uint64
	at    []int64
	_     [64]byte // a goroutine's counts on a line of their own
}

var begin = time.Now()

func (h *hearer) hear(done *sync.WaitGroup) {
	for m := range h.from {
		h.wrong |= m[1] ^ h.next[m[0]] | m[7] ^ ^m[1]
		h.next[m[0]]++
		if h.at != nil {
			h.at[m[1]] = int64(time.Since(begin))
		}
		h.count++
	}
	done.Done()
}

type answer struct {
	items                float64
	wall, cpu            time.Duration
	ok                   bool
	value                float64
	p50, p99, p999, most float64
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func open(publishers, subscribers int, done *sync.WaitGroup) []*hearer {
	all := make([]*hearer, subscribers)
	done.Add(subscribers)
	for i := range all {
		all[i] = &hearer{from: make(chan message, bound), next: make([]uint64, publishers)}
	}
	return all
}

func publish(p int, to []*hearer, stop *uint32) (seq uint64) {
	var m message
	for m[0] = uint64(p); atomic.LoadUint32(stop) == 0; seq++ {
		m[1], m[7] = seq, ^seq
		for _, h := range to {
			h.from <- m
		}
	}
	return seq
}

func fanout(publishers, subscribers int, seconds float64) (a answer) {
	var sending, hearing sync.WaitGroup
	var stop uint32
	all, sent := open(publishers, subscribers, &hearing), make([]uint64, publishers*16)
	for _, h := range all {
		go h.hear(&hearing)
	}
	sending.Add(publishers)
	before, start := cpu(), time.Now()
	for p := 0; p < publishers; p++ {
		go func(p int) { sent[p*16] = publish(p, all, &stop); sending.Done() }(p)
	}
	time.Sleep(time.Duration(seconds * 1e9))
	atomic.StoreUint32(&stop, 1)
	sending.Wait()
	for _, h := range all {
		close(h.from)
	}
	hearing.Wait()
	a.wall, a.cpu, a.ok = time.Since(start), cpu()-before, true
	for _, h := range all {
		for p := range h.next {
			a.ok = a.ok && h.wrong == 0 && h.next[p] == sent[p*16]
		}
		a.items += float64(h.count)
	}
	return a
}

func latency(interval int64, q, seconds float64) (a answer) {
	var hearing sync.WaitGroup
	n := 1 + int(seconds*1e9)/int(interval)
	h, due := open(1, 1, &hearing)[0], make([]int64, n)
	h.at = make([]int64, n)
	go h.hear(&hearing)
	before, start := cpu(), int64(time.Since(begin))+interval
	for i := range due {
		due[i] = start + int64(i)*interval
		for int64(time.Since(begin)) < due[i] {
		}
		h.from <- message{0, uint64(i), 7: ^uint64(i)}
	}
	close(h.from)
	hearing.Wait()
	a.items, a.wall, a.cpu = float64(n), time.Since(begin)-time.Duration(start), cpu()-before
	a.ok = h.wrong == 0 && h.count == uint64(n)
	for i := range due {
		h.at[i] -= due[i]
	}
	sort.Slice(h.at, func(i, j int) bool { return h.at[i] < h.at[j] })
	at := func(q float64) float64 { return float64(h.at[int(float64(n-1)*q)]) }
	a.value, a.p50, a.p99, a.p999, a.most = at(q), at(0.5), at(0.99), at(0.999), at(1)
	return a
}

func trips(seconds float64) (a answer) {
	ask, reply := make(chan uint64), make(chan uint64)
	go func() {
		for v := range ask {
			reply <- v
		}
	}()
	word := uint64(1234567)
	before, start := cpu(), time.Now()
	for a.wall.Seconds() < seconds {
		for i := 0; i < 1024; i++ {
			ask <- word
			word = <-reply
		}
		a.items += 1024
		a.wall = time.Since(start)
	}
	close(ask)
	a.cpu, a.ok = cpu()-before, word == 1234567
	return a
}

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var all, pages float64
	fmt.Sscan(string(text), &all, &pages)
	return pages * float64(os.Getpagesize())
}

// Each waits for one answer, or for the end of its time.
func memory(n int) (a answer) {
	before, start := resident(), time.Now()
	var there, answered sync.WaitGroup
	reply := make(chan struct{})
	there.Add(n)
	answered.Add(n)
	var late uint32
	for i := 0; i < n; i++ {
		go func() {
			timer := time.NewTimer(10 * time.Minute)
			there.Done()
			select {
			case <-reply:
			case <-timer.C:
				atomic.AddUint32(&late, 1)
			}
			timer.Stop()
			answered.Done()
		}()
	}
	there.Wait()
	a = answer{items: float64(n), wall: time.Since(start), cpu: cpu(), value: (resident() - before) / float64(n)}
	close(reply)
	answered.Wait()
	a.ok = late == 0
	return a
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: go-event WHAT PUBLISHERS SUBSCRIBERS SECONDS")
		os.Exit(2)
	}
	publishers, _ := strconv.Atoi(os.Args[2])
	subscribers, _ := strconv.Atoi(os.Args[3])
	seconds, _ := strconv.ParseFloat(os.Args[4], 64)
	if publishers < 1 || subscribers < 1 || !(seconds > 0 && seconds < 3600) {
		os.Exit(2)
	}
	time.AfterFunc(time.Duration((5*seconds+60)*1e9), func() { os.Exit(3) }) // nobody waits for us any more
	var a answer
	switch os.Args[1] {
	case "fanout":
		fanout(publishers, subscribers, seconds/10)
		a = fanout(publishers, subscribers, seconds)
	case "paced":
		a = latency(50000, 0.99, seconds)
	case "idle":
		a = latency(1000000, 0.5, seconds)
	case "inside", "across":
		runtime.GOMAXPROCS(map[string]int{"inside": 1, "across": 2}[os.Args[1]])
		trips(seconds / 10)
		a = trips(seconds)
	case "memory":
		a = memory(publishers)
	default:
		os.Exit(2)
	}
	ok := 0
	if a.ok && a.items > 0 {
		ok = 1
	}
	fmt.Println(a.items, a.wall.Nanoseconds(), a.cpu.Nanoseconds(), ok, a.value, a.p50, a.p99, a.p999, a.most)
}
