#!/usr/bin/env bash
# How fast usage is added up and answered: a day of events through the real roller, its sums copied over thirty days, then
# every kind of question, asked over HTTP. Prints the table and puts it into bench/RESULTS.md.
#
# In the environment:
#   BENCH_USAGE_EVENTS=1000000   events of a day
#   BENCH_USAGE_ASKED=15         how often each question is asked
#   BENCH_RESULTS=FILE           another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER             programs that are built already
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=page.sh
. bench/page.sh

EVENTS=${BENCH_USAGE_EVENTS:-1000000}
ASKED=${BENCH_USAGE_ASKED:-15}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
DAYS=30
WORKSPACES=50
KEYS=100
GOAL_MS=200
WORK=$RUN/bench-usage
SERVICES=bench-usage
TENANT=00000000-0000-7000-8000-000000000001

sql() { # as superuser: rows of any tenant, without the gateway's ways
    "$PSQL" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "${DATABASE_URL/vestibule:/postgres:}" "$@"
}

vestibule() {
    (
        export VESTIBULE_SECRET_KEY_FILE=$WORK/secret_key VESTIBULE_DATABASE_URL=$DATABASE_URL
        # Nothing is asked of AnythingLLM.
        export VESTIBULE_UPSTREAM_URL=http://127.0.0.1:9 VESTIBULE_UPSTREAM_API_KEY=checked-by-nobody
        export VESTIBULE_PUBLIC_LISTEN=127.0.0.1:$PUBLIC VESTIBULE_ADMIN_LISTEN=127.0.0.1:0 VESTIBULE_OPS_LISTEN=127.0.0.1:$OPS
        export VESTIBULE_USAGE_SPOOL_DIR=$WORK/spool VESTIBULE_USAGE_ROLLUP_MILLIS=100 VESTIBULE_LIMITS_KEY_PER_MINUTE=100000 VESTIBULE_LIMITS_KEY_BURST=100000
        unset REDIS_URL DATABASE_URL
        exec "$BIN/vestibule" "$@"
    )
}

shops() { # workspaces and keys for the names in answers
    sql <<-SQL
		SET session_replication_role = replica;
		INSERT INTO vestibule.workspaces (id, tenant_id, slug, upstream_slug, display_name)
		SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, '$TENANT', 'shop-' || n, 'bench-' || n, 'Shop ' || n
		FROM generate_series(1, $WORKSPACES) n;
		INSERT INTO vestibule.workspace_settings (tenant_id, workspace_id)
		SELECT tenant_id, id FROM vestibule.workspaces w WHERE upstream_slug LIKE 'bench-%';
		INSERT INTO vestibule.api_keys (id, tenant_id, workspace_id, public_id, kind, env, key_hash, name, scopes, allowed_origins, created_by)
		SELECT ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid, '$TENANT',
		  ('00000000-0000-7000-9000-' || lpad((1 + n % $WORKSPACES)::text, 12, '0'))::uuid, lpad(n::text, 12, '0'), 'publishable', 'live',
		  sha256(n::text::bytea), 'Widget ' || n, '{chat:write}', '{https://shop.example}', 'bench'
		FROM generate_series(1, $KEYS) n;
	SQL
}

events() { # yesterday's, in the order of time; a few keys have most of them
    sql <<-SQL
		INSERT INTO vestibule.usage_events
		  (id, at, tenant_id, request_id, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
		   completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out)
		SELECT gen_random_uuid(), date_trunc('day', now(), 'UTC') - interval '1 day' + n * (interval '1 day' / $EVENTS), '$TENANT',
		  'request-' || n, ('00000000-0000-7000-9000-' || lpad((1 + k % $WORKSPACES)::text, 12, '0'))::uuid,
		  ('00000000-0000-7000-a000-' || lpad(k::text, 12, '0'))::uuid, route, outcome,
		  CASE outcome WHEN 'ok' THEN 200 WHEN 'rate_limited' THEN 429 WHEN 'forbidden_origin' THEN 403 ELSE 502 END,
		  CASE WHEN outcome = 'forbidden_origin' THEN 'https://' || (random() * 1000)::int || '.elsewhere.example'
		    ELSE 'https://' || (ARRAY['www', 'shop', 'm'])[1 + (random() * random() * 3)::int % 3] || '.shop-' || k || '.example' END,
		  CASE WHEN route = 'knowledge.query' AND outcome = 'ok' THEN (ARRAY['hit', 'miss'])[1 + (random() * 1.4)::int] END,
		  CASE WHEN chat THEN 400 + (random() * 800)::int END, CASE WHEN chat THEN 20 + (random() * 300)::int END, CASE WHEN chat THEN random() < 0.01 END,
		  CASE WHEN outcome = 'ok' THEN (exp(11 + 2 * random() + random()))::bigint ELSE 900 END,
		  CASE WHEN outcome = 'ok' THEN (exp(13 + 2 * random() + random()))::bigint ELSE 1000 END,
		  (exp(5 + random() + random()))::bigint, 2000
		FROM (
		  SELECT n, k, route, outcome, route <> 'knowledge.query' AND route <> 'messages.list' AND outcome = 'ok' AS chat
		  FROM (
		    SELECT n, 1 + floor($KEYS * power(random(), 2))::int % $KEYS AS k,
		      (ARRAY['chat.create', 'chat.create', 'knowledge.query', 'widget.chat', 'messages.list'])[1 + n % 5] AS route,
		      CASE WHEN random() < 0.96 THEN 'ok' WHEN random() < 0.6 THEN 'rate_limited' WHEN random() < 0.5 THEN 'forbidden_origin'
		        ELSE 'upstream_error' END AS outcome
		    FROM generate_series(0, $EVENTS - 1) n
		  ) drawn
		) told
	SQL
}

copy_days() { # the sums of one day are those of each day
    sql <<-SQL
		INSERT INTO vestibule.usage_rollups
		SELECT tenant_id, granularity, scope, dimension, starts_at - back * interval '1 day', workspace_id, api_key_id, value, requests, refused,
		  outcomes, prompt_tokens, completion_tokens, tokens_estimated, cache_hits, cache_misses, bytes_out, first_byte, total, gateway
		FROM vestibule.usage_rollups, generate_series(1, $DAYS - 1) back
		WHERE starts_at < date_trunc('day', now(), 'UTC') AND starts_at >= date_trunc('day', now(), 'UTC') - interval '1 day';
		VACUUM ANALYZE vestibule.usage_rollups;
	SQL
}

drained() { [[ $(sql --command "SELECT NOT EXISTS (SELECT FROM vestibule.usage_pending)") == t ]]; }

ask() { # WHAT PATH: a row of the table
    local what=$1 path=$2 times size
    curl -sf --noproxy '*' -o "$WORK/answer" -H "Authorization: Bearer $KEY" "http://127.0.0.1:$PUBLIC$path" ||
        die "$path was refused: $(curl -s --noproxy '*' -H "Authorization: Bearer $KEY" "http://127.0.0.1:$PUBLIC$path" | head -c 300)"
    size=$(stat -c %s "$WORK/answer")
    times=$(for ((n = 0; n < ASKED; n++)); do
        curl -sf --noproxy '*' -o /dev/null -w '%{time_total}\n' -H "Authorization: Bearer $KEY" "http://127.0.0.1:$PUBLIC$path"
    done | sort -n)
    awk -v what="$what" -v size="$size" -v goal="$GOAL_MS" '
        { t[NR] = $1 * 1000 }
        END { printf "| %s | %.0f | %.0f | %.0f | %s |\n", what, t[int((NR + 1) / 2)], t[NR], size / 1024, (t[int((NR + 1) / 2)] < goal ? "met" : "missed") }' <<<"$times"
}

cleanup() {
    local status=$?
    trap '' INT TERM HUP
    set +e
    stop_recorded "$WORK/vestibule.pid" TERM 10
    scripts/services.sh remove "$SERVICES"
    rm -f "$WORK/secret_key"
    exit "$status"
}

# ---------------------------------------------------------------- main

scripts/packages.sh build postgres
mkdir -p "$WORK"
umask 077
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
built vestibule
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
scripts/services.sh remove "$SERVICES"
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
PUBLIC=$(free_port) OPS=$(free_port)
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
shops
KEY=$(vestibule keys create --kind secret --env test --name bench --scope usage:read --quiet)

say "$EVENTS events of a day"
began=$SECONDS
events
wrote=$((SECONDS - began))
say "  written in $wrote s"
vestibule serve >/dev/null 2>"$WORK/vestibule.err" </dev/null &
remember $! "$WORK/vestibule.pid" || die "vestibule did not start: $(tail -n 3 "$WORK/vestibule.err")"
began=$(date +%s%N)
wait_until 900 drained || die "the events were not added up in a quarter of an hour"
took_ms=$((($(date +%s%N) - began) / 1000000))
say "  added up in $took_ms ms"
counted=$(sql --command "SELECT sum(requests) FROM vestibule.usage_rollups WHERE (granularity, scope, dimension) = ('day', 'tenant', 'none')
    AND starts_at < date_trunc('day', now(), 'UTC')")
[[ $counted == "$EVENTS" ]] || die "$EVENTS events were written, $counted are in the sums"
began=$SECONDS
copy_days
rows=$(sql --command "SELECT count(*) FROM vestibule.usage_rollups")
bytes=$(sql --command "SELECT pg_size_pretty(pg_total_relation_size('vestibule.usage_rollups'))")
say "  copied over $DAYS days in $((SECONDS - began)) s: $rows rows, $bytes"

to=$(date -u +%Y-%m-%dT00:00:00Z)
month="from=$(date -u -d "-$DAYS days" +%Y-%m-%dT00:00:00Z)&to=$to"
week="from=$(date -u -d '-7 days' +%Y-%m-%dT00:00:00Z)&to=$to"
{
    # shellcheck disable=SC2016 # the backticks are Markdown
    printf '## Usage\n\nWritten by `bench/usage.sh`, %s, %s CPUs, revision %s, load before %s: %s events of one day through the writer'"'"'s trigger and the real roller, their sums\n' \
        "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$(cut -d ' ' -f 1 /proc/loadavg)" "$EVENTS"
    printf 'copied over %s days; %s keys in %s workspaces, 3 origins each, 1,000 strange ones. %s rows of sums, %s. Each question %s times, one after the other.\n\n' \
        "$DAYS" "$KEYS" "$WORKSPACES" "$rows" "$bytes" "$ASKED"
    printf 'Written (one statement, with the copy that waits): %s events/s. Added up: %s events/s.\n\n' \
        $((EVENTS / (wrote > 0 ? wrote : 1))) $((EVENTS * 1000 / took_ms))
    printf '| question | p50 ms | most ms | KiB | < %s ms |\n|---|--:|--:|--:|---|\n' "$GOAL_MS"
    ask "$DAYS days" "/api/v1/usage?granularity=day&$month"
    for group in key workspace outcome route origin; do
        ask "$DAYS days by $group" "/api/v1/usage?granularity=day&group_by=$group&$month"
    done
    ask "$DAYS days by hour" "/api/v1/usage?granularity=hour&$month"
    for group in key workspace outcome route origin; do
        ask "7 days by hour and $group" "/api/v1/usage?granularity=hour&group_by=$group&$week"
    done
    ask "$DAYS days of a workspace by key" "/api/v1/usage?granularity=day&workspace=shop-1&group_by=key&$month"
    ask "$DAYS days of a key by hour" "/api/v1/keys/000000000001/usage?granularity=hour&$month"
    ask "$DAYS days by key, as CSV" "/api/v1/usage?granularity=day&group_by=key&format=csv&$month"
} >"$WORK/section.md"
put "Usage"
