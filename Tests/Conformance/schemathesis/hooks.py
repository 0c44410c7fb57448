"""What Schemathesis cannot make up by itself: photos, whole and damaged."""

from pathlib import Path

import schemathesis
from hypothesis import strategies as st

PHOTO = (Path(__file__).parent.parent / "photo.jpg").read_bytes()


@st.composite
def photos(draw):
    """The photo, the photo cut off or with some bytes changed, or any bytes at all."""
    kind = draw(st.sampled_from(["whole", "cut", "changed", "none"]))
    if kind == "whole":
        return PHOTO
    if kind == "cut":
        return PHOTO[: draw(st.integers(1, len(PHOTO) - 1))]
    if kind == "none":
        return draw(st.binary(max_size=200))
    changed = bytearray(PHOTO)
    for place in draw(st.lists(st.integers(0, len(PHOTO) - 1), min_size=1, max_size=8)):
        changed[place] = draw(st.integers(0, 255))
    return bytes(changed)


for name in ["image/jpeg", "image/png", "image/webp", "application/octet-stream"]:
    schemathesis.openapi.media_type(name, photos())
