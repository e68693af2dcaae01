-- People: the sessions their logins begin, and the keys that access tokens are signed with.
--
-- Users, passwords and roles are AnythingLLM's. No token is stored: a session keeps the counter of its newest refresh token
-- and, sealed, the key that all of them are made with.

CREATE TABLE vestibule.auth_sessions (
  id                  uuid          NOT NULL,
  tenant_id           uuid          NOT NULL,
  user_id             bigint        NOT NULL, -- AnythingLLM's
  username            text          NOT NULL, -- as of the last login or refresh, like the role
  role                text          NOT NULL,
  refresh_counter     bigint        NOT NULL DEFAULT 0,
  superseded_at       timestamptz[] NOT NULL DEFAULT '{}', -- of the tokens just before the newest, newest first
  refresh_key         bytea         NOT NULL, -- sealed
  upstream_token      bytea,                  -- sealed; AnythingLLM's own session token, which never leaves the gateway
  seal_key_id         text          NOT NULL, -- names the root key of both
  device              text          NOT NULL,
  ip_prefix           cidr          NOT NULL,
  created_at          timestamptz   NOT NULL,
  last_used_at        timestamptz   NOT NULL,
  user_checked_at     timestamptz   NOT NULL, -- when AnythingLLM last said who the user is
  idle_expires_at     timestamptz   NOT NULL,
  absolute_expires_at timestamptz   NOT NULL,
  revoked_at          timestamptz,
  revoke_reason       text,
  CONSTRAINT auth_sessions_pkey PRIMARY KEY (id),
  CONSTRAINT auth_sessions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT auth_sessions_user_id_positive CHECK (user_id > 0),
  CONSTRAINT auth_sessions_username_length CHECK (length(username) BETWEEN 1 AND 256),
  CONSTRAINT auth_sessions_role_known CHECK (role IN ('default', 'manager', 'admin')),
  CONSTRAINT auth_sessions_refresh_counter_range CHECK (refresh_counter >= 0),
  CONSTRAINT auth_sessions_superseded_at_count CHECK (cardinality(superseded_at) <= 64),
  CONSTRAINT auth_sessions_superseded_at_not_null CHECK (array_position(superseded_at, NULL) IS NULL),
  CONSTRAINT auth_sessions_device_length CHECK (length(device) BETWEEN 1 AND 100),
  CONSTRAINT auth_sessions_idle_within_absolute CHECK (idle_expires_at <= absolute_expires_at),
  CONSTRAINT auth_sessions_revoke_reason_known CHECK (revoke_reason IN (
    'logout', 'replayed', 'admin', 'user_suspended', 'user_deleted', 'upstream_ended')),
  CONSTRAINT auth_sessions_revoked_whole CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL)),
  -- What is over can do nothing in AnythingLLM's name.
  CONSTRAINT auth_sessions_revoked_without_token CHECK (revoked_at IS NULL OR upstream_token IS NULL)
);
CREATE INDEX auth_sessions_user ON vestibule.auth_sessions (tenant_id, user_id, id) WHERE revoked_at IS NULL;
CREATE INDEX auth_sessions_end ON vestibule.auth_sessions (tenant_id, absolute_expires_at);

ALTER TABLE vestibule.auth_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.auth_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.auth_sessions
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.auth_sessions TO vestibule_app;

-- Of the installation, not of a tenant: every replica signs and verifies with the same ones.
CREATE TABLE vestibule.signing_keys (
  kid            text        NOT NULL,
  public_key     bytea       NOT NULL,
  private_key    bytea       NOT NULL, -- sealed
  seal_key_id    text        NOT NULL,
  created_at     timestamptz NOT NULL,
  signs_from     timestamptz NOT NULL,
  verifies_until timestamptz,          -- none: has no successor
  CONSTRAINT signing_keys_pkey PRIMARY KEY (kid),
  CONSTRAINT signing_keys_kid_format CHECK (kid ~ '^[A-Za-z0-9_-]{1,64}$'),
  CONSTRAINT signing_keys_public_key_length CHECK (octet_length(public_key) = 32),
  CONSTRAINT signing_keys_private_key_sealed CHECK (octet_length(private_key) > 32)
);
-- One newest key at most, however many replicas start at once.
CREATE UNIQUE INDEX signing_keys_newest ON vestibule.signing_keys ((true)) WHERE verifies_until IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.signing_keys TO vestibule_app;

-- ---------------------------------------------------------------- telling
CREATE FUNCTION vestibule.tell_auth_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'auth_session', 'id', OLD.id)::text);
  RETURN NULL;
END $$;

CREATE FUNCTION vestibule.tell_signing_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'signing_keys')::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.tell_auth_session(), vestibule.tell_signing_keys() FROM PUBLIC;

CREATE TRIGGER tell_gone AFTER DELETE ON vestibule.auth_sessions
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_auth_session();
-- What the gate looks at: not what every refresh changes.
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.auth_sessions
  FOR EACH ROW WHEN (
    (OLD.user_id, OLD.username, OLD.role, OLD.absolute_expires_at, OLD.revoked_at)
    IS DISTINCT FROM (NEW.user_id, NEW.username, NEW.role, NEW.absolute_expires_at, NEW.revoked_at))
  EXECUTE FUNCTION vestibule.tell_auth_session();

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OR DELETE ON vestibule.signing_keys
  FOR EACH STATEMENT EXECUTE FUNCTION vestibule.tell_signing_keys();
