// One level of Strassen's algorithm in Winograd's variant (7 products, 15 additions) for the 1×1 layers: the additions of A happen while
// packing, those of B once per model, those of C in the accumulators here.

SK_INLINE void strassen_block(const int rows, const sk_strassen_step *s, int row, int panel) {
    vf c0[SK_GEMM_ROWS], c1[SK_GEMM_ROWS];
    const int64_t at = (int64_t)row * SK_LANES;
    float *out0 = s->c + 2 * panel * s->c_block_stride + at, *out1 = out0 + s->c_block_stride;
    gemm_prefetch_output(rows, s->bypass_cache, out0, out1);
    SK_UNROLL for (int r = 0; r < rows; r++) c0[r] = c1[r] = zero();
    if (s->start) {
        const float *start = s->start + 2 * panel * s->start_block_stride + at;
        SK_UNROLL for (int r = 0; r < rows; r++) {
            c0[r] = load(start + r * SK_LANES);
            c1[r] = load(start + s->start_block_stride + r * SK_LANES);
        }
    }
    const float *a = s->a + at, *b = s->b + (int64_t)panel * s->segments * SK_LANES * 2 * SK_LANES;
    const int32_t origin = 0;
    for (int i = 0; i < s->segments; i++) {
        gemm_accumulate(rows, SK_LANES, SK_LANES, 1, a, &origin, b, c0, c1);
        a += s->a_block_stride;
        b += SK_LANES * 2 * SK_LANES;
    }
    if (s->running) {
        float *running = s->running + 2 * panel * s->running_block_stride + at;
        SK_UNROLL for (int r = 0; r < rows; r++) {
            float *p0 = running + r * SK_LANES, *p1 = p0 + s->running_block_stride;
            store(p0, load(p0) + c0[r]);
            store(p1, load(p1) + c1[r]);
        }
    }
    if (s->addend) {
        const float *addend = s->addend + 2 * panel * s->running_block_stride + at;
        SK_UNROLL for (int r = 0; r < rows; r++) {
            c0[r] += load(addend + r * SK_LANES);
            c1[r] += load(addend + s->running_block_stride + r * SK_LANES);
        }
    }
    gemm_store(rows, s->bypass_cache, out0, out1, c0, c1);
    if (s->statistics) gemm_statistics(rows, s->statistics, c0, c1);
}

#define SK_STRASSEN_BLOCK(rows)                                                                                      \
    static __attribute__((noinline)) void SK_NAME(SK_PASTE(strassen_, rows))(const sk_strassen_step *s, int row, int panel) { \
        strassen_block(rows, s, row, panel);                                                                         \
    }
SK_EACH_ROW_COUNT(SK_STRASSEN_BLOCK)

typedef void (*strassen_block_function)(const sk_strassen_step *, int, int);
#define SK_STRASSEN_ENTRY(rows) SK_NAME(SK_PASTE(strassen_, rows)),
static const strassen_block_function strassen_blocks[] = {0, SK_EACH_ROW_COUNT(SK_STRASSEN_ENTRY)};

/// The contract of a Strassen–Winograd step.
SK_INLINE void check_strassen_step(const sk_strassen_step *s) {
    const int64_t block = (int64_t)s->rows * SK_LANES;
    SK_ASSERT(s->segments > 0 && s->rows > 0 && s->panels > 0);
    SK_ASSERT(s->a_block_stride >= block && s->c_block_stride >= block);
    SK_ASSERT(!s->start || s->start_block_stride >= block);
    SK_ASSERT((!s->running && !s->addend) || s->running_block_stride >= block);
    SK_ASSERT(!s->bypass_cache || (is_aligned(s->c) && s->c_block_stride % SK_LANES == 0));
    (void)s, (void)block;
}

static void SK_NAME(strassen_step)(const sk_strassen_step *s) {
    check_strassen_step(s);
    int cuts = (s->rows + SK_GEMM_ROWS - 1) / SK_GEMM_ROWS;
    for (int panel = 0; panel < s->panels; panel++) {
        for (int cut = 0; cut < cuts; cut++) {
            int row = s->rows * cut / cuts, end = s->rows * (cut + 1) / cuts;
            strassen_blocks[end - row](s, row, panel);
        }
    }
}

static void SK_NAME(strassen_sums)(int64_t count, const float *a11, const float *a12, const float *a21, const float *a22, float *s1,
                                   float *s2, float *s3, float *s4) {
    SK_ASSERT(count > 0 && count % SK_LANES == 0);
    for (int64_t i = 0; i < count; i += SK_LANES) {
        vf v11 = load(a11 + i), v21 = load(a21 + i);
        vf t1 = v21 + load(a22 + i), t2 = t1 - v11;
        store(s1 + i, t1);
        store(s2 + i, t2);
        store(s3 + i, v11 - v21);
        store(s4 + i, load(a12 + i) - t2);
    }
}
