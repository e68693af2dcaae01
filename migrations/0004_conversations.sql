-- Conversations: which session of AnythingLLM belongs to whose session id. The text itself stays in AnythingLLM.

CREATE TABLE vestibule.conversations (
  id               uuid        NOT NULL,
  tenant_id        uuid        NOT NULL,
  workspace_id     uuid        NOT NULL,
  owner            text        NOT NULL, -- a kind and an id: `key:<uuid>`
  visitor          text,                 -- pseudonymous
  session_id       text        NOT NULL, -- the client's own; means something only within its owner
  upstream_session text        NOT NULL, -- random, not derived from anything, shown to nobody
  message_count    integer     NOT NULL DEFAULT 0, -- for people; a batch written twice may count twice
  started_at       timestamptz NOT NULL,
  last_at          timestamptz NOT NULL,
  CONSTRAINT conversations_pkey PRIMARY KEY (id),
  CONSTRAINT conversations_session_key UNIQUE (tenant_id, workspace_id, owner, session_id),
  CONSTRAINT conversations_upstream_session_key UNIQUE (upstream_session),
  CONSTRAINT conversations_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT conversations_owner_format CHECK (owner ~ '^[a-z]{1,16}:[^/]{1,128}$'),
  CONSTRAINT conversations_visitor_length CHECK (length(visitor) BETWEEN 1 AND 128),
  CONSTRAINT conversations_session_id_length CHECK (length(session_id) BETWEEN 1 AND 128),
  CONSTRAINT conversations_upstream_session_length CHECK (length(upstream_session) BETWEEN 16 AND 128),
  CONSTRAINT conversations_upstream_session_own CHECK (upstream_session <> session_id),
  CONSTRAINT conversations_message_count_range CHECK (message_count >= 0),
  CONSTRAINT conversations_last_after_start CHECK (last_at >= started_at)
);

ALTER TABLE vestibule.conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.conversations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.conversations
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.conversations TO vestibule_app;

-- ---------------------------------------------------------------- one round trip each
-- These three run with the caller's rights. They set the tenant themselves, so that the chat path needs neither
-- BEGIN nor COMMIT: the setting ends with the statement's own transaction.

-- The conversation of a session id; makes it when there is none. However many ask at once, all get the same.
CREATE FUNCTION vestibule.open_conversation(
  for_tenant uuid, for_workspace uuid, for_owner text, for_visitor text, for_session text,
  fresh_id uuid, fresh_upstream_session text, at timestamptz)
RETURNS TABLE (id uuid, upstream_session text, created boolean)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  LOOP
    RETURN QUERY
    SELECT c.id, c.upstream_session, false
    FROM vestibule.conversations c
    WHERE c.tenant_id = for_tenant AND c.workspace_id = for_workspace AND c.owner = for_owner
      AND c.session_id = for_session;
    IF FOUND THEN RETURN; END IF;

    RETURN QUERY
    INSERT INTO vestibule.conversations AS c
      (id, tenant_id, workspace_id, owner, visitor, session_id, upstream_session, started_at, last_at)
    VALUES
      (fresh_id, for_tenant, for_workspace, for_owner, for_visitor, for_session, fresh_upstream_session, at, at)
    ON CONFLICT ON CONSTRAINT conversations_session_key DO NOTHING
    RETURNING c.id, c.upstream_session, true;
    IF FOUND THEN RETURN; END IF;
    -- Somebody else was first and has committed: the next look sees it, unless it is deleted just then.
  END LOOP;
END $$;

CREATE FUNCTION vestibule.find_conversation(
  for_tenant uuid, for_workspace uuid, for_owner text, for_session text)
RETURNS TABLE (id uuid, upstream_session text)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  RETURN QUERY
  SELECT c.id, c.upstream_session
  FROM vestibule.conversations c
  WHERE c.tenant_id = for_tenant AND c.workspace_id = for_workspace AND c.owner = for_owner
    AND c.session_id = for_session;
END $$;

-- Starts the conversation anew under another upstream session. Says whether there was one.
CREATE FUNCTION vestibule.reset_conversation(
  for_tenant uuid, for_workspace uuid, for_owner text, for_session text,
  fresh_upstream_session text, at timestamptz)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  UPDATE vestibule.conversations c
  SET upstream_session = fresh_upstream_session,
      message_count = 0,
      started_at = at,
      last_at = at
  WHERE c.tenant_id = for_tenant AND c.workspace_id = for_workspace AND c.owner = for_owner
    AND c.session_id = for_session;
  RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION
  vestibule.open_conversation(uuid, uuid, text, text, text, uuid, text, timestamptz),
  vestibule.find_conversation(uuid, uuid, text, text),
  vestibule.reset_conversation(uuid, uuid, text, text, text, timestamptz)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.open_conversation(uuid, uuid, text, text, text, uuid, text, timestamptz),
  vestibule.find_conversation(uuid, uuid, text, text),
  vestibule.reset_conversation(uuid, uuid, text, text, text, timestamptz)
  TO vestibule_app;

-- ---------------------------------------------------------------- telling
-- A digest, because the session id is what keeps the shoppers behind one key apart: it is not for every listener.
-- Neither uuid nor owner holds a slash, so two different triples never make the same text.
CREATE FUNCTION vestibule.tell_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'conversation', 'id', encode(sha256(convert_to(
    OLD.workspace_id || '/' || OLD.owner || '/' || OLD.session_id, 'UTF8')), 'hex'))::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.tell_conversation() FROM PUBLIC;

CREATE TRIGGER tell_reset_or_gone AFTER DELETE OR UPDATE OF upstream_session ON vestibule.conversations
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_conversation();
