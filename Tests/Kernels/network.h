// The whole generator, by the kernels of a trial's table.
#ifndef KERNEL_TESTS_NETWORK_H
#define KERNEL_TESTS_NETWORK_H

#include "files.h"
#include "picture.h"

/// Runs on an RGB picture of at least 16×16 (only `values`, `height` and `width` are read); returns `[3][height][width]`.
/// `convention` is that of the two bilinear resizes.
float *run_network(trial *t, const checkpoint *weights, const picture *p, resize_kind convention);

#endif
