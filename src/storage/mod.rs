//! PostgreSQL: the only module that names sqlx. One repository an aggregate, each taking the tenant it works for.
//!
//! The pool's connections are the role `vestibule_app`, for which row-level security always holds: a query that forgets
//! the tenant finds nothing. Repositories hand out domain types; rows and SQL stay here.

mod api_keys;
mod audit;
mod auth_sessions;
mod catalog;
mod changes;
mod conversations;
mod error;
mod idempotency;
mod inspection;
mod member_changes;
mod numbers;
mod quotas;
mod schema;
mod secrets;
mod spent_proofs;
mod store_connections;
mod tenants;
mod usage;
mod workspaces;

pub use api_keys::{ApiKeys, InsertKeyError, KeyFilter, KeyName, NewKey, StoreKeyError};
pub use audit::{AuditFilter, AuditLog};
pub use auth_sessions::{AuthSessions, Refreshed, SealedSession, SessionChange};
pub use catalog::{
    Beat, ClaimedRun, Intent, NewSyncRun, ScheduledSync, StartSyncError, SyncClaim, SyncItem, SyncPlan, SyncProduct,
    SyncRuns,
};
pub use changes::{Change, ChangeListener, Heard, ListenState, ListenTimes};
pub use conversations::{
    Conversation, ConversationDigest, ConversationId, ConversationKey, Conversations, OwnedBy, OwnedConversation,
};
pub use error::StorageError;
pub use idempotency::{Begin, Claim, IdempotencyKeys, IdempotentRequest};
pub use inspection::Inspection;
pub use member_changes::{MemberChange, MemberChanges};
pub use quotas::Quotas;
pub use schema::{MIGRATOR, SchemaVersion};
pub use secrets::{
    BootstrapLock, FormerPepper, FormerPeppers, IdentitySecret, IdentitySecrets, ResealedIdentity, SigningKeys,
    StoredApiKey, UpstreamApiKey,
};
pub use spent_proofs::SpentProofs;
pub use store_connections::{CredentialChange, Expected, PutStore, PutStoreError, SealedCredentials, StoreConnections};
pub use tenants::{InsertTenantError, Tenants};
pub use usage::{
    Division, Named, PartitionsMade, RollUp, RollupQuery, Rollups, UsageNames, UsagePartitions, UsageRecorder,
    UsageRollups, UsageWriter,
};
pub use workspaces::{
    InsertWorkspaceError, ManagedWorkspaceChange, ManagedWorkspaces, StoreWorkspaceError, WorkspaceLock, Workspaces,
};

use crate::config;
use crate::domain::ids::TenantId;
use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};
use std::future::Future;
use std::str::FromStr as _;
use std::time::Duration;

/// A connection that was in use this short a time ago is not asked whether it still lives.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// The database: a pool of connections that are all the role `vestibule_app`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    /// Without the role: for migrations and for listening.
    login: PgConnectOptions,
    /// For a whole operation, so that nobody waits for a server that has fallen silent.
    patience: Duration,
}

impl Database {
    /// Prepares the pool; connects with the first use, so that a start does not depend on the database. Call it inside
    /// the tokio runtime.
    ///
    /// # Errors
    /// [`StorageError::Configuration`] if the address is not one.
    pub fn connect(config: &config::Database) -> Result<Self, StorageError> {
        let login = PgConnectOptions::from_str(config.url.expose_secret())
            .map_err(|_| StorageError::Configuration("`database.url` is not the address of a PostgreSQL database"))?;
        // Said when connecting and not afterwards: costs no round trip, survives RESET ALL, and a missing role is an error
        // with a name.
        let app = login.clone().application_name("vestibule").options([
            ("role", "vestibule_app".to_owned()),
            ("statement_timeout", config.statement_millis.to_string()),
            ("idle_in_transaction_session_timeout", (config.statement_millis * 2).to_string()),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_millis(config.acquire_millis))
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < TRUSTED_IDLE || connection.ping().await.is_ok()) })
            })
            .connect_lazy_with(app);
        let patience = Duration::from_millis(config.acquire_millis + 2 * config.statement_millis);
        Ok(Self { pool, login, patience })
    }

    /// Whether the database answers and has our role.
    ///
    /// # Errors
    /// What a request would meet.
    #[tracing::instrument(name = "db.ping", level = "debug", skip_all)]
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.bounded(async {
            let mut connection = self.pool.acquire().await?;
            Ok(connection.ping().await?)
        })
        .await
    }

    /// Waits until all connections are back and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// API keys.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys::new(self)
    }

    /// The audit log.
    pub fn audit_log(&self) -> AuditLog<'_> {
        AuditLog::new(self)
    }

    /// Tenants.
    pub fn tenants(&self) -> Tenants<'_> {
        Tenants::new(self)
    }

    /// Workspaces and their settings.
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces::new(self)
    }

    /// Workspaces with everything their staff set.
    pub fn managed_workspaces(&self) -> ManagedWorkspaces<'_> {
        ManagedWorkspaces::new(self)
    }

    /// Changes of who is assigned to a workspace.
    pub fn member_changes(&self) -> MemberChanges<'_> {
        MemberChanges::new(self)
    }

    /// Sessions of people.
    pub fn auth_sessions(&self) -> AuthSessions<'_> {
        AuthSessions::new(self)
    }

    /// The keys that access tokens are signed with.
    pub fn signing_keys(&self) -> SigningKeys<'_> {
        SigningKeys::new(self)
    }

    /// What API keys were hashed with before.
    pub fn former_peppers(&self) -> FormerPeppers<'_> {
        FormerPeppers::new(self)
    }

    /// Connections to shops.
    pub fn store_connections(&self) -> StoreConnections<'_> {
        StoreConnections::new(self)
    }

    /// Runs of the catalogue sync, and the documents of products.
    pub fn sync_runs(&self) -> SyncRuns<'_> {
        SyncRuns::new(self)
    }

    /// What keys have used of their quotas.
    pub fn quotas(&self) -> Quotas<'_> {
        Quotas::new(self)
    }

    /// Conversations.
    pub fn conversations(&self) -> Conversations<'_> {
        Conversations::new(self)
    }

    /// What identity tokens are signed with.
    pub fn identity_secrets(&self) -> IdentitySecrets<'_> {
        IdentitySecrets::new(self)
    }

    /// Proofs of work that were spent.
    pub fn spent_proofs(&self) -> SpentProofs<'_> {
        SpentProofs::new(self)
    }

    /// `Idempotency-Key`s.
    pub fn idempotency_keys(&self) -> IdempotencyKeys<'_> {
        IdempotencyKeys::new(self)
    }

    /// Usage added up.
    pub fn usage_rollups(&self) -> UsageRollups<'_> {
        UsageRollups::new(self)
    }

    /// What keys and workspaces are called that usage is told of.
    pub fn usage_names(&self) -> UsageNames<'_> {
        UsageNames::new(self)
    }

    /// Where usage events lie, by day.
    pub fn usage_partitions(&self) -> UsagePartitions<'_> {
        UsagePartitions::new(self)
    }

    /// AnythingLLM's API key, where Vestibule keeps it itself.
    pub fn upstream_api_key(&self) -> UpstreamApiKey<'_> {
        UpstreamApiKey::new(self)
    }

    /// A listener for changes, on a connection of its own.
    pub fn listen(&self) -> ChangeListener {
        ChangeListener::new(&self.login, ListenTimes::default())
    }

    /// As [`Self::listen`], with other times.
    pub fn listen_with(&self, times: ListenTimes) -> ChangeListener {
        ChangeListener::new(&self.login, times)
    }

    /// Opens a transaction that sees and writes this tenant's rows only.
    async fn begin(&self, tenant: TenantId) -> Result<TenantTx, StorageError> {
        // One round trip for both. Safe to format: a UUID has only hexadecimal digits and hyphens.
        let begin = format!("BEGIN; SET LOCAL vestibule.tenant_id = '{tenant}'");
        Ok(TenantTx { inner: self.pool.begin_with(AssertSqlSafe(begin)).await? })
    }

    /// As [`Self::begin`], for several reads that must fit together.
    async fn begin_snapshot(&self, tenant: TenantId) -> Result<TenantTx, StorageError> {
        let begin =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL vestibule.tenant_id = '{tenant}'");
        Ok(TenantTx { inner: self.pool.begin_with(AssertSqlSafe(begin)).await? })
    }

    /// Ends an operation that the server no longer answers: `statement_timeout` works only while the server does.
    async fn bounded<T>(&self, operation: impl Future<Output = Result<T, StorageError>>) -> Result<T, StorageError> {
        tokio::time::timeout(self.patience, operation)
            .await
            .unwrap_or_else(|_| Err(StorageError::Unavailable("no answer in time".into())))
    }
}

/// A transaction of one tenant; rolled back if dropped.
struct TenantTx {
    inner: Transaction<'static, Postgres>,
}

impl TenantTx {
    /// To run a query on.
    fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    async fn commit(self) -> Result<(), StorageError> {
        Ok(self.inner.commit().await?)
    }
}
