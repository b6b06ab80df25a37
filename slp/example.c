/* example - how slp is embedded: text in, what is wrong shown, values looked at, one built, printed, stored and taken back.
 *
 *     cc -std=c11 example.c -o example $(pkg-config --cflags --libs weir-slp)
 *
 * It prints, and ./dev test looks whether it still does:
 *
 *     | 3:11: a bracket or a string is not closed
 *     |     (item nut "40)
 *     |               ^
 *     | 120 of bolt
 *     | 40 of wing nut
 *     | (total 160 [bolt "wing nut"])
 *     | 108 bytes stored and taken back
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir/slp/slp.h>

static void fail(const char *what) {
    fprintf(stderr, "example: %s\n", what);
    exit(1);
}

/* The offset is where; the column leads back to where its line begins. */
static void complain(const char *text, size_t bytes, const weir_slp_error *e) {
    const char *at = text + e->offset, *line = at - (e->column - 1), *end = memchr(at, '\n', bytes - e->offset);
    if (!end) end = text + bytes;
    printf("%u:%u: %s\n", e->line, e->column, e->message);
    printf("    %.*s\n    %*s\n", (int)(end - line), line, (int)e->column, "^");
}

/* One reader serves many texts; what it answers is valid until its next one. */
static const weir_slp *read_text(weir_slp_reader *reader, const char *text) {
    weir_slp_error error;
    const weir_slp *s = weir_slp_read(reader, text, strlen(text), WEIR_SLP_ALL, &error);
    if (!s) complain(text, strlen(text), &error);
    return s;
}

/* Is form (item NAME COUNT)? Views check no types and no bounds, so they are looked at first. */
static int is_item(weir_slp_value form) {
    if (weir_slp_type_of(form) != WEIR_SLP_LIST || weir_slp_count(form) != 3) return 0;
    weir_slp_type name = weir_slp_type_of(weir_slp_at(form, 1)), count = weir_slp_type_of(weir_slp_at(form, 2));
    return (name == WEIR_SLP_SYMBOL || name == WEIR_SLP_STRING) && count == WEIR_SLP_INTEGER;
}

/* Looks at each form, and builds (total SUM [NAME...]) of them. An object is ours until we release it. */
static weir_slp_object *total(weir_slp_value forms) {
    weir_slp_builder *b = weir_slp_builder_new(NULL);
    int64_t sum = 0;
    if (!b) fail("out of memory");
    for (uint32_t i = 0; i < weir_slp_count(forms); i++) {
        weir_slp_value form = weir_slp_at(forms, i);
        if (!is_item(form)) fail("not (item NAME COUNT)");
        weir_slp_text name = weir_slp_text_of(weir_slp_at(form, 1));
        int64_t count = weir_slp_integer(weir_slp_at(form, 2));
        printf("%lld of %.*s\n", (long long)count, (int)name.bytes, name.at);
        sum += count;
    }
    weir_slp_open(b, WEIR_SLP_LIST);
    weir_slp_put_symbol(b, "total", 5);
    weir_slp_put_integer(b, sum);
    weir_slp_open(b, WEIR_SLP_SEQUENCE);
    for (uint32_t i = 0; i < weir_slp_count(forms); i++) weir_slp_put(b, weir_slp_at(weir_slp_at(forms, i), 1));
    weir_slp_close(b);
    weir_slp_close(b);
    const weir_slp *s = weir_slp_finish(b, NULL); /* the builder's; NULL if any of the above went wrong */
    weir_slp_object *o = s ? weir_slp_object_new(s) : NULL;
    weir_slp_builder_free(b);
    if (!o) fail("not built");
    return o;
}

/* Twice: the first call only tells how long the text is. */
static void print(weir_slp_value v) {
    size_t bytes = weir_slp_print(v, WEIR_SLP_PRETTY, NULL, 0);
    char *text = malloc(bytes);
    if (!text) fail("out of memory");
    weir_slp_print(v, WEIR_SLP_PRETTY, text, bytes);
    printf("%.*s\n", (int)bytes, text);
    free(text);
}

static void store(const weir_slp *s, FILE *f) {
    unsigned char header[WEIR_SLP_FILE_HEADER];
    weir_slp_file_header(s, header);
    if (fwrite(header, sizeof header, 1, f) != 1 || fwrite(s, weir_slp_bytes(s), 1, f) != 1) fail("not stored");
}

/* Whatever lies in the file: it is looked into only if it is a whole and proper buffer. */
static void take_back(FILE *f, weir_slp_value wanted) {
    size_t room = 1 << 16;
    void *at = malloc(room); /* aligned to 4, as the buffer must be */
    weir_slp_error error;
    if (!at) fail("out of memory");
    rewind(f);
    size_t bytes = fread(at, 1, room, f);
    const weir_slp *s = weir_slp_file_open(at, bytes, NULL, &error);
    if (!s) fail(error.message);
    if (!weir_slp_equal(weir_slp_root(s), wanted)) fail("another value came back");
    printf("%zu bytes stored and taken back\n", bytes);
    free(at);
}

int main(void) {
    weir_slp_reader *reader = weir_slp_reader_new(NULL);
    FILE *f = tmpfile();
    if (!reader || !f) fail("cannot begin");
    if (read_text(reader, "; a shelf\n(item bolt 120)\n(item nut \"40)\n")) fail("this cannot be read");
    const weir_slp *shelf = read_text(reader, "; a shelf\n(item bolt 120)\n(item \"wing nut\" 40)\n");
    if (!shelf) fail("this can be read");
    weir_slp_object *o = total(weir_slp_root(shelf));
    weir_slp_reader_free(reader); /* and the shelf with it; o stays */
    print(weir_slp_root(weir_slp_object_buffer(o)));
    store(weir_slp_object_buffer(o), f);
    take_back(f, weir_slp_root(weir_slp_object_buffer(o)));
    weir_slp_release(o);
    fclose(f);
    return 0;
}
