#include "runtime/program/stop.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

void weir_stop_init(weir_stop *s) {
    *s = (weir_stop){.fd = -1, .wake = -1};
    sigemptyset(&s->set);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL) sigaddset(&s->set, signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &s->set, NULL);
}

/* After the first this thread alone does not block them: the next ends the process. */
static void *listen(void *arg) {
    weir_stop *s = arg;
    struct pollfd f[] = {{.fd = s->wake, .events = POLLIN}, {.fd = s->fd, .events = POLLIN}};
    struct signalfd_siginfo info;
    while (!f[0].revents) {
        if (poll(f, 2, -1) < 0 && errno != EINTR) return NULL;
        if (!f[1].revents || read(s->fd, &info, sizeof info) != sizeof info) continue;
        weir_a32_store(&s->signal, info.ssi_signo);
        f[1].fd = -1;
        f[1].revents = 0;
        pthread_sigmask(SIG_UNBLOCK, &s->set, NULL);
        if (s->session) weir_interrupt(s->session);
    }
    return NULL;
}

static void close_all(weir_stop *s) {
    if (s->fd >= 0) close(s->fd);
    if (s->wake >= 0) close(s->wake);
    s->fd = s->wake = -1;
}

void weir_stop_begin(weir_stop *s, weir_session *session) {
    s->session = session;
    s->fd = signalfd(-1, &s->set, SFD_CLOEXEC);
    s->wake = eventfd(0, EFD_CLOEXEC);
    if (s->fd >= 0 && s->wake >= 0 && pthread_create(&s->thread, NULL, listen, s) == 0) return;
    close_all(s);
    pthread_sigmask(SIG_UNBLOCK, &s->set, NULL);
}

void weir_stop_end(weir_stop *s) {
    if (s->wake < 0) return;
    eventfd_write(s->wake, 1);
    pthread_join(s->thread, NULL);
    close_all(s);
    pthread_sigmask(SIG_UNBLOCK, &s->set, NULL);
}

void weir_stop_die(const weir_stop *s) {
    if (weir_stop_told(s)) raise((int)weir_a32_load(&s->signal));
}
