-- Answers that broke off are recorded at once with an estimate, and corrected once AnythingLLM's figures are known.
-- Webhooks are looked after by one replica at a time, and by nobody while there are none.

-- ---------------------------------------------------------------- corrections of usage

-- Where the event of such an answer and its correction meet, whichever comes first: each locks the row, and the second
-- one sees the first. One row an answer, for as long as marks are kept.
CREATE TABLE vestibule.usage_corrections (
  tenant_id         uuid        NOT NULL,
  event_id          uuid        NOT NULL,
  is_written        boolean     NOT NULL DEFAULT false, -- the event
  prompt_tokens     integer,                            -- none: nobody has found them out
  completion_tokens integer,
  moved_at          timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT usage_corrections_pkey PRIMARY KEY (tenant_id, event_id),
  CONSTRAINT usage_corrections_tokens_whole CHECK ((prompt_tokens IS NULL) = (completion_tokens IS NULL)),
  CONSTRAINT usage_corrections_not_negative CHECK (prompt_tokens >= 0 AND completion_tokens >= 0)
);

ALTER TABLE vestibule.usage_corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_corrections FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_corrections
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.usage_corrections TO vestibule_app;

-- Nothing else of what happened is changed afterwards.
GRANT UPDATE (prompt_tokens, completion_tokens, tokens_estimated) ON vestibule.usage_events TO vestibule_app;
GRANT UPDATE (prompt_tokens, completion_tokens, tokens_estimated) ON vestibule.usage_pending TO vestibule_app;

-- ---------------------------------------------------------------- what webhooks are told
-- Of the installation: when somebody last looked what there is to tell, and what was seen of AnythingLLM then.
CREATE TABLE vestibule.webhook_watch (
  singleton  boolean     NOT NULL DEFAULT true,
  looked_at  timestamptz NOT NULL DEFAULT '-infinity',
  away_since timestamptz,                        -- none: it answered
  is_away    boolean     NOT NULL DEFAULT false, -- for so long that it is told
  CONSTRAINT webhook_watch_pkey PRIMARY KEY (singleton),
  CONSTRAINT webhook_watch_one_row CHECK (singleton),
  CONSTRAINT webhook_watch_away_since CHECK (NOT is_away OR away_since IS NOT NULL)
);
INSERT INTO vestibule.webhook_watch DEFAULT VALUES;
GRANT SELECT, UPDATE ON vestibule.webhook_watch TO vestibule_app;

-- Which tenants have any, without seeing anything else of them.
CREATE FUNCTION vestibule.webhook_tenants() RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT DISTINCT h.tenant_id FROM vestibule.webhooks h ORDER BY 1
$$;

-- Before the owner changes: afterwards both would be skipped with no more than a warning, leaving them open to PUBLIC.
REVOKE ALL ON FUNCTION vestibule.webhook_tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.webhook_tenants() TO vestibule_app;

GRANT SELECT (tenant_id) ON vestibule.webhooks TO vestibule_lookup;
CREATE POLICY webhook_tenants ON vestibule.webhooks FOR SELECT TO vestibule_lookup USING (true);

-- As in 0002_api_keys.sql: giving a function away takes membership in the new owner and its right to create.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.webhook_tenants() OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
