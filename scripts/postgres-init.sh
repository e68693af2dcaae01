#!/usr/bin/env bash
# Run once by the PostgreSQL image of docker-compose.yml, on an empty volume: one role and one database for each side.
#
# Two databases, not two schemas: AnythingLLM's Prisma refuses to migrate a database that already holds tables of others,
# its vectors must be in `public`, and its role has no business near Vestibule's keys. Each can be backed up, moved and
# restored without the other.
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set vestibule="$VESTIBULE_DB_PASSWORD" --set anythingllm="$ANYTHINGLLM_DB_PASSWORD" <<'SQL'
-- No superusers. Vestibule's migrations create roles without login, to which row-level security gives less than the owner has.
CREATE ROLE vestibule LOGIN CREATEROLE PASSWORD :'vestibule';
-- AnythingLLM opens a connection for each vector operation: it must not eat those that the gateway needs.
CREATE ROLE anythingllm LOGIN CONNECTION LIMIT 60 PASSWORD :'anythingllm';
CREATE DATABASE vestibule OWNER vestibule;
CREATE DATABASE anythingllm OWNER anythingllm;
REVOKE CONNECT ON DATABASE vestibule, anythingllm, postgres FROM PUBLIC;
\connect anythingllm
CREATE EXTENSION vector;
SQL
