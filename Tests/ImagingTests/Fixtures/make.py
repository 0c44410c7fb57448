#!/usr/bin/env python3
"""Makes the small pictures that ImagingTests reads.

Needs Pillow 12 or later (with AVIF) and libvips' `vips` tool (for HEIC).  Every picture is, upright, 48 x 32 pixels in
four plain quadrants: red, green / blue, yellow (or what the format keeps of them), unless its name says otherwise.

    python3 make.py        writes into the folder it lies in
"""

import pathlib
import struct
import subprocess
import zlib

from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 48, 32
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 210), (230, 220, 30)
EXACT = {"quality": 95, "subsampling": 0}


def quadrants(mode="RGB"):
    picture = Image.new("RGB", (WIDTH, HEIGHT), RED)
    picture.paste(GREEN, (WIDTH // 2, 0, WIDTH, HEIGHT // 2))
    picture.paste(BLUE, (0, HEIGHT // 2, WIDTH // 2, HEIGHT))
    picture.paste(YELLOW, (WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
    return picture.convert(mode)


def half_transparent():
    """Opaque at the left, fully transparent at the right."""
    picture = quadrants("RGBA")
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (WIDTH // 2, 0, WIDTH, HEIGHT))
    picture.putalpha(alpha)
    return picture


def orientation_exif(code):
    exif = Image.Exif()
    exif[0x0112] = code
    return exif


# What a camera stores so that EXIF's orientation turns it upright again.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(code):
    picture = quadrants()
    return picture if STORED[code] is None else picture.transpose(STORED[code])


def orientations():
    for code in STORED:
        stored(code).save(HERE / f"orientation-{code}.jpg", exif=orientation_exif(code), **EXACT)
    stored(6).save(HERE / "orientation-6.png", exif=orientation_exif(6))
    stored(6).save(HERE / "orientation-6.webp", exif=orientation_exif(6), lossless=True)
    stored(6).save(HERE / "orientation-6.tiff", tiffinfo=orientation_exif(6))
    stored(6).save(HERE / "orientation-6.avif", exif=orientation_exif(6), quality=95, subsampling="4:4:4")


def jpegs():
    quadrants("L").save(HERE / "grey.jpg", **EXACT)
    quadrants("CMYK").save(HERE / "cmyk.jpg", **EXACT)
    quadrants().save(HERE / "progressive.jpg", progressive=True, **EXACT)
    exif = orientation_exif(1)
    exif[0x010E] = "SECRET-DESCRIPTION"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 29: "2024:05:06"})
    quadrants().save(
        HERE / "gps.jpg", exif=exif, comment=b"SECRET-COMMENT", xmp=b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), **EXACT)
    quadrants().save(HERE / "broken-profile.jpg", icc_profile=b"this is no colour profile" * 8, **EXACT)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sixteen_bit(path, channels, color_type):
    """A PNG with 16 bits a channel, which Pillow itself does not write: each byte twice."""
    source = {3: quadrants(), 4: half_transparent()}[channels].tobytes()
    deep = bytes(byte for value in source for byte in (value, value))
    stride = WIDTH * channels * 2
    rows = b"".join(b"\0" + deep[row * stride:(row + 1) * stride] for row in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, color_type, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows, 9))
        + png_chunk(b"IEND", b""))


def pngs():
    quadrants("L").save(HERE / "grey.png")
    quadrants("1").save(HERE / "one-bit.png")
    half_transparent().save(HERE / "alpha.png")
    half_transparent().convert("LA").save(HERE / "grey-alpha.png")
    palette = quadrants().quantize(4)
    clear = {palette.getpixel((40, 4)), palette.getpixel((40, 28))}
    palette.save(HERE / "palette-alpha.png", transparency=bytes(0 if index in clear else 255 for index in range(4)))
    sixteen_bit(HERE / "rgb16.png", 3, 2)
    sixteen_bit(HERE / "rgba16.png", 4, 6)


def others():
    quadrants().save(HERE / "lossy.webp", quality=95)
    half_transparent().save(HERE / "alpha.webp", lossless=True)
    second = Image.new("RGB", (WIDTH, HEIGHT), (0, 0, 0))
    quadrants().save(HERE / "animated.gif", save_all=True, append_images=[second], duration=100)
    quadrants().save(HERE / "animated.webp", save_all=True, append_images=[second], duration=100, lossless=True)
    quadrants().save(HERE / "lzw.tiff", compression="tiff_lzw")
    quadrants("CMYK").save(HERE / "cmyk.tiff", compression="tiff_lzw")
    quadrants("LAB").save(HERE / "lab.tiff", compression="tiff_lzw")
    quadrants("1").save(HERE / "fax.tiff", compression="group4")
    quadrants().save(HERE / "pages.tiff", save_all=True, append_images=[second], compression="tiff_lzw")
    quadrants().save(HERE / "quadrants.avif", quality=95, subsampling="4:4:4")
    plain = HERE / "plain.png"
    quadrants().save(plain)
    for target in ["quadrants.heic[Q=95]", "tiled.tiff[tile,tile-width=16,tile-height=16,compression=deflate]"]:
        subprocess.run(["vips", "copy", str(plain), str(HERE / target)], check=True)
    subprocess.run(["vips", "colourspace", str(plain), str(HERE / "float.tiff[compression=deflate]"), "scrgb"], check=True)
    plain.unlink()


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def wide_profile():
    """A matrix profile with the primaries of Display P3 (adapted to D50) and a plain gamma of 2.2."""
    def text(kind, value):
        if kind == b"desc":
            return b"desc\0\0\0\0" + struct.pack(">I", len(value) + 1) + value + b"\0" + bytes(4 + 4 + 2 + 1 + 67)
        return b"text\0\0\0\0" + value + b"\0"

    def xyz(x, y, z):
        return b"XYZ \0\0\0\0" + fixed(x) + fixed(y) + fixed(z)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256))
    tags = [
        (b"desc", text(b"desc", b"Wide")), (b"cprt", text(b"text", b"No rights reserved")),
        (b"wtpt", xyz(0.9642, 1.0, 0.8249)),
        (b"rXYZ", xyz(0.51512, 0.24120, -0.00105)), (b"gXYZ", xyz(0.29198, 0.69225, 0.04189)),
        (b"bXYZ", xyz(0.15710, 0.06657, 0.78407)),
        (b"rTRC", curve), (b"gTRC", curve), (b"bTRC", curve),
    ]
    table, body, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = (
        struct.pack(">I", offset + len(body)) + b"none" + struct.pack(">I", 0x02400000) + b"mntrRGB XYZ "
        + bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1.0) + fixed(0.8249) + bytes(48))
    return header + struct.pack(">I", len(tags)) + table + body


def wide():
    """One plain colour in wide primaries; prints what LittleCMS makes of it in sRGB."""
    picture = Image.new("RGB", (32, 32), (200, 100, 60))
    profile = wide_profile()
    picture.save(HERE / "wide.png", icc_profile=profile)
    picture.save(HERE / "wide.jpg", icc_profile=profile, **EXACT)
    (HERE / "wide.icc").write_bytes(profile)
    converted = ImageCms.profileToProfile(
        picture, str(HERE / "wide.icc"), ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC)
    (HERE / "wide.icc").unlink()
    print("wide (200, 100, 60) in sRGB:", converted.getpixel((16, 16)))


orientations()
jpegs()
pngs()
others()
wide()
