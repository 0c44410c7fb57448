// The kernels of one instruction set, from the families' sources.

#include "vector.inc.h"

#include "edge.inc.h"
#include "band.inc.h"
#include "gemm.inc.h"
#include "strassen.inc.h"
#include "winograd.inc.h"
#include "fourier.inc.h"
#include "depthwise.inc.h"
#include "output.inc.h"
#include "peak.inc.h"

#define SK_STRING2(x) #x
#define SK_STRING(x) SK_STRING2(x)

const sk_kernels SK_TABLE = {
    .name = SK_STRING(SK_ISA),
    .lanes = SK_LANES,
    .gemm_rows = SK_GEMM_ROWS,
    .band = SK_NAME(band),
    .gemm = SK_NAME(gemm),
    .gemm_stride2 = SK_NAME(gemm_stride2),
    .gemm_rgb = SK_NAME(gemm_rgb),
    .strassen_step = SK_NAME(strassen_step),
    .strassen_sums = SK_NAME(strassen_sums),
    .winograd_input = SK_NAME(winograd_input),
    .winograd_output = SK_NAME(winograd_output),
    .fourier_input = SK_NAME(fourier_input),
    .fourier_output = SK_NAME(fourier_output),
    .depthwise = SK_NAME(depthwise),
    .rgb_output = SK_NAME(rgb_output),
    .multiply_add = SK_NAME(multiply_add),
};
