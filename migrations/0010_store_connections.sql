-- Where a workspace's shop is, and with what its products may be read.

CREATE TABLE vestibule.store_connections (
  id                        uuid        NOT NULL,
  tenant_id                 uuid        NOT NULL,
  workspace_id              uuid        NOT NULL,
  platform                  text        NOT NULL,
  store_url                 text        NOT NULL, -- the shop as shoppers see it
  store_ref                 text,                 -- shopify: x.myshopify.com; bigcommerce: store hash; magento: store view code
  api_version               text,
  channel_ref               text,                 -- sales channel; bigcommerce: channel id; magento: website code
  catalog_source            text        NOT NULL,
  feed_url                  text,
  feed_format               text,
  locale                    text,
  currency                  text,
  include_out_of_stock      boolean     NOT NULL DEFAULT true,
  schedule_cron             text,
  schedule_timezone         text,
  failure_threshold_percent smallint    NOT NULL DEFAULT 5, -- a sync with more failing products than that stops
  status                    text        NOT NULL DEFAULT 'pending',
  last_checked_at           timestamptz,
  last_error_code           text,
  version                   bigint      NOT NULL DEFAULT 1,
  created_at                timestamptz NOT NULL DEFAULT now(),
  updated_at                timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT store_connections_pkey PRIMARY KEY (id),
  -- Target of the composite foreign keys. With the platform, because credentials are of a platform.
  CONSTRAINT store_connections_tenant_id_key UNIQUE (tenant_id, id),
  CONSTRAINT store_connections_tenant_id_platform_key UNIQUE (tenant_id, id, platform),
  CONSTRAINT store_connections_workspace_key UNIQUE (workspace_id),
  CONSTRAINT store_connections_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT store_connections_platform_known CHECK (
    platform IN ('shopify', 'woocommerce', 'magento', 'bigcommerce', 'feed', 'custom')),
  -- http only ever reaches `outbound.allowed_networks`, which the database knows nothing of.
  CONSTRAINT store_connections_store_url_format CHECK (store_url ~ '^https?://[^/?#@]+(/[^?#]*)?$'),
  CONSTRAINT store_connections_store_url_length CHECK (length(store_url) <= 2048),
  CONSTRAINT store_connections_store_ref_format CHECK (CASE platform
    WHEN 'shopify' THEN coalesce(store_ref ~ '^[a-z0-9][a-z0-9-]*\.myshopify\.com$' AND length(store_ref) <= 100, false)
    WHEN 'bigcommerce' THEN coalesce(store_ref ~ '^[a-z0-9]{4,20}$', false)
    WHEN 'magento' THEN coalesce(store_ref ~ '^[A-Za-z][A-Za-z0-9_]{0,31}$', false)
    ELSE store_ref IS NULL END),
  CONSTRAINT store_connections_api_version_format CHECK (api_version IS NULL OR CASE platform
    WHEN 'shopify' THEN api_version ~ '^20[0-9]{2}-(01|04|07|10)$'
    WHEN 'woocommerce' THEN api_version IN ('wc/v3', 'wc/store/v1')
    WHEN 'magento' THEN api_version = 'V1'
    WHEN 'bigcommerce' THEN api_version = 'v3'
    ELSE false END),
  CONSTRAINT store_connections_channel_ref_format CHECK (channel_ref IS NULL OR CASE platform
    WHEN 'shopify' THEN channel_ref ~ '^[A-Za-z0-9_./:-]{1,100}$'
    WHEN 'magento' THEN channel_ref ~ '^[A-Za-z][A-Za-z0-9_]{0,31}$'
    WHEN 'bigcommerce' THEN channel_ref ~ '^[0-9]{1,10}$'
    ELSE false END),
  CONSTRAINT store_connections_catalog_source_known CHECK (
    catalog_source IN ('storefront_mcp', 'storefront_api', 'admin_api', 'rest_api', 'feed', 'manual')),
  CONSTRAINT store_connections_catalog_source_of_platform CHECK (CASE platform
    WHEN 'shopify' THEN catalog_source IN ('storefront_mcp', 'storefront_api', 'admin_api', 'feed')
    WHEN 'woocommerce' THEN catalog_source IN ('rest_api', 'storefront_api', 'feed')
    WHEN 'magento' THEN catalog_source IN ('rest_api', 'storefront_api', 'feed')
    WHEN 'bigcommerce' THEN catalog_source IN ('rest_api', 'feed')
    WHEN 'feed' THEN catalog_source = 'feed'
    WHEN 'custom' THEN catalog_source IN ('rest_api', 'feed', 'manual')
    ELSE true END),
  CONSTRAINT store_connections_feed_url_format CHECK (feed_url ~ '^https?://[^/?#@]+([/?][^#]*)?$'),
  CONSTRAINT store_connections_feed_url_length CHECK (length(feed_url) <= 2048),
  CONSTRAINT store_connections_feed_format_known CHECK (feed_format IN ('google_xml', 'google_tsv', 'csv', 'jsonl')),
  CONSTRAINT store_connections_feed_whole CHECK (
    (catalog_source = 'feed') = (feed_url IS NOT NULL) AND (catalog_source = 'feed') = (feed_format IS NOT NULL)),
  CONSTRAINT store_connections_locale_format CHECK (
    locale ~ '^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?$'),
  CONSTRAINT store_connections_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  -- Five fields; what stands in them is checked in code, and the time zone against the time zone database.
  CONSTRAINT store_connections_schedule_cron_format CHECK (
    schedule_cron ~ '^[^ ]+( [^ ]+){4}$' AND length(schedule_cron) <= 100),
  CONSTRAINT store_connections_schedule_timezone_length CHECK (length(schedule_timezone) BETWEEN 1 AND 64),
  CONSTRAINT store_connections_schedule_whole CHECK ((schedule_cron IS NULL) = (schedule_timezone IS NULL)),
  CONSTRAINT store_connections_schedule_of_source CHECK (schedule_cron IS NULL OR catalog_source <> 'manual'),
  CONSTRAINT store_connections_failure_threshold_range CHECK (failure_threshold_percent BETWEEN 1 AND 100),
  CONSTRAINT store_connections_status_known CHECK (status IN ('pending', 'healthy', 'degraded', 'auth_failed')),
  CONSTRAINT store_connections_last_error_code_format CHECK (last_error_code ~ '^[a-z0-9_]{1,64}$'),
  CONSTRAINT store_connections_checked_whole CHECK ((status = 'pending') = (last_checked_at IS NULL)),
  CONSTRAINT store_connections_error_whole CHECK (
    (status IN ('degraded', 'auth_failed')) = (last_error_code IS NOT NULL))
);

-- Write-only through the API: kind, hint and expiry are all that is ever shown. Sealed for this connection and for the one
-- address it may be sent to, so that a row that was moved or a connection that was turned elsewhere opens nothing.
CREATE TABLE vestibule.store_credentials (
  connection_id      uuid        NOT NULL,
  tenant_id          uuid        NOT NULL,
  platform           text        NOT NULL,
  auth_type          text        NOT NULL,
  secret             bytea       NOT NULL, -- sealed
  seal_key_id        text        NOT NULL, -- names the root key
  hint               text,                 -- the last characters, to recognise it by
  expires_at         timestamptz,
  refresh_expires_at timestamptz,
  rotated_at         timestamptz NOT NULL,
  CONSTRAINT store_credentials_pkey PRIMARY KEY (connection_id),
  CONSTRAINT store_credentials_connection_fkey FOREIGN KEY (tenant_id, connection_id, platform)
    REFERENCES vestibule.store_connections (tenant_id, id, platform) ON DELETE CASCADE,
  CONSTRAINT store_credentials_auth_type_known CHECK (
    auth_type IN ('access_token', 'consumer_key', 'bearer', 'basic')),
  -- Bearer and basic may also guard a feed, which every platform may have.
  CONSTRAINT store_credentials_auth_type_of_platform CHECK (CASE auth_type
    WHEN 'access_token' THEN platform IN ('shopify', 'bigcommerce')
    WHEN 'consumer_key' THEN platform = 'woocommerce'
    ELSE true END),
  CONSTRAINT store_credentials_secret_sealed CHECK (octet_length(secret) BETWEEN 42 AND 32768),
  CONSTRAINT store_credentials_hint_length CHECK (length(hint) <= 8),
  CONSTRAINT store_credentials_expiry_of_type CHECK (
    auth_type = 'access_token' OR (expires_at IS NULL AND refresh_expires_at IS NULL))
);

ALTER TABLE vestibule.store_connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.store_connections FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.store_connections
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.store_connections TO vestibule_app;

ALTER TABLE vestibule.store_credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.store_credentials FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.store_credentials
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.store_credentials TO vestibule_app;
