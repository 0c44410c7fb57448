#ifndef CJPEGSHIM_H
#define CJPEGSHIM_H

#include <stddef.h>
#include <stdint.h>

/// Encodes `width` × `height` pixels of three bytes (red, green, blue; rows without gaps) as a baseline JPEG, on the caller's thread.
///
/// `quality` is 1 to 100; below 90 colours have half the resolution (4:2:0), as libvips and others do it. On success returns 0, and
/// `*bytes` (to be given to `sakuga_jpeg_free`) has `*length` bytes; otherwise returns -1 and there is nothing to free.
int sakuga_jpeg_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t **bytes, size_t *length);

/// Frees what `sakuga_jpeg_encode` made.
void sakuga_jpeg_free(uint8_t *bytes);

#endif
