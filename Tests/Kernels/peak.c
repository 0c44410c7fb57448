// The multiply-adds that measure the processor's peak.

#include <math.h>

#include "families.h"

void test_multiply_add(trial *t) {
    const int rounds = (int)t->seed;
    describe(t, "%d rounds", rounds);
    // Twelve chains of s ← 0.999·s + 0.001, from 0, 1, … 11; every lane does the same and the first is told.
    double sum = 0, magnitude = 0;
    for (int chain = 0; chain < 12; chain++) {
        double s = chain;
        for (int round = 0; round < rounds; round++) s = s * (double)0.999f + (double)0.001f;
        sum += s;
        magnitude += chain + 1;
    }
    expectation e = new_expectation(1);
    expect_value(e, 0, sum, sum_tolerance(2 * rounds + 12) * magnitude);
    const float result = t->kernels->multiply_add(rounds);
    check_floats(t, "the sum", &result, e);
}
