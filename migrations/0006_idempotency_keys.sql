-- `Idempotency-Key`: the same key and body answer the same, however often and wherever they arrive.

CREATE TABLE vestibule.idempotency_keys (
  tenant_id   uuid        NOT NULL,
  principal   text        NOT NULL,
  key         text        NOT NULL,
  fingerprint bytea       NOT NULL, -- of the request
  state       text        NOT NULL,
  claim       uuid        NOT NULL, -- of the attempt that is or was working on it; a late one must not overwrite
  status      smallint,
  body        bytea,
  claimed_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, principal, key),
  CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES vestibule.tenants (id),
  CONSTRAINT idempotency_keys_principal_length CHECK (length(principal) BETWEEN 1 AND 200),
  CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255),
  CONSTRAINT idempotency_keys_fingerprint_length CHECK (octet_length(fingerprint) = 32),
  CONSTRAINT idempotency_keys_state_known CHECK (state IN ('in_progress', 'done')),
  CONSTRAINT idempotency_keys_done_whole CHECK (
    (state = 'done') = (status IS NOT NULL) AND (state = 'done') = (body IS NOT NULL)),
  CONSTRAINT idempotency_keys_status_range CHECK (status BETWEEN 100 AND 599)
);
CREATE INDEX idempotency_keys_expiry ON vestibule.idempotency_keys (tenant_id, expires_at);

ALTER TABLE vestibule.idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.idempotency_keys
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.idempotency_keys TO vestibule_app;

-- Decides in one statement who works on a key. `stale_before`: an attempt that began earlier and never ended was cut
-- off with its gateway, and may be taken over by the same request.
CREATE FUNCTION vestibule.begin_idempotent(
  for_tenant uuid, for_principal text, for_key text, for_fingerprint bytea, fresh_claim uuid,
  at timestamptz, until timestamptz, stale_before timestamptz)
RETURNS TABLE (outcome text, status smallint, body bytea)
LANGUAGE plpgsql ROWS 1
AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('vestibule.tenant_id', for_tenant::text, true);
  INSERT INTO vestibule.idempotency_keys AS i
    (tenant_id, principal, key, fingerprint, state, claim, claimed_at, expires_at)
  VALUES
    (for_tenant, for_principal, for_key, for_fingerprint, 'in_progress', fresh_claim, at, until)
  ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO UPDATE
  SET fingerprint = excluded.fingerprint,
      state = 'in_progress',
      claim = excluded.claim,
      status = NULL,
      body = NULL,
      claimed_at = excluded.claimed_at,
      expires_at = excluded.expires_at
  WHERE i.expires_at <= at
     OR (i.state = 'in_progress' AND i.claimed_at < stale_before AND i.fingerprint = excluded.fingerprint);
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
  vestibule.begin_idempotent(uuid, text, text, bytea, uuid, timestamptz, timestamptz, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.begin_idempotent(uuid, text, text, bytea, uuid, timestamptz, timestamptz, timestamptz) TO vestibule_app;
