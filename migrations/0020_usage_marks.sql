-- How far what a replica has recorded is written: by segment of its spool, or the queue in its memory, and tenant. Moved in
-- the transaction that writes, so that a batch whose fate was unknown, or that is read again after a crash, counts once.

CREATE TABLE vestibule.usage_marks (
  tenant_id uuid        NOT NULL,
  segment   uuid        NOT NULL,
  position  bigint      NOT NULL DEFAULT 0, -- the last record that is written ends there
  moved_at  timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT usage_marks_pkey PRIMARY KEY (tenant_id, segment),
  CONSTRAINT usage_marks_not_negative CHECK (position >= 0)
) WITH (fillfactor = 50);

ALTER TABLE vestibule.usage_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.usage_marks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.usage_marks
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON vestibule.usage_marks TO vestibule_app;
