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
#define SK_KERNEL(result, name, ...) .name = SK_NAME(name),
#include "kernels.inc.h"
};
