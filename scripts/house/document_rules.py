"""Rules about documents: links lead somewhere, and README.zh-CN.md has the commands of README.md."""

import re
from pathlib import Path

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
# Commands are in indented blocks and in fences; comments after ` #` are text, which is translated.
FENCE = re.compile(r"^```")
DECLARED = re.compile(r"\b(?:struct|class|enum|actor|protocol|typealias|extension)\s+([A-Z]\w*)")
COMMENT = re.compile(r"(?:^|\s+)#(?:\s.*)?$")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, by GitHub's rule."""
    found: set[str] = set()
    in_fence = False
    for line in text.splitlines():
        if FENCE.match(line):
            in_fence = not in_fence
        elif not in_fence and (match := re.match(r"^#+\s+(.*)", line)):
            words = re.sub(r"[^\w\- ]", "", match[1].lower())
            found.add(words.strip().replace(" ", "-"))
    return found


def links(root: Path, path: Path, text: str):
    """Relative links to files or headings that are not there."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in LINK.finditer(line):
            target, _, anchor = (match[1] or match[2]).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            file = (root / path.parent / target).resolve() if target else root / path
            if not file.exists():
                yield f"{path}:{number}: the link leads nowhere: {target}"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                yield f"{path}:{number}: {target or path} has no heading #{anchor}"


def declared_types(texts) -> set[str]:
    """The names of the types, functions and cases that Swift files declare."""
    return {name for text in texts for name in DECLARED.findall(text)}


def names(path: Path, text: str, declared: set[str], known: set[str]):
    """Types that a document names and that are not there: `LikeThis`, alone in its backticks."""
    for number, line in enumerate(text.splitlines(), start=1):
        for name in re.findall(r"`([A-Z][a-z]\w*)`", line):
            if name not in declared and name not in known:
                yield f"{path}:{number}: there is no type {name}"


def commands(text: str) -> list[tuple[int, str]]:
    """The lines of code blocks with their numbers, without comments."""
    found, in_fence = [], False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            in_fence = not in_fence
        elif (in_fence or line.startswith("    ")) and (code := COMMENT.sub("", line).rstrip()):
            found.append((number, code))
    return found


def same_commands(english: str, chinese: str):
    """Where the two READMEs' commands part."""
    ours, theirs = commands(english), commands(chinese)
    for (number, line), (other_number, other) in zip(ours, theirs):
        if line != other:
            yield f"README.zh-CN.md:{other_number}: `{other.strip()}` is not `{line.strip()}` of README.md:{number}; both have the same commands"
            return
    if len(ours) != len(theirs):
        yield f"README.zh-CN.md: {len(theirs)} lines of commands, README.md has {len(ours)}; both have the same commands in the same order"
