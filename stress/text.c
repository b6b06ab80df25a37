#include "stress/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int stress_refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("stress: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_USAGE;
}

char *text_make(const char *format, ...) {
    va_list args;
    char *text;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) abort();
    va_end(args);
    return text;
}

char *text_keep(const char *format, ...) {
    static struct kept {
        struct kept *before;
        char *text;
    } * last; /* of all, so that none is lost to who looks for leaks */
    va_list args;
    struct kept *k = grow(NULL, 1, sizeof *k);
    va_start(args, format);
    if (vasprintf(&k->text, format, args) < 0) abort();
    va_end(args);
    k->before = last;
    last = k;
    return k->text;
}

void text_add(char **text, const char *format, ...) {
    va_list args;
    char *more;
    va_start(args, format);
    if (vasprintf(&more, format, args) < 0) abort();
    va_end(args);
    char *whole = text_make("%s%s", *text ? *text : "", more);
    free(more);
    free(*text);
    *text = whole;
}

bool text_next_word(const char **list, const char *between, char *word, size_t bytes) {
    *list += strspn(*list, between);
    size_t n = strcspn(*list, between), kept = n < bytes ? n : bytes - 1;
    memcpy(word, *list, kept);
    word[kept] = '\0';
    *list += n;
    return n > 0;
}

bool text_has_word(const char *list, const char *between, const char *word) {
    char one[128];
    while (text_next_word(&list, between, one, sizeof one))
        if (!strcmp(one, word)) return true;
    return false;
}

const char *text_count(uint64_t n) {
    static char buffers[8][32];
    static unsigned turn;
    char *at = buffers[turn++ % 8] + 31;
    *at = '\0';
    for (int digits = 0; n || !digits; digits++, n /= 10) {
        if (digits && digits % 3 == 0) *--at = ',';
        *--at = (char)('0' + n % 10);
    }
    return at;
}

void *grow(void *array, size_t count, size_t bytes) {
    void *more = realloc(array, count * bytes);
    if (!more) abort();
    return more;
}
