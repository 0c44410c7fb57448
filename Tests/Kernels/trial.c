#include "trial.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void describe(trial *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(t->shape, sizeof t->shape, format, arguments);
    va_end(arguments);
}

float *new_floats(trial *t, int64_t count) { return memory_guarded((size_t)count * sizeof(float), t->side); }

float *new_random_floats(trial *t, int64_t count, float size) {
    float *floats = new_floats(t, count);
    for (int64_t i = 0; i < count; i++) floats[i] = random_float(&t->random, size);
    return floats;
}

int32_t *new_ints(trial *t, int64_t count) { return memory_guarded((size_t)count * sizeof(int32_t), t->side); }

double *new_doubles(int64_t count) { return memory_plain((size_t)count * sizeof(double)); }

expectation new_expectation(int64_t count) {
    expectation e = {count, new_doubles(count), new_doubles(count)};
    for (int64_t i = 0; i < count; i++) e.tolerances[i] = -1;
    return e;
}

void expect_value(expectation e, int64_t index, double value, double tolerance) {
    e.values[index] = value;
    e.tolerances[index] = tolerance;
}

void expect_something(expectation e, int64_t index) { e.tolerances[index] = INFINITY; }

static void report(trial *t, const char *what, int64_t wrong, int64_t count, int64_t first, double actual, double expected,
                   double worst) {
    t->failed = true;
    printf("FAILED %s %s, seed %llu, guard %s, %s: %s: %lld of %lld wrong; [%lld] is %.9g, expected %.9g; worst error %.3g\n",
           t->kernels->name, t->family, (unsigned long long)t->seed, t->side == guard_after ? "after" : "before", t->shape, what,
           (long long)wrong, (long long)count, (long long)first, actual, expected, worst);
}

/// Whether `actual` is as expected; takes note of its error.
static bool holds(trial *t, const float *actual, double expected, double tolerance, double *error) {
    *error = 0;
    if (tolerance < 0) return memory_is_untouched(actual);
    if (isinf(tolerance)) return isfinite(*actual);
    *error = fabs(*actual - expected);
    if (*error == 0) return true;
    if (!(*error <= tolerance)) return false;
    t->worst_ratio = fmax(t->worst_ratio, *error / tolerance);
    t->worst_error = fmax(t->worst_error, *error);
    return true;
}

void check_floats(trial *t, const char *what, const float *actual, expectation e) {
    int64_t wrong = 0, first = 0;
    double worst = 0;
    for (int64_t i = 0; i < e.count; i++) {
        double error;
        if (holds(t, actual + i, e.values[i], e.tolerances[i], &error)) continue;
        if (wrong++ == 0) first = i;
        worst = fmax(worst, error);
    }
    if (wrong == 0) return;
    const bool touched = e.tolerances[first] < 0;
    report(t, touched ? "written where nothing should be" : what, wrong, e.count, first, actual[first], e.values[first], worst);
}

statistics new_statistics(trial *t) {
    const int count = 2 * t->kernels->lanes;
    statistics s = {memory_guarded((size_t)count * sizeof(double), t->side), {0}};
    for (int i = 0; i < count; i++) s.start[i] = s.sums[i] = random_float(&t->random, 10);
    return s;
}

void check_statistics(trial *t, statistics s, const float *written, expectation e) {
    const int lanes = t->kernels->lanes;
    double sums[2 * most_lanes] = {0}, magnitudes[2 * most_lanes] = {0};
    int64_t stored = 0;
    for (int64_t i = 0; i < e.count; i++) {
        if (e.tolerances[i] < 0) continue;
        const int lane = (int)(i % lanes);
        const double value = written[i];
        stored += lane == 0;
        sums[lane] += value;
        magnitudes[lane] += fabs(value);
        sums[lanes + lane] += value * value;
        magnitudes[lanes + lane] += value * value;
    }
    for (int i = 0; i < 2 * lanes; i++) {
        const double expected = s.start[i] + sums[i], error = fabs(s.sums[i] - expected);
        const double tolerance = sum_tolerance((int)stored) * magnitudes[i] + 1e-12;
        if (error <= tolerance) continue;
        report(t, "statistics", 1, 2 * lanes, i, s.sums[i], expected, error);
        return;
    }
}

double sum_tolerance(int count) { return unit * (4 + 4 * sqrt(count)); }
