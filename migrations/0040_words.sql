-- ---------------------------------------------------------------- finding conversations by their words
-- Under row-level security an index of words is not used: what compares words (`@@`) is not leakproof, so each
-- conversation of the workspace was looked at. A function of the role that looks across tenants uses the index, for the
-- tenant of the transaction only.

-- The words of a text, each behind the end of its workspace's id: those of a workspace lie together, and how often others
-- use a word is neither paid for nor felt. Without the places of the words, and of a word 200 characters: PostgreSQL
-- takes no longer ones than 2 kB. src/storage/transcripts/words.rs asks in the same form.
CREATE FUNCTION vestibule.words_in(workspace uuid, words tsvector) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT array_to_tsvector(ARRAY(SELECT right(workspace::text, 8) || left(said.lexeme, 200) FROM unnest(words) AS said))
$$;

-- In the place of the index of all words, which nothing could use.
CREATE INDEX exchanges_words_in ON vestibule.exchanges USING gin (vestibule.words_in(workspace_id, words));
DROP INDEX vestibule.exchanges_words;
CREATE INDEX handovers_words_in ON vestibule.handovers
  USING gin (vestibule.words_in(workspace_id, to_tsvector('pg_catalog.simple'::regconfig, message)));

-- Conversations of the tenant's workspace with a question, an answer or a hand-over that matches, some more than once;
-- no more than `most` of each. Planned anew with each call: a word that stands everywhere is found without the index.
CREATE FUNCTION vestibule.conversations_with_words(workspace uuid, wanted text, most integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY EXECUTE $query$
    (SELECT e.conversation_id
     FROM vestibule.exchanges e
     WHERE e.tenant_id = $1
       AND e.workspace_id = $2
       AND vestibule.words_in(e.workspace_id, e.words) @@ $3
     LIMIT $4)
    UNION ALL
    (SELECT h.conversation_id
     FROM vestibule.handovers h
     WHERE h.tenant_id = $1
       AND h.workspace_id = $2
       AND vestibule.words_in(h.workspace_id, to_tsvector('pg_catalog.simple'::regconfig, h.message)) @@ $3
     LIMIT $4)
  $query$
  USING vestibule.current_tenant(), workspace, wanted::tsquery, most;
END $$;

-- Before the owner changes: afterwards both would be skipped with no more than a warning, leaving it open to PUBLIC.
REVOKE ALL ON FUNCTION vestibule.conversations_with_words(uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.conversations_with_words(uuid, text, integer) TO vestibule_app;
REVOKE ALL ON FUNCTION vestibule.words_in(uuid, tsvector) FROM PUBLIC;
-- Whoever writes a row writes the index.
GRANT EXECUTE ON FUNCTION vestibule.words_in(uuid, tsvector) TO vestibule_app, vestibule_lookup;

GRANT SELECT (tenant_id, workspace_id, conversation_id, words) ON vestibule.exchanges TO vestibule_lookup;
GRANT SELECT (tenant_id, workspace_id, conversation_id, message) ON vestibule.handovers TO vestibule_lookup;
CREATE POLICY word_lookup ON vestibule.exchanges FOR SELECT TO vestibule_lookup USING (true);
CREATE POLICY word_lookup ON vestibule.handovers FOR SELECT TO vestibule_lookup USING (true);

-- As in 0002_api_keys.sql: giving a function away takes membership in the new owner and its right to create.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.conversations_with_words(uuid, text, integer) OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
