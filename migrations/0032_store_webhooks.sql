-- What shops say has changed: kept until a sync has read it, so that nothing is lost with a process.

CREATE TABLE vestibule.store_changes (
  workspace_id uuid        NOT NULL,
  tenant_id    uuid        NOT NULL,
  product_ref  text        NOT NULL, -- the platform's id of the product
  noted_at     timestamptz NOT NULL,
  taken_by     uuid,                 -- the run that reads it; none once it was said again
  attempts     integer     NOT NULL DEFAULT 0,
  not_before   timestamptz,          -- after a failure: when it is tried again
  CONSTRAINT store_changes_pkey PRIMARY KEY (workspace_id, product_ref), -- said twice, it is read once
  CONSTRAINT store_changes_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT store_changes_product_ref_format CHECK (product_ref ~ '^[0-9]{1,20}$')
);
CREATE INDEX store_changes_of_tenant ON vestibule.store_changes (tenant_id, noted_at);

-- Deliveries that were taken, so that each counts once however often it is sent.
CREATE TABLE vestibule.store_deliveries (
  connection_id uuid        NOT NULL,
  tenant_id     uuid        NOT NULL,
  delivery_id   text        NOT NULL,
  received_at   timestamptz NOT NULL,
  CONSTRAINT store_deliveries_pkey PRIMARY KEY (connection_id, delivery_id),
  CONSTRAINT store_deliveries_connection_fkey FOREIGN KEY (tenant_id, connection_id)
    REFERENCES vestibule.store_connections (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT store_deliveries_delivery_id_length CHECK (length(delivery_id) BETWEEN 1 AND 128)
);
CREATE INDEX store_deliveries_age ON vestibule.store_deliveries (connection_id, received_at);

ALTER TABLE vestibule.store_connections
  ADD COLUMN webhook_refused_at timestamptz; -- when the audit log was last told of a delivery with a wrong signature

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['store_changes', 'store_deliveries'] LOOP
    EXECUTE format('ALTER TABLE vestibule.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE vestibule.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant_isolation ON vestibule.%I
         USING (tenant_id = (SELECT vestibule.current_tenant()))
         WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.%I TO vestibule_app', name);
  END LOOP;
END $$;

-- A delivery names a connection and no tenant. Gives whose it is and nothing else; whether the delivery is the shop's is
-- told by its signature alone.
GRANT SELECT (id, tenant_id, workspace_id) ON vestibule.store_connections TO vestibule_lookup;
CREATE POLICY lookup ON vestibule.store_connections FOR SELECT TO vestibule_lookup USING (true);
CREATE FUNCTION vestibule.find_store_connection(wanted uuid) RETURNS TABLE (tenant_id uuid, workspace_id uuid)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY
  SELECT c.tenant_id, c.workspace_id
  FROM vestibule.store_connections c
  JOIN vestibule.tenants t ON t.id = c.tenant_id
  WHERE c.id = wanted
    AND t.status = 'active';
END $$;
REVOKE ALL ON FUNCTION vestibule.find_store_connection(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.find_store_connection(uuid) TO vestibule_app;
-- As in 0002: giving a function away takes membership in the new owner and its right to create, for this moment.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.find_store_connection(uuid) OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;

-- Runs of single products are many: the old ones of a workspace go.
GRANT DELETE ON vestibule.sync_runs TO vestibule_app;
