-- What the inbox is filtered by, and what became of gaps and documents.

-- ---------------------------------------------------------------- whose questions
-- Asked by staff in the playground: no shopper's.
ALTER TABLE vestibule.transcripts ADD COLUMN staff boolean NOT NULL DEFAULT false;

-- ---------------------------------------------------------------- what a list is filtered by
-- A row for each thing that can be said of a conversation, in the order in which conversations are listed: a filter reads
-- the conversations that it means and not all others. It may say more than is so (a thumb that was taken back): whoever
-- reads looks at the exchanges, too.
CREATE TABLE vestibule.transcript_traits (
  tenant_id       uuid        NOT NULL,
  workspace_id    uuid        NOT NULL,
  conversation_id uuid        NOT NULL,
  trait           text        NOT NULL,
  last_at         timestamptz NOT NULL, -- of the conversation
  CONSTRAINT transcript_traits_pkey PRIMARY KEY (tenant_id, conversation_id, trait),
  CONSTRAINT transcript_traits_transcript_fkey FOREIGN KEY (tenant_id, conversation_id)
    REFERENCES vestibule.transcripts (tenant_id, conversation_id) ON DELETE CASCADE,
  CONSTRAINT transcript_traits_trait_length CHECK (length(trait) BETWEEN 1 AND 400)
);
CREATE INDEX transcript_traits_newest
  ON vestibule.transcript_traits (tenant_id, workspace_id, trait, last_at DESC, conversation_id DESC);

-- Of a language also what it is one of: `de` of `de-AT`.
CREATE FUNCTION vestibule.traits_of(
  outcome text, feedback text, api_key_id uuid, origin text, locale text, handed_over boolean
) RETURNS SETOF text LANGUAGE sql STABLE PARALLEL SAFE ROWS 6
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT trait
  FROM (
    VALUES
      (CASE WHEN outcome IN ('refused', 'failed') THEN outcome END),
      (feedback),
      ('key ' || api_key_id),
      ('origin ' || origin),
      (CASE WHEN handed_over THEN 'handed_over' END)
  ) AS said(trait)
  WHERE trait IS NOT NULL
  UNION
  SELECT 'locale ' || array_to_string((string_to_array(lower(locale), '-'))[1:n], '-')
  FROM generate_series(1, least(cardinality(string_to_array(locale, '-')), 8)) AS n
  WHERE locale <> ''
$$;
REVOKE ALL ON FUNCTION vestibule.traits_of(text, text, uuid, text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.traits_of(text, text, uuid, text, text, boolean) TO vestibule_app;

-- Conversations from before this migration. Without FORCE the owner sees those of all tenants.
ALTER TABLE vestibule.transcripts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vestibule.exchanges NO FORCE ROW LEVEL SECURITY;
ALTER TABLE vestibule.handovers NO FORCE ROW LEVEL SECURITY;
INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
SELECT DISTINCT t.tenant_id, t.workspace_id, t.conversation_id, said.trait, t.last_at
FROM (
  SELECT tenant_id, conversation_id, outcome, feedback, api_key_id, origin, locale, false AS handed_over
  FROM vestibule.exchanges
  UNION ALL
  SELECT tenant_id, conversation_id, NULL, NULL, api_key_id, origin, locale, true
  FROM vestibule.handovers
) AS e
JOIN vestibule.transcripts t USING (tenant_id, conversation_id)
CROSS JOIN vestibule.traits_of(e.outcome, e.feedback, e.api_key_id, e.origin, e.locale, e.handed_over) AS said(trait)
UNION ALL
SELECT tenant_id, workspace_id, conversation_id, 'solved', last_at
FROM vestibule.transcripts
WHERE solved;
ALTER TABLE vestibule.transcripts FORCE ROW LEVEL SECURITY;
ALTER TABLE vestibule.exchanges FORCE ROW LEVEL SECURITY;
ALTER TABLE vestibule.handovers FORCE ROW LEVEL SECURITY;

ALTER TABLE vestibule.transcript_traits ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.transcript_traits FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.transcript_traits
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.transcript_traits TO vestibule_app;

-- Triggers and not the writer's statements: replicas of the version before write exchanges, too.
CREATE FUNCTION vestibule.note_traits() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
  SELECT t.tenant_id, t.workspace_id, t.conversation_id, said.trait, t.last_at
  FROM vestibule.transcripts t
  CROSS JOIN vestibule.traits_of(NEW.outcome, NEW.feedback, NEW.api_key_id, NEW.origin, NEW.locale, false) AS said(trait)
  WHERE t.tenant_id = NEW.tenant_id
    AND t.conversation_id = NEW.conversation_id
  ON CONFLICT ON CONSTRAINT transcript_traits_pkey DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION vestibule.note_handover_traits() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
  SELECT t.tenant_id, t.workspace_id, t.conversation_id, said.trait, t.last_at
  FROM vestibule.transcripts t
  CROSS JOIN vestibule.traits_of(NULL, NULL, NEW.api_key_id, NEW.origin, NEW.locale, true) AS said(trait)
  WHERE t.tenant_id = NEW.tenant_id
    AND t.conversation_id = NEW.conversation_id
  ON CONFLICT ON CONSTRAINT transcript_traits_pkey DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION vestibule.move_traits() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE vestibule.transcript_traits
  SET last_at = NEW.last_at
  WHERE tenant_id = NEW.tenant_id
    AND conversation_id = NEW.conversation_id;
  INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
  SELECT NEW.tenant_id, NEW.workspace_id, NEW.conversation_id, said.trait, NEW.last_at
  FROM (VALUES ('solved', NEW.solved), ('staff', NEW.staff)) AS said(trait, is_so)
  WHERE said.is_so
  ON CONFLICT ON CONSTRAINT transcript_traits_pkey DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.note_traits(), vestibule.note_handover_traits(), vestibule.move_traits() FROM PUBLIC;
CREATE TRIGGER note_traits AFTER INSERT OR UPDATE OF feedback ON vestibule.exchanges
  FOR EACH ROW EXECUTE FUNCTION vestibule.note_traits();
CREATE TRIGGER note_traits AFTER INSERT ON vestibule.handovers
  FOR EACH ROW EXECUTE FUNCTION vestibule.note_handover_traits();
CREATE TRIGGER begin_traits AFTER INSERT ON vestibule.transcripts
  FOR EACH ROW WHEN (NEW.staff OR NEW.solved) EXECUTE FUNCTION vestibule.move_traits();
CREATE TRIGGER move_traits AFTER UPDATE OF last_at, solved, staff ON vestibule.transcripts
  FOR EACH ROW WHEN (OLD.last_at <> NEW.last_at OR OLD.solved <> NEW.solved OR OLD.staff <> NEW.staff)
  EXECUTE FUNCTION vestibule.move_traits();

-- ---------------------------------------------------------------- gaps
-- All that is counted stands in the first index, and what is shown of a group is found by the second. A person with a key
-- asked in the playground.
CREATE INDEX exchanges_gaps_by_time ON vestibule.exchanges (tenant_id, workspace_id, at)
  INCLUDE (gist)
  WHERE gist IS NOT NULL AND (outcome = 'refused' OR feedback = 'down') AND (user_id IS NULL OR api_key_id IS NULL);
CREATE INDEX exchanges_gaps ON vestibule.exchanges (tenant_id, workspace_id, gist, at DESC, id DESC)
  INCLUDE (outcome, feedback)
  WHERE gist IS NOT NULL AND (outcome = 'refused' OR feedback = 'down') AND (user_id IS NULL OR api_key_id IS NULL);

-- Those that staff has dealt with: one comes back when it is asked again. Not its words, so that nothing of a shopper's is
-- left here when their conversation is erased.
CREATE TABLE vestibule.settled_gaps (
  tenant_id    uuid        NOT NULL,
  workspace_id uuid        NOT NULL,
  digest       bytea       NOT NULL, -- SHA-256 of the words in one form
  settled_at   timestamptz NOT NULL,
  CONSTRAINT settled_gaps_pkey PRIMARY KEY (tenant_id, workspace_id, digest),
  CONSTRAINT settled_gaps_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT settled_gaps_digest_length CHECK (octet_length(digest) = 32)
);
ALTER TABLE vestibule.settled_gaps ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.settled_gaps FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.settled_gaps
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE ON vestibule.settled_gaps TO vestibule_app;

-- ---------------------------------------------------------------- documents
-- The same words are one document. None of documents from before: nobody knows their text.
ALTER TABLE vestibule.documents
  ADD COLUMN digest bytea,
  ADD CONSTRAINT documents_digest_length CHECK (octet_length(digest) = 32);
CREATE UNIQUE INDEX documents_once ON vestibule.documents (tenant_id, workspace_id, digest) WHERE digest IS NOT NULL;
