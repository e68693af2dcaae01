-- AnythingLLM's API key, where Vestibule makes and keeps it itself (`upstream.bootstrap`). Of the installation, not of a
-- tenant: there is one AnythingLLM, and every replica calls it with the same key.

CREATE TABLE vestibule.upstream_api_key (
  singleton      boolean     NOT NULL DEFAULT true,
  upstream_id    bigint      NOT NULL, -- AnythingLLM's number of it, to delete it by
  api_key        bytea       NOT NULL, -- sealed
  recovery_codes bytea,                -- sealed; of the admin who made it, until the operator has seen them
  seal_key_id    text        NOT NULL, -- names the root key of both
  created_at     timestamptz NOT NULL,
  CONSTRAINT upstream_api_key_pkey PRIMARY KEY (singleton),
  CONSTRAINT upstream_api_key_one_row CHECK (singleton),
  CONSTRAINT upstream_api_key_sealed CHECK (octet_length(api_key) > 32),
  CONSTRAINT upstream_api_key_recovery_codes_sealed CHECK (octet_length(recovery_codes) > 32)
);
GRANT SELECT, INSERT, UPDATE ON vestibule.upstream_api_key TO vestibule_app;

CREATE FUNCTION vestibule.tell_upstream_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'upstream_api_key')::text);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.tell_upstream_api_key() FROM PUBLIC;

CREATE TRIGGER tell_changed AFTER INSERT OR UPDATE OF api_key OR DELETE ON vestibule.upstream_api_key
  FOR EACH STATEMENT EXECUTE FUNCTION vestibule.tell_upstream_api_key();
