// The files that the golden family reads: a checkpoint's tensors and NumPy's arrays. They are the repository's own, so whatever is
// not as expected ends the program with a sentence. Little-endian files, little-endian processors.
#ifndef KERNEL_TESTS_FILES_H
#define KERNEL_TESTS_FILES_H

#include "trial.h"

/// A safetensors file.
typedef struct {
    const char *path;
    const char *header;  ///< JSON, ended by a zero
    const uint8_t *data;
    size_t count;        ///< bytes of `data`
} checkpoint;

typedef struct {
    int shape[4];  ///< outermost first; 1 where the tensor has fewer
    int64_t count;
    float *values;
} tensor;

/// `path` is from the repository's root.
checkpoint read_checkpoint(const char *path);
/// The F16 tensor of that name.
tensor read_tensor(trial *t, const checkpoint *c, const char *name_format, ...) __attribute__((format(printf, 3, 4)));

/// The elements of an array of type `type` ("|u1", "<f4"), which must be `bytes` bytes. `path` is from the repository's root.
const uint8_t *read_array(const char *path, const char *type, size_t bytes);

#endif
