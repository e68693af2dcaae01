#!/usr/bin/env bash
# The software bill of materials of the program, in CycloneDX: what is linked in, from Cargo.lock. Written to
# target/sbom/vestibule.cdx.json.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

OUT=target/sbom
NAME=vestibule-sbom # the tool writes one file beside every Cargo.toml of the workspace

scripts/packages.sh build
program=$(scripts/tools.sh cargo-cyclonedx)
mkdir -p "$OUT"
trap 'find . -path ./target -prune -o -path ./.run -prune -o -name "$NAME.json" -exec rm -f {} +' EXIT
"$program" cyclonedx --manifest-path Cargo.toml --format json --spec-version 1.5 --all --no-build-deps \
    --target x86_64-unknown-linux-gnu --override-filename "$NAME" --quiet
# Without where this checkout lies.
sed "s|file://$PWD|file://.|g" "$NAME.json" >"$OUT/vestibule.cdx.json"
say "$OUT/vestibule.cdx.json"
