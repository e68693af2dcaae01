-- What works for all tenants must know which there are, and what works for one must find it by its name. Both without
-- seeing anything else of them.

CREATE FUNCTION vestibule.tenant_ids() RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.id FROM vestibule.tenants t ORDER BY t.id
$$;

CREATE FUNCTION vestibule.tenant_named(named text) RETURNS TABLE (id uuid)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT t.id FROM vestibule.tenants t WHERE t.slug = named
$$;

-- Before the owner changes: afterwards both would be skipped with no more than a warning, leaving them open to PUBLIC.
REVOKE ALL ON FUNCTION vestibule.tenant_ids(), vestibule.tenant_named(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.tenant_ids(), vestibule.tenant_named(text) TO vestibule_app;

GRANT SELECT (id, slug) ON vestibule.tenants TO vestibule_lookup;

-- As in 0002_api_keys.sql: giving a function away takes membership in the new owner and its right to create.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.tenant_ids() OWNER TO vestibule_lookup;
  ALTER FUNCTION vestibule.tenant_named(text) OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
