-- What API keys were hashed with under earlier root keys. Of the installation, not of a tenant, like the root key itself. A
-- hash can only be compared with the pepper it was made with, so keys outlive a change of the root key by it.

CREATE TABLE vestibule.former_peppers (
  pepper_id   text        NOT NULL, -- tells nothing about the pepper
  pepper      bytea       NOT NULL, -- sealed
  seal_key_id text        NOT NULL, -- names the root key
  created_at  timestamptz NOT NULL,
  CONSTRAINT former_peppers_pkey PRIMARY KEY (pepper_id),
  CONSTRAINT former_peppers_id_format CHECK (pepper_id ~ '^[0-9a-f]{16}$'),
  CONSTRAINT former_peppers_sealed CHECK (octet_length(pepper) > 32)
);
GRANT SELECT, INSERT, UPDATE ON vestibule.former_peppers TO vestibule_app;
