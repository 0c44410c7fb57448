// The families, in the order of a picture's way.

#include "families.h"

const family families[] = {
    {"band", test_band},
    {"gemm", test_gemm},
    {"gemm_stride2", test_gemm_stride2},
    {"gemm_rgb", test_gemm_rgb},
    {"strassen_sums", test_strassen_sums},
    {"strassen_step", test_strassen_step},
    {"strassen_level", test_strassen_level},
    {"winograd_input", test_winograd_input},
    {"winograd_output", test_winograd_output},
    {"winograd_convolution", test_winograd_convolution},
    {"fourier_input", test_fourier_input},
    {"fourier_output", test_fourier_output},
    {"fourier_convolution", test_fourier_convolution},
    {"depthwise", test_depthwise},
    {"depthwise_convolution", test_depthwise_convolution},
    {"stride2_convolution", test_stride2_convolution},
    {"rgb_convolution", test_rgb_convolution},
    {"rgb_output", test_rgb_output},
    {"tanh", test_tanh},
};

const int family_count = sizeof families / sizeof *families;
