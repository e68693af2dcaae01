-- Which root key the database is sealed under: a name that is derived from it one way and tells nothing about it. Of the
-- installation, like the root key. Without it, a gateway with another key would only find that no API key is genuine.

CREATE TABLE vestibule.root_key (
  singleton boolean     NOT NULL DEFAULT true,
  key_id    text        NOT NULL,
  noted_at  timestamptz NOT NULL,
  CONSTRAINT root_key_pkey PRIMARY KEY (singleton),
  CONSTRAINT root_key_one_row CHECK (singleton),
  CONSTRAINT root_key_id_format CHECK (key_id ~ '^[0-9a-f]{16}$')
);
GRANT SELECT, INSERT, UPDATE ON vestibule.root_key TO vestibule_app;

-- What was sealed under a key that is lost can be dropped.
GRANT DELETE ON vestibule.former_peppers, vestibule.upstream_api_key, vestibule.identity_secrets TO vestibule_app;

-- Why shoppers of a workspace are not told here that an AI answers; NULL: they are told.
ALTER TABLE vestibule.workspace_settings
  ADD COLUMN ai_disclosure_waiver text,
  ADD CONSTRAINT workspace_settings_ai_disclosure_waiver_length CHECK (
    length(ai_disclosure_waiver) BETWEEN 20 AND 1000);
