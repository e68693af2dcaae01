//! PostgreSQL: the only module that names sqlx. One repository an aggregate, each taking the tenant it works for.
//!
//! The pool's connections are the role `vestibule_app`, for which row-level security always holds: a query that forgets
//! the tenant finds nothing. Repositories hand out domain types; rows and SQL stay here. A repository method is one
//! call of [`Database`]'s: `tenant` for what is done in a tenant's name, `snapshot` for several reads that must fit
//! together, `claimed` for the work on a sync run, `connection` where no tenant is needed or a function of the schema
//! sets it.
//!
//! # Errors
//! Every method fails with a [`StorageError`], or an error that holds one, if the database cannot be asked, does not
//! answer in time, or holds a row that this version cannot read. Nothing has changed then, unless it fell silent while
//! it was to commit: that may have been done or not. Whoever works on a sync run and lost it gets
//! [`StorageError::Lost`]. Methods say only what else there is to know.

mod api_keys;
mod audit;
mod auth_sessions;
mod backups;
mod breaker;
mod catalog;
mod changes;
mod columns;
mod conversations;
mod database;
mod documents;
mod erasures;
mod error;
mod followed;
mod followers;
mod handovers;
mod idempotency;
mod inspection;
mod locks;
mod member_changes;
mod quotas;
mod retention;
mod roles;
mod schema;
mod secrets;
mod spent_proofs;
mod store_connections;
mod tenants;
mod transcripts;
mod usage;
mod webhooks;
mod workspaces;

pub use api_keys::{InsertKeyError, KeyFilter, KeyName, KeysOf, NewKey, StoreKeyError, Worry, WorryingKey};
pub use audit::AuditFilter;
pub use auth_sessions::{Refreshed, SealedSession, SessionChange};
pub use backups::{BackupLogin, BackupSnapshot, Occupancy, PutAside, TableRows};
pub use breaker::Availability;
pub use catalog::{
    Beat, ClaimedRun, Delivered, Intent, KnownCatalogue, Missing, NewRemoval, NewSyncRun, ScheduledSync,
    StartSyncError, SyncClaim, SyncItem, SyncPlan, SyncProduct,
};
pub use changes::{Change, ChangeListener, Heard, ListenTimes};
pub use conversations::{
    BeginConversation, Conversation, ConversationDigest, ConversationId, ConversationKey, OwnedBy, OwnedConversation,
    StoredOpening,
};
pub use database::Database;
use database::TenantTx;
pub use documents::StaffDocument;
pub use erasures::{Affected, ClaimedErasure, Erasure, ErasureClaim, ErasureStatus, Removed, Whose};
pub use error::StorageError;
pub use followers::ListenState;
pub use handovers::{HandedOver, KeptHandover};
pub use idempotency::{Begin, Claim, IdempotentRequest, Lease};
pub use inspection::Inspection;
pub use member_changes::MemberChange;
pub use quotas::Spent;
pub use roles::Roles;
pub use schema::{MIGRATOR, SchemaVersion, ServerState};
pub use secrets::{BootstrapLock, FormerPepper, IdentitySecret, ResealedIdentity, StoredApiKey};
pub use store_connections::{CredentialChange, DeletedStore, Expected, PutStore, PutStoreError, SealedCredentials};
pub use tenants::InsertTenantError;
pub use transcripts::{
    After, ExchangeFilter, Gap, KeptExchange, Mark, Marked, PersonFilter, Rated, Rating, TranscriptRow,
};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use usage::replay_spool;
pub use usage::{
    Division, Named, PartitionsMade, QuestionsOf, RollUp, RollupQuery, Rollups, Spool, UsageRecorder, UsageState,
    UsageWriter,
};
pub use webhooks::{
    Alert, Attempted, DueDelivery, HandoverNews, News, PutWebhook, SealedWebhookSecret, UpstreamSeen, WebhookChange,
};
pub use workspaces::{InsertWorkspaceError, ManagedWorkspaceChange, StoreWorkspaceError, WorkspaceLock};

/// The repositories: each the database as seen from one aggregate, made by the method of its name.
macro_rules! repositories {
    ($($(#[$doc:meta])* $method:ident: $name:ident),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name<'a> {
                database: &'a Database,
            }

            impl std::ops::Deref for $name<'_> {
                type Target = Database;

                fn deref(&self) -> &Database {
                    self.database
                }
            }
        )+

        impl Database {
            $(
                $(#[$doc])*
                pub fn $method(&self) -> $name<'_> {
                    $name { database: self }
                }
            )+
        }
    };
}

repositories! {
    /// API keys.
    api_keys: ApiKeys,
    /// The audit log.
    audit_log: AuditLog,
    /// Sessions of people.
    auth_sessions: AuthSessions,
    /// Conversations.
    conversations: Conversations,
    /// Documents that staff wrote.
    documents: Documents,
    /// Orders to remove what was said.
    erasures: Erasures,
    /// What API keys were hashed with before.
    former_peppers: FormerPeppers,
    /// What shoppers wrote to people.
    handovers: Handovers,
    /// `Idempotency-Key`s.
    idempotency_keys: IdempotencyKeys,
    /// What identity tokens are signed with.
    identity_secrets: IdentitySecrets,
    /// Workspaces with everything their staff set.
    managed_workspaces: ManagedWorkspaces,
    /// Changes of who is assigned to a workspace.
    member_changes: MemberChanges,
    /// What keys have used of their quotas.
    quotas: Quotas,
    /// Which root key the database is sealed under.
    root_key: RootKeyNote,
    /// The keys that access tokens are signed with.
    signing_keys: SigningKeys,
    /// Proofs of work that were spent.
    spent_proofs: SpentProofs,
    /// Connections to shops.
    store_connections: StoreConnections,
    /// Runs of the catalogue sync, and the documents of products.
    sync_runs: SyncRuns,
    /// Tenants.
    tenants: Tenants,
    /// Transcripts of conversations.
    transcripts: Transcripts,
    /// AnythingLLM's API key, where Vestibule keeps it itself.
    upstream_api_key: UpstreamApiKey,
    /// How far what was recorded is written.
    usage_marks: UsageMarks,
    /// What keys and workspaces are called that usage is told of.
    usage_names: UsageNames,
    /// Where usage events lie, by day.
    usage_partitions: UsagePartitions,
    /// Usage added up.
    usage_rollups: UsageRollups,
    /// Webhooks and the messages to them.
    webhooks: Webhooks,
    /// Workspaces as requests need them.
    workspaces: Workspaces,
}
