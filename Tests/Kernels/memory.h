// Memory of one trial, given back all at once when the trial ends.
#ifndef KERNEL_TESTS_MEMORY_H
#define KERNEL_TESTS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Which end of a buffer lies at an unreadable page.
typedef enum { guard_after, guard_before } guard_side;

/// What guarded memory holds at first: a quiet NaN as a float, so that whatever is read unwritten shows.
enum { untouched_bits = 0x7fe5a5a5 };

/// `bytes` bytes (a multiple of four), of which the last, or the first, touches an unreadable page.
void *memory_guarded(size_t bytes, guard_side side);
/// Zeroed memory for what the test itself computes.
void *memory_plain(size_t bytes);
void memory_release_all(void);

bool memory_is_untouched(const float *value);

#endif
