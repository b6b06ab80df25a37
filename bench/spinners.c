#include "bench/spinners.h"

#include <time.h>
#include <unistd.h>

#include "bench/cell.h"

static pid_t spinner[PIN_MAX];
static unsigned running;

static _Noreturn void spin(int cpu) {
    pin_plan here = {.cpu = {cpu}, .count = 1};
    pin_thread(&here, 0, 1);
    for (volatile unsigned long n = 0;; n++) {}
}

static void start(void) {
    static int cpu[PIN_MAX];
    unsigned n = pin_allowed(cpu);
    for (running = 0; running < n; running++) {
        spinner[running] = cell_fork();
        if (spinner[running] == 0) spin(cpu[running]);
        if (spinner[running] < 0) break;
    }
    nanosleep(&(struct timespec){0, 5000000}, NULL); /* until all of them are on their processor */
}

void spinners_set(bool on) {
    if (on == (running > 0)) return;
    if (on) start();
    while (!on && running > 0) cell_kill(spinner[--running]);
}
