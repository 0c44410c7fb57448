// One trial: one family of one table, on the shape and the numbers that follow from a seed, with the buffers at guard pages.
#ifndef KERNEL_TESTS_TRIAL_H
#define KERNEL_TESTS_TRIAL_H

#include "CKernels.h"
#include "memory.h"
#include "random.h"

// The expectations are computed as written, on arm64 too.
#pragma STDC FP_CONTRACT OFF

enum { most_lanes = 16 };

/// Half the distance from 1 to the next float: the largest relative error of one rounding.
static const double unit = 0x1p-24;

typedef struct {
    const sk_kernels *kernels;
    const char *family;
    uint64_t seed;
    guard_side side;
    generator random;
    char shape[240];
    double worst_ratio;  ///< of an error to its tolerance
    double worst_error;  ///< absolute
    bool failed;
} trial;

typedef struct {
    const char *name;
    void (*run)(trial *);
    int rounds;  ///< how many seeds, unless told otherwise
} family;

extern const family families[];
extern const int family_count;

/// Says in words what the trial is about; printed with a failure, and when a kernel crashes.
void describe(trial *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Guarded floats, untouched.
float *new_floats(trial *t, int64_t count);
/// Guarded floats, random in [−size, size).
float *new_random_floats(trial *t, int64_t count, float size);
int32_t *new_ints(trial *t, int64_t count);
double *new_doubles(int64_t count);

/// What a buffer should hold: a value and a tolerance a float.
typedef struct {
    int64_t count;
    double *values;
    double *tolerances;  ///< negative: to be left untouched; infinite: any finite value
} expectation;

/// Everything untouched.
expectation new_expectation(int64_t count);
void expect_value(expectation e, int64_t index, double value, double tolerance);
/// Anything finite.
void expect_something(expectation e, int64_t index);
/// Fails the trial where `actual` is not as expected.
void check_floats(trial *t, const char *what, const float *actual, expectation e);

/// Guarded statistics that hold something already; `statistics_start` is a copy of it.
typedef struct {
    double *sums;
    double start[2 * most_lanes];
} statistics;
statistics new_statistics(trial *t);
/// Fails the trial where the lane-wise sums and sums of squares of what `e` expects to be written were not added.
void check_statistics(trial *t, statistics s, const float *written, expectation e);

/// How far a float sum of `count` products may be off, as a multiple of the sum of their magnitudes.
double sum_tolerance(int count);

#endif
