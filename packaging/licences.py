"""Writes the licences of everything that the programs are made of, from `cargo metadata` on standard input.

Each package is named with its version, licence and source; then every text that lies in a package, once for all that have it. A package
without a text of its own is named as such, with its authors. That each licence may be used at all is `cargo deny`'s affair (deny.toml).
"""

import hashlib
import json
import pathlib
import sys

PROGRAMS = {"faam-wallet", "faam-node", "faam-verify"}
TEXTS = ("licen", "copying", "notice", "copyright", "unlicense")
RULE = "=" * 100


def linked(metadata):
    """The packages that end up in the programs: what they need to run, and so on; not what builds or tests them."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    todo = [package["id"] for package in metadata["packages"] if package["name"] in PROGRAMS]
    if len(todo) != len(PROGRAMS):
        sys.exit("licences.py: the programs are not all in cargo's metadata")
    seen = set()
    while todo:
        identity = todo.pop()
        if identity in seen:
            continue
        seen.add(identity)
        for dependency in nodes[identity]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    packages = [package for package in metadata["packages"] if package["id"] in seen]
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts(package):
    """What a package says of its licences, in files beside its manifest or in a folder of licences there."""
    root = pathlib.Path(package["manifest_path"]).parent
    files = [path for path in root.iterdir() if path.name.lower().startswith(TEXTS)]
    for folder in [path for path in files if path.is_dir()]:
        files.extend(path for path in folder.iterdir())
    if package.get("license_file"):
        files.append(root / package["license_file"])
    found = {}
    for path in sorted(set(files)):
        # Sources that are called so, such as licence.rs, are no texts.
        if path.is_file() and path.suffix in ("", ".md", ".txt", ".mit", ".apache") or path.is_file() and "-" in path.name and path.suffix != ".rs":
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip("\n")
            if text.strip():
                found[hashlib.sha256(" ".join(text.split()).encode()).hexdigest()] = text
    return found


def main():
    metadata = json.load(sys.stdin)
    packages = linked(metadata)
    own = [package for package in packages if package["source"] is None]
    others = [package for package in packages if package["source"] is not None]
    by_text, bare = {}, []
    for package in others:
        found = texts(package)
        for digest, text in found.items():
            by_text.setdefault(digest, (text, []))[1].append(f"{package['name']} {package['version']}")
        if not found:
            bare.append(package)

    out = []
    out.append(f"What the programs of Faam are made of: {len(own)} packages of its own and {len(others)} of others.\n")
    out.append("Faam itself is given under MIT (LICENSE-MIT) or Apache-2.0 (LICENSE-APACHE), as you like.\n")
    out.append("What each of the others is given under, and where its source is:\n")
    for package in others:
        source = package.get("repository") or f"https://crates.io/crates/{package['name']}"
        licence = package.get("license") or "see its text below"
        out.append(f"  {package['name']} {package['version']}: {licence}\n      {source}")
    out.append("")
    out.append("Every version is at https://crates.io too. Those under MPL-2.0 are used as they are, unchanged; their sources are there.")
    if bare:
        out.append(f"\n{RULE}\n")
        out.append("These come without a text of their own. They are under the licence that their line above names, whose text is")
        out.append("below or in LICENSE-MIT and LICENSE-APACHE beside this file:\n")
        for package in bare:
            authors = ", ".join(package["authors"]) or "its authors"
            out.append(f"  {package['name']} {package['version']}: Copyright {authors}")
    for text, users in sorted(by_text.values(), key=lambda pair: pair[1]):
        out.append(f"\n{RULE}\n{', '.join(sorted(users))}:\n\n{text}")
    print("\n".join(out))


if __name__ == "__main__":
    main()
