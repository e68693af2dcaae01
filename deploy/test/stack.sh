#!/usr/bin/env bash
# Run by scripts/test-compose.sh inside the engine for tests, in the folder of an installation: what an operator does, and
# what has to hold meanwhile. Commands that the documentation shows are taken from there, so that what it says is tested.
# shellcheck disable=SC2317,SC2329 # the checks are called by name
# shellcheck disable=SC2016 # what is in single quotes is for another shell
set -euo pipefail

PUBLIC=http://127.0.0.1:8080
PASSED=0
FAILED=0
ASK=() # what curl is run by
TRAFFIC= # the pid of who asks all the time
OUT=/tmp/out
FILES=65536 # what the compose file asks for, or less where the machine cannot give that
mkdir -p "$OUT"

say() { printf '%s\n' "$*" >&2; }

step() { say "== $* ($SECONDS s)"; }

holds() { # WHAT COMMAND...
    local what=$1 status=0
    shift
    "$@" >"$OUT/holds" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        PASSED=$((PASSED + 1))
        say "   holds: $what"
    else
        FAILED=$((FAILED + 1))
        say "   FAILS: $what"
        tail -n 15 "$OUT/holds" | sed 's/^/          /' >&2
    fi
}

does() { # WHAT COMMAND...: what all that follows needs
    local what=$1
    shift
    "$@" >"$OUT/does" 2>&1 </dev/null && return
    tail -n 40 "$OUT/does" >&2
    docker compose ps --all >&2
    docker compose logs --tail 15 >&2
    say "   FAILS: $what; nothing that follows can be judged"
    finish 1
}

finish() { # STATUS
    [[ -z $TRAFFIC ]] || kill "$TRAFFIC" 2>/dev/null || true
    ((FAILED == 0)) || docker compose logs --tail 30 vestibule >&2
    docker compose down --volumes --timeout 5 >/dev/null 2>&1 || true
    say "$PASSED passed, $FAILED failed ($SECONDS s)"
    exit "$1"
}

trap 'say "   FAILS: line $LINENO"; finish 1' ERR

documented() { # NAME: the commands of the block that follows <!-- tested: NAME --> in docs/operations.md
    sed -n "/^<!-- tested: $1 -->\$/,/^\`\`\`\$/p" docs/operations.md | sed '1,2d;$d' | grep . >"$OUT/documented" ||
        { say "docs/operations.md has no block $1" && return 1; }
    bash -euo pipefail "$OUT/documented"
}

vestibule() { docker compose exec -T vestibule vestibule "$@"; }

# ---------------------------------------------------------------- asking

chat() { # [URL] [CURL'S ARGUMENT...]: prints the status
    local url=${1:-$PUBLIC}
    shift || true
    "${ASK[@]}" curl --silent --output "$OUT/chat" --write-out '%{http_code}' --max-time 15 "$@" "$url/api/v1/chat" \
        --header "Authorization: Bearer $KEY" --header 'Content-Type: application/json' \
        --data '{"message": "How long do I have to return an order?", "session_id": "stack-test-session-0001"}'
}

answers() { [[ $(chat "$@") == 200 ]] || { cat "$OUT/chat" && return 1; }; }

streams() {
    curl --silent --no-buffer --max-time 15 "$1/api/v1/chat" "${@:2}" --header "Authorization: Bearer $KEY" \
        --header 'Content-Type: application/json' --data '{"message": "How long do I have to return an order?", "stream": true}' >"$OUT/stream"
    grep -q '^event: done' "$OUT/stream" || { tail -n 5 "$OUT/stream" && return 1; }
}

begin_traffic() { # URL [CURL'S ARGUMENT...]: four times a second, for two minutes at most
    : >"$OUT/traffic"
    : >"$OUT/refusals"
    (for _ in {1..480}; do
        status=$(curl --silent --output "$OUT/refused" --write-out '%{http_code}' --max-time 10 "${@:2}" "$1/api/v1/chat" \
            --header "Authorization: Bearer $KEY" --header 'Content-Type: application/json' \
            --data '{"message": "Hello", "session_id": "stack-test-session-0001"}') || true
        echo "$status" >>"$OUT/traffic"
        [[ $status == 200 ]] || echo "$(date +%T.%3N) $status $(cat "$OUT/refused" 2>/dev/null)" >>"$OUT/refusals"
        sleep 0.25
    done) &
    TRAFFIC=$!
}

end_traffic() { # ALLOWED: a pattern of statuses; one of 200 must be among them, and the last must be 200
    kill "$TRAFFIC" 2>/dev/null || true
    wait "$TRAFFIC" 2>/dev/null || true
    TRAFFIC=
    sort "$OUT/traffic" | uniq -c | tr -s ' \n' ' ' >"$OUT/statuses"
    echo >>"$OUT/statuses"
    say "   statuses (count status): $(<"$OUT/statuses")"
    # What was in progress when the traffic was ended has no line or half of one.
    grep -qx 200 "$OUT/traffic" || return 1
    ! grep -qvxE "$1|" "$OUT/traffic" && return
    tail -n 6 "$OUT/refusals"
    # And what the gateway had to say about it.
    docker compose logs --no-log-prefix --since 60s vestibule | grep -v '"level":"INFO"' | cut -c 1-300 | tail -n 12
    return 1
}

heard() { curl --fail --silent --max-time 3 http://127.0.0.1:8082/readyz | grep -qx 'changes_heard ok'; }

until_true() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.3
    done
}

# ---------------------------------------------------------------- looking

started_at() { docker inspect --format '{{.State.StartedAt}}' "$(docker compose ps --all --quiet "$1")"; }
finished_at() { docker inspect --format '{{.State.FinishedAt}}' "$(docker compose ps --all --quiet "$1")"; }
unchanged() { [[ $(started_at vestibule) == "$GATEWAY" ]]; }
note_gateway() { GATEWAY=$(started_at vestibule); }

migrated_before_serving() { [[ $(finished_at migrate) < $(started_at vestibule) && $(started_at postgres) < $(started_at migrate) ]]; }

no_secret_in_inspect() {
    local file all
    all=$(docker compose ps --all --quiet | xargs docker inspect)
    for file in secrets/*; do
        [[ -s $file ]] || continue
        case $all in *"$(<"$file")"*) echo "$file is shown" && return 1 ;; esac
    done
}

has_limits() {
    local id=$1
    [[ $(docker inspect --format '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{range .HostConfig.Ulimits}}{{.Hard}}{{end}}' "$id") \
        == "65532:65532 true 2147483648 512 $FILES" ]]
}

unreachable() { # PORT: on the gateway, from AnythingLLM's container
    local address
    for address in vestibule 172.30.238.10; do
        if docker compose exec -T anythingllm curl --silent --output /dev/null --max-time 2 "http://$address:$1/healthz"; then
            echo "$address:$1 answers" && return 1
        fi
    done
}

usage_is_told() {
    [[ $(curl --silent --output "$OUT/usage" --write-out '%{http_code}' --max-time 10 "$PUBLIC/api/v1/usage" \
        --header "Authorization: Bearer $KEY") == 200 ]] || { cat "$OUT/usage" && return 1; }
}
audited() { [[ $(docker compose exec -T postgres psql -U postgres -d vestibule -Atc 'SELECT count(*) > 0 FROM vestibule.audit_log') == t ]]; }
fails() { ! "$@"; }
version_is() { [[ $(docker inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' "$(docker compose ps --quiet vestibule)") == "$1" ]]; }

in_pieces() { # the first event of a stream is there well before its end
    local first last
    curl --silent --no-buffer --max-time 15 "${TLS[@]}" https://localhost/api/v1/chat --header "Authorization: Bearer $KEY" \
        --header 'Content-Type: application/json' --data '{"message": "How long do I have to return an order?", "stream": true}' |
        while IFS= read -r line; do
            case $line in event:*) printf '%s %s\n' "${EPOCHREALTIME/./}" "$line" ;; esac
        done >"$OUT/pieces"
    first=$(head -n 1 "$OUT/pieces" | cut -d ' ' -f 1)
    last=$(tail -n 1 "$OUT/pieces" | cut -d ' ' -f 1)
    ((last - first > 100000)) || { cat "$OUT/pieces" && return 1; }
}

# A machine beside this one, on a network of its own, in a namespace; OUTSIDE runs a command there.
outside_client() {
    unshare --net sleep infinity &
    CLIENT=$!
    disown
    sleep 0.2
    ip link add outside type veth peer name eth0 netns "$CLIENT"
    ip address add 198.51.100.1/24 dev outside
    ip address add 2001:db8::1/64 dev outside nodad
    ip link set outside up
    OUTSIDE=(nsenter --target "$CLIENT" --net)
    "${OUTSIDE[@]}" ip link set lo up
    "${OUTSIDE[@]}" ip address add 198.51.100.2/24 dev eth0
    "${OUTSIDE[@]}" ip address add 2001:db8::2/64 dev eth0 nodad
    "${OUTSIDE[@]}" ip link set eth0 up
    sleep 0.5
}

closed_outside() {
    local port
    for port in 8080 8081 8082 9090 9464 3000 5432 6379; do
        if "${OUTSIDE[@]}" curl --silent --output /dev/null --max-time 2 "http://198.51.100.1:$port/healthz"; then
            echo "port $port answers" && return 1
        fi
    done
}

scrapes() { # NUMBER of replicas
    [[ $(curl --silent 'http://127.0.0.1:9090/api/v1/targets?state=active' | grep -o '"health":"up"' | wc -l) -ge $1 ]]
}
rules_are_loaded() { curl --silent http://127.0.0.1:9090/api/v1/rules | tee "$OUT/rules" | grep -q '"health":"\(ok\|unknown\)"' && ! grep -q '"health":"err"' "$OUT/rules"; }

dashboards_are_filled() {
    local query filled=0 all=0 answer
    while read -r query; do
        query=${query//'$__rate_interval'/5m}
        query=${query//'$instance'/.*}
        answer=$(curl --silent --max-time 5 http://127.0.0.1:9090/api/v1/query --data-urlencode "query=$query")
        case $answer in
            *'"status":"success"'*'"result":[]'*) ;;
            *'"status":"success"'*) filled=$((filled + 1)) ;;
            *) echo "$query: $answer" && return 1 ;;
        esac
        all=$((all + 1))
    done < <(sed -n 's/^ *"expr": "\(.*\)",$/\1/p' deploy/monitoring/grafana/dashboards/*.json | sed 's/\\"/"/g')
    echo "$filled of $all queries have something to show" >>"$OUT/queries"
    ((all > 50 && filled * 3 > all * 2))
}

client_of() { # REQUEST ID: whom the access line names
    docker compose logs --no-log-prefix 2>/dev/null | grep -F "\"request_id\":\"$1\"" | grep -o '"client_ip":"[^"]*"' | cut -d '"' -f 4
}
client_is() { # ADDRESS CURL'S ARGUMENTS...
    local seen id ASK=("${ASK[@]}")
    [[ $2 == "$PUBLIC" ]] || ASK=("${OUTSIDE[@]}")
    answers "${@:2}" --dump-header "$OUT/headers" || return
    id=$(tr -d '\r' <"$OUT/headers" | sed -n 's/^x-request-id: //Ip')
    until_true 5 client_of "$id" || true
    seen=$(client_of "$id")
    [[ $seen == "$1" ]] || { echo "client_ip is ${seen:-unknown}, not $1" && return 1; }
}

ready() { usage_is_told && curl --fail --silent http://127.0.0.1:8082/readyz; }
started_once() { [[ $(docker inspect --format '{{.RestartCount}}' "$(docker compose ps --quiet vestibule)") == 0 ]]; }

workspace() { # in chat mode it answers without documents, word by word
    printf '{"settings": {"chat_mode": "chat"}}' | vestibule workspaces create --slug shop --name Shop --file -
}

# ---------------------------------------------------------------- what an operator does

step "set up and start"
does "scripts/setup.sh" bash scripts/setup.sh
holds "setting up again changes nothing" bash -c 'before=$(cat secrets/* .env | sha256sum); scripts/setup.sh; [[ $(cat secrets/* .env | sha256sum) == "$before" ]]'
if [[ $(ulimit -Hn) != unlimited ]] && (($(ulimit -Hn) < FILES)); then
    FILES=$(ulimit -Hn)
    echo "VESTIBULE_FILES=$FILES" >>.env
fi
does "docker compose up" docker compose up --detach --wait --wait-timeout 90
holds "PostgreSQL, migration, gateway: in this order" migrated_before_serving
holds "no secret in docker inspect" no_secret_in_inspect
holds "user, read-only, memory, processes, descriptors" has_limits "$(docker compose ps --quiet vestibule)"
does "vestibule bootstrap" vestibule bootstrap
does "vestibule workspaces create" workspace
KEY=$(vestibule keys create --kind secret --workspace shop --name test --per-minute 6000 --burst 600 --per-ip-per-minute 6000 \
    --per-visitor-per-minute 6000 --quiet)
holds "a chat through the published port" answers
holds "a streamed chat" streams "$PUBLIC"
vestibule doctor >"$OUT/doctor" 2>&1 || true
say "   doctor: $(tail -n 1 "$OUT/doctor")"
grep -iE '^ *(warn|fail)' "$OUT/doctor" | sed 's/^/      /' >&2 || true
holds "doctor finds no failure" vestibule doctor
holds "admin out of AnythingLLM's reach" unreachable 8081
holds "metrics out of AnythingLLM's reach" unreachable 9464
holds "the admin listener on this machine" curl --fail --silent http://127.0.0.1:8081/healthz
holds "readiness on this machine" curl --fail --silent http://127.0.0.1:8082/readyz
holds "host.docker.internal in AnythingLLM" docker compose exec -T anythingllm getent hosts host.docker.internal

step "each neighbour restarts, and is replaced, under traffic"
note_gateway
BEFORE=$(docker compose ps --quiet redis postgres)
replaced() { ! docker compose ps --quiet redis postgres | grep -qFx "$BEFORE"; }
begin_traffic "$PUBLIC"
docker compose restart --timeout 5 redis >/dev/null 2>&1
docker compose restart --timeout 5 postgres >/dev/null 2>&1
# With the new connection what was known is forgotten: a second outage at once would find a gateway that knows nobody.
does "changes are heard again" until_true 30 heard
does "a chat between the two" until_true 30 answers
echo REDIS_MEMORY=900m >>.env
echo POSTGRES_MEMORY=1900m >>.env
docker compose up --detach --wait --wait-timeout 90 >"$OUT/up" 2>&1 || cat "$OUT/up" >&2
holds "PostgreSQL and Redis are other containers now" replaced
holds "nobody was refused" end_traffic 200
holds "the gateway was not touched" unchanged
begin_traffic "$PUBLIC"
echo ANYTHINGLLM_MEMORY=3g >>.env
docker compose up --detach --wait --wait-timeout 90 >"$OUT/up" 2>&1 || cat "$OUT/up" >&2
holds "the gateway was not touched" unchanged
# The stand-in has forgotten everything, as a real one does not.
does "vestibule bootstrap" vestibule bootstrap
does "the workspace again" vestibule workspaces sync shop --take vestibule
sleep 1
holds "without AnythingLLM 502, and 200 again" end_traffic '200|502|503'
begin_traffic "$PUBLIC"
docker compose restart --timeout 60 vestibule >/dev/null 2>&1
does "the gateway is back" until_true 30 answers
holds "a restart of the only gateway: unreachable for a moment, never an error of its own" end_traffic '200|000|503'

step "a power cut"
docker compose kill >/dev/null 2>&1
docker compose ps --all --format '{{.Service}} {{.ID}}' | sed -n 's/^vestibule //p' | xargs docker start >/dev/null
sleep 2 # and the gateway is there first, with nothing to talk to
docker compose ps --all --format '{{.Service}} {{.ID}}' | grep -v '^migrate ' | cut -d ' ' -f 2 | xargs docker start >/dev/null
holds "whatever comes first, it is all there again" until_true 60 ready
holds "and the gateway did not have to be started twice" started_once

step "down and up"
does "docker compose down" docker compose down --timeout 10
does "docker compose up" docker compose up --detach --wait --wait-timeout 90
holds "the key is known" usage_is_told
docker compose exec -T anythingllm bash -c 'echo "of before" >/app/server/storage/a-document'

step "backup, and restore into an installation that has nothing"
holds "the backup, as documented" documented backup
holds "the backup is for its owner only" bash -c '[[ $(stat -c %a backup) == 700 ]]'
holds "roles again, as documented" documented roles
does "docker compose down --volumes" docker compose down --volumes --timeout 5
mv secrets .env /tmp/
holds "the restore, as documented" documented restore
mv /tmp/secrets /tmp/secrets.before
holds "the key of the backup is known" usage_is_told
holds "AnythingLLM's files are there" docker compose exec -T anythingllm grep -q 'of before' /app/server/storage/a-document
holds "AnythingLLM's settings are there" docker compose exec -T anythingllm test -e /app/server/storage/.env
holds "the audit log is there" audited
# The stand-in is a fresh one: a real AnythingLLM has its key and its workspaces in what was restored.
does "vestibule bootstrap" vestibule bootstrap
does "the workspace again" vestibule workspaces sync shop --take vestibule
holds "a chat with the key of the backup" answers

step "upgrade, and the way back"
note_gateway
does "keeping the image, as documented" documented keep
does "another image" docker tag vestibule-test:broken vestibule:local
begin_traffic "$PUBLIC"
holds "a migration that fails ends the commands" fails documented upgrade
holds "and leaves the old version serving" unchanged
holds "and nobody is refused" end_traffic 200
does "the next version" docker tag vestibule-test:next vestibule:local
holds "the upgrade, as documented" documented upgrade
holds "the next version runs" version_is 2
holds "a chat" answers
holds "the way back, as documented" documented back
holds "the version before runs" version_is 1
holds "a chat" answers
sed -i '/^VESTIBULE_IMAGE=/d' .env

step "behind Caddy, three replicas, clients of both kinds of address"
sed -i -e 's|^#COMPOSE_PROFILES=.*|COMPOSE_PROFILES=tls|' -e 's|^#COMPOSE_FILE=|COMPOSE_FILE=|' .env
does "docker compose up" docker compose up --detach --wait --wait-timeout 120
TLS=(--insecure --resolve localhost:443:127.0.0.1)
does "a certificate" until_true 20 curl --silent --insecure https://localhost/healthz
holds "a chat over TLS" answers https://localhost "${TLS[@]}"
holds "a streamed chat over TLS comes in pieces" in_pieces
begin_traffic https://localhost "${TLS[@]}"
for replica in vestibule vestibule2 vestibule3; do docker compose restart --timeout 60 "$replica" >/dev/null 2>&1; done
holds "replicas restart one by one, and nobody is refused" end_traffic 200
outside_client
holds "a client over IPv4 is known by its address" client_is 198.51.100.2 https://localhost --insecure --resolve localhost:443:198.51.100.1
holds "a client over IPv6 is known by its address" client_is 2001:db8::2 https://localhost --insecure --resolve 'localhost:443:[2001:db8::1]'
holds "what it says of itself is not believed" client_is 198.51.100.2 https://localhost --insecure --resolve localhost:443:198.51.100.1 \
    --header 'X-Forwarded-For: 192.0.2.7'
holds "nor past Caddy" client_is 172.30.238.1 "$PUBLIC" --header 'X-Forwarded-For: 192.0.2.7'
holds "only Caddy is reached from outside" closed_outside

step "monitoring"
does "Prometheus" env COMPOSE_PROFILES=tls,monitoring docker compose up --detach prometheus
holds "it finds all replicas" until_true 40 scrapes 3
holds "its rules are loaded" rules_are_loaded
# Of the things that happened in this run: every query is understood, and most have something to show.
holds "the dashboards are filled" until_true 40 dashboards_are_filled
say "   $(tail -n 1 "$OUT/queries")"

finish "$FAILED"
