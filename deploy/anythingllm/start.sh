#!/bin/bash
# Starts the AnythingLLM of docker-compose.yml. It reads its secrets from the environment only, and what stands in the
# environment of a container is shown by `docker inspect`: so they are put there by this script.
set -euo pipefail

secret() { # NAME
    local value
    value=$(<"/run/secrets/$1")
    [[ -n $value ]] || { echo "secrets/$1 is empty; scripts/setup.sh makes it" >&2 && exit 78; }
    printf '%s' "$value"
}

# hexadecimal, as scripts/setup.sh makes it: it becomes part of a URL
database_password=$(secret anythingllm_db_password)
export DATABASE_URL=postgresql://anythingllm:$database_password@postgres:5432/anythingllm

# Without these AnythingLLM makes them up and loses them with the container: nobody could log in any more.
JWT_SECRET=$(secret anythingllm_jwt_secret)
SIG_KEY=$(secret anythingllm_sig_key)
SIG_SALT=$(secret anythingllm_sig_salt)
# A fresh AnythingLLM lets everybody do everything, and one that cannot read its settings does so again. With this
# password both are closed; until there are users, it is what `POST /api/request-token {password}` asks for.
AUTH_TOKEN=$(secret anythingllm_auth_token)
export JWT_SECRET SIG_KEY SIG_SALT AUTH_TOKEN

# While its volume is made, PostgreSQL listens on no address.
until (exec 3<>/dev/tcp/postgres/5432) 2>/dev/null; do sleep 1; done

# Settings changed in its UI are written to /app/server/.env; on the volume they outlive the container.
touch /app/server/storage/.env
ln -sfn /app/server/storage/.env /app/server/.env
exec /bin/bash /usr/local/bin/docker-entrypoint.sh
