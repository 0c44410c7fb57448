// A random stored activation with all that a source may ask to be done to it, and what must come of it in double precision.
#ifndef KERNEL_TESTS_PICTURE_H
#define KERNEL_TESTS_PICTURE_H

#include "trial.h"

typedef enum { resize_none, resize_align_corners, resize_half_pixel } resize_kind;

typedef struct {
    int blocks, height, width;
    bool normalised, activated, residual;
    resize_kind resize;
} picture_kind;

typedef struct {
    sk_source source;
    int channels, height, width;  ///< after resizing
    double *values;               ///< planar, `[channels][height][width]`
    double *magnitudes;           ///< of the absolute values that each came from, for tolerances
} picture;

/// A kind that the network knows: normalised, then activated, or with a residual, or resized. Of `height`×`width` (at least 4×4),
/// or near that once it is resized from half.
picture_kind random_picture_kind(trial *t, int blocks, int height, int width);
picture new_picture(trial *t, picture_kind kind);
/// Has a source resized to `height`×`width`, with the tables that the engine makes.
void resize_source(trial *t, sk_source *source, int height, int width, resize_kind kind);
/// An RGB picture `[height + 6][width + 6][3]`, reflected by three pixels at every edge, of planes of doubles that are floats.
float *padded_picture(trial *t, const picture *p);
/// For a trial's description.
const char *picture_words(picture_kind kind);

/// Reflection without repeating the edge, of any distance that it reaches.
int mirrored(int i, int count);
/// Whether reflection reaches position `i` of `count`.
bool reflection_reaches(int i, int count);

/// How far a value of a picture may be off, as a multiple of its magnitude.
static const double picture_tolerance = 16 * 0x1p-24;

#endif
