/* libFuzzer: any bytes as raw.json are refused with a message or reported, and never more than that.
 * Build with clang and -DWEIR_FUZZ=ON; run: bench/report_fuzz -max_len=4096 CORPUS_FOLDER */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/report_model.h"
#include "bench/report_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    report_doc doc;
    char why[REPORT_WHY] = "";
    if (!report_parse("fuzz", (const char *)data, size, &doc, why)) {
        if (!*why) abort(); /* every refusal says why */
        return 0;
    }
    FILE *f = fopen("/dev/null", "w");
    if (!f) abort();
    report_html(&doc, f);
    report_markdown(&doc, f);
    for (size_t i = 0; i < doc.cases_n; i++)
        for (size_t k = 0; k < doc.cases[i].panels_n; k++) report_plot_file(&doc, &doc.cases[i].panels[k], f);
    fclose(f);
    report_free(&doc);
    return 0;
}
