-- Tenants, workspaces and their settings, and the two roles that stand behind row-level security.

CREATE SCHEMA IF NOT EXISTS vestibule;

-- ---------------------------------------------------------------- roles
-- vestibule_app:    what the running gateway is (SET ROLE): owns nothing, row-level security always holds for it.
-- vestibule_lookup: owns the one function that may look across tenants. Nobody is a member of it, because a policy
--                   `TO vestibule_lookup` would apply to every member too.
-- Roles belong to the cluster, not to the database: another database's migration may be making them right now.
DO $$
BEGIN
  CREATE ROLE vestibule_app NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
  CREATE ROLE vestibule_lookup NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- So that whoever migrates may also run the gateway. A login role of its own is made a member by the administrator.
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT vestibule_app TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN unique_violation THEN NULL; -- another database's migration was first
  WHEN insufficient_privilege THEN
    IF NOT pg_has_role(current_user, 'vestibule_app', 'USAGE') THEN
      RAISE EXCEPTION 'the role vestibule_app belongs to somebody else in this cluster'
        USING HINT = format('As its owner: GRANT vestibule_app, vestibule_lookup TO %I WITH ADMIN OPTION', current_user);
    END IF;
END $$;

GRANT USAGE ON SCHEMA vestibule TO vestibule_app, vestibule_lookup;

-- The record of migrations is made by the migrator, if it is the migrator that runs this file.
DO $$
BEGIN
  IF to_regclass('vestibule.schema_migrations') IS NOT NULL THEN
    GRANT SELECT ON vestibule.schema_migrations TO vestibule_app;
  END IF;
END $$;

-- ---------------------------------------------------------------- the tenant of the transaction
CREATE FUNCTION vestibule.current_tenant() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('vestibule.tenant_id', true), '')::uuid $$;
REVOKE ALL ON FUNCTION vestibule.current_tenant() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.current_tenant() TO vestibule_app, vestibule_lookup;

-- ---------------------------------------------------------------- tables
CREATE TABLE vestibule.tenants (
  id         uuid        NOT NULL,
  slug       text        NOT NULL,
  name       text        NOT NULL,
  status     text        NOT NULL DEFAULT 'active',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tenants_pkey PRIMARY KEY (id),
  CONSTRAINT tenants_slug_key UNIQUE (slug),
  CONSTRAINT tenants_slug_format CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT tenants_name_length CHECK (length(name) BETWEEN 1 AND 200),
  CONSTRAINT tenants_status_known CHECK (status IN ('active', 'suspended', 'deleting'))
);

-- A single-tenant installation has exactly this one.
INSERT INTO vestibule.tenants (id, slug, name)
VALUES ('00000000-0000-7000-8000-000000000001', 'default', 'Default');

CREATE TABLE vestibule.workspaces (
  id            uuid        NOT NULL,
  tenant_id     uuid        NOT NULL,
  slug          text        NOT NULL, -- the name in our API
  upstream_slug text        NOT NULL, -- the name in AnythingLLM; whoever has it can read it, so one tenant only
  display_name  text        NOT NULL,
  status        text        NOT NULL DEFAULT 'active',
  version       bigint      NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workspaces_pkey PRIMARY KEY (id),
  CONSTRAINT workspaces_tenant_id_key UNIQUE (tenant_id, id), -- target of the composite foreign keys
  CONSTRAINT workspaces_slug_key UNIQUE (tenant_id, slug),
  CONSTRAINT workspaces_upstream_slug_key UNIQUE (upstream_slug),
  CONSTRAINT workspaces_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT workspaces_slug_format CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT workspaces_upstream_slug_length CHECK (length(upstream_slug) BETWEEN 1 AND 255),
  CONSTRAINT workspaces_display_name_length CHECK (length(display_name) BETWEEN 1 AND 200),
  CONSTRAINT workspaces_status_known CHECK (status IN ('draft', 'active', 'paused', 'archived'))
);

CREATE TABLE vestibule.workspace_settings (
  workspace_id      uuid        NOT NULL,
  tenant_id         uuid        NOT NULL,
  chat_mode         text        NOT NULL DEFAULT 'query',
  top_n             smallint,
  score_threshold   real,
  max_message_chars integer     NOT NULL DEFAULT 4000,
  max_stream_secs   integer     NOT NULL DEFAULT 180,
  version           bigint      NOT NULL DEFAULT 1,
  updated_at        timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workspace_settings_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT workspace_settings_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  -- AnythingLLM's third mode, `automatic`, runs agents.
  CONSTRAINT workspace_settings_chat_mode_known CHECK (chat_mode IN ('query', 'chat')),
  CONSTRAINT workspace_settings_top_n_range CHECK (top_n BETWEEN 1 AND 20),
  CONSTRAINT workspace_settings_score_threshold_range CHECK (score_threshold BETWEEN 0 AND 1),
  CONSTRAINT workspace_settings_max_message_chars_range CHECK (max_message_chars BETWEEN 1 AND 32000),
  CONSTRAINT workspace_settings_max_stream_secs_range CHECK (max_stream_secs BETWEEN 5 AND 900)
);

-- ---------------------------------------------------------------- row-level security
-- `(SELECT ...)` makes the planner evaluate the tenant once and use it as an index condition.
ALTER TABLE vestibule.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.tenants
  USING (id = (SELECT vestibule.current_tenant()))
  WITH CHECK (id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.workspaces
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

ALTER TABLE vestibule.workspace_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.workspace_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.workspace_settings
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));

GRANT SELECT ON vestibule.tenants TO vestibule_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.workspaces TO vestibule_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.workspace_settings TO vestibule_app;
