-- Chats reserve the worst that an answer of their workspace may take, so that those that run at the same time cannot
-- together use more than is left. Days are those of this server's clock.

-- Of `tokens`, what is reserved for answers that are still running: it may come back.
ALTER TABLE vestibule.quota_days ADD COLUMN reserved bigint NOT NULL DEFAULT 0;

-- The most tokens that an answer of a workspace took, of late.
CREATE TABLE vestibule.answer_tokens (
  tenant_id    uuid   NOT NULL,
  workspace_id uuid   NOT NULL,
  prompt       bigint NOT NULL,
  completion   bigint NOT NULL,
  since        date   NOT NULL, -- begins anew after a month
  CONSTRAINT answer_tokens_pkey PRIMARY KEY (tenant_id, workspace_id),
  CONSTRAINT answer_tokens_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT answer_tokens_not_negative CHECK (prompt >= 0 AND completion >= 0)
);

ALTER TABLE vestibule.answer_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.answer_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.answer_tokens
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.answer_tokens TO vestibule_app;

-- What a key has used, today and this month.
CREATE FUNCTION vestibule.quota_used(for_tenant uuid, for_key uuid, today date)
RETURNS TABLE (
  messages_day bigint, messages_month bigint, tokens_day bigint, tokens_month bigint,
  reserved_day bigint, reserved_month bigint)
LANGUAGE sql STABLE ROWS 1
AS $$
  SELECT
    coalesce(sum(q.messages) FILTER (WHERE q.day = today), 0)::bigint,
    coalesce(sum(q.messages), 0)::bigint,
    coalesce(sum(q.tokens) FILTER (WHERE q.day = today), 0)::bigint,
    coalesce(sum(q.tokens), 0)::bigint,
    coalesce(sum(q.reserved) FILTER (WHERE q.day = today), 0)::bigint,
    coalesce(sum(q.reserved), 0)::bigint
  FROM vestibule.quota_days q
  WHERE q.tenant_id = for_tenant AND q.api_key_id = for_key
    AND q.day BETWEEN date_trunc('month', today)::date AND today
$$;

-- Takes one message and reserves tokens for its answer, if no quota is used up; says what was used before. With a longest
-- completion the whole of what an answer may take must be there; without one, anything. One round trip, with the caller's
-- rights. The function `take_quota` is the one of the version before.
CREATE FUNCTION vestibule.reserve_quota(
  for_tenant uuid, for_key uuid, for_workspace uuid,
  least_prompt bigint, question bigint, least_completion bigint, longest_completion bigint,
  most_messages_day bigint, most_messages_month bigint, most_tokens_day bigint, most_tokens_month bigint)
RETURNS TABLE (
  granted boolean, at timestamptz, wanted bigint, reserved bigint, completion bigint,
  messages_day bigint, messages_month bigint, tokens_day bigint, tokens_month bigint,
  reserved_day bigint, reserved_month bigint)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
DECLARE
  now_at timestamptz;
  today date;
  one boolean;
  keep bigint := 0;
  expected bigint;
  worst bigint;
  used record;
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  -- One at a time for each key, also over midnight, when another row counts.
  PERFORM pg_advisory_xact_lock(hashtextextended(for_key::text, 17));
  now_at := clock_timestamp();
  today := (now_at AT TIME ZONE 'UTC')::date;
  SELECT * INTO used FROM vestibule.quota_used(for_tenant, for_key, today);
  SELECT
    coalesce(longest_completion, greatest(max(a.completion), least_completion)),
    greatest(max(a.prompt), least_prompt) + question
  INTO expected, worst
  FROM vestibule.answer_tokens a
  WHERE a.tenant_id = for_tenant AND a.workspace_id = for_workspace;
  worst := worst + expected;
  -- An absent quota is none.
  one := used.messages_day < coalesce(most_messages_day, used.messages_day + 1)
    AND used.messages_month < coalesce(most_messages_month, used.messages_month + 1)
    AND used.tokens_day < coalesce(most_tokens_day, used.tokens_day + 1)
    AND used.tokens_month < coalesce(most_tokens_month, used.tokens_month + 1);
  IF longest_completion IS NOT NULL THEN
    one := one
      AND used.tokens_day + worst <= coalesce(most_tokens_day, used.tokens_day + worst)
      AND used.tokens_month + worst <= coalesce(most_tokens_month, used.tokens_month + worst);
  END IF;
  IF one THEN
    -- Never more than is left: the last answer may use what nobody else can.
    keep := least(worst, most_tokens_day - used.tokens_day, most_tokens_month - used.tokens_month);
    INSERT INTO vestibule.quota_days AS q (tenant_id, api_key_id, day, messages, tokens, reserved)
    VALUES (for_tenant, for_key, today, 1, keep, keep)
    ON CONFLICT ON CONSTRAINT quota_days_pkey DO UPDATE
    SET messages = q.messages + 1, tokens = q.tokens + keep, reserved = q.reserved + keep;
  END IF;
  RETURN QUERY SELECT one, now_at, CASE WHEN longest_completion IS NULL THEN 0 ELSE worst END, keep, expected,
    used.messages_day, used.messages_month, used.tokens_day, used.tokens_month, used.reserved_day, used.reserved_month;
END $$;

-- Reserves more for an answer that goes on, as far as there is something left; says what was used before.
CREATE FUNCTION vestibule.extend_quota(
  for_tenant uuid, for_key uuid, of_day date, more bigint, most_tokens_day bigint, most_tokens_month bigint)
RETURNS TABLE (
  reserved bigint, at timestamptz, tokens_day bigint, tokens_month bigint, reserved_day bigint, reserved_month bigint)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
DECLARE
  keep bigint;
  used record;
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  PERFORM pg_advisory_xact_lock(hashtextextended(for_key::text, 17));
  SELECT * INTO used FROM vestibule.quota_used(for_tenant, for_key, of_day);
  keep := greatest(least(more, most_tokens_day - used.tokens_day, most_tokens_month - used.tokens_month), 0);
  UPDATE vestibule.quota_days q
  SET tokens = q.tokens + keep, reserved = q.reserved + keep
  WHERE q.tenant_id = for_tenant AND q.api_key_id = for_key AND q.day = of_day;
  RETURN QUERY SELECT keep, clock_timestamp(), used.tokens_day, used.tokens_month, used.reserved_day, used.reserved_month;
END $$;

REVOKE ALL ON FUNCTION vestibule.quota_used(uuid, uuid, date) FROM PUBLIC;
REVOKE ALL ON FUNCTION vestibule.reserve_quota(
  uuid, uuid, uuid, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION vestibule.extend_quota(uuid, uuid, date, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.quota_used(uuid, uuid, date) TO vestibule_app;
GRANT EXECUTE ON FUNCTION vestibule.reserve_quota(
  uuid, uuid, uuid, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint) TO vestibule_app;
GRANT EXECUTE ON FUNCTION vestibule.extend_quota(uuid, uuid, date, bigint, bigint, bigint) TO vestibule_app;
