// Vectors of SK_LANES floats in clang's vector extension, so that one source serves every instruction set.
// Included once per instruction set, after SK_LANES, SK_ISA and SK_HAS_FMA are defined.

#include <stddef.h>
#include <string.h>

#include "CKernels.h"

// Nothing is fused but what `fma_` fuses, whatever the compiler is told: the same picture from every build.
#pragma STDC FP_CONTRACT OFF

// A kernel begins with what its callers promise. Checked where SK_CHECKS is defined, as the tests do.
#ifdef SK_CHECKS
#undef NDEBUG
#include <assert.h>
#define SK_ASSERT(condition) assert(condition)
#else
#define SK_ASSERT(condition) ((void)0)
#endif

#define SK_PASTE2(a, b) a##b
#define SK_PASTE(a, b) SK_PASTE2(a, b)
/// k_f32_<operation>__<instruction set>
#define SK_NAME(operation) SK_PASTE(SK_PASTE(k_f32_, operation), SK_PASTE(__, SK_ISA))
#define SK_TABLE SK_PASTE(sk_kernels_, SK_ISA)
#define SK_INLINE static inline __attribute__((always_inline))
#define SK_UNROLL _Pragma("clang loop unroll(full)")

typedef float vf __attribute__((vector_size(SK_LANES * 4)));
typedef double vd __attribute__((vector_size(SK_LANES * 8)));
typedef int32_t vi __attribute__((vector_size(SK_LANES * 4)));
// What memory holds need only be aligned to its elements.
typedef float vf_memory __attribute__((vector_size(SK_LANES * 4), aligned(4), may_alias));
typedef double vd_memory __attribute__((vector_size(SK_LANES * 8), aligned(8), may_alias));

SK_INLINE vf load(const float *p) { return *(const vf_memory *)p; }
SK_INLINE void store(float *p, vf v) { *(vf_memory *)p = v; }
SK_INLINE void store_past_caches(float *p, vf v) { __builtin_nontemporal_store(v, (vf *)p); }
SK_INLINE void store_either(const bool bypass_cache, float *p, vf v) { bypass_cache ? store_past_caches(p, v) : store(p, v); }
// x − 0 is x for every x, so this is a broadcast and nothing else (0 + x would turn −0 into 0).
SK_INLINE vf splat(float x) { return x - (vf){0}; }
/// Whether `p` may be stored to past the caches.
SK_INLINE bool is_aligned(const float *p) { return (uintptr_t)p % sizeof(vf) == 0; }
/// Asks for the cache line at `p`, which need not be a valid address.
SK_INLINE void prefetch(const float *p) { __builtin_prefetch(p); }
/// Asks for the cache line at `p`, to be written soon.
SK_INLINE void prefetch_to_write(float *p) { __builtin_prefetch(p, 1); }
SK_INLINE vf zero(void) { return (vf){0}; }
SK_INLINE vf vmax(vf a, vf b) { return __builtin_elementwise_max(a, b); }
SK_INLINE vf vmin(vf a, vf b) { return __builtin_elementwise_min(a, b); }

/// a·b + c, fused where the instruction set can.
SK_INLINE vf fma_(vf a, vf b, vf c) {
#if SK_HAS_FMA
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// c − a·b.
SK_INLINE vf fnma_(vf a, vf b, vf c) { return fma_(-a, b, c); }

/// Adds lane-wise sums and sums of squares of a short run to the statistics in double precision, so that
/// mean² ≫ variance does not cost the variance its digits.
SK_INLINE void add_statistics(double *statistics, vf sum, vf squares) {
    vd_memory *sums = (vd_memory *)statistics;
    sums[0] += __builtin_convertvector(sum, vd);
    sums[1] += __builtin_convertvector(squares, vd);
}
