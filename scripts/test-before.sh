#!/usr/bin/env bash
# Whether the version before serves on the schema of this one, as it does in a rolling upgrade and on the way back: its
# program, built from its own commit, in the tests that run a program.
#   test-before.sh [REVISION]    a tag or a commit; without one the last tag
# The build is kept in .run/before and used again; the first one takes as long as a first build of this version.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

revision=${1:-$(git describe --tags --abbrev=0 2>/dev/null)} || die "no tag to go back to: name a commit"
commit=$(git rev-parse --verify --quiet "$revision^{commit}") || die "$revision is no commit"
BEFORE=$RUN/before
sources=$BEFORE/sources
export CARGO_TARGET_DIR=${BEFORE_TARGET_DIR:-$BEFORE/target}
program=$BEFORE/vestibule-$commit

if [[ ! -x $program ]]; then
    say "building $revision"
    mkdir -p "$BEFORE"
    rm -rf "$sources" # what a build left that was killed
    git worktree prune
    git worktree add --quiet --detach "$sources" "$commit"
    trap 'git worktree remove --force "$sources"' EXIT
    (cd "$sources" && SQLX_OFFLINE=true cargo build --locked --bin vestibule)
    cp "$CARGO_TARGET_DIR/debug/vestibule" "$program"
    git worktree remove --force "$sources"
    trap - EXIT
fi
unset CARGO_TARGET_DIR
export TEST_PROGRAM=$program
exec scripts/test.sh -E 'test(/^away::schema::/)'
