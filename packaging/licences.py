"""Writes the licences of everything that the programs are made of: `licences.py LIST < METADATA`.

LIST is a file with what is linked, as `cargo tree` prints it, because `cargo metadata` also has what features and systems leave out;
METADATA is the latter, on standard input. Each package is named with its version, licence and source; then every text that lies in a package, once for all that have it. A package
without a text of its own is named as such, with its authors. That each licence may be used at all is `cargo deny`'s affair (deny.toml).
"""

import hashlib
import json
import pathlib
import sys

PROGRAMS = {"faam-wallet", "faam-node", "faam-verify"}
TEXTS = ("licen", "copying", "notice", "copyright", "unlicense")
RULE = "=" * 100


def linked(metadata, listed):
    """The packages of a list as `cargo tree --prefix none --format {p}` prints it: a name and a version a line, and what else there is."""
    wanted = {(name, version.removeprefix("v")) for name, version in (line.split()[:2] for line in listed if line.strip())}
    found = [package for package in metadata["packages"] if (package["name"], package["version"]) in wanted]
    missing = wanted - {(package["name"], package["version"]) for package in found}
    if missing or not PROGRAMS <= {package["name"] for package in found}:
        sys.exit(f"licences.py: cargo's metadata and its tree are not of the same programs: {sorted(missing)[:5]}")
    return sorted(found, key=lambda package: (package["name"], package["version"]))


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
        if path.is_file() and path.suffix != ".rs":
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip("\n")
            if text.strip():
                found[hashlib.sha256(" ".join(text.split()).encode()).hexdigest()] = text
    return found


def main():
    metadata = json.load(sys.stdin)
    with open(sys.argv[1], encoding="utf-8") as listed:
        packages = linked(metadata, listed)
    own = [package for package in packages if package["source"] is None]
    others = [package for package in packages if package["source"] is not None]
    by_text, bare = {}, []
    for package in others:
        found = texts(package)
        for digest, text in found.items():
            by_text.setdefault(digest, (text, []))[1].append(f"{package['name']} {package['version']}")
        if not found:
            bare.append(package)

    # What comes without a text has to be under one that is here all the same.
    here = " ".join(text for text, _ in by_text.values())
    titles = {"MPL-2.0": "Mozilla Public License", "ISC": "ISC License", "Zlib": "zlib License", "BSD-3-Clause": "Redistribution and use"}
    for package in bare:
        licence = package.get("license") or ""
        # CC0 and MIT-0 ask for no text.
        known = any(name in licence for name in ("MIT", "Apache-2.0", "CC0-1.0"))
        if not known and not any(name in licence and title in here for name, title in titles.items()):
            sys.exit(f"licences.py: {package['name']} has no text of its licence ({licence or 'none named'}), and no other package has it")

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
