# shellcheck shell=bash
# Sourced by what measures with many events: a day of them, as the gateway writes them, and its sums copied over more days.

WORKSPACES=50
KEYS=100
TENANT=00000000-0000-7000-8000-000000000001

sql() { # as superuser: rows of any tenant, without the gateway's ways
    "$PSQL" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "${DATABASE_URL/vestibule:/postgres:}" "$@"
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

copy_days() { # FIRST LAST GRANULARITY...: the sums of yesterday are those of each of these days before it, too
    local first=$1 last=$2
    shift 2
    sql <<-SQL
		INSERT INTO vestibule.usage_rollups
		SELECT tenant_id, granularity, scope, dimension, starts_at - back * interval '1 day', workspace_id, api_key_id, value, requests, refused,
		  outcomes, prompt_tokens, completion_tokens, tokens_estimated, cache_hits, cache_misses, bytes_out, first_byte, total, gateway
		FROM vestibule.usage_rollups, generate_series($first, $last) back
		WHERE starts_at < date_trunc('day', now(), 'UTC') AND starts_at >= date_trunc('day', now(), 'UTC') - interval '1 day'
		  AND granularity = ANY (string_to_array('$*', ' '));
		VACUUM ANALYZE vestibule.usage_rollups;
	SQL
}

drained() { [[ $(sql --command "SELECT NOT EXISTS (SELECT FROM vestibule.usage_pending)") == t ]]; }

timed() { # WHAT URL CURL-ARGUMENT...: a row of the table, of $ASKED times
    local what=$1 url=$2 status size times
    shift 2
    status=$(curl -s --noproxy '*' "$@" -o "$WORK/answer" -w '%{http_code}' "$url")
    [[ $status == 200 ]] || die "$url answers $status: $(head -c 300 "$WORK/answer")"
    size=$(stat -c %s "$WORK/answer")
    times=$(for ((n = 0; n < ASKED; n++)); do
        curl -sf --noproxy '*' "$@" -o /dev/null -w '%{time_total}\n' "$url"
    done | sort -n)
    awk -v what="$what" -v size="$size" -v goal="$GOAL_MS" '
        { t[NR] = $1 * 1000 }
        END { printf "| %s | %.0f | %.0f | %.0f | %s |\n", what, t[int((NR + 1) / 2)], t[NR], size / 1024, (t[int((NR + 1) / 2)] < goal ? "met" : "missed") }' <<<"$times"
}
