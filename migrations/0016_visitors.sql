-- Visitors: what a shop's back end signs identity tokens with, and which proofs of work were spent.
--
-- Visitors themselves are not stored: their ids prove by themselves that they were made here, and their tokens say the rest.

CREATE TABLE vestibule.identity_secrets (
  workspace_id   uuid        NOT NULL,
  tenant_id      uuid        NOT NULL,
  secret         bytea       NOT NULL, -- sealed
  hint           text        NOT NULL, -- its last characters
  made_at        timestamptz NOT NULL,
  made_by        text        NOT NULL,
  previous       bytea,                -- sealed; the secret before it, for a while
  previous_until timestamptz,
  subject_key    bytea       NOT NULL, -- sealed; what customers are hashed with: another one would make strangers of them all
  seal_key_id    text        NOT NULL, -- names the root key of all three
  switched_at    timestamptz,          -- identity was switched on or off, or made a must
  switched_by    text,
  CONSTRAINT identity_secrets_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT identity_secrets_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT identity_secrets_secret_sealed CHECK (octet_length(secret) BETWEEN 42 AND 1024),
  CONSTRAINT identity_secrets_previous_sealed CHECK (octet_length(previous) BETWEEN 42 AND 1024),
  CONSTRAINT identity_secrets_subject_key_sealed CHECK (octet_length(subject_key) BETWEEN 42 AND 1024),
  CONSTRAINT identity_secrets_hint_length CHECK (length(hint) BETWEEN 1 AND 8),
  CONSTRAINT identity_secrets_made_by_length CHECK (length(made_by) BETWEEN 1 AND 256),
  CONSTRAINT identity_secrets_switched_by_length CHECK (length(switched_by) BETWEEN 1 AND 256),
  CONSTRAINT identity_secrets_previous_whole CHECK ((previous IS NULL) = (previous_until IS NULL)),
  CONSTRAINT identity_secrets_switched_whole CHECK ((switched_at IS NULL) = (switched_by IS NULL))
);

ALTER TABLE vestibule.identity_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.identity_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.identity_secrets
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE ON vestibule.identity_secrets TO vestibule_app;

-- Each proof is good for one visitor token, on all replicas together. Kept until it has expired.
CREATE TABLE vestibule.spent_proofs (
  tenant_id  uuid        NOT NULL,
  challenge  bytea       NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT spent_proofs_pkey PRIMARY KEY (tenant_id, challenge),
  CONSTRAINT spent_proofs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT spent_proofs_challenge_length CHECK (octet_length(challenge) = 32)
);
CREATE INDEX spent_proofs_expiry ON vestibule.spent_proofs (tenant_id, expires_at);

ALTER TABLE vestibule.spent_proofs ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.spent_proofs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.spent_proofs
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, DELETE ON vestibule.spent_proofs TO vestibule_app;

-- A visitor who turns out to be a customer takes their conversations along: under its old name none may be remembered.
DROP TRIGGER tell_reset_or_gone ON vestibule.conversations;
CREATE TRIGGER tell_reset_or_gone AFTER DELETE OR UPDATE OF upstream_session, owner, session_id ON vestibule.conversations
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_conversation();
