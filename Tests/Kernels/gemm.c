// Rows times matrix, with A's rows at each of the three distances.

#include <math.h>

#include "families.h"

typedef struct {
    void (*function)(const sk_gemm *);
    int stride, depth;  // between A's rows; of a segment
} variant;

static sk_gemm random_gemm(trial *t, const variant *v) {
    const int lanes = t->kernels->lanes;
    // Consecutive seeds sweep the rows from one to past three register blocks.
    sk_gemm g = {.rows = 1 + (int32_t)(t->seed % (uint64_t)(3 * t->kernels->gemm_rows + 2)),
                 .segments = random_int(&t->random, 1, 9), .panels = random_int(&t->random, 1, 3),
                 .bypass_cache = random_int(&t->random, 0, 1)};
    int32_t *offsets = new_ints(t, g.segments), last = 0;
    for (int i = 0; i < g.segments; i++) {
        offsets[i] = i == 0 ? 0 : random_int(&t->random, 0, 400);
        if (offsets[i] > last) last = offsets[i];
    }
    g.offsets = offsets;
    g.a = new_random_floats(t, last + (int64_t)(g.rows - 1) * v->stride + v->depth, 1);
    g.b = new_random_floats(t, (int64_t)g.panels * g.segments * v->depth * 2 * lanes, 1);
    g.c_block_stride = (g.rows + random_int(&t->random, 0, 2)) * lanes;
    return g;
}

static void expect_element(const trial *t, const sk_gemm *g, const variant *v, expectation e, int row, int column) {
    const int lanes = t->kernels->lanes, panel = 2 * lanes;
    double sum = 0, magnitude = 0;
    for (int i = 0; i < g->segments; i++)
        for (int k = 0; k < v->depth; k++) {
            const double a = g->a[g->offsets[i] + row * v->stride + k];
            const double b = g->b[((int64_t)(column / panel * g->segments + i) * v->depth + k) * panel + column % panel];
            sum += a * b;
            magnitude += fabs(a * b);
        }
    expect_value(e, column / lanes * g->c_block_stride + row * lanes + column % lanes, sum,
                 sum_tolerance(g->segments * v->depth) * magnitude);
}

static void test_variant(trial *t, const variant *v) {
    const int lanes = t->kernels->lanes;
    sk_gemm g = random_gemm(t, v);
    const bool counted = random_int(&t->random, 0, 3) > 0;
    describe(t, "%d rows, %d segments of %d, %d panels, C's blocks %lld apart%s", g.rows, g.segments, v->depth, g.panels,
             (long long)g.c_block_stride, counted ? ", statistics" : "");
    expectation e = new_expectation((2 * g.panels - 1) * g.c_block_stride + g.rows * lanes);
    for (int row = 0; row < g.rows; row++)
        for (int column = 0; column < 2 * g.panels * lanes; column++) expect_element(t, &g, v, e, row, column);
    statistics s = new_statistics(t);
    g.c = new_floats(t, e.count);
    if (counted) g.statistics = s.sums;
    v->function(&g);
    check_floats(t, "C", g.c, e);
    if (counted) check_statistics(t, s, g.c, e);
}

void test_gemm(trial *t) { test_variant(t, &(variant){t->kernels->gemm, t->kernels->lanes, t->kernels->lanes}); }
void test_gemm_stride2(trial *t) { test_variant(t, &(variant){t->kernels->gemm_stride2, 2 * t->kernels->lanes, t->kernels->lanes}); }
void test_gemm_rgb(trial *t) { test_variant(t, &(variant){t->kernels->gemm_rgb, 3, 21}); }
