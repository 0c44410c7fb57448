"""Reads the pictures out of a Qt resource file (.rcc), a container that Debian's gcompris-qt-data keeps its photos in."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

COMPRESSED, FOLDER, ZSTD = 1, 2, 4


def entries(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file, in the order of the tree."""
    magic, version, tree, payload, names = struct.unpack(">4sIIII", data[:20])
    if magic != b"qres" or version not in (1, 2, 3):
        raise ValueError("This is not a Qt resource file of version 1 to 3.")
    size = 14 if version == 1 else 22

    def name(offset: int) -> str:
        at = names + offset
        length = struct.unpack(">H", data[at : at + 2])[0]
        return data[at + 6 : at + 6 + 2 * length].decode("utf-16-be")

    def walk(index: int, path: str) -> Iterator[tuple[str, bytes]]:
        at = tree + index * size
        called, flags = struct.unpack(">IH", data[at : at + 6])
        here = path if index == 0 else f"{path}/{name(called)}"
        if flags & FOLDER:
            count, first = struct.unpack(">II", data[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, here)
            return
        offset = struct.unpack(">I", data[at + 10 : at + 14])[0]
        start = payload + offset
        length = struct.unpack(">I", data[start : start + 4])[0]
        content = data[start + 4 : start + 4 + length]
        if flags & ZSTD:
            return
        yield here, zlib.decompress(content[4:]) if flags & COMPRESSED else content

    yield from walk(0, "")
