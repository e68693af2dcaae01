#!/usr/bin/env bash
# What `sqlx::query!` learned from the database, kept in .sqlx so that a build needs none.
#   sqlx.sh write                regenerates it
#   sqlx.sh check [COMMAND...]   fails if it differs from what the queries and the migrations of today give
# Asks a private PostgreSQL that has seen migrations/ and nothing else, by compiling the crate: with COMMAND, if that does
# so anyway, or a check of the library, which holds all the queries.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=sqlx-$$
NEW=$RUN/$SERVICES
ENTRY=src/lib.rs

[[ ${1:-} == write && $# == 1 || ${1:-} == check ]] || die "usage: sqlx.sh write, or sqlx.sh check [COMMAND...]"
compile=("${@:2}")
((${#compile[@]})) || compile=(cargo check --package vestibule --lib --locked --quiet)
scripts/packages.sh build postgres

trap '(trap "" INT TERM HUP; rm -rf "$NEW"; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"

psql=$(command -v psql) || psql=$(find_postgres)/psql
for migration in migrations/*.sql; do
    [[ -e $migration ]] || continue
    whole=(--single-transaction)
    if [[ $(head -n 1 "$migration") == "-- no-transaction"* ]]; then whole=(); fi
    "$psql" --no-psqlrc --quiet "${whole[@]}" --set ON_ERROR_STOP=1 --file "$migration" "$DATABASE_URL" >/dev/null
done

# Cargo does not know that the macros read a database. An entry file that looks changed makes it run them; the old time
# is put back (unless somebody saved the file meanwhile), or every later build would start over.
mkdir -p "$NEW"
before=$(stat -c %y "$ENTRY")
touch "$ENTRY"
touched=$(stat -c %y "$ENTRY")
status=0
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$NEW "${compile[@]}" || status=$?
[[ $(stat -c %y "$ENTRY") != "$touched" ]] || touch -d "$before" "$ENTRY"
((status == 0)) || die "\`${compile[*]}\` failed against the database; the reason is above"

if [[ $1 == write ]]; then
    rm -rf .sqlx
    if [[ -n $(ls "$NEW") ]]; then cp -R "$NEW" .sqlx; fi
    say ".sqlx describes $(find "$NEW" -name '*.json' | wc -l) queries"
else
    mkdir -p .sqlx
    differences=$(diff -rq .sqlx "$NEW") || true
    rmdir --ignore-fail-on-non-empty .sqlx
    if [[ -n $differences ]]; then
        say "${differences//"$NEW"/what the queries give}"
        die ".sqlx is out of date: run \`make sqlx\` and commit it"
    fi
fi
