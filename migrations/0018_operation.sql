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

-- Whether apps that show a page of their own (Capacitor, Ionic) may use a publishable key.
ALTER TABLE vestibule.api_keys
  ADD COLUMN allow_app_origins boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT api_keys_secret_no_apps CHECK (kind = 'publishable' OR NOT allow_app_origins);

-- Beside the lookup of 0014_key_life.sql, which the version before goes on calling as it is.
CREATE FUNCTION vestibule.api_key_allows_apps(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT k.allow_app_origins FROM vestibule.api_keys k WHERE k.public_id = wanted
$$;

-- Before the owner changes: afterwards both would be skipped with no more than a warning, leaving it open to PUBLIC.
REVOKE ALL ON FUNCTION vestibule.api_key_allows_apps(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.api_key_allows_apps(text) TO vestibule_app;
GRANT SELECT (allow_app_origins) ON vestibule.api_keys TO vestibule_lookup;

-- As in 0002_api_keys.sql: giving a function away takes membership in the new owner and its right to create.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.api_key_allows_apps(text) OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
