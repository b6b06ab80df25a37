// Goroutines as events (here) and as coroutines (sched_co.go): the same work as bench/cases/graph.h and co_data.h, in a process of its own.
//
//	go-sched WHAT THREADS SIZE SECONDS SEED
//
// WHAT is flat spawn dag chain latency, or yield start request message memory. Prints one line:
// items wall_ns cpu_ns ok value p50 p99.9 max
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

type node struct {
	value      uint64
	runs, rest uint32
}

const none = ^uint32(0)

type graph struct {
	n                 uint32
	dep               [][2]uint32
	first, dependents []uint32
	roots             []uint32
	node              []node
	unmet             []uint32
	due, end          []int64
	salt              uint64
	rounds            uint32
	left              sync.WaitGroup
}

func random(state *uint64) uint64 { // splitmix64, as in bench/cases/graph.c
	*state += 0x9e3779b97f4a7c15
	z := *state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func deps(what string, i uint32, state *uint64) [2]uint32 {
	d := [2]uint32{none, none}
	if i == 0 {
		return d
	}
	switch what {
	case "spawn":
		d[0] = (i - 1) / 2
	case "chain":
		d[0] = i - 1
	case "dag":
		d[0] = uint32(random(state) % uint64(i))
		if i > 1 {
			d[1] = (d[0] + 1 + uint32(random(state)%uint64(i-1))) % i
		}
	}
	return d
}

func newGraph(what string, n uint32, seed uint64) *graph {
	g := &graph{n: n, dep: make([][2]uint32, n), first: make([]uint32, n+1), node: make([]node, n), unmet: make([]uint32, n)}
	for i := range g.dep {
		g.dep[i] = deps(what, uint32(i), &seed)
		if g.dep[i][0] == none {
			g.roots = append(g.roots, uint32(i))
		}
		for _, d := range g.dep[i] {
			if d != none {
				g.first[d]++
			}
		}
	}
	for i := uint32(1); i <= n; i++ {
		g.first[i] += g.first[i-1]
	}
	g.dependents = make([]uint32, g.first[n])
	for i := int(n) - 1; i >= 0; i-- {
		for _, d := range g.dep[i] {
			if d != none {
				g.first[d]--
				g.dependents[g.first[d]] = uint32(i)
			}
		}
	}
	return g
}

func (g *graph) value(i uint32) uint64 {
	v := g.salt + uint64(i)
	for _, d := range g.dep[i] {
		if d != none {
			v += g.node[d].value * 0x9e3779b97f4a7c15
		}
	}
	return v * 0xbf58476d1ce4e5b9
}

func (g *graph) run(i uint32) {
	if g.end != nil {
		g.end[i] = int64(time.Since(begin))
	}
	g.node[i].value = g.value(i)
	g.node[i].runs++
}

var begin = time.Now()

func (g *graph) right() bool {
	for i := range g.node {
		if g.node[i].runs != g.rounds || g.node[i].value != g.value(uint32(i)) {
			return false
		}
	}
	return true
}

func (g *graph) one(i uint32) {
	g.run(i)
	g.left.Done()
}

func (g *graph) tree(i uint32) {
	g.run(i)
	for c := 2*i + 1; c <= 2*i+2 && c < g.n; c++ {
		go g.tree(c)
	}
	g.left.Done()
}

// The first dependent that is ready follows at once.
func (g *graph) countDown(i uint32) {
	for i != none {
		next := none
		g.run(i)
		for _, d := range g.dependents[g.first[i]:g.first[i+1]] {
			if atomic.AddUint32(&g.unmet[d], ^uint32(0)) != 0 {
				continue
			}
			if next == none {
				next = d
			} else {
				go g.countDown(d)
			}
		}
		g.left.Done()
		i = next
	}
}

func (g *graph) round(what string) {
	g.left.Add(int(g.n))
	switch what {
	case "flat":
		for i := uint32(0); i < g.n; i++ {
			go g.one(i)
		}
	case "spawn":
		go g.tree(0)
	default:
		for i := range g.unmet {
			g.unmet[i] = 0
			for _, d := range g.dep[i] {
				if d != none {
					g.unmet[i]++
				}
			}
		}
		for _, r := range g.roots {
			go g.countDown(r)
		}
	}
	g.left.Wait()
}

type answer struct {
	items          float64
	wall, cpu      time.Duration
	ok             bool
	value          float64
	p50, p999, max float64
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func rounds(what string, n uint32, seconds float64, seed uint64) answer {
	g, a := newGraph(what, n, seed), answer{ok: true}
	for a.ok && a.wall.Seconds() < seconds {
		g.rounds++
		g.salt = uint64(g.rounds) * 0x94d049bb133111eb
		before, start := cpu(), time.Now()
		g.round(what)
		if g.rounds > 1 { // the first warms up
			a.wall += time.Since(start)
			a.cpu += cpu() - before
			a.items += float64(n)
		}
		a.ok = g.right()
	}
	return a
}

const interval = 50000 // ns, as in bench/cases/runner.c

func latency(seconds float64) answer {
	g := newGraph("flat", uint32(1+seconds*1e9/interval), 0)
	g.due, g.end = make([]int64, g.n), make([]int64, g.n)
	g.rounds, g.salt = 1, 1
	g.left.Add(int(g.n))
	before, start := cpu(), int64(time.Since(begin))+interval
	for i := uint32(0); i < g.n; i++ {
		g.due[i] = start + int64(i)*interval
		for int64(time.Since(begin)) < g.due[i] {
		}
		go g.one(i)
	}
	g.left.Wait()
	a := answer{items: float64(g.n), wall: time.Since(begin) - time.Duration(start), cpu: cpu() - before, ok: g.right()}
	for i := range g.end {
		g.end[i] -= g.due[i]
	}
	sort.Slice(g.end, func(i, j int) bool { return g.end[i] < g.end[j] })
	at := func(q float64) float64 { return float64(g.end[int(float64(g.n-1)*q)]) }
	a.value, a.p50, a.p999, a.max = at(0.99), at(0.5), at(0.999), at(1)
	return a
}

func main() {
	if len(os.Args) != 6 {
		fmt.Fprintln(os.Stderr, "usage: go-sched WHAT THREADS SIZE SECONDS SEED")
		os.Exit(2)
	}
	threads, _ := strconv.Atoi(os.Args[2])
	size, _ := strconv.Atoi(os.Args[3])
	seconds, _ := strconv.ParseFloat(os.Args[4], 64)
	seed, _ := strconv.ParseUint(os.Args[5], 10, 64)
	if threads < 1 || size < 1 || !(seconds > 0 && seconds < 3600) {
		os.Exit(2)
	}
	time.AfterFunc(time.Duration((5*seconds+60)*1e9), func() { os.Exit(3) }) // nobody waits for us any more
	runtime.GOMAXPROCS(threads)
	var a answer
	switch what := os.Args[1]; what {
	case "latency":
		runtime.GOMAXPROCS(threads + 1) // one for who submits
		a = latency(seconds)
	case "flat", "spawn", "dag", "chain":
		a = rounds(what, uint32(size), seconds, seed)
	case "yield", "start", "request", "message":
		a = coroutines(what, seconds)
	case "memory":
		a = memory(size)
	default:
		os.Exit(2)
	}
	ok := 0
	if a.ok && a.items > 0 {
		ok = 1
	}
	fmt.Println(a.items, a.wall.Nanoseconds(), a.cpu.Nanoseconds(), ok, a.value, a.p50, a.p999, a.max)
}
