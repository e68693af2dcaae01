-- A number of each workspace that goes up whenever a query may find something else: documents were embedded or removed,
-- or something of AnythingLLM's settings changed. It is part of the name of every answer that is kept, so that kept
-- answers of an earlier number are never found again. Not `version`, which counts what staff set and is the entity tag.

ALTER TABLE vestibule.workspaces ADD COLUMN knowledge_version bigint NOT NULL DEFAULT 1;

-- Told apart from other changes: what is remembered of a workspace's keys stays as it is, and a sync that embeds for an
-- hour does not have them looked up again all the time.
CREATE FUNCTION vestibule.tell_knowledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object(
    'kind', 'knowledge', 'tenant', NEW.tenant_id, 'id', NEW.id)::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.tell_knowledge() FROM PUBLIC;

CREATE TRIGGER tell_knowledge AFTER UPDATE OF knowledge_version ON vestibule.workspaces
  FOR EACH ROW WHEN (OLD.knowledge_version IS DISTINCT FROM NEW.knowledge_version)
  EXECUTE FUNCTION vestibule.tell_knowledge();

-- Named is what is left out, so that a column added later is told without anybody thinking of it.
DROP TRIGGER tell_changed ON vestibule.workspaces;
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.workspaces
  FOR EACH ROW WHEN (to_jsonb(OLD) - 'knowledge_version' IS DISTINCT FROM to_jsonb(NEW) - 'knowledge_version')
  EXECUTE FUNCTION vestibule.tell_workspace();

-- AnythingLLM knows no tenants: a change there is of a workspace by its name there, or of all (`there` is null). Sets the
-- tenant itself, one after the other, so that row-level security holds as ever. Answers how many workspaces it was.
CREATE FUNCTION vestibule.raise_knowledge_version(there text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  tenant uuid;
  raised bigint := 0;
  of_tenant bigint;
BEGIN
  FOR tenant IN SELECT t.id FROM vestibule.tenant_ids() t LOOP
    PERFORM set_config('vestibule.tenant_id', tenant::text, true);
    UPDATE vestibule.workspaces w
    SET knowledge_version = w.knowledge_version + 1
    WHERE w.tenant_id = tenant
      AND (there IS NULL OR w.upstream_slug = there);
    GET DIAGNOSTICS of_tenant = ROW_COUNT;
    raised := raised + of_tenant;
    -- A name there belongs to one workspace here.
    EXIT WHEN there IS NOT NULL AND raised > 0;
  END LOOP;
  PERFORM set_config('vestibule.tenant_id', '', true);
  RETURN raised;
END $$;
REVOKE ALL ON FUNCTION vestibule.raise_knowledge_version(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.raise_knowledge_version(text) TO vestibule_app;

-- ---------------------------------------------------------------- first answers that were given again
-- The first question and answer of a conversation that AnythingLLM has never seen, because the answer was a kept one.
-- Sealed for the upstream session, and gone with it: a conversation that is begun anew has another.
CREATE TABLE vestibule.conversation_openings (
  upstream_session text    NOT NULL,
  tenant_id        uuid    NOT NULL,
  workspace_id     uuid    NOT NULL,
  key_id           text    NOT NULL,
  sealed           bytea   NOT NULL,
  told             boolean NOT NULL DEFAULT false, -- AnythingLLM has answered a question that came with it
  CONSTRAINT conversation_openings_pkey PRIMARY KEY (upstream_session),
  CONSTRAINT conversation_openings_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX conversation_openings_workspace ON vestibule.conversation_openings (tenant_id, workspace_id);

ALTER TABLE vestibule.conversation_openings ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.conversation_openings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.conversation_openings
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.conversation_openings TO vestibule_app;

CREATE FUNCTION vestibule.drop_opening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM vestibule.conversation_openings o WHERE o.upstream_session = OLD.upstream_session;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.drop_opening() FROM PUBLIC;

-- Only sessions that have one begin with this letter: see `UpstreamSession::opened`.
CREATE TRIGGER drop_opening AFTER DELETE ON vestibule.conversations
  FOR EACH ROW WHEN (OLD.upstream_session LIKE 'k%') EXECUTE FUNCTION vestibule.drop_opening();
CREATE TRIGGER drop_former_opening AFTER UPDATE OF upstream_session ON vestibule.conversations
  FOR EACH ROW WHEN (OLD.upstream_session LIKE 'k%' AND OLD.upstream_session <> NEW.upstream_session)
  EXECUTE FUNCTION vestibule.drop_opening();
