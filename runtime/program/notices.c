#include "runtime/program/notices.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/program/say.h"

enum { NOTICES_MAX = 1 << 20 }; /* bytes that wait to be shown */

bool weir_notices_init(weir_notices *n) {
    *n = (weir_notices){.lock = PTHREAD_MUTEX_INITIALIZER, .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    return n->wake >= 0;
}

void weir_notices_free(weir_notices *n) {
    close(n->wake);
    free(n->at);
}

/* The line as it is to be shown; NULL: no memory. */
static char *shown(const char *before, const char *line, size_t bytes, size_t *length) {
    char *text = NULL;
    FILE *f = open_memstream(&text, length);
    if (!f) return NULL;
    fputs(before, f);
    weir_show(f, line, bytes);
    fputc('\n', f);
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

static bool append(weir_notices *n, const char *text, size_t bytes) {
    if (n->used + bytes > NOTICES_MAX) return false;
    if (n->used + bytes > n->room) {
        size_t room = 2 * (n->used + bytes);
        char *at = realloc(n->at, room);
        if (!at) return false;
        n->at = at;
        n->room = room;
    }
    memcpy(n->at + n->used, text, bytes);
    n->used += bytes;
    return true;
}

void weir_notices_add(weir_notices *n, const char *before, const char *line, size_t bytes) {
    size_t length = 0;
    char *text = shown(before, line, bytes, &length);
    pthread_mutex_lock(&n->lock);
    if (text && n->direct) {
        fwrite(text, 1, length, n->direct);
        fflush(n->direct);
    } else if (!text || !append(n, text, length)) {
        n->lost++;
    }
    pthread_mutex_unlock(&n->lock);
    free(text);
    eventfd_write(n->wake, 1);
}

void weir_notices_direct(weir_notices *n, FILE *to) {
    pthread_mutex_lock(&n->lock);
    n->direct = to;
    pthread_mutex_unlock(&n->lock);
}

void weir_notices_show(weir_notices *n, FILE *to) {
    eventfd_t ignored;
    eventfd_read(n->wake, &ignored);
    pthread_mutex_lock(&n->lock);
    if (n->used) fwrite(n->at, 1, n->used, to);
    if (n->lost) fprintf(to, "(%lu lines more)\n", n->lost);
    n->used = n->lost = 0;
    pthread_mutex_unlock(&n->lock);
}
