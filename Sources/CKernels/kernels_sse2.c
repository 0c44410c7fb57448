// SSE2, what every x86-64 has: 4 lanes, 16 registers, no fused multiply-add.
#if defined(__x86_64__)
#define SK_ISA sse2
#define SK_LANES 4
#define SK_GEMM_ROWS 6
#define SK_HAS_FMA 0

#include "table.inc.h"

#endif
