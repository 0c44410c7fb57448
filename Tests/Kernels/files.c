#include "files.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef REPOSITORY_ROOT
#define REPOSITORY_ROOT "."
#endif

static void require(bool holds, const char *path, const char *what) {
    if (holds) return;
    printf("%s/%s %s\n", REPOSITORY_ROOT, path, what);
    exit(1);
}

/// All bytes of a file, and a zero after them.
static uint8_t *read_file(const char *path, size_t *count) {
    char whole[4096];
    snprintf(whole, sizeof whole, "%s/%s", REPOSITORY_ROOT, path);
    FILE *file = fopen(whole, "rb");
    require(file && fseek(file, 0, SEEK_END) == 0, path, "cannot be opened");
    const long size = ftell(file);
    require(size > 0, path, "is empty");
    rewind(file);
    uint8_t *bytes = memory_plain((size_t)size + 1);
    require(fread(bytes, 1, (size_t)size, file) == (size_t)size, path, "cannot be read to its end");
    fclose(file);
    *count = (size_t)size;
    return bytes;
}

checkpoint read_checkpoint(const char *path) {
    size_t size;
    const uint8_t *bytes = read_file(path, &size);
    uint64_t length = 0;
    require(size > sizeof length, path, "is too short");
    memcpy(&length, bytes, sizeof length);
    require(length < size - sizeof length, path, "ends within its header");
    char *header = memory_plain((size_t)length + 1);
    memcpy(header, bytes + sizeof length, (size_t)length);
    return (checkpoint){path, header, bytes + sizeof length + length, size - sizeof length - (size_t)length};
}

/// Reads up to `most` numbers of a JSON list after `"key":`; returns how many there are.
static int read_numbers(const char *json, const char *key, int most, long long *numbers) {
    const char *next = strstr(json, key);
    next = next ? strchr(next, '[') : NULL;
    int count = 0;
    while (next && count < most && *next != ']') {
        char *end;
        numbers[count++] = strtoll(next + 1, &end, 10);
        next = *end == ',' || *end == ']' ? end : NULL;
    }
    return count;
}

static float half_value(uint16_t half) {
    const uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 0) return (half >> 15 ? -0x1p-24f : 0x1p-24f) * (float)fraction;
    const uint32_t bits = (uint32_t)(half >> 15) << 31 | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

tensor read_tensor(trial *t, const checkpoint *c, const char *name_format, ...) {
    char name[80] = "\"";
    va_list arguments;
    va_start(arguments, name_format);
    vsnprintf(name + 1, sizeof name - 4, name_format, arguments);
    va_end(arguments);
    strcat(name, "\":");
    const char *entry = strstr(c->header, name);
    char missing[sizeof name + 16];
    snprintf(missing, sizeof missing, "has no tensor %s", name);
    require(entry != NULL, c->path, missing);
    long long offsets[2], shape[4];
    const int dimensions = read_numbers(entry, "\"shape\"", 4, shape);
    require(strncmp(entry + strlen(name), "{\"dtype\":\"F16\"", 14) == 0, c->path, "holds a tensor that is not F16");
    require(read_numbers(entry, "\"data_offsets\"", 2, offsets) == 2, c->path, "holds a tensor without data_offsets");
    tensor read = {.shape = {1, 1, 1, 1}, .count = 1};
    for (int i = 0; i < dimensions; i++) read.shape[i] = (int)shape[i], read.count *= shape[i];
    require(offsets[0] >= 0 && offsets[1] - offsets[0] == 2 * read.count && (size_t)offsets[1] <= c->count, c->path,
            "holds a tensor whose place does not fit its shape");
    read.values = new_floats(t, read.count);
    for (int64_t i = 0; i < read.count; i++) {
        uint16_t half;
        memcpy(&half, c->data + offsets[0] + 2 * i, sizeof half);
        read.values[i] = half_value(half);
    }
    return read;
}

const uint8_t *read_array(const char *path, const char *type, size_t bytes) {
    enum { preamble = 10 };  // magic, version 1.0 and the header's length
    size_t size;
    const uint8_t *file = read_file(path, &size);
    require(size > preamble && memcmp(file, "\x93NUMPY\x01\x00", 8) == 0, path, "is not a NumPy file of version 1.0");
    const size_t start = preamble + (size_t)file[8] + 256 * (size_t)file[9];
    require(size == start + bytes, path, "has not as many elements as its folder says");
    char descr[32];
    snprintf(descr, sizeof descr, "'descr': '%s'", type);
    require(strstr((const char *)file + preamble, descr) != NULL, path, "holds elements of another type");
    return file + start;
}
