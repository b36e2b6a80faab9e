"""Files that documents name, in code or in links, are there.

    names.py FOLDER
"""

import pathlib
import re
import subprocess
import sys

SOURCE = r"[\w./-]+\.(?:h|c|cpp|py|td|toml|test|cu)"


def tracked(root):
    listing = subprocess.run(
        ["git", "-C", root, "ls-files"], capture_output=True, text=True
    )
    if listing.returncode == 0 and listing.stdout:
        return [pathlib.PurePath(line) for line in listing.stdout.splitlines()]
    # Not a checkout: an unpacked archive, which may have been built in.
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return [path for path in paths if not path.parts[0].startswith("build")]


def missing(document, root, files, folders):
    text = (root / document).read_text()
    basenames = {path.name for path in files}
    top = {path.parts[0] for path in folders}
    for match in re.finditer(r"`([^`\s]+)`|\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        code, link = match.groups()
        if link:
            found = (root / document.parent / link).exists()
        elif code.split("/")[0] in top and re.fullmatch(r"[\w./-]+", code):
            path = pathlib.PurePath(code)
            found = path in folders or path in files or path.with_suffix(".h") in files
        elif "/" not in code and re.fullmatch(SOURCE, code):
            found = code in basenames
        else:
            continue
        if not found:
            line = text[: match.start()].count("\n") + 1
            yield f"{document}:{line}: names {code or link}, which is not there"


def main(root):
    files = set(tracked(root))
    folders = {parent for path in files for parent in path.parents if parent.name}
    documents = [path for path in files if path.suffix == ".md" and "Bundle" not in path.parts]
    messages = [
        message
        for document in sorted(documents)
        for message in missing(document, root, files, folders)
    ]
    print("\n".join(messages) or f"{len(documents)} documents name what is there")
    return bool(messages)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
