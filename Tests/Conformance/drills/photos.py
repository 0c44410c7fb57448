"""Small photos made here, each different from the others, and their disguises."""

import functools
import random
import struct
import zlib


@functools.cache
def png(width: int, height: int, seed: int, grain: float = 6) -> bytes:
    """A picture of soft colours with a little grain: compresses about as a photo does."""
    chance = random.Random(seed)
    columns, rows = 9, 7
    grid = [[[chance.uniform(0, 255) for _ in range(3)] for _ in range(columns)] for _ in range(rows)]
    noise = [chance.gauss(0, grain) for _ in range(4_099)]
    lines = bytearray()
    step = 0
    for y in range(height):
        lines.append(0)
        v = y * (rows - 1) / height
        top, bottom, fy = grid[int(v)], grid[int(v) + 1], v - int(v)
        blend = [[a + (b - a) * fy for a, b in zip(up, down)] for up, down in zip(top, bottom)]
        for x in range(width):
            u = x * (columns - 1) / width
            left, right, fx = blend[int(u)], blend[int(u) + 1], u - int(u)
            step += 1
            grey = noise[step * 7 % 4_099]
            for a, b in zip(left, right):
                lines.append(min(255, max(0, int(a + (b - a) * fx + grey))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data) for kind, data in [
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(lines), 6)), (b"IEND", b"")])


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """The same JPEG with other bytes, so that no cache takes it for the same."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]
