// What a layer reads: normalised, activated, with residual, resized, reflected.

#include "families.h"
#include "picture.h"

typedef struct {
    int y, rows, x, columns;
} rectangle;

/// Overhanging tiles of `side` outputs with `halo` beside them, as the tiled convolutions ask for them.
static rectangle tiles(trial *t, const picture *p, int side, int halo) {
    const int high = (p->height + side - 1) / side, wide = (p->width + side - 1) / side;
    const int row = random_int(&t->random, 0, high - 1), column = random_int(&t->random, 0, wide - 1);
    const int rows = random_int(&t->random, 1, high - row < 2 ? 1 : 2);
    const int columns = random_int(&t->random, 1, wide - column < 5 ? wide - column : 5);
    return (rectangle){row * side - halo, rows * side + 2 * halo, column * side - halo, columns * side + 2 * halo};
}

/// Odd windows that reach one beyond the lower right corner, as the convolutions of stride 2 ask for them.
static rectangle windows(trial *t, const picture *p) {
    const int high = p->height / 2, wide = p->width / 2;
    const int y = random_int(&t->random, 0, high - 1), x = random_int(&t->random, 0, wide - 1);
    return (rectangle){2 * y, 2 * (y + 2 < high ? 2 : high - y) + 1, 2 * x, 2 * random_int(&t->random, 1, wide - x) + 1};
}

static rectangle part_of_a_row(trial *t, const picture *p) {
    const int x = random_int(&t->random, 0, p->width - 1);
    return (rectangle){random_int(&t->random, 0, p->height - 1), 1, x, random_int(&t->random, 1, p->width - x)};
}

static rectangle random_rectangle(trial *t, const picture *p) {
    switch (random_int(&t->random, 0, 4)) {
        case 0: return tiles(t, p, sk_winograd_tile, 1);
        case 1: return tiles(t, p, sk_fourier_tile, 3);
        case 2: return windows(t, p);
        case 3: return part_of_a_row(t, p);
        default: return (rectangle){random_int(&t->random, -1, p->height - 2), random_int(&t->random, 3, p->height + 2), -1, p->width + 2};
    }
}

/// What column `x` of the band must hold: some are beyond what reflection reaches, or reflect what the band does not hold.
static bool is_defined(const picture *p, const rectangle *r, int y, int x) {
    return reflection_reaches(y, p->height) && reflection_reaches(x, p->width) && mirrored(x, p->width) >= r->x;
}

static expectation expect_band(const trial *t, const picture *p, int block, const rectangle *r, int64_t stride) {
    const int lanes = t->kernels->lanes;
    expectation e = new_expectation((r->rows - 1) * stride + (int64_t)r->columns * lanes);
    for (int row = 0; row < r->rows; row++)
        for (int column = 0; column < r->columns; column++)
            for (int lane = 0; lane < lanes; lane++) {
                const int y = r->y + row, x = r->x + column;
                const int64_t at = row * stride + (int64_t)column * lanes + lane;
                if (!is_defined(p, r, y, x)) {
                    expect_something(e, at);
                    continue;
                }
                const int64_t from =
                    ((int64_t)(block * lanes + lane) * p->height + mirrored(y, p->height)) * p->width + mirrored(x, p->width);
                expect_value(e, at, p->values[from], picture_tolerance * p->magnitudes[from]);
            }
    return e;
}

void test_band(trial *t) {
    const int lanes = t->kernels->lanes;
    // The network's smallest picture is 4×4; the sizes here sweep it and what is around two tiles of both kinds.
    const int height = 4 + (int)(t->seed % 21), width = random_int(&t->random, 4, random_int(&t->random, 4, 64));
    const picture_kind kind = random_picture_kind(t, random_int(&t->random, 1, 3), height, width);
    describe(t, "%s", picture_words(kind));
    const picture p = new_picture(t, kind);
    const int block = random_int(&t->random, 0, kind.blocks - 1);
    const rectangle r = random_rectangle(t, &p);
    // One row needs no stride, and without resizing nothing needs the scratch memory: the layers pass 0 and `out` itself.
    const bool alone = r.rows == 1 && !p.source.row_index;
    const int64_t stride = alone ? 0 : (int64_t)(r.columns + random_int(&t->random, 0, 1)) * lanes;
    describe(t, "%s to %d×%d; block %d, rows %d..<%d, columns %d..<%d", picture_words(kind), p.height, p.width, block, r.y,
             r.y + r.rows, r.x, r.x + r.columns);
    const expectation e = expect_band(t, &p, block, &r, stride);
    float *out = new_floats(t, e.count);
    float *scratch = alone ? out : new_floats(t, (int64_t)(r.rows + 4) * (r.columns + 4) * lanes);
    t->kernels->band(&p.source, block, r.y, r.rows, r.x, r.columns, out, stride, scratch);
    check_floats(t, "the band", out, e);
}
