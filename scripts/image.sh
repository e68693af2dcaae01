#!/usr/bin/env bash
# Builds the container image with its version and revision in its labels.
#   image.sh                  for this machine, as vestibule:local, which docker-compose.yml uses
#   image.sh --push NAME      for amd64 and arm64, as NAME:VERSION, with a bill of materials and the provenance of the build
#                             attached, into a registry that you are logged in to; PLATFORMS=linux/amd64 for one of them
set -euo pipefail
. "$(dirname "$0")/lib.sh"

version=$(git describe --tags --always --dirty)
revision=$(git rev-parse HEAD)
date=$(git show --no-patch --format=%cs HEAD)
arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "DATE=$date")
[[ -z ${PROFILE:-} ]] || arguments+=(--build-arg "PROFILE=$PROFILE")

case ${1:-} in
    '') docker build "${arguments[@]}" --tag vestibule:local . ;;
    --push)
        name=${2:-}
        [[ -n $name ]] || die "usage: image.sh [--push NAME]"
        [[ $version != *-dirty ]] || die "there are changes that are not committed: an image must be of a revision"
        # The builder of Docker itself can attach nothing.
        docker buildx inspect vestibule >/dev/null 2>&1 || docker buildx create --name vestibule --driver docker-container
        docker buildx build --builder vestibule --platform "${PLATFORMS:-linux/amd64,linux/arm64}" "${arguments[@]}" \
            --sbom=true --provenance=mode=max --tag "$name:$version" --push .
        say "$name:$version"
        ;;
    *) die "usage: image.sh [--push NAME]" ;;
esac
