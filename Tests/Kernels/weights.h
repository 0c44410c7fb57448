// A checkpoint's tensors, packed as the kernels read them.
#ifndef KERNEL_TESTS_WEIGHTS_H
#define KERNEL_TESTS_WEIGHTS_H

#include "files.h"
#include "transforms.h"

/// `[out][in][k][k]` to `[panels][in/block][k·k][block][2L]`: the order in which a convolution's offset table walks a band whose
/// pixels hold `block` channels.
float *pack_direct(trial *t, tensor w, int block);
/// `[channels][1][3][3]` to `[channels/L][9][L]`.
float *pack_depthwise(trial *t, tensor w);
/// `[out][in][k][k]` to `[points][panels][in][2L]`, transformed by the table's own GEMM, as the engine does it.
float *pack_transformed(trial *t, tensor w, const tile_transform *f);

#endif
