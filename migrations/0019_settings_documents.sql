-- Settings of a workspace as documents. What SQL asks for or constrains stays a column of `workspace_settings`:
-- chat_mode, top_n, score_threshold, max_message_chars, max_stream_secs, retention_days. All else is checked as a whole
-- by the code (src/domain/workspace), which knows its defaults too: a member that is not there is at its default.
--
-- Expanding only. The version before reads and writes `widget_settings`, `support_settings`, the three tables of
-- business hours and the other columns of `workspace_settings`, while it runs beside this one, so triggers keep both in
-- step, either way. A later release drops these tables, columns and triggers, and the functions of this file.

ALTER TABLE vestibule.workspace_settings
  ADD COLUMN settings jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN widget   jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN support  jsonb NOT NULL DEFAULT '{}', -- with the business hours
  ADD CONSTRAINT workspace_settings_settings_object CHECK (jsonb_typeof(settings) = 'object'),
  ADD CONSTRAINT workspace_settings_widget_object CHECK (jsonb_typeof(widget) = 'object'),
  ADD CONSTRAINT workspace_settings_support_object CHECK (jsonb_typeof(support) = 'object');

-- ---------------------------------------------------------------- what the version before has, as documents
-- The columns of a row, without what is no setting.
CREATE FUNCTION vestibule.settings_document(s vestibule.workspace_settings) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(s) - ARRAY['workspace_id', 'tenant_id', 'extra', 'settings', 'widget', 'support']
$$;

CREATE FUNCTION vestibule.widget_document(workspace uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT to_jsonb(w) - ARRAY['workspace_id', 'tenant_id']
    FROM vestibule.widget_settings w
    WHERE w.workspace_id = workspace), '{}')
$$;

CREATE FUNCTION vestibule.time_of_day(minute integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT lpad((minute / 60)::text, 2, '0') || ':' || lpad((minute % 60)::text, 2, '0')
$$;

CREATE FUNCTION vestibule.support_document(workspace uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT to_jsonb(s) - ARRAY['workspace_id', 'tenant_id', 'hours_timezone'] || jsonb_build_object(
      'business_hours', jsonb_build_object(
        'timezone', s.hours_timezone,
        'weekly', coalesce((
          SELECT jsonb_agg(
            jsonb_build_object(
              'day', (ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])[h.day_of_week],
              'opens', vestibule.time_of_day(h.opens_minute),
              'closes', vestibule.time_of_day(h.closes_minute))
            ORDER BY h.day_of_week, h.opens_minute)
          FROM vestibule.business_hours h
          WHERE h.workspace_id = workspace), '[]'),
        'exceptions', coalesce((
          SELECT jsonb_agg(
            jsonb_build_object(
              'date', e.on_date,
              'label', e.label,
              'intervals', coalesce((
                SELECT jsonb_agg(
                  jsonb_build_object(
                    'opens', vestibule.time_of_day(i.opens_minute),
                    'closes', vestibule.time_of_day(i.closes_minute))
                  ORDER BY i.opens_minute)
                FROM vestibule.business_hours_exception_intervals i
                WHERE i.workspace_id = workspace
                  AND i.on_date = e.on_date), '[]'))
            ORDER BY e.on_date)
          FROM vestibule.business_hours_exceptions e
          WHERE e.workspace_id = workspace), '[]')))
    FROM vestibule.support_settings s
    WHERE s.workspace_id = workspace), '{}')
$$;

-- Whoever migrates sees the rows of one tenant only, like everybody.
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT id FROM vestibule.tenant_ids() LOOP
    PERFORM set_config('vestibule.tenant_id', tenant::text, true);
    UPDATE vestibule.workspace_settings s
    SET settings = vestibule.settings_document(s),
        widget = vestibule.widget_document(s.workspace_id),
        support = vestibule.support_document(s.workspace_id)
    WHERE s.tenant_id = tenant;
  END LOOP;
  PERFORM set_config('vestibule.tenant_id', '', true);
END $$;

-- ---------------------------------------------------------------- the version before writes
-- Its columns of `workspace_settings`; and in the other direction, because it is the same row. A row that is made without
-- a document is one of its making.
CREATE FUNCTION vestibule.keep_settings_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  written boolean := NEW.settings <> '{}';
BEGIN
  IF jsonb_typeof(NEW.settings) <> 'object' THEN
    RETURN NEW; -- is refused
  END IF;
  IF TG_OP = 'UPDATE' THEN
    written := NEW.settings <> OLD.settings;
    IF NOT written AND vestibule.settings_document(NEW) = vestibule.settings_document(OLD) THEN
      RETURN NEW;
    END IF;
  END IF;
  IF written THEN
    RETURN jsonb_populate_record(NEW, NEW.settings - ARRAY[
      'workspace_id', 'tenant_id', 'extra', 'settings', 'widget', 'support', 'chat_mode', 'top_n', 'score_threshold',
      'max_message_chars', 'max_stream_secs', 'retention_days']);
  END IF;
  NEW.settings := NEW.settings || vestibule.settings_document(NEW);
  RETURN NEW;
END $$;
CREATE TRIGGER keep_in_step BEFORE INSERT OR UPDATE ON vestibule.workspace_settings
  FOR EACH ROW EXECUTE FUNCTION vestibule.keep_settings_in_step();

-- Its tables. Those of the hours change in several statements, each of several rows.
CREATE FUNCTION vestibule.take_widget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE vestibule.workspace_settings s
  SET widget = s.widget || vestibule.widget_document(s.workspace_id)
  WHERE s.workspace_id = NEW.workspace_id;
  RETURN NULL;
END $$;
CREATE TRIGGER take_widget AFTER INSERT OR UPDATE ON vestibule.widget_settings
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION vestibule.take_widget();

CREATE FUNCTION vestibule.take_support() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE vestibule.workspace_settings s
  SET support = s.support || vestibule.support_document(s.workspace_id)
  WHERE s.workspace_id IN (SELECT c.workspace_id FROM changed c);
  RETURN NULL;
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'support_settings', 'business_hours', 'business_hours_exceptions', 'business_hours_exception_intervals'
  ] LOOP
    EXECUTE format('CREATE TRIGGER take_new AFTER INSERT ON vestibule.%I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION vestibule.take_support()', name);
    EXECUTE format('CREATE TRIGGER take_changed AFTER UPDATE ON vestibule.%I REFERENCING NEW TABLE AS changed
      FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION vestibule.take_support()', name);
    EXECUTE format('CREATE TRIGGER take_gone AFTER DELETE ON vestibule.%I REFERENCING OLD TABLE AS changed
      FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION vestibule.take_support()', name);
  END LOOP;
END $$;

-- ---------------------------------------------------------------- the version before reads
CREATE FUNCTION vestibule.minute_of_day(time_of_day text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT split_part(time_of_day, ':', 1)::integer * 60 + split_part(time_of_day, ':', 2)::integer
$$;

CREATE FUNCTION vestibule.give_widget_and_support() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids      jsonb := jsonb_build_object('workspace_id', NEW.workspace_id, 'tenant_id', NEW.tenant_id);
  hours    jsonb := coalesce(NEW.support -> 'business_hours', '{}');
  widget   vestibule.widget_settings;
  support  vestibule.support_settings;
BEGIN
  -- A row of defaults, for members that are not there.
  INSERT INTO vestibule.widget_settings (workspace_id, tenant_id)
  VALUES (NEW.workspace_id, NEW.tenant_id) ON CONFLICT DO NOTHING;
  DELETE FROM vestibule.widget_settings w WHERE w.workspace_id = NEW.workspace_id RETURNING w.* INTO widget;
  widget := jsonb_populate_record(widget, NEW.widget || ids);
  INSERT INTO vestibule.widget_settings SELECT widget.*;

  INSERT INTO vestibule.support_settings (workspace_id, tenant_id)
  VALUES (NEW.workspace_id, NEW.tenant_id) ON CONFLICT DO NOTHING;
  DELETE FROM vestibule.support_settings s WHERE s.workspace_id = NEW.workspace_id RETURNING s.* INTO support;
  support := jsonb_populate_record(support, NEW.support || ids || jsonb_build_object('hours_timezone', hours -> 'timezone'));
  INSERT INTO vestibule.support_settings SELECT support.*;

  DELETE FROM vestibule.business_hours h WHERE h.workspace_id = NEW.workspace_id;
  DELETE FROM vestibule.business_hours_exceptions e WHERE e.workspace_id = NEW.workspace_id;
  INSERT INTO vestibule.business_hours (workspace_id, tenant_id, day_of_week, opens_minute, closes_minute)
  SELECT
    NEW.workspace_id,
    NEW.tenant_id,
    array_position(
      ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], opening ->> 'day'),
    vestibule.minute_of_day(opening ->> 'opens'),
    vestibule.minute_of_day(opening ->> 'closes')
  FROM jsonb_array_elements(hours -> 'weekly') AS opening;
  INSERT INTO vestibule.business_hours_exceptions (workspace_id, tenant_id, on_date, label)
  SELECT NEW.workspace_id, NEW.tenant_id, (day ->> 'date')::date, day ->> 'label'
  FROM jsonb_array_elements(hours -> 'exceptions') AS day;
  INSERT INTO vestibule.business_hours_exception_intervals
    (workspace_id, tenant_id, on_date, opens_minute, closes_minute)
  SELECT
    NEW.workspace_id,
    NEW.tenant_id,
    (day ->> 'date')::date,
    vestibule.minute_of_day(opening ->> 'opens'),
    vestibule.minute_of_day(opening ->> 'closes')
  FROM jsonb_array_elements(hours -> 'exceptions') AS day, jsonb_array_elements(day -> 'intervals') AS opening;
  RETURN NULL;
END $$;
CREATE TRIGGER give_new AFTER INSERT ON vestibule.workspace_settings
  FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND (NEW.widget <> '{}' OR NEW.support <> '{}'))
  EXECUTE FUNCTION vestibule.give_widget_and_support();
CREATE TRIGGER give_changed AFTER UPDATE ON vestibule.workspace_settings
  FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND (NEW.widget <> OLD.widget OR NEW.support <> OLD.support))
  EXECUTE FUNCTION vestibule.give_widget_and_support();

REVOKE ALL ON FUNCTION
  vestibule.settings_document(vestibule.workspace_settings), vestibule.widget_document(uuid),
  vestibule.support_document(uuid), vestibule.time_of_day(integer), vestibule.minute_of_day(text),
  vestibule.keep_settings_in_step(), vestibule.take_widget(), vestibule.take_support(),
  vestibule.give_widget_and_support()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  vestibule.settings_document(vestibule.workspace_settings), vestibule.widget_document(uuid),
  vestibule.support_document(uuid), vestibule.time_of_day(integer), vestibule.minute_of_day(text)
  TO vestibule_app;
