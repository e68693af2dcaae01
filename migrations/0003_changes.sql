-- Every change the data plane must see is told on one channel. Payloads carry ids and slugs only: whoever may connect
-- to the database may listen.

CREATE FUNCTION vestibule.tell_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'tenant', 'id', coalesce(NEW.id, OLD.id))::text);
  RETURN NULL;
END $$;

CREATE FUNCTION vestibule.tell_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Both names, if it was renamed: the new one may be remembered as missing.
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('vestibule_changes', json_build_object(
      'kind', 'workspace', 'tenant', OLD.tenant_id, 'id', OLD.id, 'slug', OLD.slug)::text);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('vestibule_changes', json_build_object(
      'kind', 'workspace', 'tenant', NEW.tenant_id, 'id', NEW.id, 'slug', NEW.slug)::text);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION vestibule.tell_workspace_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Finds nothing when the workspace itself is deleted, which tells its own story.
  PERFORM pg_notify('vestibule_changes', json_build_object(
    'kind', 'workspace', 'tenant', w.tenant_id, 'id', w.id, 'slug', w.slug)::text)
  FROM vestibule.workspaces w
  WHERE w.id = coalesce(NEW.workspace_id, OLD.workspace_id);
  RETURN NULL;
END $$;

CREATE FUNCTION vestibule.tell_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'key', 'id', OLD.public_id)::text);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('vestibule_changes', json_build_object('kind', 'key', 'id', NEW.public_id)::text);
  END IF;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION
  vestibule.tell_tenant(), vestibule.tell_workspace(), vestibule.tell_workspace_settings(), vestibule.tell_api_key()
  FROM PUBLIC;

CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.tenants
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_tenant();
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.tenants
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION vestibule.tell_tenant();

CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.workspaces
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_workspace();
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.workspaces
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION vestibule.tell_workspace();

CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.workspace_settings
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_workspace_settings();
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.workspace_settings
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION vestibule.tell_workspace_settings();

CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON vestibule.api_keys
  FOR EACH ROW EXECUTE FUNCTION vestibule.tell_api_key();
-- Named is what is left out, so that a column added later is told without anybody thinking of it.
CREATE TRIGGER tell_changed AFTER UPDATE ON vestibule.api_keys
  FOR EACH ROW WHEN (to_jsonb(OLD) - 'last_used_at' IS DISTINCT FROM to_jsonb(NEW) - 'last_used_at')
  EXECUTE FUNCTION vestibule.tell_api_key();
