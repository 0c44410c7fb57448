"""The targets as Package.swift declares them, and the rules about them from rules.toml."""

import hashlib
import json
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

RULES = Path(__file__).with_name("rules.toml")


@dataclass
class Target:
    """A target of Package.swift."""

    name: str
    kind: str  # regular, executable, test, system
    own: list[str] = field(default_factory=list)  # targets of this package that it depends on, as declared
    products: list[str] = field(default_factory=list)  # products of other packages that it depends on


@dataclass
class Rules:
    """What rules.toml allows."""

    lines: int
    toolchain: set[str]
    targets: dict[str, dict]
    imports: dict[str, set[str]]  # by target, groups resolved
    products: dict[str, list[str]]
    typed_documents: list[str]  # documents whose `TypeNames` have to exist
    foreign_types: set[str]
    history: list[str]
    words: list[dict]


def parse_package(dump: dict) -> dict[str, Target]:
    """The targets in the output of `swift package dump-package`, in its order."""
    names = {target["name"] for target in dump["targets"]}
    found = {}
    for target in dump["targets"]:
        # What tests share is a plain target under Tests/.
        is_support = (target.get("path") or "").startswith("Tests/")
        parsed = Target(target["name"], "test" if is_support else target["type"])
        for dependency in target["dependencies"]:
            name = next(iter(dependency.values()))[0]
            (parsed.own if name in names and "product" not in dependency else parsed.products).append(name)
        found[parsed.name] = parsed
    return found


def load_package(root: Path) -> dict[str, Target]:
    """The targets of the package in the folder. The compiled manifest is kept in .build/house until Package.swift changes."""
    manifest = root / "Package.swift"
    folder = root / ".build/house"
    kept = folder / f"{hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]}.json"
    if not kept.exists():
        # A scratch folder of its own, so that a build that runs at the same time does not hold its lock.
        command = ["swift", "package", "--package-path", str(root), "--scratch-path", str(folder), "dump-package"]
        dumped = subprocess.run(command, capture_output=True, text=True)
        if dumped.returncode != 0:
            raise SystemExit(f"check-house: swift package dump-package failed:\n{dumped.stderr}")
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
        kept.write_text(dumped.stdout, encoding="utf-8")
    return parse_package(json.loads(kept.read_text(encoding="utf-8")))


def parse_rules(text: str) -> Rules:
    table = tomllib.loads(text)
    groups = table.get("groups", {})

    def resolved(names):
        for name in names:
            if name in groups:
                yield from resolved(groups[name])
            else:
                yield name

    targets = table.get("targets", {})
    words = table.get("words", {})
    return Rules(
        lines=table["limits"]["lines"],
        toolchain=set(table["toolchain"]["modules"]),
        targets=targets,
        imports={name: set(resolved(target["imports"])) for name, target in targets.items()},
        products=table.get("products", {}),
        typed_documents=table.get("documents", {}).get("types", []),
        foreign_types=set(table.get("documents", {}).get("foreign", [])),
        history=words.get("history", []),
        words=words.get("forbidden", []),
    )


def load_rules() -> Rules:
    return parse_rules(RULES.read_text(encoding="utf-8"))
