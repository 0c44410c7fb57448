// NEON of arm64: 4 lanes, 32 registers; 12 × 2 accumulators.
#if defined(__aarch64__)
#define SK_ISA neon
#define SK_LANES 4
#define SK_GEMM_ROWS 12
#define SK_HAS_FMA 1

#include "table.inc.h"

#endif
