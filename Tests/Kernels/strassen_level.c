// A whole Strassen–Winograd level as the 1×1 layers run it, seven products, against the plain product.

#include <math.h>

#include "families.h"

/// Quarters of A `[4][segments][rows][L]`, of C `[4][2·panels][rows][L]`, and the transposed weights in full.
typedef struct {
    int rows, segments, panels, inputs, outputs;  // the last two are halves
    const float *a[4];
    float *c[4];
    const float *weights;  // `[2·inputs][2·outputs]`
    float *packed;         // `[7][panels][inputs][2L]`
} level;

/// The seven right-hand operands: B11, B21, B22, −T4, T1, T2, T3.
static void pack_weights(const trial *t, level *l) {
    const int panel = 2 * t->kernels->lanes;
    const int64_t quarter = (int64_t)l->inputs * l->outputs;
    for (int k = 0; k < l->inputs; k++)
        for (int n = 0; n < l->outputs; n++) {
            const float *b = l->weights + (int64_t)k * 2 * l->outputs + n, *below = b + (int64_t)l->inputs * 2 * l->outputs;
            const double b11 = b[0], b12 = b[l->outputs], b21 = below[0], b22 = below[l->outputs];
            const double t1 = b12 - b11, t2 = b22 - t1, t3 = b22 - b12, t4 = t2 - b21;
            const double operands[7] = {b11, b21, b22, -t4, t1, t2, t3};
            float *place = l->packed + ((int64_t)(n / panel) * l->inputs + k) * panel + n % panel;
            for (int i = 0; i < 7; i++) place[i * quarter] = (float)operands[i];
        }
}

static level new_level(trial *t) {
    const int lanes = t->kernels->lanes;
    level l = {.rows = 1 + (int)(t->seed % (uint64_t)(3 * t->kernels->gemm_rows + 2)), .segments = random_int(&t->random, 1, 5),
               .panels = random_int(&t->random, 1, 2)};
    l.inputs = l.segments * lanes, l.outputs = l.panels * 2 * lanes;
    for (int i = 0; i < 4; i++) {
        l.a[i] = new_random_floats(t, (int64_t)l.rows * l.inputs, 1);
        l.c[i] = new_floats(t, (int64_t)l.rows * l.outputs);
    }
    l.weights = new_random_floats(t, (int64_t)4 * l.inputs * l.outputs, 1);
    l.packed = new_floats(t, (int64_t)7 * l.inputs * l.outputs);
    pack_weights(t, &l);
    return l;
}

typedef struct {
    const float *a;
    int matrix;
    const float *start;
    float *c, *running;
    const float *addend;
    double *statistics;
} product;

static void multiply(const trial *t, const level *l, product p) {
    const int64_t stride = (int64_t)l->rows * t->kernels->lanes;
    const sk_strassen_step step = {
        .a = p.a, .a_block_stride = stride, .segments = l->segments, .rows = l->rows, .panels = l->panels,
        .b = l->packed + (int64_t)p.matrix * l->inputs * l->outputs, .start = p.start, .start_block_stride = stride, .c = p.c,
        .c_block_stride = stride, .running = p.running, .addend = p.addend, .running_block_stride = stride, .statistics = p.statistics};
    t->kernels->strassen_step(&step);
}

static void run_level(trial *t, const level *l, double *statistics) {
    const int64_t count = (int64_t)l->rows * l->inputs, area = (int64_t)l->rows * l->outputs;
    float *s1 = new_floats(t, count), *s2 = new_floats(t, count), *s3 = new_floats(t, count), *s4 = new_floats(t, count);
    float *t1 = new_floats(t, area), *t2 = new_floats(t, area);
    t->kernels->strassen_sums(count, l->a[0], l->a[1], l->a[2], l->a[3], s1, s2, s3, s4);
    multiply(t, l, (product){.a = l->a[0], .matrix = 0, .c = t1});
    multiply(t, l, (product){.a = l->a[1], .matrix = 1, .start = t1, .c = l->c[0], .statistics = statistics});
    multiply(t, l, (product){.a = s2, .matrix = 5, .start = t1, .c = t1});
    multiply(t, l, (product){.a = s3, .matrix = 6, .start = t1, .c = t2});
    multiply(t, l, (product){.a = l->a[3], .matrix = 3, .start = t2, .c = l->c[2], .statistics = statistics});
    multiply(t, l, (product){.a = s1, .matrix = 4, .c = l->c[3], .running = t1, .addend = t2, .statistics = statistics});
    multiply(t, l, (product){.a = s4, .matrix = 2, .start = t1, .c = l->c[1], .statistics = statistics});
}

/// Quarter `2·half + side` of the plain product.
static expectation expect_quarter(const trial *t, const level *l, int half, int side) {
    const int lanes = t->kernels->lanes;
    expectation e = new_expectation((int64_t)l->rows * l->outputs);
    for (int row = 0; row < l->rows; row++)
        for (int n = 0; n < l->outputs; n++) {
            double sum = 0;
            for (int k = 0; k < 2 * l->inputs; k++) {
                const int inner = k % l->inputs;
                const float *a = l->a[2 * half + k / l->inputs];
                sum += (double)a[(inner / lanes * l->rows + row) * lanes + inner % lanes]
                    * l->weights[(int64_t)k * 2 * l->outputs + side * l->outputs + n];
            }
            // The sums of operands are up to three times as large as the operands, on both sides.
            expect_value(e, (n / lanes * l->rows + row) * lanes + n % lanes, sum, 2 * sum_tolerance(2 * l->inputs) * l->inputs);
        }
    return e;
}

void test_strassen_level(trial *t) {
    const level l = new_level(t);
    describe(t, "2·%d rows, 2·%d inputs, 2·%d outputs", l.rows, l.inputs, l.outputs);
    double sums[2 * most_lanes] = {0};
    run_level(t, &l, sums);
    static const char *const names[4] = {"C11", "C12", "C21", "C22"};
    for (int quarter = 0; quarter < 4; quarter++)
        check_floats(t, names[quarter], l.c[quarter], expect_quarter(t, &l, quarter / 2, quarter % 2));
}
