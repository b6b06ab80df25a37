/* Lines that are edited, by libedit. Its reader of characters is ours: it also waits for notices, and shows them above the line. */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "prims/atomic.h"
#include "runtime/program/history.h"
#include "runtime/program/line.h"

const char *const weir_edit_missing;

struct weir_edit {
    weir_line_options o;
    EditLine *el;
    History *history;
    char *path; /* of the history; NULL: it is not kept */
    char prompt[16];
    struct termios before; /* as the terminal was */
    bool broken;
    weir_a32 interrupted; /* Ctrl-C came as a signal, before the terminal was told that it is a key */
    mbstate_t state;
};

static weir_edit *edit_of(EditLine *el) {
    void *e = NULL;
    el_get(el, EL_CLIENTDATA, &e);
    return e;
}

static char *prompt(EditLine *el) { return edit_of(el)->prompt; }

/* -- characters, and notices between them ------------------------------------------------------------------------------- */

/* Notices take the place of the line if it is one row, and else stand below it; then it is drawn anew. */
static void show_notices(weir_edit *e) {
    struct winsize w = {0};
    const LineInfo *line = el_line(e->el);
    size_t columns = strlen(e->prompt) + (size_t)(line->lastchar - line->buffer) + 1;
    bool one_row = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && columns < w.ws_col;
    fputs(one_row ? "\r\033[K" : "\n", stdout);
    weir_notices_show(e->o.notices, stdout);
    fflush(stdout);
    el_set(e->el, EL_REFRESH);
}

/* 1: there is a byte, or the end, or a signal. 0: something is wrong with the terminal. */
static int wait_for_byte(weir_edit *e) {
    struct pollfd f[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = e->o.notices->wake, .events = POLLIN}};
    for (;;) {
        if (poll(f, 2, -1) < 0) {
            if (errno != EINTR) return 0;
            continue;
        }
        if (f[1].revents) show_notices(e);
        if (f[0].revents || weir_a32_load(&e->interrupted)) return 1;
    }
}

enum { CTRL_C = 3, CTRL_D = 4 };

/* What is no character of the locale is dropped. A Ctrl-D that was typed while a form ran comes as a zero. */
static int get_character(EditLine *el, wchar_t *c) {
    weir_edit *e = edit_of(el);
    for (char byte; wait_for_byte(e);) {
        if (weir_a32_xchg(&e->interrupted, 0)) return *c = CTRL_C, 1;
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return (int)n;
        size_t used = mbrtowc(c, &byte, 1, &e->state);
        if (used == 0) *c = CTRL_D;
        if (used <= 1) return 1;
        if (used == (size_t)-1) memset(&e->state, 0, sizeof e->state);
    }
    return -1;
}

void weir_edit_break(weir_edit *e) {
    weir_a32_store(&e->interrupted, 1);
    eventfd_write(e->o.notices->wake, 1);
}

/* -- keys -------------------------------------------------------------------------------------------------------------- */

static unsigned char on_break(EditLine *el, int key) {
    (void)key;
    edit_of(el)->broken = true;
    fputs("^C", stdout);
    return CC_NEWLINE;
}

typedef struct candidates {
    char common[256]; /* what all begin with */
    size_t count;
    bool list; /* show them */
} candidates;

static void candidate(void *arg, const char *word) {
    candidates *c = arg;
    size_t n = 0;
    if (c->list) printf("%s  ", word);
    if (c->count++ == 0) {
        snprintf(c->common, sizeof c->common, "%s", word);
        return;
    }
    while (c->common[n] && c->common[n] == word[n]) n++;
    c->common[n] = '\0';
}

/* Tab: what all that fits begins with; a second time nothing is to be added, and they are shown. */
static unsigned char on_tab(EditLine *el, int key) {
    weir_edit *e = edit_of(el);
    const LineInfo *line = el_line(el);
    const char *word = line->cursor;
    candidates c = {.count = 0};
    (void)key;
    while (word > line->buffer && !memchr(" ()[]{}\"';", word[-1], 10)) word--;
    size_t bytes = (size_t)(line->cursor - word);
    e->o.words(e->o.arg, word, bytes, candidate, &c);
    if (c.count == 0) return CC_REFRESH_BEEP;
    if (strlen(c.common) > bytes || c.count == 1) {
        el_insertstr(el, c.common + bytes);
        if (c.count == 1) el_insertstr(el, " ");
        return CC_REFRESH;
    }
    c = (candidates){.list = true};
    fputc('\n', stdout);
    e->o.words(e->o.arg, word, bytes, candidate, &c);
    fputc('\n', stdout);
    fflush(stdout);
    return CC_REDISPLAY;
}

/* -- opened and closed -------------------------------------------------------------------------------------------------- */

static void open_history(weir_edit *e) {
    HistEvent event;
    if (!(e->history = history_init())) return;
    history(e->history, &event, H_SETSIZE, WEIR_HISTORY_LINES);
    history(e->history, &event, H_SETUNIQUE, 1);
    e->path = weir_history_path();
    if (e->path) history(e->history, &event, H_LOAD, e->path);
    el_set(e->el, EL_HIST, history, e->history);
}

static void set_up(weir_edit *e) {
    el_set(e->el, EL_CLIENTDATA, e);
    el_set(e->el, EL_PROMPT, prompt);
    el_set(e->el, EL_EDITOR, "emacs");
    el_set(e->el, EL_GETCFN, get_character);
    el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
    el_wset(e->el, EL_ADDFN, L"weir-break", L"forget what was typed", on_break); /* el_set would lose a copy */
    el_wset(e->el, EL_ADDFN, L"weir-complete", L"complete a name", on_tab);
    el_set(e->el, EL_BIND, "^C", "weir-break", NULL);
    el_set(e->el, EL_BIND, "\t", "weir-complete", NULL);
    el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    open_history(e);
}

weir_edit *weir_edit_open(const weir_line_options *o) {
    const char *terminal = getenv("TERM");
    if (!o->prompts || !terminal || !*terminal || !strcmp(terminal, "dumb")) return NULL;
    weir_edit *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    setlocale(LC_CTYPE, "");
    e->o = *o;
    tcgetattr(STDIN_FILENO, &e->before);
    if (!(e->el = el_init("weir", stdin, stdout, stderr))) return free(e), NULL;
    set_up(e);
    return e;
}

void weir_edit_close(weir_edit *e) {
    if (!e) return;
    el_end(e->el);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &e->before);
    if (e->history) history_end(e->history);
    free(e->path);
    free(e);
}

/* All of it, so that it is there whatever becomes of this process. */
static void keep(weir_edit *e, const char *text) {
    HistEvent event;
    history(e->history, &event, H_ENTER, text);
    FILE *f = e->path ? weir_history_begin(e->path) : NULL;
    if (!f) return;
    history(e->history, &event, H_SAVE_FP, f);
    weir_history_done(e->path, f);
}

/* What is typed while a form runs is not shown now, for the next read shows it. */
static void hush(void) {
    struct termios t;
    if (tcgetattr(STDIN_FILENO, &t) != 0) return;
    t.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

weir_line_end weir_edit_read(weir_edit *e, const char *with, const char **line, size_t *bytes) {
    int n = 0;
    snprintf(e->prompt, sizeof e->prompt, "%s", with);
    e->broken = false;
    weir_a32_store(&e->interrupted, 0); /* what came before was for a form */
    el_resize(e->el);
    const char *text = el_gets(e->el, &n);
    hush();
    if (e->broken) return WEIR_LINE_BROKEN;
    if (!text || n <= 0) return WEIR_LINE_ENDED;
    if (e->history && strspn(text, " \t\r\n") < (size_t)n) keep(e, text);
    if (text[n - 1] == '\n') n--;
    *line = text;
    *bytes = (size_t)n;
    return WEIR_LINE_TEXT;
}
