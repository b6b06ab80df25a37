#include "stress/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "stress/build.h"
#include "stress/pool.h"
#include "stress/text.h"

/* Value of the line "model name : ..." of /proc/cpuinfo, or of what other processors call it. */
static const char *processor(void) {
    static char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    const char *value = NULL;
    while (f && !value && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (!colon || (strncmp(line, "model name", 10) && strncmp(line, "Hardware", 8))) continue;
        line[strcspn(line, "\n")] = '\0';
        value = colon + 1 + (colon[1] == ' ');
    }
    if (f) fclose(f);
    return value ? value : "unknown processor";
}

const char *machine_host(void) {
    static char *text;
    struct utsname u;
    if (text) return text;
    text = text_make("%u processors, %s", pool_processors(), processor());
    if (!uname(&u)) text_add(&text, ", %s %s %s", u.sysname, u.release, u.machine);
    return text;
}

const char *machine_build(void) {
    static char *text;
    if (!text)
        text = text_make("commit %s, %s, %s, %s", stress_commit[0] ? stress_commit : "unknown", stress_compiler,
                         stress_build_type, stress_flags);
    return text;
}

const char *machine_date(void) {
    static char text[32];
    struct tm utc;
    time_t now = time(NULL);
    if (!text[0]) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return text;
}

const char *const *machine_limits(void) {
    static const char *const lines[] = {
        "unit, model, progress, fuzz: a check a processor; the others one at a time, with more threads than processors",
        "model: the memory model is RC11 without load buffering; a program is small, and its threads few",
#if defined(__x86_64__) || defined(__i386__)
        "litmus, lin, laws, fault: x86 hides most reorderings; what they do not show may happen elsewhere",
#else
        "litmus, lin, laws, fault: this processor shows only some of the reorderings that C allows",
#endif
        "lin, laws, fault, fuzz: they sample and prove nothing; lin and fault run with delays injected",
        NULL
    };
    return lines;
}
