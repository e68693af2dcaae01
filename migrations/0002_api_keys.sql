-- API keys, and the lookup that finds one before its tenant is known.

CREATE TABLE vestibule.api_keys (
  id                     uuid        NOT NULL,
  tenant_id              uuid        NOT NULL,
  workspace_id           uuid,                       -- none only for secret keys: those of the whole tenant
  public_id              text        NOT NULL,       -- safe to log and to show
  kind                   text        NOT NULL,
  env                    text        NOT NULL,
  key_hash               bytea       NOT NULL,
  name                   text        NOT NULL,
  scopes                 text[]      NOT NULL,
  allowed_origins        text[]      NOT NULL DEFAULT '{}',
  allow_any_origin       boolean     NOT NULL DEFAULT false, -- said explicitly; never the meaning of an empty list
  allow_null_origin      boolean     NOT NULL DEFAULT false, -- file://, web views, sandboxed frames
  visitor_token_required boolean     NOT NULL DEFAULT false,
  per_minute             integer,
  burst                  integer,
  per_ip_per_minute      integer,
  per_visitor_per_minute integer,
  max_streams            integer,
  enabled                boolean     NOT NULL DEFAULT true,
  expires_at             timestamptz,
  revoked_at             timestamptz,
  revoked_by             text,
  revoke_reason          text,
  last_used_at           timestamptz,                -- by the batch writer only, to the minute
  created_by             text        NOT NULL,
  created_at             timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT api_keys_pkey PRIMARY KEY (id),
  CONSTRAINT api_keys_tenant_id_key UNIQUE (tenant_id, id),
  CONSTRAINT api_keys_public_id_key UNIQUE (public_id),
  CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
  CONSTRAINT api_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT api_keys_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT api_keys_public_id_format CHECK (public_id ~ '^[0-9A-Za-z]{12}$'),
  CONSTRAINT api_keys_kind_known CHECK (kind IN ('publishable', 'secret')),
  CONSTRAINT api_keys_env_known CHECK (env IN ('live', 'test')),
  CONSTRAINT api_keys_key_hash_length CHECK (octet_length(key_hash) = 32),
  CONSTRAINT api_keys_name_length CHECK (length(name) BETWEEN 1 AND 100),
  CONSTRAINT api_keys_scopes_count CHECK (cardinality(scopes) BETWEEN 1 AND 20),
  CONSTRAINT api_keys_scopes_known CHECK (scopes <@ ARRAY[
    'chat:write', 'messages:read', 'knowledge:query', 'widget:read',
    'workspaces:read', 'workspaces:write', 'keys:read', 'keys:write', 'usage:read', 'privacy:erase']),
  CONSTRAINT api_keys_origins_count CHECK (cardinality(allowed_origins) <= 100),
  CONSTRAINT api_keys_origins_not_null CHECK (array_position(allowed_origins, NULL) IS NULL),
  -- A publishable key stands in web pages: little scope, one workspace, named origins.
  CONSTRAINT api_keys_publishable_scopes CHECK (kind = 'secret' OR scopes <@ ARRAY[
    'chat:write', 'messages:read', 'knowledge:query', 'widget:read']),
  CONSTRAINT api_keys_publishable_workspace CHECK (kind = 'secret' OR workspace_id IS NOT NULL),
  CONSTRAINT api_keys_publishable_origin CHECK (
    kind = 'secret' OR allow_any_origin OR cardinality(allowed_origins) > 0),
  CONSTRAINT api_keys_limits_positive CHECK (
    per_minute > 0 AND burst > 0 AND per_ip_per_minute > 0 AND per_visitor_per_minute > 0 AND max_streams > 0),
  CONSTRAINT api_keys_revoked_whole CHECK (
    (revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NOT NULL OR revoke_reason IS NULL)),
  CONSTRAINT api_keys_revoke_reason_length CHECK (length(revoke_reason) <= 500)
);
CREATE INDEX api_keys_workspace ON vestibule.api_keys (tenant_id, workspace_id);

ALTER TABLE vestibule.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.api_keys
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
-- No DELETE: a key is revoked, so that what it did can still be told.
GRANT SELECT, INSERT, UPDATE ON vestibule.api_keys TO vestibule_app;

-- ---------------------------------------------------------------- the lookup
-- A request brings a key, and only the key says which tenant it is. This function is the only read across tenants:
-- exact match on the public id, one row, the columns the gate needs. Its owner has SELECT policies of its own, so
-- neither superuser nor BYPASSRLS is needed, and FORCE still holds for the owner of the tables.
--
-- plpgsql, because it keeps the plan of the join in the session.
CREATE FUNCTION vestibule.find_api_key(wanted text)
RETURNS TABLE (
  id                     uuid,
  tenant_id              uuid,
  tenant_active          boolean,
  key_hash               bytea,
  kind                   text,
  env                    text,
  name                   text,
  scopes                 text[],
  allowed_origins        text[],
  allow_any_origin       boolean,
  allow_null_origin      boolean,
  visitor_token_required boolean,
  per_minute             integer,
  burst                  integer,
  per_ip_per_minute      integer,
  per_visitor_per_minute integer,
  max_streams            integer,
  enabled                boolean,
  expires_at             timestamptz,
  revoked_at             timestamptz,
  workspace_id           uuid,
  workspace_slug         text,
  upstream_slug          text,
  display_name           text,
  workspace_status       text,
  chat_mode              text,
  top_n                  smallint,
  score_threshold        real,
  max_message_chars      integer,
  max_stream_secs        integer
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY
  SELECT
    k.id,
    k.tenant_id,
    t.status = 'active',
    k.key_hash,
    k.kind,
    k.env,
    k.name,
    k.scopes,
    k.allowed_origins,
    k.allow_any_origin,
    k.allow_null_origin,
    k.visitor_token_required,
    k.per_minute,
    k.burst,
    k.per_ip_per_minute,
    k.per_visitor_per_minute,
    k.max_streams,
    k.enabled,
    k.expires_at,
    k.revoked_at,
    w.id,
    w.slug,
    w.upstream_slug,
    w.display_name,
    w.status,
    s.chat_mode,
    s.top_n,
    s.score_threshold,
    s.max_message_chars,
    s.max_stream_secs
  FROM vestibule.api_keys k
  JOIN vestibule.tenants t ON t.id = k.tenant_id
  LEFT JOIN vestibule.workspaces w ON w.tenant_id = k.tenant_id AND w.id = k.workspace_id
  LEFT JOIN vestibule.workspace_settings s ON s.tenant_id = w.tenant_id AND s.workspace_id = w.id
  WHERE k.public_id = wanted;
END $$;

-- Before the owner changes: afterwards both would be skipped with no more than a warning, leaving it open to PUBLIC.
REVOKE ALL ON FUNCTION vestibule.find_api_key(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.find_api_key(text) TO vestibule_app;

GRANT SELECT (id, status) ON vestibule.tenants TO vestibule_lookup;
GRANT SELECT (id, tenant_id, slug, upstream_slug, display_name, status) ON vestibule.workspaces TO vestibule_lookup;
GRANT SELECT (workspace_id, tenant_id, chat_mode, top_n, score_threshold, max_message_chars, max_stream_secs)
  ON vestibule.workspace_settings TO vestibule_lookup;
GRANT SELECT (
  id, tenant_id, workspace_id, public_id, kind, env, key_hash, name, scopes, allowed_origins, allow_any_origin,
  allow_null_origin, visitor_token_required, per_minute, burst, per_ip_per_minute, per_visitor_per_minute, max_streams,
  enabled, expires_at, revoked_at) ON vestibule.api_keys TO vestibule_lookup;
CREATE POLICY key_lookup ON vestibule.tenants FOR SELECT TO vestibule_lookup USING (true);
CREATE POLICY key_lookup ON vestibule.workspaces FOR SELECT TO vestibule_lookup USING (true);
CREATE POLICY key_lookup ON vestibule.workspace_settings FOR SELECT TO vestibule_lookup USING (true);
CREATE POLICY key_lookup ON vestibule.api_keys FOR SELECT TO vestibule_lookup USING (true);

-- Giving a function away takes membership in the new owner and its right to create. Both only for this moment.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.find_api_key(text) OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
