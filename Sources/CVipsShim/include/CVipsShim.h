#ifndef SAKUGA_CVIPSSHIM_H
#define SAKUGA_CVIPSSHIM_H

#include <stddef.h>

// libvips' operations take their options as variadic arguments, which Swift cannot call.  Each function here is one
// operation with the options Sakuga uses.  Those that make an image return NULL when libvips refuses; libvips' own error
// text is dropped, because its buffer is shared by all threads and may hold another picture's error.

#ifdef __cplusplus
extern "C" {
#endif

/// An image pipeline of libvips.  One reference is one owner; give it back with `sakuga_image_release`.
typedef struct _VipsImage SakugaImage;

/// The file formats Sakuga reads, each with exactly one libvips loader.
typedef enum {
    SAKUGA_LOADER_JPEG,
    SAKUGA_LOADER_PNG,
    SAKUGA_LOADER_WEBP,
    SAKUGA_LOADER_HEIF,
    SAKUGA_LOADER_GIF,
    SAKUGA_LOADER_TIFF,
} SakugaLoader;

/// How an image's samples stand in memory; everything else is converted to 8-bit sRGB before it is worked on.
typedef enum {
    SAKUGA_SAMPLES_RGB8,
    SAKUGA_SAMPLES_GREY8,
    SAKUGA_SAMPLES_RGB16,
    SAKUGA_SAMPLES_GREY16,
    SAKUGA_SAMPLES_CMYK8,
    SAKUGA_SAMPLES_OTHER,
} SakugaSamples;

/// Starts libvips once for the process: one thread a pipeline, no operation cache, every loader blocked but the six
/// above.  Returns 0, or -1 when libvips cannot start.
int sakuga_vips_start(void);

/// Whether this system's libvips has the loader (HEIF is an optional module).
int sakuga_loader_exists(SakugaLoader loader);

/// Opens `length` encoded bytes; only the header is read now, the pixels when they are asked for, once, top to bottom.
/// The bytes must stay where they are until the image is released.  `shrink` (1, 2, 4 or 8) is for JPEG only.
SakugaImage *sakuga_image_open(SakugaLoader loader, const void *bytes, size_t length, int shrink);

/// An image over `width * height * 3` bytes of RGB, which must stay where they are until it is released.
SakugaImage *sakuga_image_over_rgb(const void *rgb, int width, int height);

void sakuga_image_release(SakugaImage *image);

int sakuga_image_width(const SakugaImage *image);
int sakuga_image_height(const SakugaImage *image);
int sakuga_image_bands(const SakugaImage *image);
int sakuga_image_has_alpha(SakugaImage *image);
int sakuga_image_has_profile(SakugaImage *image);
/// The EXIF orientation, 1 to 8 (1 when there is none).
int sakuga_image_orientation(SakugaImage *image);
SakugaSamples sakuga_image_samples(const SakugaImage *image);

/// Lays the picture over a background whose every band is `background`; `opaque` is the largest alpha value.
SakugaImage *sakuga_image_flatten(SakugaImage *image, double background, double opaque);
SakugaImage *sakuga_image_crop(SakugaImage *image, int left, int top, int width, int height);
/// Lanczos-3 resampling by a factor a direction.
SakugaImage *sakuga_image_resize(SakugaImage *image, double horizontal, double vertical);
/// Converts by the embedded ICC profile to 8-bit sRGB.
SakugaImage *sakuga_image_apply_profile(SakugaImage *image);
/// Converts by the image's interpretation alone to 8-bit sRGB.
SakugaImage *sakuga_image_to_srgb(SakugaImage *image);
/// The first `count` bands.
SakugaImage *sakuga_image_first_bands(SakugaImage *image, int count);
/// Turns the picture upright by its EXIF orientation.
SakugaImage *sakuga_image_upright(SakugaImage *image);
/// Computes every pixel now, into memory; broken or truncated data show here.
SakugaImage *sakuga_image_compute(SakugaImage *image);
/// Copies the pixels out; returns 0, or -1 when there are not exactly `capacity` bytes of them.
int sakuga_image_copy_pixels(SakugaImage *image, void *destination, size_t capacity);

/// Encoders: no metadata is written.  The buffer is freed with `sakuga_buffer_free`.  Return 0 or -1.
int sakuga_encode_png(SakugaImage *image, int compression, void **buffer, size_t *length);
int sakuga_encode_webp(SakugaImage *image, int quality, void **buffer, size_t *length);
void sakuga_buffer_free(void *buffer);

#ifdef __cplusplus
}
#endif

#endif
