/* weir fmt: texts in one layout. Nothing is written before the new text has been read and gave the same buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/program/commands.h"
#include "runtime/program/options.h"
#include "runtime/program/text.h"

enum { LONGEST = (1 << 30) - 4 }; /* bytes of any text */

typedef struct shop {
    weir_options o;
    weir_slp_reader *reader, *again; /* of the text as it is, and of what is made of it */
} shop;

static bool reads_as(weir_slp_reader *reader, const char *text, size_t bytes, const weir_slp *s) {
    const weir_slp *now = weir_slp_read(reader, text, bytes, WEIR_SLP_ALL, NULL);
    return now && weir_slp_bytes(now) == weir_slp_bytes(s) && !memcmp(now, s, weir_slp_bytes(s));
}

static weir_exit deliver(const weir_options *o, const weir_text *t, const char *text, size_t bytes) {
    bool changed = bytes != t->file.bytes || memcmp(text, t->file.text, bytes);
    if (o->check) return changed ? puts(t->name), WEIR_BAD : WEIR_GOOD;
    if (!o->in_place) {
        fwrite(text, 1, bytes, stdout);
        return WEIR_GOOD; /* main looks whether standard output took it */
    }
    if (changed && !weir_file_replace(&t->file, t->name, text, bytes))
        return weir_refuse_file(t->name, errno == ESTALE
                                             ? "changed while it was formatted, or no regular file; left alone"
                                             : strerror(errno));
    return WEIR_GOOD;
}

/* A file with zero bytes can be read, but is hardly a text: an image, a program, UTF-16. */
static weir_exit format(const shop *f, const weir_text *t) {
    if (memchr(t->file.text, 0, t->file.bytes))
        return weir_refuse_file(t->name, "has zero bytes, so no text; left alone");
    size_t bytes = weir_slp_fmt(t->file.text, t->file.bytes, NULL, 0);
    if (bytes > LONGEST)
        return weir_refuse_file(t->name, "formatted it would be longer than a text may be; left alone");
    char *text = malloc(bytes);
    if (!text) return weir_refuse_file(t->name, strerror(errno));
    weir_slp_fmt(t->file.text, t->file.bytes, text, bytes);
    weir_exit bad = reads_as(f->again, text, bytes, t->s)
                        ? deliver(&f->o, t, text, bytes)
                        : weir_refuse_file(t->name, "formatted it would not read the same; left alone");
    free(text);
    return bad;
}

static weir_exit format_all(const shop *f) {
    weir_exit worst = WEIR_GOOD;
    for (int i = 0; i < f->o.files; i++) {
        weir_text t;
        weir_exit bad = weir_text_read(&t, f->o.file[i], f->reader, &f->o.limits);
        if (!bad) {
            bad = format(f, &t);
            free(t.file.text);
        }
        worst = weir_worse(worst, bad);
    }
    return worst;
}

weir_exit weir_fmt_main(int argc, char **argv) {
    shop f;
    weir_exit bad = weir_options_parse(&f.o, true, argc, argv);
    if (bad) return bad;
    weir_slp_limits wide = f.o.limits; /* indentation may take the text beyond the limit that it kept */
    wide.bytes = LONGEST;
    f.reader = weir_slp_reader_new(&f.o.limits);
    f.again = weir_slp_reader_new(&wide);
    bad = f.reader && f.again ? format_all(&f) : weir_refuse("out of memory");
    weir_slp_reader_free(f.reader);
    weir_slp_reader_free(f.again);
    return bad;
}
