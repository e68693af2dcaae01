-- Erasures: what was said is removed, here and in AnythingLLM, with a receipt.

-- Sessions of AnythingLLM that no conversation has any more, because it was begun anew or forgotten: what was said in them
-- is still there and has to be found when it is to be erased.
CREATE TABLE vestibule.former_sessions (
  upstream_session text        NOT NULL,
  tenant_id        uuid        NOT NULL,
  workspace_id     uuid        NOT NULL,
  conversation_id  uuid        NOT NULL,
  owner            text        NOT NULL,
  visitor          text,
  last_at          timestamptz NOT NULL,
  CONSTRAINT former_sessions_pkey PRIMARY KEY (upstream_session),
  CONSTRAINT former_sessions_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX former_sessions_owner ON vestibule.former_sessions (tenant_id, workspace_id, owner);
CREATE INDEX former_sessions_conversation ON vestibule.former_sessions (conversation_id);

-- One row an erasure: the order, how far it is, and in the end the receipt.
CREATE TABLE vestibule.erasures (
  id              uuid        NOT NULL,
  tenant_id       uuid        NOT NULL,
  workspace_id    uuid        NOT NULL,
  kind            text        NOT NULL,
  person          text[],               -- the names that a visitor or customer has here; no words of theirs
  conversation_id uuid,
  before          timestamptz,
  status          text        NOT NULL DEFAULT 'queued',
  removed         jsonb       NOT NULL DEFAULT '{}', -- how much, by place
  remaining       jsonb       NOT NULL DEFAULT '[]', -- what is left, and why
  holder          uuid,
  lease_until     timestamptz,
  attempts        integer     NOT NULL DEFAULT 0,
  made_at         timestamptz NOT NULL,
  made_by         text        NOT NULL,
  finished_at     timestamptz,
  CONSTRAINT erasures_pkey PRIMARY KEY (id),
  CONSTRAINT erasures_tenant_key UNIQUE (tenant_id, id),
  CONSTRAINT erasures_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT erasures_kind_known CHECK (kind IN ('visitor', 'subject', 'conversation', 'before')),
  CONSTRAINT erasures_what CHECK (num_nonnulls(person, conversation_id, before) = 1),
  CONSTRAINT erasures_status_known CHECK (status IN ('queued', 'running', 'done', 'incomplete')),
  CONSTRAINT erasures_finished_whole CHECK ((status IN ('done', 'incomplete')) = (finished_at IS NOT NULL)),
  CONSTRAINT erasures_running_held CHECK ((status = 'running') = (holder IS NOT NULL AND lease_until IS NOT NULL)),
  CONSTRAINT erasures_made_by_length CHECK (length(made_by) BETWEEN 1 AND 256)
);
CREATE INDEX erasures_open ON vestibule.erasures (tenant_id, id) WHERE status IN ('queued', 'running');

-- Sessions of AnythingLLM whose chats are to be removed. A row goes when reading them back has shown nothing.
CREATE TABLE vestibule.erasure_sessions (
  upstream_session text    NOT NULL,
  tenant_id        uuid    NOT NULL,
  erasure_id       uuid    NOT NULL,
  attempts         integer NOT NULL DEFAULT 0,
  CONSTRAINT erasure_sessions_pkey PRIMARY KEY (upstream_session),
  CONSTRAINT erasure_sessions_erasure_fkey FOREIGN KEY (tenant_id, erasure_id)
    REFERENCES vestibule.erasures (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX erasure_sessions_erasure ON vestibule.erasure_sessions (tenant_id, erasure_id);

ALTER TABLE vestibule.former_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.former_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.former_sessions
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.former_sessions TO vestibule_app;

ALTER TABLE vestibule.erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.erasures
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE ON vestibule.erasures TO vestibule_app;

ALTER TABLE vestibule.erasure_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.erasure_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.erasure_sessions
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.erasure_sessions TO vestibule_app;

-- A workspace that is being removed takes all its chats along in AnythingLLM: then there is nothing to remember.
CREATE FUNCTION vestibule.keep_former_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO vestibule.former_sessions
    (upstream_session, tenant_id, workspace_id, conversation_id, owner, visitor, last_at)
  SELECT OLD.upstream_session, OLD.tenant_id, OLD.workspace_id, OLD.id, OLD.owner, OLD.visitor, OLD.last_at
  WHERE EXISTS (SELECT 1 FROM vestibule.workspaces w WHERE w.tenant_id = OLD.tenant_id AND w.id = OLD.workspace_id)
  ON CONFLICT ON CONSTRAINT former_sessions_pkey DO NOTHING;
  IF TG_OP = 'DELETE' THEN
    UPDATE vestibule.former_sessions f SET owner = OLD.owner
    WHERE f.conversation_id = OLD.id AND f.owner <> OLD.owner;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.keep_former_session() FROM PUBLIC;
CREATE TRIGGER keep_former_session AFTER DELETE ON vestibule.conversations
  FOR EACH ROW EXECUTE FUNCTION vestibule.keep_former_session();
CREATE TRIGGER keep_former_session_begun_anew AFTER UPDATE OF upstream_session ON vestibule.conversations
  FOR EACH ROW WHEN (OLD.upstream_session <> NEW.upstream_session)
  EXECUTE FUNCTION vestibule.keep_former_session();

-- Usage stays, without saying whose it was.
GRANT UPDATE (visitor) ON vestibule.usage_events TO vestibule_app;
