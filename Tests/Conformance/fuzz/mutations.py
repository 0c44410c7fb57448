"""Mutations of bytes: general ones, and those that pass the first checks of a format."""

import random
import struct
import zlib

INTERESTING = [0, 1, 0x7F, 0x80, 0xFF]
WORDS = [
    b"\x00", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"%00", b"%", b"\r\n", b"\r\n\r\n", b"\n", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"[" * 50,
    b"-1", b"0", b"99999999999999999999", b"1e999", b"null", b"NaN", b"true", b"..", b"/", b"../../etc/passwd", b"http://127.0.0.1:1/", b"file:///etc/passwd",
    b"data:", b";base64,", b"====", b"\xf0\x9f\x92\xa5", b"\xc0\x80", b"\xed\xa0\x80", b"A" * 5_000, b"--", b"\x1b[0m", b"'", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """One to six small changes."""
    mutated = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        chance.choice(CHANGES)(mutated, chance)
    return bytes(mutated)


def place(data: bytearray, chance: random.Random) -> int:
    """Heads are where decisions are made, so half of the changes fall on the first 200 bytes."""
    if not data:
        return 0
    return chance.randrange(min(len(data), 200)) if chance.random() < 0.5 else chance.randrange(len(data))


def flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[place(data, chance)] ^= 1 << chance.randrange(8)


def overwrite(data: bytearray, chance: random.Random) -> None:
    if data:
        data[place(data, chance)] = chance.choice([*INTERESTING, chance.randrange(256)])


def insert(data: bytearray, chance: random.Random) -> None:
    at = place(data, chance)
    data[at:at] = chance.choice(WORDS)


def remove(data: bytearray, chance: random.Random) -> None:
    at = place(data, chance)
    del data[at:at + chance.choice([1, 1, 2, 4, 16, 200])]


def repeat(data: bytearray, chance: random.Random) -> None:
    at = place(data, chance)
    data[at:at] = data[at:at + chance.choice([1, 4, 16, 200])] * chance.choice([1, 2, 20])


def cut(data: bytearray, chance: random.Random) -> None:
    if chance.random() < 0.3:
        del data[place(data, chance):]


def number(data: bytearray, chance: random.Random) -> None:
    """A two- or four-byte number at its edges, as lengths and sizes are written in both orders."""
    at, value = place(data, chance), chance.choice([0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 20_000, 65_500])
    form = chance.choice([">H", "<H", ">I", "<I"])
    packed = struct.pack(form, value & (0xFFFF if form[1] == "H" else 0xFFFFFFFF))
    data[at:at + len(packed)] = packed


def swap(data: bytearray, chance: random.Random) -> None:
    a, b, size = place(data, chance), place(data, chance), chance.choice([1, 4, 30])
    data[a:a + size], data[b:b + size] = data[b:b + size], data[a:a + size]


CHANGES = [flip, flip, overwrite, overwrite, insert, remove, repeat, cut, number, swap]


def mutate_image(data: bytes, chance: random.Random) -> bytes:
    """Half of a PNG's or JPEG's changes keep its frame whole, so that what lies behind it is reached."""
    if chance.random() < 0.5:
        if data.startswith(b"\x89PNG"):
            return mutate_png(data, chance)
        if data.startswith(b"\xff\xd8"):
            return mutate_jpeg(data, chance)
    return mutate(data, chance)


def mutate_png(data: bytes, chance: random.Random) -> bytes:
    """One chunk changed, left out, doubled or moved, with right lengths and checksums."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = struct.unpack(">I", data[at:at + 4])[0]
        chunks.append([data[at + 4:at + 8], data[at + 8:at + 8 + size]])
        at += 12 + size
    for _ in range(chance.choice([1, 1, 2])):
        index = chance.randrange(len(chunks))
        kind, body = chunks[index]
        match chance.randrange(5):
            case 0 if kind == b"IDAT":
                try:
                    body = zlib.compress(mutate(zlib.decompress(body), chance))
                except zlib.error:
                    body = mutate(body, chance)
                chunks[index] = [kind, body]
            case 0 | 1 | 2:
                chunks[index] = [kind, mutate(body, chance)]
            case 3:
                chunks.insert(chance.randrange(len(chunks)), chunks[index])
            case 4:
                if len(chunks) > 1:
                    del chunks[index]
    return data[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)


def mutate_jpeg(data: bytes, chance: random.Random) -> bytes:
    """One segment changed, left out, doubled or given another size, the others whole."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = struct.unpack(">H", data[at + 2:at + 4])[0]
        segments.append([data[at + 1], data[at + 4:at + 2 + size]])
        at += 2 + size
    rest = data[at:]
    if segments:
        index = chance.randrange(len(segments))
        match chance.randrange(4):
            case 0 | 1:
                segments[index][1] = mutate(segments[index][1], chance)[:65_533]
            case 2:
                segments.insert(chance.randrange(len(segments)), list(segments[index]))
            case 3:
                del segments[index]
    if chance.random() < 0.3:
        rest = mutate(rest, chance)
    return data[:2] + b"".join(bytes([0xFF, mark]) + struct.pack(">H", len(body) + 2) + body for mark, body in segments) + rest
