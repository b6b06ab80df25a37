// Goroutines as coroutines: the same work as bench/cases/co_data.h.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

const ring, batch = 16, 64

type message [8]uint64

func total(counts []uint64) (sum uint64) {
	for _, c := range counts {
		sum += c
	}
	return sum
}

func yields(n uint64) uint64 {
	var left sync.WaitGroup
	counts := make([]uint64, ring)
	left.Add(ring)
	for i := range counts {
		go func(count *uint64) {
			for ; *count < n/ring; *count++ {
				runtime.Gosched()
			}
			left.Done()
		}(&counts[i])
	}
	left.Wait()
	return total(counts)
}

func starts(n uint64) uint64 {
	var left sync.WaitGroup
	counts := make([]uint64, batch)
	for k := uint64(0); k < n; k += batch {
		left.Add(batch)
		for i := range counts {
			go func(count *uint64) {
				*count++
				left.Done()
			}(&counts[i])
		}
		left.Wait()
	}
	return total(counts)
}

func requests(n uint64) (sum uint64) {
	ask, answer := make(chan uint64), make(chan uint64)
	go func() {
		for v := range ask {
			answer <- 3 * v
		}
	}()
	for i := uint64(1); i <= n; i++ {
		ask <- i
		sum += <-answer
	}
	close(ask)
	return sum
}

func messages(n uint64) (sum uint64) {
	to := make(chan message, 64)
	go func() {
		var m message
		for m[0] = 1; m[0] <= n; m[0]++ {
			to <- m
		}
		close(to)
	}()
	for m := range to {
		sum += m[0]
	}
	return sum
}

func coroutines(what string, seconds float64) (a answer) {
	op := map[string]func(uint64) uint64{"yield": yields, "start": starts, "request": requests, "message": messages}[what]
	counted := func(n uint64) uint64 {
		switch what {
		case "request":
			return 3 * (n * (n + 1) / 2)
		case "message":
			return n * (n + 1) / 2
		}
		return n
	}
	n := uint64(64 * batch)
	for a.ok = true; a.ok; n *= 2 {
		start := time.Now()
		a.ok = op(n) == counted(n)
		if time.Since(start).Seconds() > seconds/10 {
			break
		}
	}
	for a.ok && a.wall.Seconds() < seconds {
		before, start := cpu(), time.Now()
		a.ok = op(n) == counted(n)
		a.wall += time.Since(start)
		a.cpu += cpu() - before
		a.items += float64(n)
	}
	return a
}

func resident() float64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var all, pages float64
	fmt.Sscan(string(text), &all, &pages)
	return pages * float64(os.Getpagesize())
}

func memory(n int) answer {
	wait, before, start := make(chan int), resident(), time.Now()
	var there sync.WaitGroup
	there.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			there.Done()
			<-wait
		}()
	}
	there.Wait()
	return answer{items: float64(n), wall: time.Since(start), cpu: cpu(), ok: true, value: (resident() - before) / float64(n)}
}
