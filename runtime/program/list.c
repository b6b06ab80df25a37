/* weir commands: what a form can call. */
#include <stdio.h>
#include <string.h>

#include "runtime/program/commands.h"
#include "runtime/weir.h"

/* "core/kv/set KEY VALUE", and what it does a line below. */
static void show(const weir_command *c) {
    const char *what = strstr(c->doc, ": ");
    int takes = what ? (int)(what - c->doc) : 0;
    printf("%s %.*s\n    %s\n", c->name, takes, c->doc, c->doc + (what ? takes + 2 : 0));
}

weir_exit weir_commands_main(int argc, char **argv) {
    weir_runtime *r;
    weir_error error;
    if (argc > 0) return weir_refuse("commands takes nothing, not '%s'", argv[0]);
    if (!weir_runtime_open(&(weir_runtime_options){.workers = 1}, &r, &error)) return weir_refuse("%s", error.text);
    const weir_command *c;
    for (uint32_t i = 0; (c = weir_command_at(r, i)); i++) show(c);
    weir_runtime_close(r, NULL);
    return WEIR_GOOD;
}
