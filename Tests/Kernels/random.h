// A small seeded generator (SplitMix64): the same numbers on every machine.
#ifndef KERNEL_TESTS_RANDOM_H
#define KERNEL_TESTS_RANDOM_H

#include <stdint.h>

typedef struct {
    uint64_t state;
} generator;

static inline uint64_t random_bits(generator *g) {
    uint64_t z = g->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/// A whole number in `from...to`.
static inline int random_int(generator *g, int from, int to) {
    return from + (int)(random_bits(g) % (uint64_t)(to - from + 1));
}

/// A number in [−size, size).
static inline float random_float(generator *g, float size) {
    return ((float)(random_bits(g) >> 40) * 0x1p-23f - 1) * size;
}

#endif
