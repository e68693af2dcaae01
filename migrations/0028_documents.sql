-- Documents that staff wrote: which document of AnythingLLM each is. Their text is there.
CREATE TABLE vestibule.documents (
  id           uuid        NOT NULL,
  tenant_id    uuid        NOT NULL,
  workspace_id uuid        NOT NULL,
  title        text        NOT NULL,
  url          text,
  characters   integer     NOT NULL, -- of its text
  location     text        NOT NULL, -- where AnythingLLM has it
  made_at      timestamptz NOT NULL,
  made_by      text        NOT NULL,
  CONSTRAINT documents_pkey PRIMARY KEY (id),
  CONSTRAINT documents_workspace_fkey FOREIGN KEY (tenant_id, workspace_id)
    REFERENCES vestibule.workspaces (tenant_id, id) ON DELETE CASCADE,
  CONSTRAINT documents_title_length CHECK (length(title) BETWEEN 1 AND 200),
  CONSTRAINT documents_url_length CHECK (length(url) BETWEEN 1 AND 2000),
  CONSTRAINT documents_characters_positive CHECK (characters > 0),
  CONSTRAINT documents_location_length CHECK (length(location) BETWEEN 1 AND 1024),
  CONSTRAINT documents_made_by_length CHECK (length(made_by) BETWEEN 1 AND 256)
);
CREATE INDEX documents_workspace ON vestibule.documents (tenant_id, workspace_id, id);

ALTER TABLE vestibule.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE vestibule.documents FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON vestibule.documents
  USING (tenant_id = (SELECT vestibule.current_tenant()))
  WITH CHECK (tenant_id = (SELECT vestibule.current_tenant()));
GRANT SELECT, INSERT, DELETE ON vestibule.documents TO vestibule_app;
