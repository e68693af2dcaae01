-- A shop's catalogue in AnythingLLM: runs that bring it up to date, and what is known of each product's document.

-- ---------------------------------------------------------------- runs
CREATE TABLE vestibule.sync_runs (
  id                 uuid        NOT NULL, -- later runs have greater ones
  tenant_id          uuid        NOT NULL,
  workspace_id       uuid        NOT NULL,
  trigger            text        NOT NULL,
  source             text        NOT NULL, -- connection: any replica can read it again; file: only who has it
  status             text        NOT NULL DEFAULT 'queued',
  phase              text        NOT NULL DEFAULT 'reading',
  allow_mass_removal boolean     NOT NULL DEFAULT false,
  cancel_requested   boolean     NOT NULL DEFAULT false,
  scheduled_for      timestamptz,          -- the moment of the schedule that it stands for
  holder             uuid,                 -- the attempt that works on it; a late one must not write
  lease_until        timestamptz,          -- by then the holder has been heard of again, or is gone
  attempts           integer     NOT NULL DEFAULT 0,
  cursor             text,                 -- the last product whose embedding is done
  records_read       bigint      NOT NULL DEFAULT 0,
  bytes_read         bigint      NOT NULL DEFAULT 0,
  products_total     integer     NOT NULL DEFAULT 0,
  products_done      integer     NOT NULL DEFAULT 0,
  unchanged          integer     NOT NULL DEFAULT 0,
  added              integer     NOT NULL DEFAULT 0,
  updated            integer     NOT NULL DEFAULT 0,
  removed            integer     NOT NULL DEFAULT 0,
  failed             integer     NOT NULL DEFAULT 0,
  unknown_failed     integer     NOT NULL DEFAULT 0, -- of these, records that cannot be told to be of any product
  attempt_started_at timestamptz,
  attempt_done_from  integer     NOT NULL DEFAULT 0, -- products that were done before this attempt
  error_code         text,
  error_message      text,
  created_at         timestamptz NOT NULL,
  started_at         timestamptz,
  finished_at        timestamptz,
  CONSTRAINT sync_runs_pkey PRIMARY KEY (id),
  CONSTRAINT sync_runs_tenant_id_key UNIQUE (tenant_id, id), -- target of the composite foreign keys
  CONSTRAINT sync_runs_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT sync_runs_trigger_known CHECK (trigger IN ('api', 'cli', 'schedule')),
  CONSTRAINT sync_runs_source_known CHECK (source IN ('connection', 'file')),
  CONSTRAINT sync_runs_status_known CHECK (
    status IN ('queued', 'running', 'paused', 'succeeded', 'partial', 'failed', 'cancelled')),
  CONSTRAINT sync_runs_phase_known CHECK (phase IN ('reading', 'embedding', 'removing', 'done')),
  CONSTRAINT sync_runs_held_whole CHECK (
    (status = 'running') = (holder IS NOT NULL) AND (status = 'running') = (lease_until IS NOT NULL)),
  CONSTRAINT sync_runs_finished_whole CHECK (
    (status IN ('succeeded', 'partial', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CONSTRAINT sync_runs_error_whole CHECK ((status = 'failed') = (error_code IS NOT NULL)),
  CONSTRAINT sync_runs_error_code_format CHECK (error_code ~ '^[a-z0-9_]{1,64}$'),
  CONSTRAINT sync_runs_error_message_length CHECK (length(error_message) <= 500)
);
-- One at a time, over all replicas.
CREATE UNIQUE INDEX sync_runs_one_active ON vestibule.sync_runs (workspace_id)
  WHERE status IN ('queued', 'running', 'paused');
-- A moment of a schedule is taken once.
CREATE UNIQUE INDEX sync_runs_scheduled_once ON vestibule.sync_runs (workspace_id, scheduled_for)
  WHERE scheduled_for IS NOT NULL;
CREATE INDEX sync_runs_newest ON vestibule.sync_runs (tenant_id, workspace_id, id DESC);
CREATE INDEX sync_runs_work ON vestibule.sync_runs (tenant_id, id) WHERE status IN ('queued', 'running', 'paused');

CREATE TABLE vestibule.sync_errors (
  run_id        uuid    NOT NULL,
  tenant_id     uuid    NOT NULL,
  number        integer NOT NULL, -- from 1; further ones are only counted
  record_number bigint,
  product       text,
  code          text    NOT NULL,
  message       text    NOT NULL,
  CONSTRAINT sync_errors_pkey PRIMARY KEY (run_id, number),
  CONSTRAINT sync_errors_run_fkey FOREIGN KEY (tenant_id, run_id)
    REFERENCES vestibule.sync_runs (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT sync_errors_number_range CHECK (number BETWEEN 1 AND 200),
  CONSTRAINT sync_errors_code_format CHECK (code ~ '^[a-z0-9_]{1,64}$'),
  CONSTRAINT sync_errors_lengths CHECK (length(message) <= 500 AND length(product) <= 300)
);

-- What was read of the feed and is still to be made documents of: variants of a product need not stand together in it.
-- Gone when the run has ended.
CREATE TABLE vestibule.sync_items (
  run_id      uuid   NOT NULL,
  tenant_id   uuid   NOT NULL,
  product_key text   NOT NULL,
  item_id     text   NOT NULL,
  number      bigint NOT NULL, -- its place in the feed
  item        jsonb,           -- NULL: it is there, but not usable
  CONSTRAINT sync_items_pkey PRIMARY KEY (run_id, product_key, item_id),
  CONSTRAINT sync_items_run_fkey FOREIGN KEY (tenant_id, run_id)
    REFERENCES vestibule.sync_runs (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT sync_items_lengths CHECK (length(product_key) BETWEEN 1 AND 300 AND length(item_id) <= 300)
);

-- ---------------------------------------------------------------- documents
-- The document of each product. `pending_*` is written before AnythingLLM is called, so that whatever is left behind by a
-- call whose end nobody saw can be found by its id.
CREATE TABLE vestibule.catalog_products (
  workspace_id     uuid        NOT NULL,
  tenant_id        uuid        NOT NULL,
  product_key      text        NOT NULL,
  content_hash     bytea,                -- of what is embedded
  location         text,                 -- where AnythingLLM has it
  pending_id       uuid,
  pending_hash     bytea,
  pending_location text,
  seen_in          uuid,                 -- the last run whose feed had it
  updated_at       timestamptz NOT NULL,
  CONSTRAINT catalog_products_pkey PRIMARY KEY (workspace_id, product_key),
  CONSTRAINT catalog_products_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT catalog_products_key_length CHECK (length(product_key) BETWEEN 1 AND 300),
  CONSTRAINT catalog_products_embedded_whole CHECK ((content_hash IS NULL) = (location IS NULL)),
  CONSTRAINT catalog_products_pending_whole CHECK (
    (pending_id IS NULL) = (pending_hash IS NULL) AND (pending_location IS NULL OR pending_id IS NOT NULL)),
  CONSTRAINT catalog_products_hash_length CHECK (octet_length(content_hash) = 32 AND octet_length(pending_hash) = 32)
);

-- Documents that nobody needs any more, until AnythingLLM has removed them.
CREATE TABLE vestibule.catalog_discarded (
  workspace_id uuid NOT NULL,
  tenant_id    uuid NOT NULL,
  location     text NOT NULL,
  CONSTRAINT catalog_discarded_pkey PRIMARY KEY (workspace_id, location),
  CONSTRAINT catalog_discarded_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE
);

-- One row a workspace: when its schedule comes next, and whether a call to AnythingLLM ended unseen.
CREATE TABLE vestibule.catalog_state (
  workspace_id  uuid        NOT NULL,
  tenant_id     uuid        NOT NULL,
  sweep_needed  boolean     NOT NULL DEFAULT false,
  schedule      text,       -- cron and time zone that next_at was reckoned from
  next_at       timestamptz,
  CONSTRAINT catalog_state_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT catalog_state_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE
);

-- ---------------------------------------------------------------- row-level security
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'sync_runs', 'sync_errors', 'sync_items', 'catalog_products', 'catalog_discarded', 'catalog_state']
  LOOP
    EXECUTE format('ALTER TABLE vestibule.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE vestibule.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant_isolation ON vestibule.%I USING (tenant_id = (SELECT vestibule.current_tenant())) '
      'WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.%I TO vestibule_app', name);
  END LOOP;
END $$;
REVOKE UPDATE ON vestibule.sync_errors, vestibule.sync_items, vestibule.catalog_discarded FROM vestibule_app;
REVOKE DELETE ON vestibule.sync_runs, vestibule.catalog_state FROM vestibule_app;

-- ---------------------------------------------------------------- whose work there is
-- The worker must find runs before it knows their tenant. It learns nothing but the names of tenants.
CREATE FUNCTION vestibule.list_active_tenants() RETURNS SETOF uuid
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT t.id FROM vestibule.tenants t WHERE t.status = 'active' ORDER BY t.id;
END $$;
REVOKE ALL ON FUNCTION vestibule.list_active_tenants() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vestibule.list_active_tenants() TO vestibule_app;
-- As in 0002: giving a function away takes membership in the new owner and its right to create, for this moment.
DO $$
DECLARE
  as_superuser boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  GRANT CREATE ON SCHEMA vestibule TO vestibule_lookup;
  IF NOT as_superuser THEN
    GRANT vestibule_lookup TO CURRENT_USER;
  END IF;
  ALTER FUNCTION vestibule.list_active_tenants() OWNER TO vestibule_lookup;
  REVOKE CREATE ON SCHEMA vestibule FROM vestibule_lookup;
  IF NOT as_superuser THEN
    REVOKE vestibule_lookup FROM CURRENT_USER;
    IF pg_has_role(current_user, 'vestibule_lookup', 'USAGE') THEN
      RAISE EXCEPTION '% is a member of vestibule_lookup and so would see every tenant''s keys', current_user
        USING HINT = format('REVOKE vestibule_lookup FROM %I', current_user);
    END IF;
  END IF;
END $$;
