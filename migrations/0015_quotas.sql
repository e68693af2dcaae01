-- What keys have used of their quotas, by day. A month is the sum of its days. Counted only for keys that have a quota.

CREATE TABLE vestibule.quota_days (
  tenant_id  uuid   NOT NULL,
  api_key_id uuid   NOT NULL,
  day        date   NOT NULL, -- UTC
  messages   bigint NOT NULL DEFAULT 0,
  tokens     bigint NOT NULL DEFAULT 0, -- with what is reserved for answers that are still running
  CONSTRAINT quota_days_pkey PRIMARY KEY (tenant_id, api_key_id, day),
  CONSTRAINT quota_days_key_fkey FOREIGN KEY (tenant_id, api_key_id)
    REFERENCES vestibule.api_keys (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT quota_days_not_negative CHECK (messages >= 0 AND tokens >= 0)
);

ALTER TABLE vestibule.quota_days ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.quota_days FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.quota_days
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.quota_days TO vestibule_app;

-- Takes one message and reserves tokens for its answer, if no quota is used up; says what was used before. One round trip,
-- with the caller's rights, as the functions of 0004_conversations.sql.
CREATE FUNCTION vestibule.take_quota(
  for_tenant uuid, for_key uuid, today date, wanted_tokens bigint,
  most_messages_day bigint, most_messages_month bigint, most_tokens_day bigint, most_tokens_month bigint)
RETURNS TABLE (
  granted boolean, reserved bigint, messages_day bigint, messages_month bigint, tokens_day bigint, tokens_month bigint)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
DECLARE
  one boolean;
  keep bigint;
  md bigint; mm bigint; td bigint; tm bigint;
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  -- One at a time for each key, also over midnight, when another row counts.
  PERFORM pg_advisory_xact_lock(hashtextextended(for_key::text, 17));
  SELECT
    coalesce(sum(q.messages) FILTER (WHERE q.day = today), 0),
    coalesce(sum(q.messages), 0),
    coalesce(sum(q.tokens) FILTER (WHERE q.day = today), 0),
    coalesce(sum(q.tokens), 0)
  INTO md, mm, td, tm
  FROM vestibule.quota_days q
  WHERE q.tenant_id = for_tenant AND q.api_key_id = for_key
    AND q.day BETWEEN date_trunc('month', today)::date AND today;
  -- An absent quota is none.
  one := md < coalesce(most_messages_day, md + 1) AND mm < coalesce(most_messages_month, mm + 1)
    AND td < coalesce(most_tokens_day, td + 1) AND tm < coalesce(most_tokens_month, tm + 1);
  -- Never more than is left: the last answer may use what nobody else can.
  keep := CASE WHEN one THEN least(wanted_tokens, most_tokens_day - td, most_tokens_month - tm) ELSE 0 END;
  IF one THEN
    INSERT INTO vestibule.quota_days AS q (tenant_id, api_key_id, day, messages, tokens)
    VALUES (for_tenant, for_key, today, 1, keep)
    ON CONFLICT ON CONSTRAINT quota_days_pkey DO UPDATE
    SET messages = q.messages + 1, tokens = q.tokens + keep;
  END IF;
  RETURN QUERY SELECT one, keep, md, mm, td, tm;
END $$;

REVOKE ALL ON FUNCTION
  vestibule.take_quota(uuid, uuid, date, bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.take_quota(uuid, uuid, date, bigint, bigint, bigint, bigint, bigint) TO vestibule_app;
