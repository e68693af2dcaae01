#!/usr/bin/env bash
# How long pages of the console take where there is a year of data: a day of a million events in the sums of each of its days,
# and 100,000 conversations of one workspace. Prints the table and puts it into bench/RESULTS.md.
#
# In the environment:
#   BENCH_CONSOLE_EVENTS=1000000         events of a day
#   BENCH_CONSOLE_CONVERSATIONS=100000   of the workspace that is looked at
#   BENCH_CONSOLE_ASKED=15               how often each page is asked for
#   BENCH_RESULTS=FILE                   another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER                     programs that are built already
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=page.sh
. bench/page.sh
# shellcheck source=usage_day.sh
. bench/usage_day.sh

EVENTS=${BENCH_CONSOLE_EVENTS:-1000000}
CONVERSATIONS=${BENCH_CONSOLE_CONVERSATIONS:-100000}
ASKED=${BENCH_CONSOLE_ASKED:-15}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
HOURS_OF=30 # days whose sums of hours are there: pages ask for a week of them
DAYS=365
GOAL_MS=50
MANY=10000000 # the largest they can be
WORK=$RUN/bench-console
SERVICES=bench-console
ORIGIN=http://localhost:3000
UPSTREAM_KEY=$(random_hex 16)
PASSWORD=$(random_hex 16)
SHOP=/console/workspaces/shop-1

settings() { # in a subshell of its own
    export VESTIBULE_SECRET_KEY_FILE=$WORK/secret_key VESTIBULE_DATABASE_URL=$DATABASE_URL
    export VESTIBULE_UPSTREAM_URL=$UPSTREAM VESTIBULE_UPSTREAM_API_KEY=$UPSTREAM_KEY
    export VESTIBULE_PUBLIC_LISTEN=127.0.0.1:$PUBLIC VESTIBULE_ADMIN_LISTEN=127.0.0.1:$ADMIN VESTIBULE_OPS_LISTEN=127.0.0.1:$OPS
    export VESTIBULE_USAGE_SPOOL_DIR=$WORK/spool VESTIBULE_USAGE_ROLLUP_MILLIS=100 VESTIBULE_LOG_LEVEL=warn
    export VESTIBULE_LIMITS_USER_PER_MINUTE=$MANY VESTIBULE_LIMITS_USER_BURST=$MANY
    unset REDIS_URL DATABASE_URL
}

vestibule() { (settings && exec "$BIN/vestibule" "$@"); }

ready() { curl -sf --noproxy '*' --max-time 2 -o "$WORK/ready.out" "http://127.0.0.1:$OPS/readyz"; }

kept() { [[ $(sql --command "SELECT count(*) FROM vestibule.exchanges") != 0 ]]; }

workspace() { # shop-1 is one that AnythingLLM has, and keeps the words of its conversations
    vestibule workspaces create --slug live --name live >"$WORK/workspace.out"
    sql <<-SQL
		WITH live AS (SELECT upstream_slug FROM vestibule.workspaces WHERE slug = 'live'),
		  freed AS (UPDATE vestibule.workspaces SET upstream_slug = 'nowhere' WHERE slug = 'live' RETURNING id)
		SELECT upstream_slug FROM live, freed;
	SQL
}

conversations() { # of the last year, copies of one that was held; every fourth finds nothing, one in a hundred was disliked
    sql <<-SQL
		SET session_replication_role = replica;
		INSERT INTO vestibule.conversations (id, tenant_id, workspace_id, owner, session_id, upstream_session, started_at, last_at)
		SELECT gen_random_uuid(), c.tenant_id, c.workspace_id, c.owner, 'many-' || n, 'many-conversations-' || n,
		  now() - n * (interval '365 days' / $CONVERSATIONS), now() - n * (interval '365 days' / $CONVERSATIONS)
		FROM (SELECT * FROM vestibule.conversations LIMIT 1) c, generate_series(1, $CONVERSATIONS) n;
		INSERT INTO vestibule.transcripts (conversation_id, tenant_id, workspace_id, last_at)
		SELECT id, tenant_id, workspace_id, last_at FROM vestibule.conversations WHERE session_id LIKE 'many-%';
		INSERT INTO vestibule.exchanges
		  (id, tenant_id, workspace_id, conversation_id, at, outcome, cached, question, question_cut, answer, answer_cut, locale, origin,
		   gist, feedback, feedback_at)
		SELECT gen_random_uuid(), tenant_id, workspace_id, id, last_at, CASE n % 4 WHEN 0 THEN 'refused' ELSE 'answered' END, false,
		  'Does drill number ' || n % 5000 || ' come with a case?', false, 'It does, and with two batteries.', false, 'en',
		  'https://shop.example', 'case drill number ' || n % 5000, CASE n % 100 WHEN 0 THEN 'down' END, CASE n % 100 WHEN 0 THEN last_at END
		FROM (SELECT *, substr(session_id, 6)::integer AS n FROM vestibule.conversations WHERE session_id LIKE 'many-%') c;
		INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
		SELECT e.tenant_id, e.workspace_id, e.conversation_id, said.trait, e.at
		FROM vestibule.exchanges e
		CROSS JOIN vestibule.traits_of(e.outcome, e.feedback, e.api_key_id, e.origin, e.locale, false) AS said(trait)
		WHERE e.question LIKE 'Does drill%';
	SQL
    for table in conversations transcripts exchanges transcript_traits; do sql --command "VACUUM ANALYZE vestibule.$table"; done
}

look() { timed "$1" "http://127.0.0.1:$ADMIN$2" -b "$WORK/cookies"; } # WHAT PATH

# ---------------------------------------------------------------- main

scripts/packages.sh build postgres
mkdir -p "$WORK"
umask 077
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
built vestibule vestibule-stand-in
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
LOAD=$(cut -d ' ' -f 1 /proc/loadavg)
scripts/services.sh remove "$SERVICES"
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
start_stand_in "$UPSTREAM_KEY" STAND_IN_ADMIN_USERNAME=ada STAND_IN_ADMIN_PASSWORD="$PASSWORD"
PUBLIC=$(free_port) ADMIN=$(free_port) OPS=$(free_port)
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
shops
upstream_slug=$(workspace)
sql --command "UPDATE vestibule.workspaces SET upstream_slug = '$upstream_slug' WHERE slug = 'shop-1'"
sql --command "UPDATE vestibule.workspace_settings SET settings = settings || '{\"store_transcripts\": true}'"
SHOP_KEY=$(vestibule keys create --workspace shop-1 --kind publishable --env test --name bench --origin "$ORIGIN" --quiet)

say "$EVENTS events of a day, in $DAYS days"
events
# Not by the function, whose shell would be what is remembered and stopped.
(settings && exec "$BIN/vestibule" serve) >/dev/null 2>"$WORK/vestibule.err" </dev/null &
remember $! "$WORK/vestibule.pid" || die "vestibule did not start: $(tail -n 3 "$WORK/vestibule.err")"
wait_until 900 drained || die "the events were not added up in a quarter of an hour"
copy_days 1 $((HOURS_OF - 1)) hour day
copy_days "$HOURS_OF" $((DAYS - 1)) day
wait_until 30 ready || die "the gateway is not ready: $(tail -n 3 "$WORK/vestibule.err")"
say "$CONVERSATIONS conversations"
curl -sf --noproxy '*' -o "$WORK/chat.out" -H "Authorization: Bearer $SHOP_KEY" -H "Origin: $ORIGIN" -H 'Content-Type: application/json' \
    -d '{"message":"What does the cordless drill cost?"}' "http://127.0.0.1:$PUBLIC/api/v1/chat" || die "a chat was refused"
wait_until 30 kept || die "the conversation was not kept"
conversations
curl -s --noproxy '*' -c "$WORK/cookies" -o "$WORK/login.out" -H "Origin: http://127.0.0.1:$ADMIN" \
    --data-urlencode username=ada --data-urlencode "password=$PASSWORD" "http://127.0.0.1:$ADMIN/console/login"
[[ -s $WORK/cookies ]] || die "nobody could log in"
rows=$(sql --command "SELECT count(*) FROM vestibule.usage_rollups")
conversation=$(sql --command "SELECT conversation_id FROM vestibule.exchanges WHERE question LIKE 'Does drill%' LIMIT 1")
{
    # shellcheck disable=SC2016 # the backticks are Markdown
    printf '## Console\n\nWritten by `bench/console.sh`, %s, %s CPUs, revision %s, load before %s: %s events of a day in the sums of each of\n' \
        "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$LOAD" "$EVENTS"
    printf '%s days (%s of them by hour), %s keys in %s workspaces, %s rows of sums; %s conversations of one workspace. Each page %s times,\n' \
        "$DAYS" "$HOURS_OF" "$KEYS" "$WORKSPACES" "$rows" "$CONVERSATIONS" "$ASKED"
    printf 'one after the other, with what the browser waits for: the whole page, without its assets.\n\n'
    printf '| page | p50 ms | most ms | KiB | < %s ms |\n|---|--:|--:|--:|---|\n' "$GOAL_MS"
    look "all workspaces" /console
    look "a workspace" "$SHOP"
    look "keys" /console/keys
    look "a key" /console/keys/000000000001
    look "conversations" "$SHOP/conversations"
    look "conversations, nothing found" "$SHOP/conversations?which=refused"
    look "conversations, disliked" "$SHOP/conversations?which=down"
    look "conversations, with a seldom word" "$SHOP/conversations?q=4711"
    look "conversations, with a word of all" "$SHOP/conversations?q=drill"
    look "a conversation" "$SHOP/conversations/$conversation"
    look "gaps" "$SHOP/gaps"
    look "usage" /console/usage
    look "usage of 30 days by key" "/console/usage?period=30d&group=key"
    look "usage of a year by workspace" "/console/usage?period=own&from=$(date -u -d '-364 days' +%F)&to=$(date -u +%F)&group=workspace"
    look "assistant" "$SHOP/assistant"
    look "catalogue" "$SHOP/catalogue"
    look "people" /console/people
    look "audit log" /console/audit
    look "privacy" "$SHOP/privacy"
    look "webhooks" "$SHOP/webhooks"
    look "system" /console/system
} >"$WORK/section.md"
put "Console"
