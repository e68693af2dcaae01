#!/usr/bin/env bash
# Run once by the PostgreSQL image of docker-compose.yml, on an empty volume, and by hand after a change of a password:
#   docker compose exec postgres bash /docker-entrypoint-initdb.d/10-roles.sh
set -euo pipefail

# Read by psql and not given as arguments, which every process in the container can see.
psql --no-psqlrc --username postgres --dbname postgres <<'SQL'
\set password `cat /run/secrets/vestibule_db_password`
\set anythingllm_password `cat /run/secrets/anythingllm_db_password`
\i /usr/local/share/vestibule/roles.sql
SQL
