#include "bench/machine.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bench/build.h"
#include "bench/gbench.h"
#include "bench/pin.h"
#include "prims/platform.h"

/* ---- reading small files ---- */

/* First line of the file without its end, or NULL. Valid until the next call. */
static const char *first_line(const char *path) {
    static char line[256];
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    bool got = fgets(line, sizeof line, f) != NULL;
    fclose(f);
    line[strcspn(line, "\n")] = '\0';
    return got ? line : NULL;
}

static json_t *text_or_null(const char *text) { return text ? json_string(text) : json_null(); }

/* Value of the first "key : value" line of /proc/cpuinfo. Valid until the next call. */
static const char *cpuinfo(const char *key) {
    static char line[4096];
    FILE *f = fopen("/proc/cpuinfo", "r");
    const char *value = NULL;
    size_t n = strlen(key);
    while (f && !value && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, n) || !colon || (line[n] != '\t' && line[n] != ' ' && line[n] != ':')) continue;
        line[strcspn(line, "\n")] = '\0';
        value = colon[1] == ' ' ? colon + 2 : colon + 1;
    }
    if (f) fclose(f);
    return value;
}

static bool has_flag(const char *flag) {
    const char *flags = cpuinfo("flags");
    size_t n = strlen(flag);
    for (const char *at = flags; at && (at = strstr(at, flag)); at += n)
        if ((at == flags || at[-1] == ' ') && (at[n] == ' ' || !at[n])) return true;
    return false;
}

/* ---- facts ---- */

static unsigned cores(void) {
    int seen[PIN_MAX], cpu[PIN_MAX];
    unsigned n = pin_allowed(cpu), count = 0;
    for (unsigned i = 0; i < n; i++) {
        char path[96];
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu[i]);
        const char *list = first_line(path);
        int first = list ? atoi(list) : cpu[i];
        unsigned j = 0;
        while (j < count && seen[j] != first) j++;
        if (j == count) seen[count++] = first;
    }
    return count;
}

static json_t *caches(void) {
    char text[160] = "", path[96], level[16], type[24];
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
        const char *line = first_line(path);
        if (!line) break;
        snprintf(level, sizeof level, "%.8s", line);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
        line = first_line(path);
        snprintf(type, sizeof type, "%.16s", line ? line : "");
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
        line = first_line(path);
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%sL%s%s %.12s", used ? ", " : "", level,
                 type[0] == 'D'   ? "d"
                 : type[0] == 'I' ? "i"
                                  : "",
                 line ? line : "?");
    }
    return text_or_null(text[0] ? text : NULL);
}

static json_t *virtual_machine(void) {
    if (!has_flag("hypervisor")) return json_false();
    const char *vendor = first_line("/sys/class/dmi/id/sys_vendor");
    return json_string(vendor && *vendor ? vendor : "yes");
}

static bool perf_counters(void) {
    struct perf_event_attr a = {.size = sizeof a,
                                .type = PERF_TYPE_HARDWARE,
                                .config = PERF_COUNT_HW_CPU_CYCLES,
                                .exclude_kernel = 1,
                                .exclude_hv = 1};
    long fd = syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);
    if (fd >= 0) close((int)fd);
    return fd >= 0;
}

static json_t *load_average(void) {
    double load[3];
    if (getloadavg(load, 3) != 3) return json_null();
    return json_pack("[f, f, f]", load[0], load[1], load[2]);
}

static json_t *kernel(void) {
    struct utsname u;
    char text[sizeof u.sysname + sizeof u.release + sizeof u.machine + 3];
    if (uname(&u)) return json_null();
    snprintf(text, sizeof text, "%s %s %s", u.sysname, u.release, u.machine);
    return json_string(text);
}

static json_t *date(void) {
    time_t now = time(NULL);
    struct tm utc;
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return json_string(text);
}

static json_t *memory_mib(void) {
    struct sysinfo info;
    if (sysinfo(&info)) return json_null();
    return json_integer((json_int_t)((uint64_t)info.totalram * info.mem_unit >> 20));
}

static void set(json_t *m, const char *name, json_t *value) { json_object_set_new(m, name, value); }

static void set_hardware(json_t *m) {
    static int cpu[PIN_MAX];
    const char *model = cpuinfo("model name");
    set(m, "cpu", text_or_null(model ? model : cpuinfo("Hardware")));
    set(m, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    set(m, "usable", json_integer(pin_allowed(cpu)));
    set(m, "cores", json_integer(cores()));
    set(m, "caches", caches());
    set(m, "cache_line", json_integer(weir_cache_line_probe()));
    set(m, "memory_mib", memory_mib());
    set(m, "virtual", virtual_machine());
    set(m, "governor", text_or_null(first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")));
    set(m, "perf_counters", json_boolean(perf_counters()));
}

static void set_system(json_t *m) {
    set(m, "kernel", kernel());
    set(m, "mmap_rnd_bits", text_or_null(first_line("/proc/sys/vm/mmap_rnd_bits")));
    set(m, "transparent_hugepages", text_or_null(first_line("/sys/kernel/mm/transparent_hugepage/enabled")));
    set(m, "quota", text_or_null(first_line("/sys/fs/cgroup/cpu.max")));
    set(m, "load_average", load_average());
    set(m, "date", date());
}

/* jemalloc's, where it is linked: WEIR_ALLOC. */
int mallctl(const char *name, void *old, size_t *old_bytes, void *fresh, size_t fresh_bytes) __attribute__((weak));

static json_t *allocator(void) {
    const char *version = "";
    size_t bytes = sizeof version;
    if (!mallctl || mallctl("version", &version, &bytes, NULL, 0)) return json_string("libc");
    char text[32];
    snprintf(text, sizeof text, "jemalloc %.*s", (int)strcspn(version, "-"), version);
    return json_string(text);
}

static void set_build(json_t *m) {
    set(m, "compiler", json_string(bench_compiler));
    set(m, "flags", json_string(bench_flags));
    set(m, "build", json_string(bench_build_type));
    set(m, "commit", text_or_null(bench_commit[0] ? bench_commit : NULL));
    set(m, "libbenchmark", json_string(gbench_is_debug_build() ? "debug" : "release"));
    set(m, "alloc", allocator());
}

/* ---- warnings ---- */

static void warn(json_t *list, const char *text) { json_array_append_new(list, json_string(text)); }

static bool is_text(const json_t *m, const char *name, const char *part) {
    const char *text = json_string_value(json_object_get(m, name));
    return text && strstr(text, part);
}

static void warn_of_host(const json_t *m, json_t *w) {
    char text[160];
    json_int_t usable = json_integer_value(json_object_get(m, "usable"));
    double load = json_number_value(json_array_get(json_object_get(m, "load_average"), 0));
    if (json_is_string(json_object_get(m, "virtual")))
        warn(w, "virtual machine: other guests share the processors, and waking a halted one is dear");
    snprintf(text, sizeof text, "%lld usable processors: every shape with more threads is oversubscribed",
             (long long)usable);
    if (usable < 16) warn(w, text);
    if (json_integer_value(json_object_get(m, "cores")) < usable) warn(w, "two processors share a core (SMT)");
    snprintf(text, sizeof text, "load average %.1f before the run: the machine was not quiet", load);
    if (load > 0.5 * (double)usable) warn(w, text);
    if (json_is_string(json_object_get(m, "governor")) && !is_text(m, "governor", "performance"))
        warn(w, "frequency governor is not 'performance': the clock changes with the load");
    if (is_text(m, "quota", " ") && !is_text(m, "quota", "max"))
        warn(w, "a processor quota (cgroup cpu.max) is in force");
    if (!json_is_true(json_object_get(m, "perf_counters"))) warn(w, "no hardware performance counters");
    json_int_t line = json_integer_value(json_object_get(m, "cache_line"));
    snprintf(text, sizeof text, "cache line of %lld bytes, built for %d", (long long)line, WEIR_CACHE_LINE);
    if (line && line != WEIR_CACHE_LINE) warn(w, text);
}

static void warn_of_build(const json_t *m, json_t *w) {
    if (is_text(m, "libbenchmark", "debug"))
        warn(w, "Google Benchmark was built as DEBUG: a few ns per repetition, none per operation");
    if (!is_text(m, "build", "Release")) warn(w, "not a Release build: figures mean nothing");
    if (is_text(m, "flags", "-fsanitize")) warn(w, "built with a sanitizer: figures mean nothing");
}

json_t *machine_json(void) {
    json_t *m = json_object(), *warnings = json_array();
    set_hardware(m);
    set_system(m);
    set_build(m);
    warn_of_host(m, warnings);
    warn_of_build(m, warnings);
    set(m, "warnings", warnings);
    return m;
}

machine_ticks machine_ticks_now(void) {
    machine_ticks t = {0, 0};
    const char *line = first_line("/proc/stat"); /* cpu user nice system idle iowait irq softirq steal ... */
    char *at = line && !strncmp(line, "cpu ", 4) ? (char *)(uintptr_t)line + 4 : NULL;
    for (int i = 0; at && i < 8; i++) {
        double ticks = strtod(at, &at);
        t.all += ticks;
        if (i == 7) t.stolen = ticks;
    }
    return t;
}

void machine_add_steal(json_t *m, machine_ticks since) {
    char text[120];
    machine_ticks now = machine_ticks_now();
    double percent = now.all > since.all ? 100 * (now.stolen - since.stolen) / (now.all - since.all) : 0;
    set(m, "steal_percent", json_real(percent));
    snprintf(text, sizeof text, "the host gave %.1f %% of the processor time to others during the run", percent);
    if (percent >= 1) warn(json_object_get(m, "warnings"), text);
}

void machine_print(const json_t *m) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)m, name, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(3));
        if (strcmp(name, "warnings"))
            printf("%-22s %s\n", name,
                   json_is_string(value) ? json_string_value(value)
                   : json_is_null(value) ? "-"
                                         : text);
        free(text);
    }
    size_t i;
    json_array_foreach(json_object_get(m, "warnings"), i, value) printf("warning: %s\n", json_string_value(value));
}
