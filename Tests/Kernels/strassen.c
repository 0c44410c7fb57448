// The sums and the single products of a Strassen–Winograd level.

#include <math.h>

#include "families.h"

void test_strassen_sums(trial *t) {
    const int64_t count = (int64_t)(1 + t->seed % 40) * t->kernels->lanes;
    describe(t, "%lld floats", (long long)count);
    const float *a[4];
    float *s[4];
    expectation e[4];
    for (int i = 0; i < 4; i++) a[i] = new_random_floats(t, count, 1), s[i] = new_floats(t, count), e[i] = new_expectation(count);
    for (int64_t i = 0; i < count; i++) {
        const double a11 = a[0][i], a12 = a[1][i], a21 = a[2][i], a22 = a[3][i];
        const double s1 = a21 + a22, s2 = s1 - a11, values[4] = {s1, s2, a11 - a21, a12 - s2};
        const double magnitude = fabs(a11) + fabs(a12) + fabs(a21) + fabs(a22);
        for (int k = 0; k < 4; k++) expect_value(e[k], i, values[k], 3 * unit * magnitude);
    }
    t->kernels->strassen_sums(count, a[0], a[1], a[2], a[3], s[0], s[1], s[2], s[3]);
    static const char *const names[4] = {"S1", "S2", "S3", "S4"};
    for (int k = 0; k < 4; k++) check_floats(t, names[k], s[k], e[k]);
}

/// Which of a step's additions are asked for.
typedef struct {
    bool starts, in_place, runs, adds, counts;
} additions;

static sk_strassen_step random_step(trial *t, additions asked) {
    const int lanes = t->kernels->lanes;
    sk_strassen_step s = {.segments = random_int(&t->random, 1, 6), .panels = random_int(&t->random, 1, 3),
                          .rows = 1 + (int32_t)(t->seed % (uint64_t)(3 * t->kernels->gemm_rows + 2)),
                          .bypass_cache = random_int(&t->random, 0, 1)};
    s.a_block_stride = (s.rows + random_int(&t->random, 0, 2)) * lanes;
    s.c_block_stride = (s.rows + random_int(&t->random, 0, 2)) * lanes;
    s.running_block_stride = (s.rows + random_int(&t->random, 0, 2)) * lanes;
    s.start_block_stride = asked.in_place ? s.c_block_stride : (s.rows + random_int(&t->random, 0, 2)) * lanes;
    s.a = new_random_floats(t, (s.segments - 1) * s.a_block_stride + s.rows * lanes, 1);
    s.b = new_random_floats(t, (int64_t)s.panels * s.segments * lanes * 2 * lanes, 1);
    return s;
}

/// Floats of all column blocks that lie `stride` apart.
static int64_t extent(const trial *t, const sk_strassen_step *s, int64_t stride) {
    return (2 * s->panels - 1) * stride + (int64_t)s->rows * t->kernels->lanes;
}

static double product(const trial *t, const sk_strassen_step *s, int row, int column, double *magnitude) {
    const int lanes = t->kernels->lanes, panel = 2 * lanes;
    double sum = 0;
    for (int k = 0; k < s->segments * lanes; k++) {
        const double a = s->a[k / lanes * s->a_block_stride + row * lanes + k % lanes];
        const double b = s->b[(int64_t)(column / panel * s->segments * lanes + k) * panel + column % panel];
        sum += a * b;
        *magnitude += fabs(a * b);
    }
    return sum;
}

/// What `c` and `running` receive.
static void expect_step(const trial *t, const sk_strassen_step *s, expectation c, expectation running) {
    const int lanes = t->kernels->lanes;
    const double relative = sum_tolerance(s->segments * lanes);
    for (int row = 0; row < s->rows; row++)
        for (int column = 0; column < 2 * s->panels * lanes; column++) {
            const int64_t block = column / lanes, at = row * lanes + column % lanes;
            double magnitude = 0, value = product(t, s, row, column, &magnitude);
            if (s->start) value += s->start[block * s->start_block_stride + at], magnitude += 2;
            const int64_t beside = block * s->running_block_stride + at;
            if (s->running) expect_value(running, beside, s->running[beside] + value, relative * (magnitude + 2));
            if (s->addend) value += s->addend[beside], magnitude += 2;
            expect_value(c, block * s->c_block_stride + at, value, relative * magnitude);
        }
}

void test_strassen_step(trial *t) {
    const int bits = random_int(&t->random, 0, 31);
    const additions asked = {bits & 1, bits & 1 && bits & 2, bits & 4, bits & 8, bits & 16};
    sk_strassen_step s = random_step(t, asked);
    describe(t, "%d rows, %d segments, %d panels%s%s%s%s%s", s.rows, s.segments, s.panels, asked.starts ? ", start" : "",
             asked.in_place ? " in place" : "", asked.runs ? ", running" : "", asked.adds ? ", addend" : "",
             asked.counts ? ", statistics" : "");
    const int64_t beside = extent(t, &s, s.running_block_stride);
    if (asked.starts) s.start = new_random_floats(t, extent(t, &s, s.start_block_stride), 2);
    if (asked.runs) s.running = new_random_floats(t, beside, 2);
    if (asked.adds) s.addend = new_random_floats(t, beside, 2);
    // In place, the layers read what they then overwrite; the gaps between the blocks hold numbers that must stay.
    expectation c = new_expectation(extent(t, &s, s.c_block_stride)), running = new_expectation(beside);
    if (asked.in_place)
        for (int64_t i = 0; i < c.count; i++) expect_value(c, i, s.start[i], 0);
    if (asked.runs)
        for (int64_t i = 0; i < beside; i++) expect_value(running, i, s.running[i], 0);
    expect_step(t, &s, c, running);
    s.c = asked.in_place ? (float *)s.start : new_floats(t, c.count);
    statistics sums = new_statistics(t);
    if (asked.counts) s.statistics = sums.sums;
    t->kernels->strassen_step(&s);
    check_floats(t, "C", s.c, c);
    if (asked.runs) check_floats(t, "the running sum", s.running, running);
    if (!asked.counts || asked.in_place) return;
    // The statistics are of the product's sums as they are written.
    check_statistics(t, sums, s.c, c);
}
