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

/// The kernels of one instruction set.
typedef struct {
    const char *_Nonnull name;
    int32_t lanes;      ///< L, floats in a vector
    int32_t gemm_rows;  ///< rows of the GEMM register block, each two vectors wide

    /// Writes rows `y0..<y0+rows` and columns `x0..<x0+columns` of channel block `block` of the source (after all that
    /// `sk_source` asks for) to `out`, whose rows are `out_row_stride` floats apart. Rows and columns outside the picture are
    /// reflected; beyond reflection's reach (tiles that overhang the edge) the content is arbitrary but finite.
    /// A band that starts left of the picture or ends right of it contains the columns that are mirrored there. Where the source is
    /// resized, `scratch` holds `(rows + 4)·(columns + 4)·L` floats; otherwise it is not touched.
    void (*_Nonnull band)(const sk_source *_Nonnull source, int32_t block, int32_t y0, int32_t rows, int32_t x0, int32_t columns,
                          float *_Nonnull out, int64_t out_row_stride, float *_Nonnull scratch);

    /// GEMM over blocked pixels (A's rows are L floats apart, depth L).
    void (*_Nonnull gemm)(const sk_gemm *_Nonnull);
    /// The same over every second pixel (A's rows are 2·L floats apart): a convolution of stride 2 through an offset table.
    void (*_Nonnull gemm_stride2)(const sk_gemm *_Nonnull);
    /// The same over RGB pixels (A's rows are 3 floats apart, depth 21: seven neighbouring pixels): the first 7×7 layer.
    void (*_Nonnull gemm_rgb)(const sk_gemm *_Nonnull);
    /// One product of a Strassen–Winograd step with its additions.
    void (*_Nonnull strassen_step)(const sk_strassen_step *_Nonnull);
    /// Operands of one Strassen–Winograd level: of the quarters A11, A12, A21, A22 of a block of `count` floats each, S1 = A21 + A22,
    /// S2 = S1 − A11, S3 = A11 − A21, S4 = A12 − S2.
    void (*_Nonnull strassen_sums)(int64_t count, const float *_Nonnull a11, const float *_Nonnull a12, const float *_Nonnull a21,
                                   const float *_Nonnull a22, float *_Nonnull s1, float *_Nonnull s2, float *_Nonnull s3,
                                   float *_Nonnull s4);

    /// Winograd F(6×6, 3×3): `tiles` neighbouring 8×8 tiles of a band (6 columns apart) to 64 points, `points_stride` apart, each tile L floats.
    void (*_Nonnull winograd_input)(const float *_Nonnull band, int64_t band_row_stride, int32_t tiles, float *_Nonnull points,
                                    int64_t point_stride);
    /// Back: 64 points of `tiles` neighbouring tiles to 6×6 outputs each, of which the first `rows` rows and `columns` columns of the run exist.
    void (*_Nonnull winograd_output)(const float *_Nonnull points, int64_t point_stride, int32_t tiles, float *_Nonnull out,
                                     int64_t out_row_stride, int32_t rows, int32_t columns, bool bypass_cache,
                                     double *_Nonnull statistics);
    /// Real 16×16 FFT of `tiles` neighbouring tiles (10 columns apart) to 382 real points.
    void (*_Nonnull fourier_input)(const float *_Nonnull band, int64_t band_row_stride, int32_t tiles, float *_Nonnull points,
                                   int64_t point_stride);
    /// Back, to the 10×10 outputs that a 7×7 kernel leaves valid.
    void (*_Nonnull fourier_output)(const float *_Nonnull points, int64_t point_stride, int32_t tiles, float *_Nonnull out,
                                    int64_t out_row_stride, int32_t rows, int32_t columns, bool bypass_cache,
                                     double *_Nonnull statistics);

    /// Depthwise 3×3 with bias over one row of `width` pixels of one channel block; `weights` is `[9][L]`.
    void (*_Nonnull depthwise)(const float *_Nonnull band, int64_t band_row_stride, int32_t width, const float *_Nonnull weights,
                               const float *_Nonnull bias, float *_Nonnull out, bool bypass_cache, double *_Nonnull statistics);

    /// The last layer over `columns` pixels of row `y` from column `x`: 1×1 convolution of the source's channels to RGB and
    /// tanh. `weights` is `[3][channels]`; red, green and blue go to `planes[0..2]`, `columns` floats each. `scratch` holds
    /// `channels·columns` floats.
    void (*_Nonnull rgb_output)(const sk_source *_Nonnull source, const float *_Nonnull weights, int32_t y, int32_t x, int32_t columns,
                                float *_Nonnull const *_Nonnull planes, float *_Nonnull scratch);

    /// `rounds` rounds of 12·L independent multiply-adds in registers and nothing else, for measuring the processor's peak. The result
    /// keeps the compiler from leaving them out.
    float (*_Nonnull multiply_add)(int64_t rounds);
} sk_kernels;

/// The kernels named `name` ("avx512", "avx2", "sse2", "neon") if this processor runs them, else NULL.
const sk_kernels *_Nullable sk_kernels_named(const char *_Nonnull name);

/// The fastest kernels that this processor runs.
const sk_kernels *_Nonnull sk_kernels_best(void);

/// Asks the system to let the calling thread compute for so long before another takes its core: a thread that is taken off in the
/// middle of a layer finds its caches full of the other's data. Threads that sleep and wake, such as those of connections, still get a
/// core at once. Linux from 6.12 on (sched_setattr(2), `sched_runtime` of SCHED_OTHER); false where there is no such wish or it is
/// not granted.
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
extern const sk_kernels sk_kernels_avx512, sk_kernels_avx2, sk_kernels_sse2, sk_kernels_neon;

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
