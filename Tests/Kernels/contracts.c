// Calls that break a kernel's contract must end in its assertion, in a process of their own.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "families.h"

static float floats[1 << 12] __attribute__((aligned(64)));
static double sums[2 * most_lanes];
static const int32_t offsets[2] = {0, 0};
static int32_t negative_offset = -1;

static sk_source good_source(void) {
    return (sk_source){.data = floats, .slope = 1, .blocks = 1, .height = 4, .width = 4, .out_height = 4, .out_width = 4};
}

static sk_gemm good_gemm(int lanes) {
    return (sk_gemm){.a = floats, .offsets = offsets, .segments = 1, .rows = 2, .panels = 1, .b = floats, .c = floats, .c_block_stride = 2 * lanes};
}

static sk_strassen_step good_step(int lanes) {
    return (sk_strassen_step){.a = floats, .a_block_stride = lanes, .segments = 1, .rows = 1, .panels = 1, .b = floats, .c = floats,
                              .c_block_stride = lanes};
}

static void call_band(const sk_kernels *k, sk_source source, int block, int x0, int columns) {
    k->band(&source, block, 0, 1, x0, columns, floats, 0, floats);
}

/// Call number `index`. It returns where no assertion stops it.
static void break_contract(const sk_kernels *k, int index) {
    const int lanes = k->lanes;
    sk_source source = good_source();
    sk_gemm gemm = good_gemm(lanes);
    sk_strassen_step step = good_step(lanes);
    switch (index) {
        case 0: call_band(k, source, 1, 0, 4); break;  // band: a block that the source lacks
        case 1: call_band(k, source, 0, -3, 3); break;  // band: mirrored columns outside the band
        case 2: call_band(k, source, 0, 4, 1); break;  // band: columns right of the picture
        case 3: source.slope = 0.2f; call_band(k, source, 0, 0, 4); break;  // band: an activation without normalisation
        case 4: source.out_width = 8; call_band(k, source, 0, 0, 4); break;  // band: another size without resizing
        case 5: gemm.rows = 0; k->gemm(&gemm); break;  // gemm: no rows
        case 6: gemm.c_block_stride = lanes; k->gemm_stride2(&gemm); break;  // gemm: blocks of C that overlap
        case 7: gemm.offsets = &negative_offset; k->gemm_rgb(&gemm); break;  // gemm: an offset before A
        case 8: gemm.c = floats + 1; gemm.bypass_cache = true; k->gemm(&gemm); break;  // gemm: unaligned past the caches
        case 9: step.running = floats; k->strassen_step(&step); break;  // strassen_step: a running sum without its stride
        case 10: k->strassen_sums(lanes + 1, floats, floats, floats, floats, floats, floats, floats, floats); break;  // strassen_sums: part of a vector
        case 11: k->winograd_input(floats, 7 * lanes, 1, floats, lanes); break;  // winograd_input: rows shorter than a tile
        case 12: k->winograd_output(floats, 2 * lanes, 2, floats, 12 * lanes, 6, 6, false, sums); break;  // winograd_output: a tile outside the picture
        case 13: k->fourier_input(floats, 16 * lanes, 1, floats, lanes - 1); break;  // fourier_input: points that overlap
        case 14: k->depthwise(floats, 2 * lanes, 1, floats, floats, floats, false, sums); break;  // depthwise: rows shorter than the window
        default: {
            float *const planes[3] = {floats, floats, floats};
            k->rgb_output(&source, floats, 0, 2, 3, planes, floats);  // rgb_output: columns right of the picture
        }
    }
}

void test_contracts(trial *t) {
    describe(t, "call %d of contracts.c", (int)t->seed);
    const pid_t child = fork();
    if (child == 0) {
        const int nothing = open("/dev/null", O_WRONLY);
        dup2(nothing, STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        break_contract(t->kernels, (int)t->seed);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    expectation e = new_expectation(1);
    expect_value(e, 0, SIGABRT, 0);
    const float ended = WIFSIGNALED(status) ? (float)WTERMSIG(status) : 0;
    check_floats(t, "the signal that ends the call", &ended, e);
}
