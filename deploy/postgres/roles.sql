-- The roles, memberships and databases of an installation. For psql, as a superuser (or whoever may create roles and
-- databases); docker-compose.yml, `make run`, the Helm chart and docs/operations.md use this one file.
--
-- Can be repeated: makes what is missing, sets the passwords that are given, takes nothing away. Run it on an empty
-- server, before a restore (a dump does not hold roles), and after changing a password.
--
--   psql --file deploy/postgres/roles.sql --set password=...     psql's variables, all optional:
--     owner, database       of Vestibule (vestibule, vestibule)
--     password              the owner's; without it the role is left as it is, and made without one
--     anythingllm_password  with it AnythingLLM gets a role and a database too, in a server that has pgvector
\set ON_ERROR_STOP on
\set QUIET on
\if :{?owner} \else \set owner vestibule \endif
\if :{?database} \else \set database vestibule \endif
SET client_min_messages = warning;
-- Passwords are in the statements below: none of them may end in the server's log. Only a superuser can say so.
SELECT current_setting('is_superuser') = 'on' AS superuser \gset
\if :superuser
SET log_statement = none;
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;
\endif

-- ---------------------------------------------------------------- Vestibule
-- No superuser, so that row-level security holds for it. It owns the schema, migrates it, and serves as vestibule_app.
SELECT format('CREATE ROLE %I LOGIN', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
\if :{?password}
SELECT format('ALTER ROLE %I PASSWORD %L', :'owner', :'password') \gexec
\endif

-- vestibule_app: what the running gateway is. vestibule_lookup: owns the functions that look across tenants.
SELECT format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name)
FROM unnest(ARRAY['vestibule_app', 'vestibule_lookup']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- The owner hands functions to vestibule_lookup and must not be a member of it: its policies would hold for the owner as
-- well. Since PostgreSQL 16 the right to administer a role is apart from membership, and CREATEROLE gives it for no role
-- that somebody else has made.
SELECT current_setting('server_version_num')::int >= 160000 AS admin_is_apart \gset
\if :admin_is_apart
GRANT vestibule_app TO :"owner" WITH ADMIN OPTION;
GRANT vestibule_lookup TO :"owner" WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
\else
GRANT vestibule_app TO :"owner";
\endif
-- The first migration makes the two roles where they are missing, and is refused without this even where they are not.
ALTER ROLE :"owner" CREATEROLE;

-- Whoever is no superuser must be able to become the owner, to give it a database.
\if :superuser
\else
GRANT :"owner" TO CURRENT_USER;
\endif
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
REVOKE CONNECT ON DATABASE :"database", postgres FROM PUBLIC;

-- ---------------------------------------------------------------- AnythingLLM
-- Two databases, not two schemas: AnythingLLM's Prisma refuses to migrate a database that already holds tables of others,
-- its vectors must be in `public`, and its role has no business near Vestibule's keys. Each can be backed up, moved and
-- restored without the other.
\if :{?anythingllm_password}
SELECT 'CREATE ROLE anythingllm LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'anythingllm') \gexec
-- It opens a connection for each vector operation: it must not eat those that the gateway needs.
ALTER ROLE anythingllm CONNECTION LIMIT 60 PASSWORD :'anythingllm_password';
SELECT 'CREATE DATABASE anythingllm OWNER anythingllm'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'anythingllm') \gexec
REVOKE CONNECT ON DATABASE anythingllm FROM PUBLIC;
\connect anythingllm
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS vector;
\endif
