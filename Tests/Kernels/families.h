// The families: one for each kernel, named after it, and those of several kernels together.
#ifndef KERNEL_TESTS_FAMILIES_H
#define KERNEL_TESTS_FAMILIES_H

#include "trial.h"

#define SK_KERNEL(result, name, ...) void test_##name(trial *t);
#include "kernels.inc.h"

void test_strassen_level(trial *t);
void test_winograd_convolution(trial *t);
void test_fourier_convolution(trial *t);
void test_depthwise_convolution(trial *t);
void test_stride2_convolution(trial *t);
void test_rgb_convolution(trial *t);
void test_tanh(trial *t);

/// The seeds of the contracts family: one broken contract each.
enum { broken_contracts = 16 };
void test_contracts(trial *t);

/// The seeds of the golden family: two bilinear conventions of two sizes.
enum { golden_cases = 4 };
void test_golden(trial *t);

#endif
