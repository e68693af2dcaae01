-- Answers that broke off are recorded at once with an estimate, and corrected once AnythingLLM's figures are known.

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
