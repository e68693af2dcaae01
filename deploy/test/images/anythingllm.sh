#!/usr/bin/env bash
# As the entry point of AnythingLLM: needs a database that lets it in, and starts what stands in for it: fresh, without an
# API key, and in single-user mode with the password AUTH_TOKEN. It keeps nothing over a restart but its folder.
set -euo pipefail

for name in DATABASE_URL JWT_SECRET SIG_KEY SIG_SALT AUTH_TOKEN STORAGE_DIR; do
    [[ -n ${!name:-} ]] || { echo "$name is not set" >&2 && exit 1; }
done
[[ $(psql --no-psqlrc --tuples-only --no-align "$DATABASE_URL" \
    --command "SELECT extname FROM pg_extension WHERE extname = 'vector'") == vector ]]
echo "# settings changed in the UI" >/app/server/.env
[[ -s $STORAGE_DIR/a-document ]] || echo "what was uploaded" >"$STORAGE_DIR/a-document"
export STAND_IN_MODE=single-user-password STAND_IN_API_KEY='' STAND_IN_ADMIN_PASSWORD=$AUTH_TOKEN STAND_IN_TOKEN_DELAY_MS=30
exec vestibule-stand-in --listen 0.0.0.0:3001
