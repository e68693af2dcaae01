-- Products read from shop platforms themselves: runs that read only what has changed, and how far a connection was read.

ALTER TABLE vestibule.sync_runs DROP CONSTRAINT sync_runs_trigger_known;
ALTER TABLE vestibule.sync_runs ADD CONSTRAINT sync_runs_trigger_known CHECK (
  trigger IN ('api', 'cli', 'schedule', 'webhook', 'disconnect', 'purge'));

ALTER TABLE vestibule.sync_runs
  ADD COLUMN scope         text NOT NULL DEFAULT 'full', -- full: what it does not read is gone from the shop
  ADD COLUMN changed_since timestamptz,                  -- of 'changes': what was changed since then is read
  ADD COLUMN read_at       timestamptz,                  -- when whoever read the products last began to
  ADD CONSTRAINT sync_runs_scope_known CHECK (scope IN ('full', 'changes', 'products')),
  ADD CONSTRAINT sync_runs_scope_whole CHECK ((scope = 'changes') = (changed_since IS NOT NULL));

ALTER TABLE vestibule.store_connections
  -- Whether a sync can read products from there.
  ADD COLUMN is_read boolean NOT NULL GENERATED ALWAYS AS (
    catalog_source = 'feed'
    OR (platform = 'shopify' AND catalog_source = 'admin_api')
    OR (platform = 'woocommerce' AND catalog_source = 'rest_api')) STORED,
  -- Whether it can be asked for what has changed.
  ADD COLUMN reads_changes boolean NOT NULL GENERATED ALWAYS AS (
    (platform = 'shopify' AND catalog_source = 'admin_api')
    OR (platform = 'woocommerce' AND catalog_source = 'rest_api')) STORED,
  ADD COLUMN read_until         timestamptz, -- changes before that are known; forgotten with every change of the connection
  ADD COLUMN fully_read_at      timestamptz, -- the same of the last sync that read all
  ADD COLUMN feed_etag          text,        -- of the feed that the catalogue is made of, if nothing was wrong with it
  ADD COLUMN feed_last_modified text,
  ADD COLUMN feed_read_as       smallint,    -- the form of documents that was made of it
  ADD CONSTRAINT store_connections_feed_etag_length CHECK (length(feed_etag) BETWEEN 1 AND 1024),
  ADD CONSTRAINT store_connections_feed_last_modified_length CHECK (length(feed_last_modified) BETWEEN 1 AND 100);

-- Products of which a run was told that they are gone from the shop: of every one of their items.
CREATE VIEW vestibule.sync_gone WITH (security_invoker = true) AS
  SELECT tenant_id, run_id, product_key
  FROM vestibule.sync_items
  GROUP BY tenant_id, run_id, product_key
  HAVING bool_and(coalesce(item ? 'gone', false));
GRANT SELECT ON vestibule.sync_gone TO vestibule_app;
