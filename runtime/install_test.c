/* A stranger's plugin host: libweir.so found by name while the program runs, used by a thread of its own, and let go. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <weir/runtime/weir.h>

/* What ISO C has no word for: a function out of an address of data. */
static void *library;
static void find(const char *name, void *function) {
    void *at = dlsym(library, name);
    if (!at) fprintf(stderr, "%s\n", dlerror());
    memcpy(function, &at, sizeof at);
}

static bool (*runtime_open)(const weir_runtime_options *options, weir_runtime **runtime, weir_error *error);
static bool (*runtime_close)(weir_runtime *runtime, weir_error *error);
static weir_session *(*session_open)(weir_runtime *runtime, const weir_session_options *options, weir_error *error);
static void (*session_close)(weir_session *session);
static bool (*eval)(weir_session *session, const char *text, size_t bytes, weir_form *form, void *arg,
                    weir_slp_error *error);

static size_t (*print)(weir_slp_value v, weir_slp_style style, char *to, size_t room);

static void keep(void *arg, weir_slp_value value) { print(value, WEIR_SLP_CANONICAL, arg, 2); }

static void *use(void *answer) {
    static const char text[] = "[(core/kv/set a 42) (core/kv/get a)]";
    weir_runtime *runtime;
    weir_session *session = runtime_open(NULL, &runtime, NULL) ? session_open(runtime, NULL, NULL) : NULL;
    if (!session) return NULL;
    bool good = eval(session, text, sizeof text - 1, keep, answer, NULL);
    session_close(session);
    return runtime_close(runtime, NULL) && good ? answer : NULL;
}

int main(int argc, char **argv) {
    library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
    find("weir_runtime_open", &runtime_open);
    find("weir_runtime_close", &runtime_close);
    find("weir_session_open", &session_open);
    find("weir_session_close", &session_close);
    find("weir_eval", &eval);
    find("weir_slp_print", &print);
    pthread_t thread;
    char answer[3] = "";
    void *good = NULL;
    if (pthread_create(&thread, NULL, use, answer) || pthread_join(thread, &good)) return 1;
    return dlclose(library) || !good || strcmp(answer, "42");
}
