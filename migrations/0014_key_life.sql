-- The whole life of a key: quotas, addresses, rotation with grace, proof of work; and what visitor tokens hang on.

ALTER TABLE vestibule.workspaces
  ADD COLUMN token_generation  integer NOT NULL DEFAULT 1,     -- visitor tokens of another generation are refused
  ADD COLUMN identity_enabled  boolean NOT NULL DEFAULT false, -- the shop may say who a visitor is
  ADD COLUMN identity_enforced boolean NOT NULL DEFAULT false, -- and must
  ADD CONSTRAINT workspaces_token_generation_range CHECK (token_generation > 0),
  ADD CONSTRAINT workspaces_identity_enforced_enabled CHECK (identity_enabled OR NOT identity_enforced);

ALTER TABLE vestibule.api_keys
  ADD COLUMN last_four          text,                               -- of the whole key, to find it by; older keys have none
  ADD COLUMN allowed_ips        cidr[]      NOT NULL DEFAULT '{}',  -- none listed: from anywhere
  ADD COLUMN proof_of_work      boolean     NOT NULL DEFAULT false, -- for a visitor token
  ADD COLUMN messages_per_day   integer,
  ADD COLUMN messages_per_month integer,
  ADD COLUMN tokens_per_day     bigint,
  ADD COLUMN tokens_per_month   bigint,
  ADD COLUMN rotated_from       uuid,                               -- the key this one takes over from
  ADD COLUMN grace_from         text,                               -- when the grace of that key begins
  ADD COLUMN grace_seconds      integer,                            -- how long it is
  ADD COLUMN grace_pending      boolean     NOT NULL DEFAULT false, -- it has not begun
  ADD COLUMN grace_until        timestamptz,                        -- of this key, once another has taken over
  ADD COLUMN updated_at         timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN version            bigint      NOT NULL DEFAULT 1,
  ADD CONSTRAINT api_keys_last_four_format CHECK (last_four ~ '^[0-9A-Za-z]{4}$'),
  ADD CONSTRAINT api_keys_ips_count CHECK (cardinality(allowed_ips) <= 100),
  ADD CONSTRAINT api_keys_ips_not_null CHECK (array_position(allowed_ips, NULL) IS NULL),
  ADD CONSTRAINT api_keys_quotas_positive CHECK (
    messages_per_day > 0 AND messages_per_month > 0 AND tokens_per_day > 0 AND tokens_per_month > 0),
  -- Shoppers are everywhere; servers have addresses, and no pages.
  ADD CONSTRAINT api_keys_publishable_anywhere CHECK (kind = 'secret' OR cardinality(allowed_ips) = 0),
  ADD CONSTRAINT api_keys_secret_no_pages CHECK (
    kind = 'publishable' OR (cardinality(allowed_origins) = 0 AND NOT allow_any_origin AND NOT allow_null_origin
      AND NOT visitor_token_required AND NOT proof_of_work)),
  -- Asked for where tokens are not, it would be no work at all.
  ADD CONSTRAINT api_keys_proof_of_work_for_token CHECK (visitor_token_required OR NOT proof_of_work),
  ADD CONSTRAINT api_keys_expires_later CHECK (expires_at > created_at),
  ADD CONSTRAINT api_keys_version_range CHECK (version > 0),
  ADD CONSTRAINT api_keys_rotated_from_fkey FOREIGN KEY (tenant_id, rotated_from)
    REFERENCES vestibule.api_keys (tenant_id, id),
  ADD CONSTRAINT api_keys_rotation_whole CHECK (
    (rotated_from IS NULL) = (grace_from IS NULL) AND (rotated_from IS NULL) = (grace_seconds IS NULL)),
  ADD CONSTRAINT api_keys_rotated_from_other CHECK (rotated_from <> id),
  ADD CONSTRAINT api_keys_grace_from_known CHECK (grace_from IN ('now', 'first_use')),
  ADD CONSTRAINT api_keys_grace_seconds_range CHECK (grace_seconds BETWEEN 0 AND 2592000),
  ADD CONSTRAINT api_keys_grace_pending_first_use CHECK (NOT grace_pending OR (grace_from = 'first_use') IS TRUE),
  -- Grace never makes a key live longer.
  ADD CONSTRAINT api_keys_grace_within_life CHECK (grace_until <= expires_at);
-- One key takes over from another, unless it was revoked.
CREATE UNIQUE INDEX api_keys_one_successor ON vestibule.api_keys (tenant_id, rotated_from) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_last_four ON vestibule.api_keys (tenant_id, last_four);

-- When it was changed is told with a change, so that replicas can say how long it took to reach them.
CREATE OR REPLACE FUNCTION vestibule.tell_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at double precision := extract(epoch FROM clock_timestamp());
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'key', 'id', OLD.public_id, 'at', at)::text);
  END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR NEW.public_id <> OLD.public_id) THEN
    PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'key', 'id', NEW.public_id, 'at', at)::text);
  END IF;
  RETURN NULL;
END $$;

-- ---------------------------------------------------------------- the lookup
-- As in 0002_api_keys.sql, with the new columns.
DROP FUNCTION vestibule.find_api_key(text);
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
  allowed_ips            cidr[],
  visitor_token_required boolean,
  proof_of_work          boolean,
  per_minute             integer,
  burst                  integer,
  per_ip_per_minute      integer,
  per_visitor_per_minute integer,
  max_streams            integer,
  messages_per_day       integer,
  messages_per_month     integer,
  tokens_per_day         bigint,
  tokens_per_month       bigint,
  enabled                boolean,
  expires_at             timestamptz,
  revoked_at             timestamptz,
  grace_pending          boolean,
  workspace_id           uuid,
  workspace_slug         text,
  upstream_slug          text,
  display_name           text,
  workspace_status       text,
  token_generation       integer,
  identity_enabled       boolean,
  identity_enforced      boolean,
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
    k.allowed_ips,
    -- Who must say who the visitor is can only do so for a token.
    k.visitor_token_required OR (k.kind = 'publishable' AND coalesce(w.identity_enforced, false)),
    k.proof_of_work,
    k.per_minute,
    k.burst,
    k.per_ip_per_minute,
    k.per_visitor_per_minute,
    k.max_streams,
    k.messages_per_day,
    k.messages_per_month,
    k.tokens_per_day,
    k.tokens_per_month,
    k.enabled,
    -- Whichever is first; an absent one counts as never.
    least(k.expires_at, k.grace_until),
    k.revoked_at,
    k.grace_pending,
    w.id,
    w.slug,
    w.upstream_slug,
    w.display_name,
    w.status,
    w.token_generation,
    w.identity_enabled,
    w.identity_enforced,
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

GRANT SELECT (token_generation, identity_enabled, identity_enforced) ON vestibule.workspaces TO vestibule_lookup;
GRANT SELECT (
  allowed_ips, proof_of_work, messages_per_day, messages_per_month, tokens_per_day, tokens_per_month, grace_pending,
  grace_until) ON vestibule.api_keys TO vestibule_lookup;

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
