-- ---------------------------------------------------------------- keys of feeds in a header of their own
-- Many shop systems want `X-Api-Key` or the like before they give a feed. Name and value are sealed like other credentials.
ALTER TABLE vestibule.store_credentials DROP CONSTRAINT store_credentials_auth_type_known;
ALTER TABLE vestibule.store_credentials ADD CONSTRAINT store_credentials_auth_type_known CHECK (
  auth_type IN ('access_token', 'consumer_key', 'bearer', 'basic', 'header'));
