#!/usr/bin/env bash
# Makes what docker-compose.yml needs: .env from .env.example, and a file for each secret in secrets/. Nothing that is there
# is changed, so it can be repeated, after an upgrade for example.
#
#   scripts/setup.sh                          for this machine alone
#   scripts/setup.sh --domain chat.shop.example   with the profile `tls`: Caddy in front, with a certificate for this name
#
# An installation somewhere else: VESTIBULE_HOME=DIRECTORY.
set -euo pipefail
cd "${VESTIBULE_HOME:-$(dirname "$0")/..}"
umask 077

DOMAIN=
while (($#)); do
    case $1 in
        --domain)
            DOMAIN=${2:-}
            [[ $DOMAIN =~ ^[A-Za-z0-9.-]+$ ]] || { echo "--domain takes a name, such as chat.shop.example" >&2 && exit 64; }
            shift 2
            ;;
        *)
            echo "usage: setup.sh [--domain NAME]" >&2
            exit 64
            ;;
    esac
done

# Older ones start, and do less than is promised.
old() { # VERSION LEAST
    [[ -n $1 && $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) != "$2" ]]
}
if command -v docker >/dev/null; then
    engine=$(docker version --format '{{.Server.Version}}' 2>/dev/null) || engine=
    compose=$(docker compose version --short 2>/dev/null) || compose=
    if old "${engine%%[+-]*}" 27.0; then
        echo "Docker Engine $engine is older than 27: clients over IPv6 will all have the address of Docker's bridge" >&2
    fi
    if old "${compose#v}" 2.24.4; then echo "Docker Compose $compose is older than 2.24.4, which docker-compose.yml needs" >&2; fi
fi

hex() { # BYTES
    od -An -vtx1 -N "$1" /dev/urandom | tr -d ' \n'
}

secret() { # NAME: makes it of standard input
    local file=secrets/$1
    if [[ ! -s $file ]]; then
        cat >"$file.new"
        [[ -s $file.new ]] || { echo "could not make $file" >&2 && exit 1; }
        mv "$file.new" "$file"
        echo "made $file"
    else
        cat >/dev/null
    fi
    chmod 444 "$file" # for the users of the containers; the folder keeps others away
}

mkdir -p secrets
chmod 700 secrets

# The root of all keys at rest. Lost = every API key and stored credential is worthless.
head -c 32 /dev/urandom | base64 | secret vestibule_secret_key
hex 24 | secret vestibule_db_password
hex 24 | secret postgres_password
hex 24 | secret anythingllm_db_password
# Signs AnythingLLM's login tokens; a new value logs everybody out.
hex 32 | secret anythingllm_jwt_secret
# Encrypt what it stores; lost = its providers' keys must be entered again.
hex 32 | secret anythingllm_sig_key
hex 32 | secret anythingllm_sig_salt
# The password of AnythingLLM until it has users, and its safety net after that.
hex 24 | secret anythingllm_auth_token
hex 12 | secret anythingllm_admin_password
hex 12 | secret grafana_admin_password
# An API key of AnythingLLM that was made by hand. Empty: Vestibule makes one.
[[ -e secrets/vestibule_upstream_api_key ]] || : >secrets/vestibule_upstream_api_key
chmod 444 secrets/vestibule_upstream_api_key
# Follows the password, which may be changed by hand: letters, digits and - . _ ~ only, because it becomes part of a URL.
password=$(<secrets/vestibule_db_password)
[[ $password =~ ^[A-Za-z0-9._~-]+$ ]] || { echo "secrets/vestibule_db_password: only letters, digits and - . _ ~" >&2 && exit 64; }
url=postgres://vestibule:$password@postgres:5432/vestibule
[[ $(cat secrets/vestibule_database_url 2>/dev/null) == "$url" ]] || rm -f secrets/vestibule_database_url
printf '%s' "$url" | secret vestibule_database_url

if [[ ! -e .env ]]; then
    cp .env.example .env
    echo "made .env"
    if [[ -n $DOMAIN ]]; then
        sed -i -e "s|^#COMPOSE_PROFILES=.*|COMPOSE_PROFILES=tls|" -e "s|^#VESTIBULE_DOMAIN=.*|VESTIBULE_DOMAIN=$DOMAIN|" \
            -e "s|^VESTIBULE_PUBLIC_URL=.*|VESTIBULE_PUBLIC_URL=https://$DOMAIN|" .env
    fi
elif [[ -n $DOMAIN ]]; then
    echo ".env is there already and stays as it is: set COMPOSE_PROFILES, VESTIBULE_DOMAIN and VESTIBULE_PUBLIC_URL in it" >&2
fi

echo "Keep a copy of .env and secrets/ apart from the backups of the databases: without secrets/vestibule_secret_key the"
echo "keys in them are worthless."
