#ifndef KERNEL_TESTS_FAMILIES_H
#define KERNEL_TESTS_FAMILIES_H

#include "trial.h"

void test_band(trial *t);
void test_gemm(trial *t);
void test_gemm_stride2(trial *t);
void test_gemm_rgb(trial *t);
void test_strassen_sums(trial *t);
void test_strassen_step(trial *t);
void test_strassen_level(trial *t);
void test_winograd_input(trial *t);
void test_winograd_output(trial *t);
void test_winograd_convolution(trial *t);
void test_fourier_input(trial *t);
void test_fourier_output(trial *t);
void test_fourier_convolution(trial *t);
void test_depthwise(trial *t);
void test_depthwise_convolution(trial *t);
void test_stride2_convolution(trial *t);
void test_rgb_convolution(trial *t);
void test_rgb_output(trial *t);
void test_tanh(trial *t);

/// The seeds of the golden family: two bilinear conventions of two sizes.
enum { golden_cases = 4 };
void test_golden(trial *t);

#endif
