/* weir check: can these texts be read? */
#include <stdlib.h>

#include "runtime/program/commands.h"
#include "runtime/program/options.h"
#include "runtime/program/text.h"

weir_exit weir_check_main(int argc, char **argv) {
    weir_options o;
    weir_exit worst = weir_options_parse(&o, false, argc, argv);
    if (worst) return worst;
    weir_slp_reader *reader = weir_slp_reader_new(&o.limits);
    if (!reader) return weir_refuse("out of memory");
    for (int i = 0; i < o.files; i++) {
        weir_text t;
        weir_exit bad = weir_text_read(&t, o.file[i], reader, &o.limits);
        if (!bad) free(t.file.text);
        worst = weir_worse(worst, bad);
    }
    weir_slp_reader_free(reader);
    return worst;
}
