// What a layer reads, made for one strip of one channel block while it is in cache: normalise, LeakyReLU, residual, bilinear
// resize, reflection padding. No activation is written to memory a second time for any of these.

/// Reflection without repeating the edge; positions beyond its reach are clamped into the picture.
SK_INLINE int reflect(int i, int n) {
    if (i < 0) i = -i;
    if (i >= n) i = 2 * n - 2 - i;
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

/// The contract of a source and of one of its channel blocks.
SK_INLINE void check_source(const sk_source *s, int block) {
    SK_ASSERT(s->blocks > 0 && s->height > 0 && s->width > 0);
    SK_ASSERT(block >= 0 && block < s->blocks);
    SK_ASSERT(!s->scale == !s->shift);
    SK_ASSERT(s->scale || (!s->residual && s->slope == 1));
    SK_ASSERT(!s->residual || s->slope == 1);
    SK_ASSERT(!s->row_index == !s->row_weight && !s->row_index == !s->column_index && !s->row_index == !s->column_weight);
    SK_ASSERT(s->row_index || (s->out_height == s->height && s->out_width == s->width));
    (void)s, (void)block;
}

SK_INLINE const float *source_row(const sk_source *s, const float *base, int block, int y) {
    return base + ((int64_t)y * s->blocks + block) * s->width * SK_LANES;
}

/// Normalises and activates `count` pixels of stored row `y` from column `x` into `out`.
SK_INLINE void activate(const sk_source *s, int block, int y, int x, int count, float *out) {
    const float *in = source_row(s, s->data, block, y) + (int64_t)x * SK_LANES;
    if (!s->scale) {
        memcpy(out, in, (size_t)count * SK_LANES * sizeof(float));
        return;
    }
    const vf scale = load(s->scale + block * SK_LANES), shift = load(s->shift + block * SK_LANES), slope = splat(s->slope);
    // The same pixels of the next block come next, a picture's width away: beyond what the processor foresees by itself.
    const int64_t ahead = (int64_t)s->width * SK_LANES;
    if (s->residual) {
        const float *residual = source_row(s, s->residual, block, y) + (int64_t)x * SK_LANES;
        for (int i = 0; i < count * SK_LANES; i += SK_LANES)
        {
            prefetch(in + i + ahead);
            prefetch(residual + i + ahead);
            store(out + i, load(residual + i) + fma_(load(in + i), scale, shift));
        }
    } else if (s->slope == 1) {
        for (int i = 0; i < count * SK_LANES; i += SK_LANES) {
            prefetch(in + i + ahead);
            store(out + i, fma_(load(in + i), scale, shift));
        }
    } else {
        for (int i = 0; i < count * SK_LANES; i += SK_LANES) {
            prefetch(in + i + ahead);
            vf v = fma_(load(in + i), scale, shift);
            store(out + i, vmax(v, v * slope));
        }
    }
}

/// Columns `xa..<xb` of resized row `y`, from activated stored rows (the first is row `top`, from column `left`, `stride` floats apart).
SK_INLINE void resize_row(const sk_source *s, int y, int xa, int xb, const float *rows, int top, int left, int64_t stride, float *line,
                          float *out) {
    const float *upper = rows + (s->row_index[y] - top) * stride, *lower = upper + stride;
    const vf weight = splat(s->row_weight[y]);
    for (int64_t i = 0; i < stride; i += SK_LANES) {
        vf u = load(upper + i);
        store(line + i, fma_(load(lower + i) - u, weight, u));
    }
    for (int x = xa; x < xb; x++, out += SK_LANES) {
        const float *p = line + (int64_t)(s->column_index[x] - left) * SK_LANES;
        vf u = load(p);
        store(out, fma_(load(p + SK_LANES) - u, splat(s->column_weight[x]), u));
    }
}

SK_INLINE void resized_band(const sk_source *s, int block, int y0, int rows, int xa, int xb, float *out, int64_t out_row_stride,
                            float *scratch) {
    int top = s->height, bottom = -1;
    for (int r = 0; r < rows; r++) {
        int y = s->row_index[reflect(y0 + r, s->out_height)];
        if (y < top) top = y;
        if (y + 1 > bottom) bottom = y + 1;
    }
    const int left = s->column_index[xa], right = s->column_index[xb - 1] + 1;
    const int64_t stride = (int64_t)(right - left + 1) * SK_LANES;
    float *line = scratch, *activated = scratch + stride;
    for (int y = top; y <= bottom; y++) activate(s, block, y, left, right - left + 1, activated + (y - top) * stride);
    for (int r = 0; r < rows; r++)
        resize_row(s, reflect(y0 + r, s->out_height), xa, xb, activated, top, left, stride, line, out + r * out_row_stride);
}

/// Fills the columns left of 0 and right of the picture from their mirror images within the band.
SK_INLINE void pad_columns(const sk_source *s, int x0, int columns, float *out) {
    for (int x = x0; x < 0; x++)
        store(out + (int64_t)(x - x0) * SK_LANES, load(out + (int64_t)(reflect(x, s->out_width) - x0) * SK_LANES));
    for (int x = s->out_width; x < x0 + columns; x++) {
        int mirror = reflect(x, s->out_width);
        store(out + (int64_t)(x - x0) * SK_LANES, mirror >= x0 ? load(out + (int64_t)(mirror - x0) * SK_LANES) : zero());
    }
}

static void SK_NAME(band)(const sk_source *s, int32_t block, int32_t y0, int32_t rows, int32_t x0, int32_t columns, float *out,
                          int64_t out_row_stride, float *scratch) {
    check_source(s, block);
    SK_ASSERT(rows > 0 && columns > 0 && x0 < s->out_width);
    SK_ASSERT(x0 + columns > (x0 < 0 ? -x0 : 0));  // what is mirrored at the left lies in the band
    SK_ASSERT(rows == 1 || out_row_stride >= (int64_t)columns * SK_LANES);
    const int xa = x0 < 0 ? 0 : x0, xb = x0 + columns > s->out_width ? s->out_width : x0 + columns;
    float *inside = out + (int64_t)(xa - x0) * SK_LANES;
    if (s->row_index) {
        resized_band(s, block, y0, rows, xa, xb, inside, out_row_stride, scratch);
    } else {
        for (int r = 0; r < rows; r++)
            activate(s, block, reflect(y0 + r, s->height), xa, xb - xa, inside + r * out_row_stride);
    }
    if (x0 < 0 || x0 + columns > s->out_width)
        for (int r = 0; r < rows; r++) pad_columns(s, x0, columns, out + r * out_row_stride);
}
