// The arithmetic peak: twelve independent chains hide the latency of a multiply-add on every processor known (four cycles, two at a time).

static float SK_NAME(multiply_add)(int64_t rounds) {
    SK_ASSERT(rounds >= 0);
    vf sums[12], a = splat(0.999f), b = splat(0.001f), total = zero();
    SK_UNROLL for (int i = 0; i < 12; i++) sums[i] = splat((float)i);
    for (int64_t round = 0; round < rounds; round++) {
        SK_UNROLL for (int i = 0; i < 12; i++) sums[i] = fma_(sums[i], a, b);
    }
    SK_UNROLL for (int i = 0; i < 12; i++) total += sums[i];
    return total[0];
}
