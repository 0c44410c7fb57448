#include "CVipsShim.h"

#include <string.h>
#include <vips/vips.h>

// What libvips says about other people's broken files must not fill our log; callers get an error of their own.
static void ignore_message(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

int sakuga_vips_start(void) {
    if (vips_init("sakuga") != 0) {
        vips_error_clear();
        return -1;
    }
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, ignore_message, NULL);

    // A pipeline uses one thread: the service runs as many pictures at once as there are cores.
    vips_concurrency_set(1);
    // Nothing is kept between pictures, or memory would grow with every new one.
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);

    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    static const char *const allowed[] = {
        "VipsForeignLoadJpeg", "VipsForeignLoadPng",   "VipsForeignLoadWebp",
        "VipsForeignLoadHeif", "VipsForeignLoadNsgif", "VipsForeignLoadTiff",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++) vips_operation_block_set(allowed[i], FALSE);
    return 0;
}

static const char *const loader_names[] = {
    [SAKUGA_LOADER_JPEG] = "jpegload_buffer", [SAKUGA_LOADER_PNG] = "pngload_buffer",
    [SAKUGA_LOADER_WEBP] = "webpload_buffer", [SAKUGA_LOADER_HEIF] = "heifload_buffer",
    [SAKUGA_LOADER_GIF] = "gifload_buffer",   [SAKUGA_LOADER_TIFF] = "tiffload_buffer",
};

int sakuga_loader_exists(SakugaLoader loader) {
    return vips_type_find("VipsOperation", loader_names[loader]) != 0;
}

// The result of an operation: the new image, or NULL with libvips' error text dropped.
static SakugaImage *result(int failed, VipsImage *out) {
    if (failed == 0) return out;
    vips_error_clear();
    return NULL;
}

SakugaImage *sakuga_image_open(SakugaLoader loader, const void *bytes, size_t length, int shrink) {
    VipsImage *out = NULL;
    // libvips takes the buffer without const but only reads it.
    void *buffer = (void *)bytes;
    int failed = -1;
#define SAKUGA_LOAD_OPTIONS "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR
    switch (loader) {
    case SAKUGA_LOADER_JPEG:
        failed = vips_jpegload_buffer(buffer, length, &out, "shrink", shrink, SAKUGA_LOAD_OPTIONS, NULL);
        break;
    case SAKUGA_LOADER_PNG: failed = vips_pngload_buffer(buffer, length, &out, SAKUGA_LOAD_OPTIONS, NULL); break;
    case SAKUGA_LOADER_WEBP: failed = vips_webpload_buffer(buffer, length, &out, SAKUGA_LOAD_OPTIONS, NULL); break;
    case SAKUGA_LOADER_HEIF: failed = vips_heifload_buffer(buffer, length, &out, SAKUGA_LOAD_OPTIONS, NULL); break;
    case SAKUGA_LOADER_GIF: failed = vips_gifload_buffer(buffer, length, &out, SAKUGA_LOAD_OPTIONS, NULL); break;
    case SAKUGA_LOADER_TIFF: failed = vips_tiffload_buffer(buffer, length, &out, SAKUGA_LOAD_OPTIONS, NULL); break;
    }
#undef SAKUGA_LOAD_OPTIONS
    return result(failed, out);
}

SakugaImage *sakuga_image_over_rgb(const void *rgb, int width, int height) {
    size_t length = (size_t)width * (size_t)height * 3;
    VipsImage *plain = vips_image_new_from_memory(rgb, length, width, height, 3, VIPS_FORMAT_UCHAR);
    if (plain == NULL) return result(-1, NULL);
    VipsImage *out = NULL;
    int failed = vips_copy(plain, &out, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(plain);
    return result(failed, out);
}

// libvips up to 8.14 compiles its vertical filter for each picture with Orc, whose list of code memory is not safe when one thread
// frees a program while another compiles or frees one: it crashed with pictures made smaller at once. So one thread at a time makes or
// frees such a filter; filtering itself needs no lock.
static GMutex filter_code;

void sakuga_image_release(SakugaImage *image) {
    g_mutex_lock(&filter_code);
    g_object_unref(image);
    g_mutex_unlock(&filter_code);
}

int sakuga_image_width(const SakugaImage *image) { return vips_image_get_width(image); }
int sakuga_image_height(const SakugaImage *image) { return vips_image_get_height(image); }
int sakuga_image_bands(const SakugaImage *image) { return vips_image_get_bands(image); }
int sakuga_image_has_alpha(SakugaImage *image) { return vips_image_hasalpha(image); }
int sakuga_image_orientation(SakugaImage *image) { return vips_image_get_orientation(image); }

int sakuga_image_has_profile(SakugaImage *image) {
    return vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
}

SakugaSamples sakuga_image_samples(const SakugaImage *image) {
    if (vips_image_get_coding(image) != VIPS_CODING_NONE) return SAKUGA_SAMPLES_OTHER;
    VipsInterpretation meaning = vips_image_get_interpretation(image);
    int bands = vips_image_get_bands(image);
    if (vips_image_get_format(image) == VIPS_FORMAT_UCHAR) {
        if ((meaning == VIPS_INTERPRETATION_sRGB || meaning == VIPS_INTERPRETATION_RGB) && bands >= 3)
            return SAKUGA_SAMPLES_RGB8;
        if (meaning == VIPS_INTERPRETATION_B_W) return SAKUGA_SAMPLES_GREY8;
        if (meaning == VIPS_INTERPRETATION_CMYK && bands >= 4) return SAKUGA_SAMPLES_CMYK8;
    } else if (vips_image_get_format(image) == VIPS_FORMAT_USHORT) {
        if (meaning == VIPS_INTERPRETATION_RGB16 && bands >= 3) return SAKUGA_SAMPLES_RGB16;
        if (meaning == VIPS_INTERPRETATION_GREY16) return SAKUGA_SAMPLES_GREY16;
    }
    return SAKUGA_SAMPLES_OTHER;
}

SakugaImage *sakuga_image_flatten(SakugaImage *image, double background, double opaque) {
    VipsImage *out = NULL;
    VipsArrayDouble *colour = vips_array_double_new(&background, 1);
    int failed = vips_flatten(image, &out, "background", colour, "max_alpha", opaque, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result(failed, out);
}

SakugaImage *sakuga_image_crop(SakugaImage *image, int left, int top, int width, int height) {
    VipsImage *out = NULL;
    return result(vips_extract_area(image, &out, left, top, width, height, NULL), out);
}

// From this reduction on, whole blocks are averaged before the filter, which then has at least half of it left to do. libvips makes
// a filter with taps in proportion to the reduction, which for a strip of half a million rows takes seconds.
enum { MUCH = 16 };

SakugaImage *sakuga_image_resize(SakugaImage *image, double horizontal, double vertical) {
    VipsImage *out = NULL;
    double gap = horizontal * MUCH < 1 || vertical * MUCH < 1 ? 2 : 0;
    g_mutex_lock(&filter_code);
    int failed = vips_resize(image, &out, horizontal, "vscale", vertical, "kernel", VIPS_KERNEL_LANCZOS3, "gap", gap, NULL);
    g_mutex_unlock(&filter_code);
    return result(failed, out);
}

SakugaImage *sakuga_image_apply_profile(SakugaImage *image) {
    VipsImage *out = NULL;
    int failed = vips_icc_transform(
        image, &out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
        "black_point_compensation", TRUE, "depth", 8, NULL);
    return result(failed, out);
}

SakugaImage *sakuga_image_to_srgb(SakugaImage *image) {
    VipsImage *out = NULL;
    return result(vips_colourspace(image, &out, VIPS_INTERPRETATION_sRGB, NULL), out);
}

SakugaImage *sakuga_image_first_bands(SakugaImage *image, int count) {
    VipsImage *out = NULL;
    return result(vips_extract_band(image, &out, 0, "n", count, NULL), out);
}

SakugaImage *sakuga_image_upright(SakugaImage *image) {
    VipsImage *out = NULL;
    return result(vips_autorot(image, &out, NULL), out);
}

// Lines that are computed at once: enough to share what neighbouring lines need, few enough to stay in the caches.
enum { STRIP = 16 };

// Hands every line of the image to `take`, top to bottom, computed on the caller's thread. libvips' own sinks would do it on another
// thread and change between both for each strip, which costs as much as decoding a small picture.
static int for_each_line(VipsImage *image, int (*take)(void *context, int y, void *line), void *context) {
    VipsRegion *region = vips_region_new(image);
    int width = vips_image_get_width(image), height = vips_image_get_height(image), failed = region == NULL;
    for (int top = 0; top < height && !failed; top += STRIP) {
        VipsRect strip = {0, top, width, height - top < STRIP ? height - top : STRIP};
        failed = vips_region_prepare(region, &strip);
        for (int y = top; y < top + strip.height && !failed; y++) failed = take(context, y, VIPS_REGION_ADDR(region, 0, y));
    }
    if (region != NULL) g_object_unref(region);
    if (failed) vips_error_clear();
    return failed ? -1 : 0;
}

static int write_line(void *image, int y, void *line) { return vips_image_write_line(image, y, line); }

SakugaImage *sakuga_image_compute(SakugaImage *image) {
    VipsImage *out = vips_image_new_memory();
    if (vips_image_pipelinev(out, VIPS_DEMAND_STYLE_ANY, image, NULL) == 0 && for_each_line(image, write_line, out) == 0) return out;
    vips_error_clear();
    g_object_unref(out);
    return NULL;
}

typedef struct {
    char *next;
    size_t line;
} Destination;

static int copy_line(void *context, int y, void *line) {
    (void)y;
    Destination *to = context;
    memcpy(to->next, line, to->line);
    to->next += to->line;
    return 0;
}

int sakuga_image_copy_pixels(SakugaImage *image, void *destination, size_t capacity) {
    Destination to = {destination, VIPS_IMAGE_SIZEOF_LINE(image)};
    if (to.line * (size_t)vips_image_get_height(image) != capacity) return -1;
    return for_each_line(image, copy_line, &to);
}

int sakuga_encode_png(SakugaImage *image, int compression, void **buffer, size_t *length) {
    int failed = vips_pngsave_buffer(image, buffer, length, "compression", compression, "strip", TRUE, NULL);
    if (failed) vips_error_clear();
    return failed;
}

int sakuga_encode_webp(SakugaImage *image, int quality, void **buffer, size_t *length) {
    int failed = vips_webpsave_buffer(image, buffer, length, "Q", quality, "strip", TRUE, NULL);
    if (failed) vips_error_clear();
    return failed;
}

void sakuga_buffer_free(void *buffer) { g_free(buffer); }
