//! What shops' back ends sign identity tokens with, sealed; and the switches beside it. Sees no secret: sealing and
//! opening is for `auth`.

use crate::domain::audit::{AuditEntry, Author};
use crate::domain::clock::Ambient;
use crate::domain::ids::{TenantId, WorkspaceId};
use crate::domain::sealed::Sealed;
use crate::domain::workspace::{VisitorSettings, Workspace};
use crate::storage::columns::setting;
use crate::storage::{IdentitySecrets, StorageError, TenantTx};
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct IdentitySecret {
    pub workspace: WorkspaceId,
    pub secret: Sealed,
    /// Its last characters.
    pub hint: String,
    pub made_at: DateTime<Utc>,
    pub made_by: String,
    /// The one before it, and until when it counts.
    pub previous: Option<(Sealed, DateTime<Utc>)>,
    /// What the workspace's customers are hashed with.
    pub subject_key: Sealed,
    /// When and by whom identity was last switched.
    pub switched: Option<(DateTime<Utc>, String)>,
}

/// All that is sealed of a workspace's, sealed anew.
#[derive(Debug, Clone)]
pub struct ResealedIdentity {
    /// See [`IdentitySecret::secret`].
    pub secret: Sealed,
    /// See [`IdentitySecret::previous`].
    pub previous: Option<Sealed>,
    /// See [`IdentitySecret::subject_key`].
    pub subject_key: Sealed,
}

struct IdentitySecretRow {
    workspace_id: Uuid,
    secret: Vec<u8>,
    hint: String,
    made_at: DateTime<Utc>,
    made_by: String,
    previous: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    subject_key: Vec<u8>,
    seal_key_id: String,
    switched_at: Option<DateTime<Utc>>,
    switched_by: Option<String>,
}

impl From<IdentitySecretRow> for IdentitySecret {
    fn from(row: IdentitySecretRow) -> Self {
        let sealed = |bytes| Sealed { key_id: row.seal_key_id.clone(), bytes };
        Self {
            workspace: WorkspaceId(row.workspace_id),
            secret: sealed(row.secret),
            hint: row.hint,
            made_at: row.made_at,
            made_by: row.made_by,
            previous: row.previous.map(&sealed).zip(row.previous_until),
            subject_key: sealed(row.subject_key),
            switched: row.switched_at.zip(row.switched_by),
        }
    }
}

/// Asks for whole rows: the columns of [`IdentitySecretRow`], then what stands behind the table's name. A macro,
/// because checked queries are made of literals.
macro_rules! select_secrets {
    ($behind:tt, $($value:expr),+ $(,)?) => {
        sqlx::query_as!(
            IdentitySecretRow,
            r#"
            SELECT
              workspace_id, secret, hint, made_at, made_by, previous, previous_until, subject_key,
              seal_key_id, switched_at, switched_by
            FROM vestibule.identity_secrets
            "# + $behind,
            $($value),+
        )
    };
}

impl IdentitySecrets<'_> {
    #[tracing::instrument(name = "db.identity_secrets.find", level = "debug", skip_all)]
    pub async fn find(self, tenant: TenantId, workspace: WorkspaceId) -> Result<Option<IdentitySecret>, StorageError> {
        self.read_of(tenant, async |tx| {
            let row = select_secrets!(
                r#"
                WHERE tenant_id = $1
                  AND workspace_id = $2
                "#,
                tenant.0,
                workspace.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            Ok(row.map(IdentitySecret::from))
        })
        .await
    }

    /// Those of the tenant that are sealed under another root key than this one.
    #[tracing::instrument(name = "db.identity_secrets.list_sealed_elsewhere", level = "debug", skip_all)]
    pub async fn list_sealed_elsewhere(
        self,
        tenant: TenantId,
        key_id: &str,
    ) -> Result<Vec<IdentitySecret>, StorageError> {
        self.read_of(tenant, async |tx| {
            let rows = select_secrets!(
                r#"
                WHERE tenant_id = $1
                  AND seal_key_id <> $2
                ORDER BY workspace_id
                "#,
                tenant.0,
                key_id,
            )
            .fetch_all(tx.connection())
            .await?;
            Ok(rows.into_iter().map(IdentitySecret::from).collect())
        })
        .await
    }

    /// Stores a new secret. `replaced` is the one that it was made in the place of; false if that is not there any
    /// more: somebody else was faster.
    #[tracing::instrument(name = "db.identity_secrets.rotate", level = "debug", skip_all)]
    pub async fn rotate(
        self,
        workspace: &Workspace,
        new: &IdentitySecret,
        replaced: Option<&IdentitySecret>,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        let (previous, previous_until) = match &new.previous {
            Some((sealed, until)) => (Some(sealed.bytes.as_slice()), Some(*until)),
            None => (None, None),
        };
        self.tenant(workspace.tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                INSERT INTO vestibule.identity_secrets AS s (
                  workspace_id, tenant_id, secret, hint, made_at, made_by, previous, previous_until,
                  subject_key, seal_key_id
                )
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (workspace_id) DO UPDATE
                SET secret = excluded.secret,
                    hint = excluded.hint, made_at = excluded.made_at, made_by = excluded.made_by,
                    previous = excluded.previous, previous_until = excluded.previous_until,
                    subject_key = excluded.subject_key, seal_key_id = excluded.seal_key_id
                WHERE s.secret = $11
                "#,
                workspace.id.0,
                workspace.tenant.0,
                new.secret.bytes,
                new.hint,
                new.made_at,
                new.made_by,
                previous,
                previous_until,
                new.subject_key.bytes,
                new.secret.key_id,
                replaced.map(|replaced| replaced.secret.bytes.as_slice()),
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if done == 0 {
                return Ok(false);
            }
            let shown = |hint: &str, until: Option<DateTime<Utc>>| json!({"hint": hint, "previous_expires_at": until});
            let entry = AuditEntry {
                action: "identity.secret_rotated",
                target: target(workspace),
                before: replaced.map(|old| shown(&old.hint, old.previous.as_ref().map(|(_, until)| *until))),
                after: Some(shown(&new.hint, previous_until)),
            };
            tx.record(by, &entry, ambient).await?;
            Ok(true)
        })
        .await
    }

    /// Puts other seals of the same secrets in the place of `old`. False: they are not those any more.
    #[tracing::instrument(name = "db.identity_secrets.reseal", level = "debug", skip_all)]
    pub async fn reseal(
        self,
        tenant: TenantId,
        old: &IdentitySecret,
        new: &ResealedIdentity,
    ) -> Result<bool, StorageError> {
        self.tenant(tenant, async |tx| {
            let done = sqlx::query!(
                r#"
                UPDATE vestibule.identity_secrets
                SET secret = $4,
                    previous = $5,
                    subject_key = $6,
                    seal_key_id = $7
                WHERE tenant_id = $1
                  AND workspace_id = $2
                  AND secret = $3
                "#,
                tenant.0,
                old.workspace.0,
                old.secret.bytes,
                new.secret.bytes,
                new.previous.as_ref().map(|sealed| sealed.bytes.as_slice()),
                new.subject_key.bytes,
                new.secret.key_id,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            Ok(done > 0)
        })
        .await
    }

    /// Switches identity on or off, and enforces it or not. False: there is no secret to rest it on, or no such
    /// workspace any more.
    #[tracing::instrument(name = "db.identity_secrets.switch", level = "debug", skip_all)]
    pub async fn switch(
        self,
        workspace: &Workspace,
        enabled: bool,
        enforced: bool,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<bool, StorageError> {
        self.tenant(workspace.tenant, async |tx| {
            let Some(before) = lock(tx, workspace).await? else { return Ok(false) };
            let noted = sqlx::query!(
                r#"
                UPDATE vestibule.identity_secrets
                SET switched_at = $3,
                    switched_by = $4
                WHERE tenant_id = $1
                  AND workspace_id = $2
                "#,
                workspace.tenant.0,
                workspace.id.0,
                ambient.now(),
                by.name,
            )
            .execute(tx.connection())
            .await?
            .rows_affected();
            if noted == 0 {
                return Ok(false);
            }
            sqlx::query!(
                r#"
                UPDATE vestibule.workspaces
                SET identity_enabled = $3,
                    identity_enforced = $4
                WHERE tenant_id = $1
                  AND id = $2
                "#,
                workspace.tenant.0,
                workspace.id.0,
                enabled,
                enforced,
            )
            .execute(tx.connection())
            .await?;
            let shown = |enabled: bool, enforced: bool| json!({"enabled": enabled, "enforced": enforced});
            let (was, is) = (shown(before.identity_enabled, before.identity_enforced), shown(enabled, enforced));
            let entry = AuditEntry::changed("identity.switched", target(workspace), was, is);
            tx.record(by, &entry, ambient).await?;
            Ok(true)
        })
        .await
    }

    /// Ends all visitor tokens of the workspace: those of another generation count no more. Gives the new generation;
    /// none if the workspace is gone.
    #[tracing::instrument(name = "db.identity_secrets.revoke_tokens", level = "debug", skip_all)]
    pub async fn revoke_tokens(
        self,
        workspace: &Workspace,
        by: &Author,
        ambient: &Ambient,
    ) -> Result<Option<u32>, StorageError> {
        self.tenant(workspace.tenant, async |tx| {
            let generation = sqlx::query_scalar!(
                r#"
                UPDATE vestibule.workspaces
                SET token_generation = token_generation + 1
                WHERE tenant_id = $1
                  AND id = $2
                RETURNING token_generation
                "#,
                workspace.tenant.0,
                workspace.id.0,
            )
            .fetch_optional(tx.connection())
            .await?;
            let Some(generation) = generation else { return Ok(None) };
            let generation: u32 = setting("token_generation", generation)?;
            let shown = |generation: u32| json!({"token_generation": generation});
            let entry = AuditEntry::changed(
                "visitor_tokens.revoked",
                target(workspace),
                shown(generation.saturating_sub(1)),
                shown(generation),
            );
            tx.record(by, &entry, ambient).await?;
            Ok(Some(generation))
        })
        .await
    }
}

async fn lock(tx: &mut TenantTx, workspace: &Workspace) -> Result<Option<VisitorSettings>, StorageError> {
    let row = sqlx::query!(
        r#"
        SELECT token_generation, identity_enabled, identity_enforced
        FROM vestibule.workspaces
        WHERE tenant_id = $1
          AND id = $2
        FOR NO KEY UPDATE
        "#,
        workspace.tenant.0,
        workspace.id.0,
    )
    .fetch_optional(tx.connection())
    .await?;
    row.map(|row| {
        Ok(VisitorSettings {
            token_generation: setting("token_generation", row.token_generation)?,
            identity_enabled: row.identity_enabled,
            identity_enforced: row.identity_enforced,
        })
    })
    .transpose()
}

fn target(workspace: &Workspace) -> String {
    format!("workspace:{}", workspace.slug)
}
