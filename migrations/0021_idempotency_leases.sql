-- A claim to an `Idempotency-Key` is kept alive by whoever holds it, so that one of a gateway that died is free after
-- seconds. Versions before keep their claims alive by nothing: theirs are taken over after `stale_before`, as ever.

ALTER TABLE vestibule.idempotency_keys
  ADD COLUMN beat_at    timestamptz, -- by PostgreSQL's clock; only the database's own times are compared with it
  ADD COLUMN beat_claim uuid;        -- the claim that it was a sign of life of

-- As `begin_idempotent`, but a claim that beats is taken over once it has been silent for `lease`, and asking twice with
-- the same claim is asking once.
CREATE FUNCTION vestibule.claim_idempotent(
  for_tenant uuid, for_principal text, for_key text, for_fingerprint bytea, fresh_claim uuid,
  at timestamptz, until timestamptz, stale_before timestamptz, lease interval)
RETURNS TABLE (outcome text, status smallint, body bytea)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  INSERT INTO vestibule.idempotency_keys AS i
    (tenant_id, principal, key, fingerprint, state, claim, claimed_at, expires_at, beat_at, beat_claim)
  VALUES
    (for_tenant, for_principal, for_key, for_fingerprint, 'in_progress', fresh_claim, at, until, clock_timestamp(),
     fresh_claim)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
  SET fingerprint = excluded.fingerprint,
      state = 'in_progress',
      claim = excluded.claim,
      status = NULL,
      body = NULL,
      claimed_at = excluded.claimed_at,
      expires_at = excluded.expires_at,
      beat_at = clock_timestamp(),
      beat_claim = excluded.beat_claim
  WHERE i.expires_at <= at
     OR (i.state = 'in_progress' AND i.claim = excluded.claim)
     OR (i.state = 'in_progress' AND i.fingerprint = excluded.fingerprint
         AND CASE
               WHEN i.beat_claim = i.claim THEN i.beat_at < clock_timestamp() - lease
               ELSE i.claimed_at < stale_before
             END);
  IF FOUND THEN
    RETURN QUERY SELECT 'fresh'::text, NULL::smallint, NULL::bytea;
    RETURN;
  END IF;
  -- The conflict has locked the row, so it is still there.
  RETURN QUERY
  SELECT CASE
           WHEN i.fingerprint <> for_fingerprint THEN 'mismatch'
           WHEN i.state = 'done' THEN 'replay'
           ELSE 'in_flight'
         END,
         i.status,
         i.body
  FROM vestibule.idempotency_keys i
  WHERE i.tenant_id = for_tenant AND i.principal = for_principal AND i.key = for_key;
END $$;
REVOKE ALL ON FUNCTION
  vestibule.claim_idempotent(uuid, text, text, bytea, uuid, timestamptz, timestamptz, timestamptz, interval)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.claim_idempotent(uuid, text, text, bytea, uuid, timestamptz, timestamptz, timestamptz, interval)
  TO vestibule_app;
