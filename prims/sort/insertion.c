#include "prims/sort/insertion.h"

weir_status weir_sort_insertion(weir_sort_item *items, size_t sorted, size_t n, weir_sort_item *scratch) {
    weir_status bad = weir_sort_check(items, sorted, n, scratch, 0);
    if (bad) return bad;
    weir_sort_insert_rest(items, weir_sort_ordered(items, sorted, n), n);
    return WEIR_OK;
}
