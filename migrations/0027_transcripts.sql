-- Transcripts: what was asked and answered, for those who run a shop. Words are kept only where the workspace says so
-- (`store_transcripts`); how an exchange ended is kept in any case.

-- One row a conversation in which something was asked. Gone with its conversation.
CREATE TABLE vestibule.transcripts (
  conversation_id uuid        NOT NULL,
  tenant_id       uuid        NOT NULL,
  workspace_id    uuid        NOT NULL,
  last_at         timestamptz NOT NULL, -- of its newest question
  solved          boolean     NOT NULL DEFAULT false,
  note            text,                 -- of the staff
  version         bigint      NOT NULL DEFAULT 1, -- of what staff set
  CONSTRAINT transcripts_pkey PRIMARY KEY (conversation_id),
  CONSTRAINT transcripts_tenant_key UNIQUE (tenant_id, conversation_id),
  CONSTRAINT transcripts_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT transcripts_note_length CHECK (length(note) BETWEEN 1 AND 4000),
  CONSTRAINT transcripts_version_positive CHECK (version > 0)
);
CREATE INDEX transcripts_newest ON vestibule.transcripts (tenant_id, workspace_id, last_at DESC, conversation_id DESC);

-- A question with its answer.
CREATE TABLE vestibule.exchanges (
  id                uuid        NOT NULL, -- the answer's, as clients know it
  tenant_id         uuid        NOT NULL,
  workspace_id      uuid        NOT NULL,
  conversation_id   uuid        NOT NULL,
  at                timestamptz NOT NULL, -- the question arrived
  outcome           text        NOT NULL,
  code              text,                 -- of the error, if it failed
  api_key_id        uuid,
  user_id           bigint,
  origin            text,
  locale            text,
  cached            boolean     NOT NULL,
  prompt_tokens     integer,
  completion_tokens integer,
  history_tail      bytea,                -- what the answer's id in the conversation's history ends with
  question          text,                 -- none of the words are there where the workspace keeps none
  question_cut      boolean     NOT NULL, -- it was longer
  answer            text,
  answer_cut        boolean     NOT NULL,
  sources           jsonb,
  gist              text,                 -- the question's words in one form: what gaps are grouped by
  words             tsvector    GENERATED ALWAYS AS (
    to_tsvector('pg_catalog.simple'::regconfig, coalesce(question, '') || ' ' || coalesce(answer, ''))) STORED,
  feedback          text,
  feedback_reason   text,
  feedback_at       timestamptz,
  CONSTRAINT exchanges_pkey PRIMARY KEY (id),
  CONSTRAINT exchanges_transcript_fkey FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES vestibule.transcripts (tenant_id, conversation_id) ON DELETE CASCADE,
  CONSTRAINT exchanges_outcome_known CHECK (outcome IN ('answered', 'refused', 'failed', 'left')),
  CONSTRAINT exchanges_failed_whole CHECK ((outcome = 'failed') = (code IS NOT NULL)),
  CONSTRAINT exchanges_code_length CHECK (length(code) BETWEEN 1 AND 64),
  CONSTRAINT exchanges_origin_length CHECK (length(origin) <= 300),
  CONSTRAINT exchanges_locale_length CHECK (length(locale) <= 64),
  CONSTRAINT exchanges_tokens_range CHECK (prompt_tokens >= 0 AND completion_tokens >= 0),
  CONSTRAINT exchanges_history_tail_length CHECK (octet_length(history_tail) = 10),
  CONSTRAINT exchanges_words_whole CHECK (question IS NOT NULL OR (answer IS NULL AND sources IS NULL AND gist IS NULL)),
  CONSTRAINT exchanges_gist_length CHECK (length(gist) BETWEEN 1 AND 400),
  CONSTRAINT exchanges_feedback_known CHECK (feedback IN ('up', 'down')),
  CONSTRAINT exchanges_feedback_whole CHECK (
    (feedback IS NULL) = (feedback_at IS NULL) AND (feedback IS NOT NULL OR feedback_reason IS NULL)),
  CONSTRAINT exchanges_feedback_reason_length CHECK (length(feedback_reason) BETWEEN 1 AND 1000)
);
CREATE INDEX exchanges_conversation ON vestibule.exchanges (tenant_id, conversation_id, at);
CREATE INDEX exchanges_workspace ON vestibule.exchanges (tenant_id, workspace_id, at DESC, id DESC);
CREATE INDEX exchanges_words ON vestibule.exchanges USING gin (words);
CREATE INDEX exchanges_history ON vestibule.exchanges (history_tail) WHERE history_tail IS NOT NULL;

ALTER TABLE vestibule.transcripts ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.transcripts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.transcripts
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.transcripts TO vestibule_app;

ALTER TABLE vestibule.exchanges ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.exchanges FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.exchanges
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.exchanges TO vestibule_app;

-- No foreign key: `conversations` is large where an installation is old, and has no key with the tenant in it. Whoever
-- writes a transcript locks the row of its conversation, so that neither outlives the other.
CREATE FUNCTION vestibule.drop_transcript() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM vestibule.transcripts t WHERE t.conversation_id = OLD.id;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.drop_transcript() FROM PUBLIC;
CREATE TRIGGER drop_transcript AFTER DELETE ON vestibule.conversations
  FOR EACH ROW EXECUTE FUNCTION vestibule.drop_transcript();

-- ---------------------------------------------------------------- new scopes
-- Looser than before, so that nothing need be looked at. Keys that exist get none of them: a replica of the version
-- before could not read such a key.
ALTER TABLE vestibule.api_keys
  DROP CONSTRAINT api_keys_scopes_known,
  DROP CONSTRAINT api_keys_publishable_scopes,
  ADD CONSTRAINT api_keys_scopes_known CHECK (scopes <@ ARRAY[
    'chat:write', 'messages:read', 'knowledge:query', 'widget:read', 'feedback:write',
    'workspaces:read', 'workspaces:write', 'documents:write', 'conversations:read', 'keys:read', 'keys:write',
    'usage:read', 'privacy:erase']) NOT VALID,
  ADD CONSTRAINT api_keys_publishable_scopes CHECK (kind = 'secret' OR scopes <@ ARRAY[
    'chat:write', 'messages:read', 'knowledge:query', 'widget:read', 'feedback:write']) NOT VALID;
