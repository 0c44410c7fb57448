#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)

// The system must save the wide registers too; `__builtin_cpu_supports` asks for that as well (XGETBV).
static bool runs_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl");
}

static bool runs_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

const sk_kernels *sk_kernels_named(const char *name) {
    if (strcmp(name, "avx512") == 0 && runs_avx512()) return &sk_kernels_avx512;
    if (strcmp(name, "avx2") == 0 && runs_avx2()) return &sk_kernels_avx2;
    if (strcmp(name, "sse2") == 0) return &sk_kernels_sse2;
    return 0;
}

const sk_kernels *sk_kernels_best(void) {
    if (runs_avx512()) return &sk_kernels_avx512;
    if (runs_avx2()) return &sk_kernels_avx2;
    return &sk_kernels_sse2;
}

#elif defined(__aarch64__)

const sk_kernels *sk_kernels_named(const char *name) { return strcmp(name, "neon") == 0 ? &sk_kernels_neon : 0; }

const sk_kernels *sk_kernels_best(void) { return &sk_kernels_neon; }

#else
#error "Sakuga's kernels are written for x86-64 and arm64"
#endif
