//! What is older than its workspace keeps is forgotten. One statement, for every table that holds what was said.

/// Deletes what is older than its workspace's `retention_days`, a thousand at most at a time, and tells how many; `$at`
/// is when a row of the table was last of use.
macro_rules! delete_beyond_retention {
    ($storage:expr, $tenant:expr, $now:expr, $table:tt, $at:tt) => {
        $storage
            .tenant($tenant, async |tx| {
                let deleted = sqlx::query!(
                    "DELETE FROM "
                        + $table
                        + r#"
                    WHERE id IN (
                      SELECT old.id
                      FROM vestibule.workspace_settings s
                      JOIN "#
                        + $table
                        + r#" old
                        ON old.tenant_id = s.tenant_id AND old.workspace_id = s.workspace_id
                      WHERE s.tenant_id = $1
                        AND old."#
                        + $at
                        + r#" < $2::timestamptz - make_interval(days => s.retention_days)
                      LIMIT 1000
                    )
                    "#,
                    $tenant.0,
                    $now,
                )
                .execute(tx.connection())
                .await?
                .rows_affected();
                Ok(deleted)
            })
            .await
    };
}

pub(super) use delete_beyond_retention;
