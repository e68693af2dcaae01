-- Usage as numbers: what the events lack, what waits to be added up, the sums by hour and day, and partitions by day.

-- ---------------------------------------------------------------- what the events lack
ALTER TABLE vestibule.usage_events
  ADD COLUMN user_id bigint,
  ADD COLUMN origin  text,
  ADD COLUMN cache   text,
  ADD CONSTRAINT usage_events_user_id_positive CHECK (user_id >= 1),
  ADD CONSTRAINT usage_events_origin_length CHECK (length(origin) BETWEEN 1 AND 300),
  ADD CONSTRAINT usage_events_cache_known CHECK (cache IN ('hit', 'miss', 'bypass', 'stale'));

-- ---------------------------------------------------------------- what waits to be added up
-- A copy of what the sums need of each event, taken in the transaction that writes the event and removed in the one that
-- adds it to the sums: so each event is either here or there, whoever wrote it and however late.
CREATE TABLE vestibule.usage_pending (
  tenant_id         uuid        NOT NULL,
  id                uuid        NOT NULL,
  at                timestamptz NOT NULL,
  workspace_id      uuid,
  api_key_id        uuid,
  route             text        NOT NULL,
  outcome           text        NOT NULL,
  http_status       smallint    NOT NULL,
  origin            text,
  cache             text,
  prompt_tokens     integer,
  completion_tokens integer,
  tokens_estimated  boolean,
  first_byte_us     bigint,
  total_us          bigint      NOT NULL,
  gateway_us        bigint      NOT NULL,
  bytes_out         bigint      NOT NULL,
  CONSTRAINT usage_pending_pkey PRIMARY KEY (tenant_id, at, id)
);

-- Events from before this migration wait, too. Without FORCE the owner sees those of all tenants.
ALTER TABLE vestibule.usage_events NO FORCE ROW LEVEL SECURITY;
INSERT INTO vestibule.usage_pending
  (tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, prompt_tokens, completion_tokens,
   tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out)
SELECT
  tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, prompt_tokens, completion_tokens,
  tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out
FROM vestibule.usage_events;
ALTER TABLE vestibule.usage_events FORCE ROW LEVEL SECURITY;

ALTER TABLE vestibule.usage_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_pending FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_pending
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, DELETE ON vestibule.usage_pending TO vestibule_app;

-- A trigger and not the writer's statement: replicas of the version before write events, too. Those that were there
-- already (ON CONFLICT DO NOTHING) are not among `written`.
CREATE FUNCTION vestibule.await_usage_rollup() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO vestibule.usage_pending
    (tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
     completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out)
  SELECT
    tenant_id, id, at, workspace_id, api_key_id, route, outcome, http_status, origin, cache, prompt_tokens,
    completion_tokens, tokens_estimated, first_byte_us, total_us, gateway_us, bytes_out
  FROM written;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.await_usage_rollup() FROM PUBLIC;
CREATE TRIGGER await_rollup AFTER INSERT ON vestibule.usage_events
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION vestibule.await_usage_rollup();

-- ---------------------------------------------------------------- the sums
-- Each event is in one row of each granularity, scope and dimension: an answer reads rows of one combination only. The
-- nil UUID and the empty text stand for none, so that they can be part of the key.
CREATE TABLE vestibule.usage_rollups (
  tenant_id         uuid        NOT NULL,
  granularity       text        NOT NULL,
  scope             text        NOT NULL,
  dimension         text        NOT NULL,
  starts_at         timestamptz NOT NULL,
  workspace_id      uuid        NOT NULL,
  api_key_id        uuid        NOT NULL,
  value             text        NOT NULL,
  requests          bigint      NOT NULL,
  refused           bigint      NOT NULL,
  outcomes          jsonb       NOT NULL, -- {outcome: requests}
  prompt_tokens     bigint      NOT NULL,
  completion_tokens bigint      NOT NULL,
  tokens_estimated  bigint      NOT NULL, -- requests whose tokens were not reported
  cache_hits        bigint      NOT NULL,
  cache_misses      bigint      NOT NULL,
  bytes_out         bigint      NOT NULL,
  first_byte        bytea       NOT NULL, -- histograms of microseconds: src/domain/histogram.rs
  total             bytea       NOT NULL,
  gateway           bytea       NOT NULL,
  CONSTRAINT usage_rollups_pkey
    PRIMARY KEY (tenant_id, granularity, scope, dimension, starts_at, workspace_id, api_key_id, value),
  CONSTRAINT usage_rollups_granularity_known CHECK (granularity IN ('hour', 'day')),
  CONSTRAINT usage_rollups_scope_known CHECK (scope IN ('tenant', 'workspace', 'key')),
  CONSTRAINT usage_rollups_dimension_known CHECK (dimension IN ('none', 'outcome', 'route', 'origin')),
  CONSTRAINT usage_rollups_value_length CHECK (length(value) <= 300),
  CONSTRAINT usage_rollups_outcomes_object CHECK (jsonb_typeof(outcomes) = 'object'),
  CONSTRAINT usage_rollups_not_negative CHECK (
    requests >= 1 AND refused >= 0 AND prompt_tokens >= 0 AND completion_tokens >= 0 AND tokens_estimated >= 0
    AND cache_hits >= 0 AND cache_misses >= 0 AND bytes_out >= 0)
) WITH (fillfactor = 80);

ALTER TABLE vestibule.usage_rollups ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_rollups FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_rollups
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.usage_rollups TO vestibule_app;

-- ---------------------------------------------------------------- partitions
-- Making and dropping tables takes their owner, which the gateway's role is not: two functions that do just that, for
-- `usage_events` and by the server's own clock. Both return at once while another replica is at it, and wait no longer
-- than two seconds for requests that use the table.

-- Makes the partitions of today and of some days to come, and moves into their day the events that lie in the default
-- partition.
CREATE FUNCTION vestibule.make_usage_partitions(days_ahead integer, days_kept integer, OUT made integer, OUT moved bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
  today  date := now()::date;
  day    date;
  part   text;
  strays boolean;
  n      bigint;
BEGIN
  made := 0;
  moved := 0;
  IF days_ahead IS NULL OR days_ahead NOT BETWEEN 1 AND 31 OR days_kept IS NULL OR days_kept < 1 THEN
    RAISE EXCEPTION 'a number of days is out of range';
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('vestibule.usage_partitions', 0)) THEN
    RETURN;
  END IF;
  -- Row-level security is forced for the owner, who would see no events: lifted for this transaction, which alone has
  -- the table.
  strays := pg_relation_size('vestibule.usage_events_default') > 0;
  IF strays THEN
    LOCK TABLE vestibule.usage_events IN SHARE UPDATE EXCLUSIVE MODE;
    LOCK TABLE vestibule.usage_events_default IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE vestibule.usage_events_default NO FORCE ROW LEVEL SECURITY;
    -- Older than what is kept: they have no partition any more. Their sums are elsewhere.
    DELETE FROM vestibule.usage_events_default WHERE at < today - days_kept;
  END IF;
  FOR day IN
    SELECT d::date FROM generate_series(today, today + days_ahead, interval '1 day') AS d
    UNION
    SELECT DISTINCT at::date FROM vestibule.usage_events_default WHERE strays AND at < today
    ORDER BY 1
  LOOP
    part := 'usage_events_p' || to_char(day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('vestibule.' || part) IS NOT NULL;
    EXECUTE format(
      'CREATE TABLE vestibule.%I (LIKE vestibule.usage_events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    IF strays THEN
      EXECUTE format(
        'WITH stray AS (DELETE FROM vestibule.usage_events_default WHERE at >= $1 AND at < $2 RETURNING *)
         INSERT INTO vestibule.%I SELECT * FROM stray', part) USING day::timestamptz, (day + 1)::timestamptz;
      GET DIAGNOSTICS n = ROW_COUNT;
      moved := moved + n;
    END IF;
    -- The parent's policy does not hold for whoever names the partition.
    EXECUTE format('ALTER TABLE vestibule.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    EXECUTE format(
      'CREATE POLICY tenant_isolation ON vestibule.%I
         USING (tenant_id = (SELECT vestibule.current_tenant()))
         WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()))', part);
    -- Unlike CREATE TABLE ... PARTITION OF this lets requests go on writing.
    EXECUTE format(
      'ALTER TABLE vestibule.usage_events ATTACH PARTITION vestibule.%I FOR VALUES FROM (%L) TO (%L)',
      part, day::timestamptz, (day + 1)::timestamptz);
    made := made + 1;
  END LOOP;
  IF strays THEN
    ALTER TABLE vestibule.usage_events_default FORCE ROW LEVEL SECURITY;
  END IF;
END $$;

-- Drops the partitions of days that ended so many days ago.
CREATE FUNCTION vestibule.drop_usage_partitions(days_kept integer, OUT dropped integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
  part text;
BEGIN
  dropped := 0;
  IF days_kept IS NULL OR days_kept < 1 THEN
    RAISE EXCEPTION 'a number of days is out of range';
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended('vestibule.usage_partitions', 0)) THEN
    RETURN;
  END IF;
  FOR part IN
    SELECT c.relname
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'vestibule.usage_events'::regclass
      AND c.relname ~ '^usage_events_p[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < now()::date - days_kept
    ORDER BY 1
  LOOP
    EXECUTE format('DROP TABLE vestibule.%I', part);
    dropped := dropped + 1;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION
  vestibule.make_usage_partitions(integer, integer), vestibule.drop_usage_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.make_usage_partitions(integer, integer), vestibule.drop_usage_partitions(integer) TO vestibule_app;
