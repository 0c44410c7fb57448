// AVX2 with FMA: 8 lanes, 16 registers; 6 × 2 accumulators leave four for operands.
#if defined(__x86_64__)
#define SK_ISA avx2
#define SK_LANES 8
#define SK_GEMM_ROWS 6
#define SK_HAS_FMA 1
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "table.inc.h"
#pragma clang attribute pop
#endif
