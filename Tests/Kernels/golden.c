// The whole generator against what PyTorch answers with the same weights (Tests/Golden).

#include <stdio.h>
#include <string.h>

#include "families.h"
#include "network.h"

static const struct {
    const char *folder;
    resize_kind convention;
    int height, width;
} cases[golden_cases] = {
    {"align_corners/16x16", resize_align_corners, 16, 16},
    {"half_pixel/16x16", resize_half_pixel, 16, 16},
    {"align_corners/64x48", resize_align_corners, 64, 48},
    {"half_pixel/64x48", resize_half_pixel, 64, 48},
};

static const double tolerance = 2e-4;

static const uint8_t *read_golden(const char *folder, const char *name, const char *type, int64_t bytes) {
    char path[128];
    snprintf(path, sizeof path, "Tests/Golden/data/%s/%s.npy", folder, name);
    return read_array(path, type, (size_t)bytes);
}

void test_golden(trial *t) {
    const int chosen = (int)(t->seed % golden_cases);
    const char *folder = cases[chosen].folder;
    describe(t, "%s", folder);
    picture p = {.channels = 3, .height = cases[chosen].height, .width = cases[chosen].width};
    const int64_t count = (int64_t)3 * p.height * p.width;
    const uint8_t *input = read_golden(folder, "input", "|u1", count), *output = read_golden(folder, "output", "<f4", 4 * count);
    p.values = new_doubles(count);
    for (int64_t i = 0; i < count; i++) p.values[i] = (float)input[i] / 127.5f - 1;
    expectation e = new_expectation(count);
    for (int64_t i = 0; i < count; i++) {
        float expected;
        memcpy(&expected, output + 4 * i, sizeof expected);
        expect_value(e, i, expected, tolerance);
    }
    const checkpoint weights = read_checkpoint("Tests/Golden/data/weights.safetensors");
    check_floats(t, "the picture", run_network(t, &weights, &p, cases[chosen].convention), e);
}
