#include "stress/model/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- the symbol table -- */

static const ElfW(Sym) * table;
static size_t table_n;
static const char *names;
static uintptr_t load_base;

static int find_base(struct dl_phdr_info *info, size_t size, void *arg) {
    (void)size;
    (void)arg;
    load_base = info->dlpi_addr;
    return 1;
}

static void find_table(const char *file) {
    const ElfW(Ehdr) *head = (const void *)file;
    const ElfW(Shdr) *sections = (const void *)(file + head->e_shoff);
    for (int i = 0; i < head->e_shnum; i++)
        if (sections[i].sh_type == SHT_SYMTAB) {
            table = (const void *)(file + sections[i].sh_offset);
            table_n = sections[i].sh_size / sizeof *table;
            names = file + sections[sections[i].sh_link].sh_offset;
        }
}

static void load_table(void) {
    struct stat st;
    if (table) return;
    dl_iterate_phdr(find_base, NULL);
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (fstat(fd, &st) == 0) {
        void *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) find_table(file);
    }
    close(fd);
}

static const ElfW(Sym) * covering(uintptr_t address, unsigned char type) {
    load_table();
    for (size_t i = 0; i < table_n; i++)
        if (ELF64_ST_TYPE(table[i].st_info) == type && address - load_base - table[i].st_value < table[i].st_size)
            return &table[i];
    return NULL;
}

static void name_of(uintptr_t address, unsigned char type, char *text, size_t bytes) {
    const ElfW(Sym) *s = covering(address, type);
    uintptr_t offset = s ? address - load_base - s->st_value : 0;
    if (!s) snprintf(text, bytes, "0x%lx", address);
    else if (offset == 0) snprintf(text, bytes, "%s", names + s->st_name);
    else snprintf(text, bytes, "%s+0x%lx", names + s->st_name, offset);
}

void symbol_data(uintptr_t address, char *text, size_t bytes) { name_of(address, STT_OBJECT, text, bytes); }

void symbol_function(uintptr_t address, char *text, size_t bytes) { name_of(address, STT_FUNC, text, bytes); }

/* -- lines -- */

enum { LINES_MAX = 256, LINE_MAX_ = 96 };

static struct line {
    const void *site;
    char text[LINE_MAX_];
} lines[LINES_MAX];
static int line_n;

static void add_site(const void *site) {
    for (int i = 0; i < line_n; i++)
        if (lines[i].site == site) return;
    if (site && line_n < LINES_MAX) lines[line_n++] = (struct line){site, ""};
}

/* One line of addr2line's answer: "path/file.c:12 (discriminator 3)". Innermost first where functions are inlined; of
 * interest is who called the function of atomic.h. */
static void keep_line(struct line *l, char *answer) {
    answer[strcspn(answer, " \n")] = '\0';
    const char *file = strrchr(answer, '/');
    file = file ? file + 1 : answer;
    if (l->text[0] && strncmp(l->text, "atomic.h:", 9)) return;
    if (file[0] != '?') snprintf(l->text, sizeof l->text, "%.90s", file);
}

/* An address "0x..." on a line of its own, then its places. */
static void read_lines(FILE *from) {
    static char answer[4096];
    int i = -1;
    while (fgets(answer, sizeof answer, from))
        if (!strncmp(answer, "0x", 2)) i++;
        else if (i >= 0 && i < line_n) keep_line(&lines[i], answer);
}

void symbols_load(const event *events, int n) {
    static char command[LINES_MAX * 20 + 400], exe[256];
    line_n = 0;
    for (int i = 0; i < n; i++) add_site(events[i].site);
    for (int i = 0; i < m.thread_count; i++) add_site(m.threads[i].site);
    load_table();
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (len <= 0 || strchr(exe, '\'')) return;
    exe[len] = '\0';
    size_t at = (size_t)snprintf(command, sizeof command, "addr2line -a -i -e '%s'", exe);
    for (int i = 0; i < line_n; i++) /* of the call, which is before where it returns to */
        at += (size_t)snprintf(command + at, sizeof command - at, " %lx", (uintptr_t)lines[i].site - load_base - 1);
    snprintf(command + at, sizeof command - at, " 2>/dev/null");
    FILE *p = popen(command, "re");
    if (p) read_lines(p);
    if (p) pclose(p);
    for (int i = 0; i < line_n; i++)
        if (!lines[i].text[0]) symbol_function((uintptr_t)lines[i].site, lines[i].text, sizeof lines[i].text);
}

void symbol_line(const void *site, char *text, size_t bytes) {
    text[0] = '\0';
    for (int i = 0; i < line_n; i++)
        if (lines[i].site == site) snprintf(text, bytes, "%s", lines[i].text);
}
