// Which table a processor runs.

#include <string.h>

#include "CKernels.h"

#if defined(__x86_64__)

// The system must save the wide registers too; `__builtin_cpu_supports` asks for that as well (XGETBV).
static bool runs_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl");
}
static bool runs_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool runs_sse2(void) { return true; }

#elif defined(__aarch64__)

static bool runs_neon(void) { return true; }

#else
#error "Sakuga's kernels are written for x86-64 and arm64"
#endif

static const struct {
    const sk_kernels *kernels;
    bool (*runs)(void);
} candidates[] = {
#define SK_INSTRUCTION_SET(name) {&sk_kernels_##name, runs_##name},
#include "instruction_sets.inc.h"
};

const sk_kernels *sk_kernels_at(int32_t index) {
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (candidates[i].runs() && index-- == 0) return candidates[i].kernels;
    return 0;
}

const sk_kernels *sk_kernels_named(const char *name) {
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        if (strcmp(candidates[i].kernels->name, name) == 0) return candidates[i].runs() ? candidates[i].kernels : 0;
    return 0;
}

// The last of the list runs on every processor of its architecture.
const sk_kernels *sk_kernels_best(void) { return sk_kernels_at(0); }
