/* Lines of standard input, as they are. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "prims/atomic.h"
#include "runtime/program/line.h"

struct weir_plain {
    weir_line_options o;
    char *at;
    size_t begin, used, room; /* begin .. used has come and was not given out yet */
    bool ended;
    weir_a32 broken;
};

weir_plain *weir_plain_open(const weir_line_options *o) {
    weir_plain *p = calloc(1, sizeof *p);
    if (p) p->o = *o;
    return p;
}

void weir_plain_close(weir_plain *p) {
    if (p) free(p->at);
    free(p);
}

void weir_plain_break(weir_plain *p) {
    weir_a32_store(&p->broken, 1);
    eventfd_write(p->o.notices->wake, 1);
}

/* Room for some bytes more, behind what has come. */
static bool make_room(weir_plain *p) {
    if (p->begin) memmove(p->at, p->at + p->begin, p->used - p->begin);
    p->used -= p->begin;
    p->begin = 0;
    if (p->room - p->used >= 4096) return true;
    size_t room = 2 * p->room + 8192;
    char *at = realloc(p->at, room);
    if (!at) return false;
    p->at = at;
    p->room = room;
    return true;
}

/* Waits for bytes, and shows the notices that come meanwhile, if somebody looks. False: Ctrl-C. */
static bool wait_for_bytes(weir_plain *p) {
    struct pollfd f[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = p->o.notices->wake, .events = POLLIN}};
    while (p->o.prompts && !f[0].revents) {
        if (poll(f, 2, -1) < 0 && errno != EINTR) return true;
        if (f[1].revents) weir_notices_show(p->o.notices, stdout), fflush(stdout);
        if (weir_a32_load(&p->broken)) return false;
    }
    return true;
}

/* False: nothing more comes, or Ctrl-C. */
static bool fill(weir_plain *p) {
    if (p->ended || !make_room(p) || !wait_for_bytes(p)) return false;
    ssize_t n;
    while ((n = read(STDIN_FILENO, p->at + p->used, p->room - p->used)) < 0 && errno == EINTR) continue;
    p->ended = n <= 0;
    if (n > 0) p->used += (size_t)n;
    return n > 0;
}

weir_line_end weir_plain_read(weir_plain *p, const char *prompt, const char **line, size_t *bytes) {
    size_t looked = 0; /* of what lies there, without a line's end */
    const char *end = NULL;
    weir_a32_store(&p->broken, 0); /* what came before was for a form */
    if (p->o.prompts) printf("%s", prompt), fflush(stdout);
    while (p->used - p->begin == looked ||
           !(end = memchr(p->at + p->begin + looked, '\n', p->used - p->begin - looked))) {
        looked = p->used - p->begin;
        if (!fill(p)) break;
    }
    if (weir_a32_xchg(&p->broken, 0)) return WEIR_LINE_BROKEN;
    if (!end && looked == 0) return WEIR_LINE_ENDED;
    *line = p->at + p->begin;
    *bytes = end ? (size_t)(end - *line) : looked;
    p->begin += *bytes + (end != NULL);
    return WEIR_LINE_TEXT;
}
