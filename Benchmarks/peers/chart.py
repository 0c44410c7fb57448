#!/usr/bin/env python3
"""Draws what `run` measured as bars: milliseconds a picture, one group a size.

    python3 Benchmarks/peers/chart.py out/peers.json docs/images/speed.svg
"""

import json
import sys
from html import escape

NAMES = {
    "sakuga": "Sakuga", "mnn": "MNN", "ncnn": "ncnn", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO",
    "pytorch": "PyTorch", "pytorch-nhwc": "PyTorch, channels last",
}
WIDTH, LABEL, BAR, GAP, GROUP = 760, 170, 18, 6, 40
# Colours that read on white and on black, with text in the page's own.
STYLE = """text{font:13px system-ui,sans-serif;fill:#1f1d1a}.h{font-weight:600}.o{fill:#b9b2a7}.s{fill:#c8401f}
@media(prefers-color-scheme:dark){text{fill:#ece8e1}.o{fill:#6d675f}.s{fill:#f07350}}"""


def bars(size: dict, y: int) -> tuple[list[str], int]:
    results = sorted(size["results"].items(), key=lambda item: item[1]["median_ms"])
    slowest, own = results[-1][1]["median_ms"], size["results"]["sakuga"]["median_ms"]
    lines = [f'<text class="h" x="0" y="{y + 14}">{size["width"]} × {size["height"]} pixels</text>']
    y += 26
    for name, result in results:
        length = max(2, (WIDTH - LABEL - 130) * result["median_ms"] / slowest)
        ratio = "" if name == "sakuga" else f'  {result["median_ms"] / own:.1f}×'
        lines += [
            f'<text x="{LABEL - 10}" y="{y + 14}" text-anchor="end">{escape(NAMES.get(name, name))}</text>',
            f'<rect class="{"s" if name == "sakuga" else "o"}" x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3"/>',
            f'<text x="{LABEL + length + 8:.1f}" y="{y + 14}">{result["median_ms"]:.0f} ms{ratio}</text>',
        ]
        y += BAR + GAP
    return lines, y + GROUP - GAP


def main() -> None:
    report = json.load(open(sys.argv[1]))
    title = f'Milliseconds a picture, {report["threads"]} threads of {report["processor"]}, {report["date"]}'
    lines, y = [f'<text x="0" y="14">{escape(title)}</text>'], 36
    for size in report["sizes"]:
        more, y = bars(size, y)
        lines += more
    height = y - GROUP + 8
    with open(sys.argv[2], "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
                   f"<title>{escape(title)}</title><style>{STYLE}</style>\n" + "\n".join(lines) + "\n</svg>\n")


if __name__ == "__main__":
    main()
