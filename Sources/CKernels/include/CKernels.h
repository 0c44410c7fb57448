/// The engine's inner loops, one table of functions per instruction set.
///
/// Layout. An activation of C channels, H rows and W columns is stored as `[H][C/L][W][L]` floats, where L is the
/// table's `lanes`: a vector register holds L neighbouring channels of one pixel, and one row of the picture with all
/// its channels is contiguous. Buffers start on 64-byte boundaries. Strides and offsets are counted in floats.
///
/// Statistics. Functions that take `double *statistics` add the L lane-wise sums of what they store to
/// `statistics[0..<L]` and of its squares to `statistics[L..<2L]`.
///
/// Bypassing the caches. An output larger than the last-level cache is gone from it before it is read again; stored past the caches
/// it need not be fetched first and drives nothing out. Such outputs are aligned to L floats.
#ifndef SAKUGA_CKERNELS_H
#define SAKUGA_CKERNELS_H

#include <stdbool.h>
#include <stdint.h>

/// Points of a transformed tile: F(6×6, 3×3) is 8×8, a real 16×16 FFT is 126 complex products of three real ones and four real ones.
enum { sk_winograd_points = 64, sk_winograd_tile = 6, sk_fourier_points = 382, sk_fourier_tile = 10 };

/// What a layer reads: a stored activation and what is to be done to it on the way in. In this order: normalise
/// (`x·scale + shift` per channel), LeakyReLU with `slope` or add `residual`, resize bilinearly upwards, pad by reflection.
typedef struct {
    const float *_Nonnull data;       ///< `[height][blocks][width][L]`
    const float *_Nullable residual;  ///< same shape as `data`, added after normalisation in place of LeakyReLU; NULL: none
    const float *_Nullable scale;     ///< per channel; NULL: the stored values as they are, nothing added or activated
    const float *_Nullable shift;
    float slope;                      ///< of LeakyReLU; 1: no activation
    int32_t blocks;                   ///< channels / L
    int32_t height, width;            ///< as stored
    int32_t out_height, out_width;    ///< after resizing; equal to the stored ones without
    const int32_t *_Nullable row_index;     ///< per output row, the upper of its two source rows; NULL: no resizing
    const float *_Nullable row_weight;      ///< weight of the lower one
    const int32_t *_Nullable column_index;  ///< per output column, the left of its two source columns
    const float *_Nullable column_weight;
} sk_source;

/// Rows times matrix: `C[r][n] = Σ_i Σ_k A[offsets[i] + r·stride + k] · B`, k in 0..<depth of the function used.
typedef struct {
    const float *_Nonnull a;
    const int32_t *_Nonnull offsets;  ///< `segments` starts within `a`
    int32_t segments;
    int32_t rows;                     ///< of A and C
    int32_t panels;                   ///< of B, each 2·L columns wide: `[panels][segments·depth][2L]`
    const float *_Nonnull b;
    float *_Nonnull c;                ///< `[2·panels]` blocks of `[rows][L]`
    int64_t c_block_stride;           ///< floats between those blocks
    bool bypass_cache;                ///< store C past the caches (`sk_store_fence` before others read it)
    double *_Nullable statistics;
} sk_gemm;

/// One product of Strassen's algorithm in Winograd's variant, with its additions: `product = start + A·B`, then
/// `running += product` and `c = product + addend`, each where it is given.
typedef struct {
    const float *_Nonnull a;          ///< `[segments][rows][L]`
    int64_t a_block_stride;
    int32_t segments;                 ///< K / L
    int32_t rows;
    int32_t panels;                   ///< of 2·L columns
    const float *_Nonnull b;          ///< `[panels][K][2L]`
    const float *_Nullable start;     ///< the accumulators' first values; NULL: zero
    int64_t start_block_stride;
    float *_Nonnull c;
    int64_t c_block_stride;
    float *_Nullable running;
    const float *_Nullable addend;
    int64_t running_block_stride;     ///< of `running` and `addend`
    bool bypass_cache;                ///< store `c` past the caches
    double *_Nullable statistics;
} sk_strassen_step;

/// The kernels of one instruction set. `kernels.inc.h` says what each does.
typedef struct {
    const char *_Nonnull name;
    int32_t lanes;      ///< L, floats in a vector
    int32_t gemm_rows;  ///< rows of the GEMM register block, each two vectors wide

#define SK_KERNEL(result, name, ...) result (*_Nonnull name)(__VA_ARGS__);
#include "kernels.inc.h"
} sk_kernels;

/// The table of instruction set `name` (a name of `instruction_sets.inc.h`), or NULL where this processor does not run it.
const sk_kernels *_Nullable sk_kernels_named(const char *_Nonnull name);

/// Of the tables that this processor runs, fastest first, the one at `index` from 0; NULL after the last.
const sk_kernels *_Nullable sk_kernels_at(int32_t index);

/// The fastest table that this processor runs.
const sk_kernels *_Nonnull sk_kernels_best(void);

/// Asks the scheduler to let the calling thread run for `nanoseconds` before another takes its core: a thread that is preempted in the
/// middle of a layer finds its caches full of the other's data. Threads that sleep and wake, such as those of connections, still get a
/// core at once. Linux from 6.12 on (sched_setattr(2), `sched_runtime` of SCHED_OTHER); false where the system does not support or
/// grant it.
bool sk_ask_for_time_slice(int64_t nanoseconds);

/// Tells the processor that this is a spinning loop.
static inline void sk_spin_hint(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Orders what was stored past the caches before whatever the calling thread stores next.
static inline void sk_store_fence(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#elif defined(__aarch64__)
    __asm__ volatile("dmb ishst" ::: "memory");
#endif
}

// The tables themselves, for selection only.
#define SK_INSTRUCTION_SET(name) extern const sk_kernels sk_kernels_##name;
#include "instruction_sets.inc.h"

// The plain reference: double precision, planar `[C][H][W]`, nothing clever. What the kernels and the network are tested against.

/// Convolution (correlation) of a `kernel`×`kernel` window after reflection padding by `before` above and left; below and right
/// as far as the window reaches. `groups` is 1 or the number of channels (depthwise). `bias` may be NULL.
void sk_reference_convolution(const double *_Nonnull in, int32_t in_channels, int32_t height, int32_t width, const float *_Nonnull weights,
                              const float *_Nullable bias, int32_t out_channels, int32_t out_height, int32_t out_width, int32_t kernel,
                              int32_t stride, int32_t before, int32_t groups, double *_Nonnull out);
/// GroupNorm with one group (epsilon 1e-5, biased variance), then LeakyReLU with `slope` (1: none), in place.
void sk_reference_normalise(double *_Nonnull values, int32_t channels, int64_t area, const float *_Nonnull weight,
                            const float *_Nonnull bias, double slope);
/// Bilinear resize as PyTorch's `interpolate(size:)`.
void sk_reference_resize(const double *_Nonnull in, int32_t channels, int32_t height, int32_t width, int32_t out_height,
                         int32_t out_width, bool align_corners, double *_Nonnull out);

#endif
