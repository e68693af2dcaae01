//! The schema, the repositories and the directories against a real PostgreSQL.
