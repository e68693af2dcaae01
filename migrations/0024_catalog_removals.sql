-- Removals of a whole catalogue are runs as well: they exclude syncs of the workspace, have a holder and a lease, and
-- are gone on with by whoever comes next. `disconnect` leaves the workspace as it is, `purge` ends with its own removal.

ALTER TABLE vestibule.sync_runs ADD COLUMN requested_by jsonb; -- of a removal: whoever the audit log names at its end

ALTER TABLE vestibule.sync_runs DROP CONSTRAINT sync_runs_trigger_known;
ALTER TABLE vestibule.sync_runs ADD CONSTRAINT sync_runs_trigger_known CHECK (
  trigger IN ('api', 'cli', 'schedule', 'disconnect', 'purge'));
ALTER TABLE vestibule.sync_runs ADD CONSTRAINT sync_runs_removal_whole CHECK (
  (trigger IN ('disconnect', 'purge')) = (requested_by IS NOT NULL));
