/* store_test_p - a test program over every store that this build has, each in a folder of its own. Private to tests of kv. */
#ifndef WEIR_KV_STORE_TEST_P_H
#define WEIR_KV_STORE_TEST_P_H

#include <dirent.h>
#include <unistd.h>

#include "kv/kv_p.h"
#include "prims/variant.h"

static const char *weir_test_store = "memory";
static char weir_test_folder[] = "/tmp/weir-kv-XXXXXX";

/* With the store's own folder, empty at first; stores with files write at MEMORY, so that tests need not wait for disks. */
static inline weir_kv_options weir_test_store_options(void) {
    weir_kv_options o = {.variant = WEIR_STRING(WEIR_KV), .store = weir_test_store};
    static char path[sizeof weir_test_folder + sizeof "/store"];
    if (strcmp(weir_test_store, "memory") == 0) return o;
    snprintf(path, sizeof path, "%s/store", weir_test_folder);
    o.path = path;
    o.level_given = true;
    return o;
}

static inline weir_kv *weir_test_store_open(void) {
    weir_kv_options o = weir_test_store_options();
    weir_kv_error error;
    weir_kv *kv = NULL;
    if (weir_kv_open(&o, &kv, &error) != WEIR_KV_OK) fail_msg("%s", error.text);
    return kv;
}

static inline void weir_test_store_remove(void) {
    weir_kv_options o = weir_test_store_options();
    char path[sizeof weir_test_folder + 300];
    DIR *d = o.path ? opendir(o.path) : NULL;
    for (const struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", o.path, e->d_name);
        if (e->d_name[0] != '.') unlink(path);
    }
    if (d) closedir(d), rmdir(o.path);
}

/* Runs the tests on one after the other. */
#define weir_test_every_store(tests) weir_test_stores(tests, sizeof(tests) / sizeof *(tests))
static inline int weir_test_stores(const struct CMUnitTest *tests, size_t n) {
    static const char *const all[] = {"memory", "wal", "lmdb"};
    int failed = 0;
    if (!mkdtemp(weir_test_folder)) return 1;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!weir_store_find(all[i])) continue;
        weir_test_store = all[i];
        failed += _cmocka_run_group_tests(all[i], tests, n, NULL, NULL);
        weir_test_store_remove();
    }
    rmdir(weir_test_folder);
    return failed;
}

#endif
