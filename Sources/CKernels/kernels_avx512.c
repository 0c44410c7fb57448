// AVX-512: 16 lanes, 32 registers; 12 × 2 accumulators leave eight for operands.
#if defined(__x86_64__)
#define SK_ISA avx512
#define SK_LANES 16
#define SK_GEMM_ROWS 12
#define SK_HAS_FMA 1
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,avx2"))), apply_to = function)
#include "table.inc.h"
#pragma clang attribute pop
#endif
