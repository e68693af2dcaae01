-- The use of a key is written for hundreds of keys at a time, and is no change: looking that up must cost little.

-- `tell_changed` made two JSON documents of each key to leave one column out of the comparison.
CREATE FUNCTION vestibule.tell_api_key_changed() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- Named is what is left out, so that a column added later is told without anybody thinking of it.
  OLD.last_used_at := NEW.last_used_at;
  IF OLD.* IS NOT DISTINCT FROM NEW.* THEN
    RETURN NULL;
  END IF;
  -- When it was changed is told with a change, so that replicas can say how long it took to reach them.
  PERFORM pg_notify('vestibule_changes', json_build_object(
    'kind', 'key', 'id', OLD.public_id, 'at', extract(epoch FROM clock_timestamp())::double precision)::text);
  IF NEW.public_id <> OLD.public_id THEN
    PERFORM pg_notify('vestibule_changes', json_build_object(
      'kind', 'key', 'id', NEW.public_id, 'at', extract(epoch FROM clock_timestamp())::double precision)::text);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION vestibule.tell_api_key_changed() FROM PUBLIC;

DROP TRIGGER tell_changed ON vestibule.api_keys;
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.api_keys
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_api_key_changed();

-- Room beside each key for its next version, so that the use of a key changes no index. Pages get it as they are
-- written.
ALTER TABLE vestibule.api_keys SET (fillfactor = 80);
