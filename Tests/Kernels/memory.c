#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { most_blocks = 1024 };

typedef struct {
    void *start;
    size_t mapped;  // 0: from calloc
} block;

static block blocks[most_blocks];
static int block_count;

static void *fail(const char *what) {
    perror(what);
    exit(1);
}

static void keep(void *start, size_t mapped) {
    if (block_count == most_blocks) fail("too many buffers in one trial");
    blocks[block_count++] = (block){start, mapped};
}

void *memory_guarded(size_t bytes, guard_side side) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), inner = (bytes + page - 1) / page * page, whole = inner + 2 * page;
    char *start = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (start == MAP_FAILED) return fail("mmap");
    keep(start, whole);
    if (inner && mprotect(start + page, inner, PROT_READ | PROT_WRITE) != 0) return fail("mprotect");
    const uint32_t bits = untouched_bits;
    for (size_t i = 0; i < inner; i += sizeof bits) memcpy(start + page + i, &bits, sizeof bits);
    return side == guard_after ? start + page + inner - bytes : start + page;
}

void *memory_plain(size_t bytes) {
    void *start = calloc(1, bytes ? bytes : 1);
    if (!start) return fail("calloc");
    keep(start, 0);
    return start;
}

void memory_release_all(void) {
    for (; block_count > 0; block_count--) {
        const block last = blocks[block_count - 1];
        if (last.mapped) {
            munmap(last.start, last.mapped);
        } else {
            free(last.start);
        }
    }
}

bool memory_is_untouched(const float *value) {
    uint32_t bits;
    memcpy(&bits, value, sizeof bits);
    return bits == untouched_bits;
}
