/* The table is made at first use, in some 20 us: 5^e is multiplied up exactly, and 2^1023 / 5^e divided down, where cutting off
 * at each step is the same as cutting off at the end. The powers of two do not change the leading bits. */
#include "slp/ten_p.h"

#include <pthread.h>

enum { WORDS = 32 }; /* of 32 bits, the lowest first: 5^324 and 2^1023 fit */

static slp_ten ten[SLP_TEN_MAX - SLP_TEN_MIN + 1];

static slp_ten leading(const uint32_t *n) {
    int top = WORDS - 1;
    uint64_t word[5] = {0};
    while (!n[top]) top--;
    for (int i = 0; i < 5 && i <= top; i++) word[i] = n[top - i];
    int zeros = __builtin_clz(n[top]);
    uint64_t high = word[0] << 32 | word[1], low = word[2] << 32 | word[3];
    if (zeros == 0) return (slp_ten){high, low};
    return (slp_ten){high << zeros | low >> (64 - zeros), low << zeros | word[4] >> (32 - zeros)};
}

static void times_5(uint32_t *n) {
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint64_t)n[i] * 5;
        n[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void by_5(uint32_t *n) {
    uint64_t rest = 0;
    for (int i = WORDS; i--;) {
        rest = rest << 32 | n[i];
        n[i] = (uint32_t)(rest / 5);
        rest %= 5;
    }
}

static void make(void) {
    uint32_t up[WORDS] = {1}, down[WORDS] = {[WORDS - 1] = 1u << 31};
    for (int e = 0; e <= SLP_TEN_MAX; e++, times_5(up)) ten[e - SLP_TEN_MIN] = leading(up);
    for (int e = -1; e >= SLP_TEN_MIN; e--) {
        by_5(down);
        ten[e - SLP_TEN_MIN] = leading(down);
    }
}

slp_ten slp_ten_to(int e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make);
    return ten[e - SLP_TEN_MIN];
}
