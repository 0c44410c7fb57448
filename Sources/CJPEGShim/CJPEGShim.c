#include "CJPEGShim.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

// libjpeg's own handler ends the process.
typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf failed;
} Errors;

static void fail(j_common_ptr info) { longjmp(((Errors *)info->err)->failed, 1); }
static void say_nothing(j_common_ptr info) { (void)info; }

static void configure(struct jpeg_compress_struct *info, int width, int height, int quality) {
    info->image_width = (JDIMENSION)width;
    info->image_height = (JDIMENSION)height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    int sampling = quality < 90 ? 2 : 1;
    info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = sampling;
    // The standard Huffman tables: tables of the picture's own would make it some 5 % smaller and take half as long again.
    info->optimize_coding = FALSE;
}

int sakuga_jpeg_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t **bytes, size_t *length) {
    struct jpeg_compress_struct info;
    Errors errors;
    // Changed between setjmp and longjmp, so they must not live in registers.
    unsigned char *volatile made = NULL;
    unsigned char *buffer = NULL;
    unsigned long count = 0;
    info.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = fail;
    errors.manager.output_message = say_nothing;
    if (setjmp(errors.failed)) {
        jpeg_destroy_compress(&info);
        free(made);
        return -1;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &buffer, &count);
    configure(&info, width, height, quality);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = (JSAMPROW)(rgb + (size_t)info.next_scanline * (size_t)width * 3);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    made = buffer;
    jpeg_destroy_compress(&info);
    *bytes = made;
    *length = count;
    return 0;
}

void sakuga_jpeg_free(uint8_t *bytes) { free(bytes); }
