#include "families.h"

/// Seeds that a family sweeps.
enum { sweep = 80 };

const family families[] = {
#define SK_KERNEL(result, name, ...) {#name, test_##name, sweep},
#include "kernels.inc.h"
    {"strassen_level", test_strassen_level, sweep},
    {"winograd_convolution", test_winograd_convolution, sweep},
    {"fourier_convolution", test_fourier_convolution, sweep},
    {"depthwise_convolution", test_depthwise_convolution, sweep},
    {"stride2_convolution", test_stride2_convolution, sweep},
    {"rgb_convolution", test_rgb_convolution, sweep},
    {"tanh", test_tanh, sweep},
    {"golden", test_golden, golden_cases},
#ifdef SK_CHECKS
    {"contracts", test_contracts, broken_contracts},
#endif
};

const int family_count = sizeof families / sizeof *families;
