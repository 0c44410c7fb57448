// The families, in the order of a picture's way.

#include "families.h"

/// Seeds that a family sweeps.
enum { sweep = 80 };

const family families[] = {
    {"band", test_band, sweep},
    {"gemm", test_gemm, sweep},
    {"gemm_stride2", test_gemm_stride2, sweep},
    {"gemm_rgb", test_gemm_rgb, sweep},
    {"strassen_sums", test_strassen_sums, sweep},
    {"strassen_step", test_strassen_step, sweep},
    {"strassen_level", test_strassen_level, sweep},
    {"winograd_input", test_winograd_input, sweep},
    {"winograd_output", test_winograd_output, sweep},
    {"winograd_convolution", test_winograd_convolution, sweep},
    {"fourier_input", test_fourier_input, sweep},
    {"fourier_output", test_fourier_output, sweep},
    {"fourier_convolution", test_fourier_convolution, sweep},
    {"depthwise", test_depthwise, sweep},
    {"depthwise_convolution", test_depthwise_convolution, sweep},
    {"stride2_convolution", test_stride2_convolution, sweep},
    {"rgb_convolution", test_rgb_convolution, sweep},
    {"rgb_output", test_rgb_output, sweep},
    {"tanh", test_tanh, sweep},
    {"golden", test_golden, golden_cases},
};

const int family_count = sizeof families / sizeof *families;
