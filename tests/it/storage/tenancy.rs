//! Every repository method, as a second tenant with the first one's ids: it reads nothing of the first tenant's, and
//! changes nothing of it.
//!
//! The methods are read from the sources. One that is not tried here fails the test, so a new one is covered or seen.

use super::fixture::{Fixture, key_of, set_tenant, workspace};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;
use vestibule::crypto::proof_of_work::Solved;
use vestibule::domain::audit::{AuditEntry, Author};
use vestibule::domain::auth_session::{AuthSession, SessionEnd};
use vestibule::domain::conversation::{ChatSessionId, UpstreamSession};
use vestibule::domain::exchange::Thumb;
use vestibule::domain::handover::{Handover, Written};
use vestibule::domain::ids::{AuthSessionId, DocumentId, ErasureId, HandoverId, SyncRunId, TenantId, WebhookId};
use vestibule::domain::key::{GraceFrom, KeyContent, Rotation, StoredKey};
use vestibule::domain::owner::Owner;
use vestibule::domain::sealed::Sealed;
use vestibule::domain::store::{CatalogSource, Platform, StoreConnection, StoreSettings, StoreStatus};
use vestibule::domain::sync::{SyncScope, SyncSource, SyncTrigger};
use vestibule::domain::tenant::{Tenant, TenantStatus};
use vestibule::domain::usage::rollup::{Dimension, Granularity, LevelKind};
use vestibule::domain::user::UserId;
use vestibule::domain::webhook::{DisabledBecause, Webhook, WebhookEvent, WebhookSettings};
use vestibule::domain::workspace::ManagedWorkspace;
use vestibule::domain::workspace::Workspace;
use vestibule::storage::{
    Attempted, AuditFilter, BeginConversation, ConversationId, ConversationKey, CredentialChange, DeletedStore,
    Division, DueDelivery, ExchangeFilter, Expected, HandedOver, HandoverNews, IdempotentRequest, IdentitySecret,
    InsertTenantError, KeyFilter, KeyName, KeysOf, KnownCatalogue, Lease, ManagedWorkspaceChange, Mark, Marked, NewKey,
    NewRemoval, NewSyncRun, News, OwnedBy, PutWebhook, QuestionsOf, Rating, ResealedIdentity, RollUp, RollupQuery,
    ScheduledSync, SealedWebhookSecret, SessionChange, StaffDocument, StoreWorkspaceError, WebhookChange, Whose,
};

/// Stands in every text of the first tenant's.
const MARK: &str = "of-the-first";

/// What a signature names when the method works for a tenant.
const CARRIERS: [&str; 16] = [
    "&Handover",
    "&Rating",
    "NewRemoval",
    "&StoredKey",
    "OwnedBy",
    "TenantId",
    "&Workspace",
    "&ManagedWorkspace",
    "ManagedWorkspaceChange",
    "&NewWorkspace",
    "&NewKey",
    "&Tenant",
    "ConversationKey",
    "IdempotentRequest",
    "&AuthSession",
    "&NewSyncRun",
];

/// Both tenants, and the ids of what the first one has.
struct Scene {
    fixture: Fixture,
    second: Workspace,
    key: NewKey,
    session: AuthSession,
    conversation: ChatSessionId,
    /// The conversation's row, and its only exchange.
    transcript: Uuid,
    connection: StoreConnection,
    run: SyncRunId,
    webhook: Webhook,
    author: Author,
}

impl Scene {
    #[expect(clippy::too_many_lines, reason = "one of everything")]
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let second = fixture.second_tenant().await;
        let author = Author::cli(MARK);
        let (database, ambient) = (&fixture.database, &fixture.ambient);
        let mut key = fixture.new_key();
        key.content.name = MARK.to_owned();
        database.api_keys().insert(&key, &author, ambient).await.unwrap();
        let conversation = ChatSessionId::parse(MARK).unwrap();
        let name = ConversationKey {
            tenant: TenantId::DEFAULT,
            workspace: fixture.workspace.id,
            owner: Owner::Key(key.id),
            session: &conversation,
        };
        let opened = database.conversations().open(&name, None, ambient).await.unwrap();
        let mut app = fixture.app(Some(TenantId::DEFAULT)).await;
        let marked = sqlx::query("UPDATE vestibule.workspaces SET display_name = $1").bind(MARK);
        marked.execute(&mut app).await.unwrap();
        let opening = sqlx::query(
            r"INSERT INTO vestibule.conversation_openings (upstream_session, tenant_id, workspace_id, key_id, sealed)
              SELECT $1, tenant_id, id, 'one', '\x01' FROM vestibule.workspaces",
        );
        opening.bind(MARK).execute(&mut app).await.unwrap();
        for at in ["now() - interval '1 day'", "now()"] {
            let event = format!(
                "INSERT INTO vestibule.usage_events
                   (id, at, tenant_id, request_id, workspace_id, route, outcome, http_status, total_us, gateway_us, bytes_out)
                 SELECT gen_random_uuid(), {at}, vestibule.current_tenant(), 'request-1', id, 'of-the-first', 'ok', 200, 1, 1, 1
                 FROM vestibule.workspaces"
            );
            database.usage_rollups().roll_up(TenantId::DEFAULT, 100).await.unwrap();
            sqlx::query(AssertSqlSafe(event)).execute(&mut app).await.unwrap();
        }
        for statement in [
            "INSERT INTO vestibule.transcripts (conversation_id, tenant_id, workspace_id, last_at, note)
             SELECT id, tenant_id, workspace_id, now(), 'of-the-first' FROM vestibule.conversations",
            "INSERT INTO vestibule.exchanges
               (id, tenant_id, workspace_id, conversation_id, at, outcome, cached, question, question_cut, answer,
                answer_cut, gist, history_tail, feedback, feedback_at)
             SELECT conversation_id, tenant_id, workspace_id, conversation_id, now() - interval '1 day', 'refused', false,
                    'of-the-first', false, 'of-the-first', false, 'of-the-first', decode('00112233445566778899', 'hex'), 'down', now()
             FROM vestibule.transcripts",
            "INSERT INTO vestibule.handovers
               (id, tenant_id, workspace_id, conversation_id, at, email, message, consented, digest)
             SELECT conversation_id, tenant_id, workspace_id, conversation_id, now() - interval '1 day', 'of-the-first@b',
                    'of-the-first', false, sha256('of-the-first')
             FROM vestibule.transcripts",
            "INSERT INTO vestibule.documents
               (id, tenant_id, workspace_id, title, characters, location, made_at, made_by)
             SELECT gen_random_uuid(), tenant_id, id, 'of-the-first', 1, 'of-the-first', now(), 'test'
             FROM vestibule.workspaces",
            "INSERT INTO vestibule.former_sessions
               (upstream_session, tenant_id, workspace_id, conversation_id, owner, last_at)
             SELECT 'of-the-first', tenant_id, id, gen_random_uuid(), 'of-the-first', now() FROM vestibule.workspaces",
            "INSERT INTO vestibule.erasures (id, tenant_id, workspace_id, kind, person, made_at, made_by)
             SELECT id, tenant_id, id, 'visitor', '{of-the-first}', now(), 'test' FROM vestibule.workspaces",
            "INSERT INTO vestibule.erasure_sessions (upstream_session, tenant_id, erasure_id)
             SELECT 'of-the-first-2', tenant_id, id FROM vestibule.erasures",
        ] {
            sqlx::query(statement).execute(&mut app).await.unwrap();
        }
        let session: Uuid = sqlx::query_scalar(
            r"INSERT INTO vestibule.auth_sessions
                (id, tenant_id, user_id, username, role, refresh_key, seal_key_id, device, ip_prefix, created_at,
                 last_used_at, user_checked_at, idle_expires_at, absolute_expires_at)
              VALUES (gen_random_uuid(), vestibule.current_tenant(), 7, 'of-the-first', 'admin', '\x00', 'one', 'curl',
                      '192.0.2.0/24', now(), now(), now(), now() + interval '1 day', now() + interval '2 days')
              RETURNING id",
        )
        .fetch_one(&mut app)
        .await
        .unwrap();
        let session = database.auth_sessions().find(TenantId::DEFAULT, AuthSessionId(session)).await.unwrap().unwrap();
        let request = IdempotentRequest { tenant: TenantId::DEFAULT, principal: MARK, key: MARK, fingerprint: [1; 32] };
        database.idempotency_keys().begin(&request, Duration::from_secs(1), Lease::PRODUCT, ambient).await.unwrap();
        let entry = AuditEntry::done("probe.made", MARK.to_owned());
        database.audit_log().append(TenantId::DEFAULT, &author, &entry, ambient).await.unwrap();
        let sealed = Sealed { key_id: "one".into(), bytes: vec![1; 80] };
        let secret = IdentitySecret {
            workspace: fixture.workspace.id,
            secret: sealed.clone(),
            hint: "mark".into(),
            made_at: ambient.now(),
            made_by: MARK.into(),
            previous: None,
            subject_key: sealed,
            switched: None,
        };
        database.identity_secrets().rotate(&fixture.workspace, &secret, None, &author, ambient).await.unwrap();
        let spent = Solved { challenge: [7; 32], expires_at: ambient.now() };
        database.spent_proofs().insert(TenantId::DEFAULT, &spent).await.unwrap();
        let settings = StoreSettings {
            platform: Platform::Custom,
            store_url: format!("https://{MARK}.example/").parse().unwrap(),
            store_ref: None,
            api_version: None,
            channel_ref: None,
            catalog_source: CatalogSource::RestApi,
            feed: None,
            locale: None,
            currency: None,
            include_out_of_stock: true,
            schedule: None,
            failure_threshold_percent: 5,
            removal_threshold_percent: 10,
        };
        let stores = database.store_connections();
        let change = CredentialChange::Remove;
        stores.put(&fixture.workspace, &settings, &change, &Expected::Whatever, &author, ambient).await.unwrap();
        let connection = stores.find(TenantId::DEFAULT, fixture.workspace.id).await.unwrap().unwrap();
        let new = NewSyncRun {
            tenant: TenantId::DEFAULT,
            workspace: fixture.workspace.id,
            slug: MARK,
            trigger: SyncTrigger::Api,
            source: SyncSource::Connection,
            scope: SyncScope::Full,
            changed_since: None,
            allow_mass_removal: false,
            dry_run: false,
        };
        let run = database.sync_runs().insert(&new, &author, ambient).await.unwrap().id;
        let transcript = opened.id.0;
        let webhook = webhook_of(&fixture, &author).await;
        Self { fixture, second, key, session, conversation, transcript, connection, run, webhook, author }
    }

    /// The first tenant's workspace, in the name of the second.
    /// The first tenant's key, as if it were the second's.
    async fn forged_key(&self) -> StoredKey {
        let keys = self.fixture.database.api_keys();
        let key = keys.get(TenantId::DEFAULT, KeyName::Id(self.key.id), self.fixture.ambient.now()).await;
        StoredKey { tenant: self.second.tenant, ..key.unwrap().unwrap() }
    }

    fn forged(&self) -> Workspace {
        Workspace { tenant: self.second.tenant, ..self.fixture.workspace.clone() }
    }

    /// The same with everything that is set.
    async fn forged_managed_workspace(&self) -> ManagedWorkspace {
        let shops = self.fixture.database.managed_workspaces();
        let shop = shops.find_by_id(TenantId::DEFAULT, self.fixture.workspace.id).await.unwrap().unwrap();
        ManagedWorkspace { tenant: self.second.tenant, ..shop }
    }

    /// The first tenant's document.
    async fn document(&self) -> DocumentId {
        let documents = self.fixture.database.documents();
        let all = documents.list(TenantId::DEFAULT, self.fixture.workspace.id, None, 1).await.unwrap();
        all[0].id
    }

    /// Every row of the first tenant's, by table, as a digest.
    async fn state(&self) -> BTreeMap<String, Option<String>> {
        let mut owner = self.fixture.owner(Some(TenantId::DEFAULT)).await;
        let tables: Vec<String> = sqlx::query_scalar(
            r"SELECT c.relname::text FROM pg_class c
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
              WHERE c.relnamespace = 'vestibule'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              UNION SELECT 'tenants'",
        )
        .fetch_all(&mut owner)
        .await
        .unwrap();
        let mut state = BTreeMap::new();
        for table in tables {
            let digest = format!("SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM vestibule.{table} AS t");
            set_tenant(&mut owner, TenantId::DEFAULT).await;
            let digest: Option<String> = sqlx::query_scalar(AssertSqlSafe(digest)).fetch_one(&mut owner).await.unwrap();
            state.insert(table, digest);
        }
        state
    }

    /// Calls a method as the second tenant with the first one's ids; gives what it said.
    #[expect(clippy::too_many_lines, reason = "one arm a method")]
    async fn probe(&self, method: &str) -> String {
        let Self { fixture, second, key, session, author, .. } = self;
        let conversation = self.transcript;
        let (database, ambient) = (&fixture.database, &fixture.ambient);
        let (first, tenant, now) = (&fixture.workspace, second.tenant, ambient.now());
        let name =
            ConversationKey { tenant, workspace: first.id, owner: Owner::Key(key.id), session: &self.conversation };
        let forged = self.forged();
        let entry = AuditEntry::done("probe.made", "second".to_owned());
        match method {
            "ApiKeys::insert" => {
                let mut new = key_of(second, ambient);
                new.workspace = Some(first.id);
                let refused = database.api_keys().insert(&new, author, ambient).await;
                assert!(refused.is_err());
                format!("{refused:?}")
            }
            "ApiKeys::list" => {
                let search = KeyFilter { search: Some(key.public_id.to_string()), ..KeyFilter::default() };
                let all = database.api_keys().list(tenant, &KeyFilter::default(), now, None, 100).await;
                format!("{all:?} {:?}", database.api_keys().list(tenant, &search, now, None, 100).await)
            }
            "ApiKeys::ending" => {
                let of = KeysOf { workspaces: &[first.id], of_all: true };
                let far = now + chrono::TimeDelta::days(9999);
                format!("{:?}", database.api_keys().ending(tenant, of, (now, far), 100).await)
            }
            "ApiKeys::nearly_used_up" => {
                let of = KeysOf { workspaces: &[first.id], of_all: true };
                format!("{:?}", database.api_keys().nearly_used_up(tenant, of, now, 100).await)
            }
            "ApiKeys::get" => {
                let by_id = database.api_keys().get(tenant, KeyName::Id(key.id), now).await;
                let by_name = database.api_keys().get(tenant, KeyName::PublicId(key.public_id), now).await;
                format!("{by_id:?} {by_name:?}")
            }
            "ApiKeys::revoke" => {
                let by = &Author::cli("second");
                let by_id = database.api_keys().revoke(tenant, KeyName::Id(key.id), None, by, ambient).await;
                let public_id = KeyName::PublicId(key.public_id);
                let by_name = database.api_keys().revoke(tenant, public_id, None, by, ambient).await;
                format!("{by_id:?} {by_name:?}")
            }
            "ApiKeys::update" => {
                let forged = self.forged_key().await;
                let content = KeyContent { name: "second".to_owned(), ..forged.content.clone() };
                let refused = database.api_keys().update(&forged, &content, &Author::cli("second"), ambient).await;
                assert!(refused.is_err());
                format!("{refused:?}")
            }
            "ApiKeys::rotate" => {
                let (forged, new) = (self.forged_key().await, key_of(second, ambient));
                let rotation =
                    Rotation { from: forged.id, grace_from: GraceFrom::Now, grace_seconds: 0, pending: false };
                let new = NewKey { rotation: Some(rotation), ..new };
                let by = &Author::cli("second");
                let refused = database.api_keys().rotate(&forged, &new, rotation, by, ambient).await;
                assert!(refused.is_err());
                format!("{refused:?}")
            }
            "ApiKeys::begin_grace" => {
                format!("{:?}", database.api_keys().begin_grace(tenant, key.id, ambient).await)
            }
            "AuditLog::append" => {
                let (author, entry) = (Author::cli("second"), AuditEntry::done("probe.made", "second".to_owned()));
                format!("{:?}", database.audit_log().append(tenant, &author, &entry, ambient).await)
            }
            "AuditLog::list" => {
                format!("{:?}", database.audit_log().list(tenant, &AuditFilter::default(), None, 100).await)
            }
            "AuthSessions::find" => format!("{:?}", database.auth_sessions().find(tenant, session.id).await),
            "AuthSessions::insert" => {
                let taken = AuthSession { tenant, ..session.clone() };
                let refused = database.auth_sessions().insert(&taken).await;
                assert!(refused.is_err(), "the id is taken");
                format!("{refused:?}")
            }
            "AuthSessions::change" => {
                let seen = database.auth_sessions().change(tenant, session.id, now, |session| {
                    (SessionChange::Ended(SessionEnd::Admin), session.username.clone())
                });
                format!("{:?}", seen.await)
            }
            "AuthSessions::end" => {
                let ended = database.auth_sessions().end(tenant, session.id, None, SessionEnd::Admin, now).await;
                assert!(!ended.clone().unwrap());
                format!("{ended:?}")
            }
            "AuthSessions::end_all" => {
                format!("{:?}", database.auth_sessions().end_all(tenant, UserId(7), SessionEnd::Admin, now).await)
            }
            "AuthSessions::list" => {
                format!("{:?}", database.auth_sessions().list(tenant, UserId(7), None, 100, now).await)
            }
            "AuthSessions::delete_ended" => {
                let far = now + chrono::TimeDelta::days(3650);
                format!("{:?}", database.auth_sessions().delete_ended(tenant, far).await)
            }
            "Conversations::open" => format!("{:?}", database.conversations().open(&name, None, ambient).await),
            "Conversations::open_as" => {
                let begin = BeginConversation::new(ambient);
                format!("{:?}", database.conversations().open_as(&name, None, &begin).await)
            }
            "Conversations::find" => format!("{:?}", database.conversations().find(&name).await),
            "Conversations::open_with" => {
                let (begin, opening) =
                    (BeginConversation::opened(ambient), Sealed { key_id: "one".into(), bytes: vec![1] });
                format!("{:?}", database.conversations().open_with(&name, None, &begin, &opening).await)
            }
            "Conversations::opening" => {
                let found = database.conversations().opening(tenant, &UpstreamSession::new(MARK)).await;
                assert!(matches!(found, Ok(None)), "{found:?}");
                String::new()
            }
            "Conversations::opening_told" => {
                let session = UpstreamSession::new(MARK);
                format!("{:?}", database.conversations().opening_told(tenant, &session).await)
            }
            "Conversations::reset" => format!("{:?}", database.conversations().reset(&name, ambient).await),
            "Conversations::delete_beyond_retention" => {
                let far = now + chrono::TimeDelta::days(3650);
                format!("{:?}", database.conversations().delete_beyond_retention(tenant, far).await)
            }
            "Conversations::list" => {
                let by = OwnedBy { tenant, workspace: first.id, owner: Owner::Key(key.id) };
                let found = database.conversations().list(by, None, None, 100).await;
                assert!(found.unwrap().iter().all(|one| one.session.as_str() != MARK));
                String::new()
            }
            "Conversations::pass_on" => {
                let by = OwnedBy { tenant, workspace: first.id, owner: Owner::Key(key.id) };
                let done = database.conversations().pass_on(by, Owner::User(UserId(7))).await;
                assert!(matches!(done, Ok(0)), "{done:?}");
                String::new()
            }
            "IdentitySecrets::find" => {
                let found = database.identity_secrets().find(tenant, first.id).await.unwrap();
                assert!(found.is_none());
                String::new()
            }
            "IdentitySecrets::list_sealed_elsewhere" => {
                let found = database.identity_secrets().list_sealed_elsewhere(tenant, "x").await.unwrap();
                assert!(found.is_empty());
                String::new()
            }
            "IdentitySecrets::rotate" => {
                let secrets = database.identity_secrets();
                let theirs = secrets.find(TenantId::DEFAULT, first.id).await.unwrap().unwrap();
                let author = Author::cli("second");
                let done = secrets.rotate(&forged, &theirs, Some(&theirs), &author, ambient).await;
                assert!(!matches!(done, Ok(true)), "{done:?}");
                String::new()
            }
            "IdentitySecrets::reseal" => {
                let secrets = database.identity_secrets();
                let theirs = secrets.find(TenantId::DEFAULT, first.id).await.unwrap().unwrap();
                let sealed = Sealed { key_id: "two".into(), bytes: vec![0; 80] };
                let new = ResealedIdentity { secret: sealed.clone(), previous: None, subject_key: sealed };
                assert_eq!(secrets.reseal(tenant, &theirs, &new).await, Ok(false));
                String::new()
            }
            "IdentitySecrets::switch" => {
                let author = Author::cli("second");
                let done = database.identity_secrets().switch(&forged, true, true, &author, ambient).await;
                assert_eq!(done, Ok(false));
                String::new()
            }
            "RootKeyNote::drop_store_credentials" => {
                format!("{:?}", database.root_key().drop_store_credentials(tenant, &[], now).await)
            }
            "RootKeyNote::drop_webhooks" => format!("{:?}", database.root_key().drop_webhooks(tenant, &[]).await),
            "RootKeyNote::drop_sessions" => format!("{:?}", database.root_key().drop_sessions(tenant, &[]).await),
            "RootKeyNote::drop_identity_secrets" => {
                format!("{:?}", database.root_key().drop_identity_secrets(tenant, &[]).await)
            }
            "IdentitySecrets::revoke_tokens" => {
                let author = Author::cli("second");
                let done = database.identity_secrets().revoke_tokens(&forged, &author, ambient).await;
                assert_eq!(done, Ok(None));
                String::new()
            }
            "SpentProofs::insert" => {
                let spent = Solved { challenge: [7; 32], expires_at: now };
                // Its own, although the first tenant has spent the same.
                assert!(database.spent_proofs().insert(tenant, &spent).await.is_ok());
                String::new()
            }
            "SpentProofs::delete_expired" => {
                let far = now + chrono::TimeDelta::days(3650);
                assert!(database.spent_proofs().delete_expired(tenant, far).await.is_ok());
                String::new()
            }
            "IdempotencyKeys::begin" => {
                let request = IdempotentRequest { tenant, principal: MARK, key: MARK, fingerprint: [2; 32] };
                let begun =
                    database.idempotency_keys().begin(&request, Duration::from_secs(1), Lease::PRODUCT, ambient).await;
                assert!(matches!(begun, Ok(vestibule::storage::Begin::Fresh(_))), "its own, not the first one's");
                String::new()
            }
            "IdempotencyKeys::delete_expired" => {
                format!("{:?}", database.idempotency_keys().delete_expired(tenant, ambient).await)
            }
            "MemberChanges::begin" => {
                let begun = database.member_changes().begin(tenant, first.id).await.unwrap();
                assert!(begun.is_none());
                String::new()
            }
            "ManagedWorkspaces::find" => format!("{:?}", database.managed_workspaces().find(tenant, &first.slug).await),
            "ManagedWorkspaces::find_by_id" => {
                format!("{:?}", database.managed_workspaces().find_by_id(tenant, first.id).await)
            }
            "ManagedWorkspaces::list" => {
                format!("{:?}", database.managed_workspaces().list(tenant, Some(first.id), true, None, 100).await)
            }
            "ManagedWorkspaces::insert" => {
                let inserted = database
                    .managed_workspaces()
                    .insert(&self.forged_managed_workspace().await, author, &entry, ambient)
                    .await;
                assert!(inserted.is_err(), "the id is taken");
                String::new()
            }
            "ManagedWorkspaces::update" => {
                let shop = self.forged_managed_workspace().await;
                let change = ManagedWorkspaceChange {
                    workspace: &shop,
                    content: &shop.content,
                    upstream_state: shop.upstream_state,
                    upstream_slug: "taken",
                };
                let updated = database.managed_workspaces().update(change, author, &entry, ambient).await;
                assert_eq!(updated, Err(StoreWorkspaceError::Changed));
                String::new()
            }
            "ManagedWorkspaces::delete" => {
                let deleted = database
                    .managed_workspaces()
                    .delete(&self.forged_managed_workspace().await, author, &entry, ambient)
                    .await;
                assert_eq!(deleted, Err(StoreWorkspaceError::Changed));
                String::new()
            }
            "ManagedWorkspaces::lock" => {
                let theirs = database.managed_workspaces().lock(TenantId::DEFAULT, &first.slug).await.unwrap();
                let ours = database.managed_workspaces().lock(tenant, &first.slug).await.unwrap();
                assert!(theirs.is_some() && ours.is_some(), "the same slug is another lock");
                String::new()
            }
            "StoreConnections::find" => {
                format!("{:?}", database.store_connections().find(tenant, first.id).await)
            }
            "StoreConnections::list_scheduled" => {
                format!("{:?}", database.store_connections().list_scheduled(tenant, None, 100).await)
            }
            "StoreConnections::find_credentials" => {
                let found = database.store_connections().find_credentials(tenant, self.connection.id).await;
                assert!(matches!(found, Ok(None)));
                String::new()
            }
            "StoreConnections::list_sealed_elsewhere" => {
                format!("{:?}", database.store_connections().list_sealed_elsewhere(tenant, "x", None, 100).await)
            }
            "StoreConnections::reseal" => {
                let (stores, sealed) =
                    (database.store_connections(), Sealed { key_id: "one".into(), bytes: vec![0; 80] });
                let resealed = stores.reseal(tenant, self.connection.id, &sealed, &sealed).await;
                assert_eq!(resealed, Ok(false));
                String::new()
            }
            "AuthSessions::list_sealed_elsewhere" => {
                let found = database.auth_sessions().list_sealed_elsewhere(tenant, "x", None, 100).await;
                assert!(found.unwrap().is_empty());
                String::new()
            }
            "AuthSessions::reseal" => {
                let sessions = database.auth_sessions();
                let theirs = sessions.list_sealed_elsewhere(TenantId::DEFAULT, "x", None, 100).await.unwrap();
                let sealed = Sealed { key_id: "two".into(), bytes: vec![0; 80] };
                assert_eq!(sessions.reseal(tenant, &theirs[0], &sealed, None).await, Ok(false));
                String::new()
            }
            "StoreConnections::put" => {
                let (stores, remove) = (database.store_connections(), CredentialChange::Remove);
                let author = Author::cli("second");
                let settings = &self.connection.settings;
                let put = stores.put(&forged, settings, &remove, &Expected::Whatever, &author, ambient).await;
                assert!(put.is_err());
                String::new()
            }
            "StoreConnections::delete" => {
                let author = Author::cli("second");
                let deleted = database.store_connections().delete(&forged, &Expected::Whatever, &author, ambient).await;
                assert!(!matches!(deleted, Ok(DeletedStore::Deleted { .. })));
                String::new()
            }
            "StoreConnections::record_check" => {
                let (stores, author) = (database.store_connections(), Author::cli("second"));
                let status = StoreStatus::Degraded;
                let checked = stores.record_check(&forged, &self.connection, status, None, &author, ambient).await;
                assert!(matches!(checked, Ok(None)), "{checked:?}");
                String::new()
            }
            // Looks across tenants on purpose: a delivery names nothing but the connection.
            "StoreConnections::owner" => {
                let owner = database.store_connections().owner(self.connection.id).await;
                assert_eq!(owner, Ok(Some((first.tenant, first.id))));
                String::new()
            }
            "StoreConnections::note_delivery" => {
                let stores = database.store_connections();
                let noted = stores.note_delivery((tenant, first.id), self.connection.id, "d", "1", now).await;
                assert!(noted.is_err(), "a delivery for another tenant's connection");
                String::new()
            }
            "StoreConnections::tell_refused" => {
                let told = database.store_connections().tell_refused(tenant, self.connection.id, ambient).await;
                format!("{told:?}")
            }
            "SyncRuns::insert" => {
                let new = NewSyncRun {
                    tenant,
                    workspace: first.id,
                    slug: "second",
                    trigger: SyncTrigger::Api,
                    source: SyncSource::Connection,
                    scope: SyncScope::Full,
                    changed_since: None,
                    allow_mass_removal: false,
                    dry_run: false,
                };
                let inserted = database.sync_runs().insert(&new, &Author::cli("second"), ambient).await;
                assert!(inserted.is_err(), "a run in another tenant's workspace");
                String::new()
            }
            "SyncRuns::find" => {
                assert_eq!(database.sync_runs().find(tenant, first.id, self.run).await, Ok(None));
                String::new()
            }
            "SyncRuns::last_of" => {
                assert_eq!(database.sync_runs().last_of(tenant, &[first.id]).await.map(|runs| runs.len()), Ok(0));
                String::new()
            }
            "SyncRuns::titles" => {
                let titles = database.sync_runs().titles((tenant, first.id), self.run, &[1, 2, 3]).await;
                assert_eq!(titles.map(|titles| titles.len()), Ok(0));
                String::new()
            }
            "SyncRuns::list" => format!("{:?}", database.sync_runs().list(tenant, first.id, None, 100).await),
            "SyncRuns::find_active" => {
                assert_eq!(database.sync_runs().find_active(tenant, first.id).await, Ok(None));
                String::new()
            }
            "SyncRuns::cancel" => {
                let author = Author::cli("second");
                let cancelled = database.sync_runs().cancel(tenant, (first.id, "x"), self.run, &author, ambient).await;
                assert_eq!(cancelled, Ok(None));
                String::new()
            }
            "SyncRuns::start_changed" => {
                format!("{:?}", database.sync_runs().start_changed(tenant, ambient).await)
            }
            "SyncRuns::next_change" => {
                assert_eq!(database.sync_runs().next_change(tenant, first.id).await, Ok(None));
                String::new()
            }
            "SyncRuns::start_noted" => {
                format!("{:?}", database.sync_runs().start_noted(tenant, ambient).await)
            }
            "SyncRuns::outcomes" => {
                format!("{:?}", database.sync_runs().outcomes(tenant, self.run, None, 0, 1000).await)
            }
            "SyncRuns::errors" => format!("{:?}", database.sync_runs().errors(tenant, self.run).await),
            // Looks across tenants on purpose: ids and nothing else.
            "SyncRuns::tenants" => format!("{:?}", database.sync_runs().tenants().await),
            "SyncRuns::claim_next" => {
                let claimed = database.sync_runs().claim_next(tenant, false, Duration::from_secs(60), ambient).await;
                assert!(matches!(claimed, Ok(None)));
                String::new()
            }
            "SyncRuns::claim_this" => {
                let claimed = database.sync_runs().claim_this(tenant, self.run, Duration::from_secs(60), ambient).await;
                assert!(matches!(claimed, Ok(None)));
                String::new()
            }
            "SyncRuns::end_abandoned" => {
                let far = now + chrono::TimeDelta::days(3650);
                assert_eq!(database.sync_runs().end_abandoned(tenant, far).await, Ok(0));
                String::new()
            }
            "SyncRuns::count_products" => {
                assert_eq!(database.sync_runs().count_products(tenant, first.id).await, Ok(0));
                String::new()
            }
            "SyncRuns::has_offers" => {
                assert_eq!(database.sync_runs().has_offers(tenant, first.id).await, Ok(false));
                String::new()
            }
            "SyncRuns::offers" => {
                format!("{:?}", database.sync_runs().offers(tenant, first.id, &["P-1".to_owned()]).await)
            }
            "SyncRuns::cards" => {
                assert_eq!(database.sync_runs().cards(tenant, first.id, None, 10).await, Ok(Vec::new()));
                String::new()
            }
            "SyncRuns::unknown_documents" => {
                let known = database.sync_runs().unknown_documents(tenant, first.id, &["a.json".to_owned()]).await;
                assert_eq!(known, Ok(KnownCatalogue::Missing));
                String::new()
            }
            "SyncRuns::begin_removal" => {
                let trigger = SyncTrigger::Purge;
                let theirs = NewRemoval { tenant, workspace: first.id, slug: "second", trigger };
                let begun = database.sync_runs().begin_removal(theirs, &Author::cli("second"), ambient).await;
                assert_eq!(begun, Ok(None));
                String::new()
            }
            "SyncRuns::scheduled" => format!("{:?}", database.sync_runs().scheduled(tenant).await),
            "SyncRuns::move_on" => {
                let theirs = ScheduledSync {
                    workspace: first.id,
                    slug: "second".to_owned(),
                    cron: "0 3 * * *".to_owned(),
                    timezone: "UTC".to_owned(),
                    next_at: Some(now),
                    read: None,
                };
                let moved = database
                    .sync_runs()
                    .move_on(tenant, &theirs, Some(now), (true, chrono::TimeDelta::hours(1)), ambient)
                    .await;
                assert!(!matches!(moved, Ok(true)));
                format!("{moved:?}")
            }
            "UsageRollups::roll_up" => {
                let done = database.usage_rollups().roll_up(tenant, 100).await;
                assert_eq!(done, Ok(RollUp::Done(0)), "the first tenant's event waits");
                String::new()
            }
            "UsageRollups::oldest_pending" => {
                assert_eq!(database.usage_rollups().oldest_pending(tenant).await, Ok(None));
                String::new()
            }
            "UsageRollups::read" => {
                let query = RollupQuery {
                    granularity: Granularity::Day,
                    workspace: Some(first.id),
                    key: None,
                    from: now - chrono::TimeDelta::days(9),
                    to: now + chrono::TimeDelta::days(9),
                    divided: Some(Division { scope: LevelKind::Key, dimension: Dimension::Route, most: 100 }),
                };
                let theirs = database.usage_rollups().read(TenantId::DEFAULT, &query).await.unwrap();
                assert!(format!("{theirs:?}").contains(MARK), "there is something to be found");
                format!("{:?}", database.usage_rollups().read(tenant, &query).await)
            }
            "UsageRollups::read_workspaces" => {
                let (from, to) = (now - chrono::TimeDelta::days(9), now + chrono::TimeDelta::days(9));
                let asked = QuestionsOf { workspaces: &[first.id], routes: &["chat.ask"], from, to };
                assert_eq!(database.usage_rollups().read_workspaces(tenant, asked).await, Ok(Vec::new()));
                String::new()
            }
            "UsageRollups::delete_before" => {
                let far = now + chrono::TimeDelta::days(3650);
                assert_eq!(database.usage_rollups().delete_before(tenant, far, far).await, Ok(0));
                String::new()
            }
            "UsageMarks::delete_before" => {
                let far = now + chrono::TimeDelta::days(9);
                format!("{:?}", database.usage_marks().delete_before(tenant, far).await)
            }
            "UsageNames::keys" => format!("{:?}", database.usage_names().keys(tenant, &[key.id.0]).await),
            "UsageNames::workspaces" => {
                format!("{:?}", database.usage_names().workspaces(tenant, &[first.id.0]).await)
            }
            "Transcripts::list" => {
                let all = ExchangeFilter::default();
                format!("{:?}", database.transcripts().list(tenant, first.id, &all, None, 100).await)
            }
            "Transcripts::exchanges" => {
                let all = ExchangeFilter::default();
                let transcripts = database.transcripts();
                let one = transcripts.exchanges(tenant, first.id, Some(conversation), &all, None, 100).await;
                format!("{one:?} {:?}", transcripts.exchanges(tenant, first.id, None, &all, None, 100).await)
            }
            "Transcripts::find" => {
                format!("{:?}", database.transcripts().find(tenant, first.id, conversation).await)
            }
            "Transcripts::mark" => {
                let mark = Mark { solved: Some(true), note: Some(None) };
                let (place, by) = ((tenant, first.id), Author::cli("second"));
                let marked = database.transcripts().mark(place, conversation, &mark, |_| true, &by, ambient).await;
                assert_eq!(marked, Ok(Marked::Missing));
                String::new()
            }
            "Transcripts::rate" => {
                let rating = Rating {
                    tenant,
                    owner: Owner::Key(key.id),
                    answer: conversation,
                    thumb: Thumb::Down,
                    reason: None,
                    at: now,
                };
                assert_eq!(database.transcripts().rate(&rating).await, Ok(None));
                String::new()
            }
            "Transcripts::thumbs" => {
                let told = database.transcripts().thumbs(tenant, ConversationId(conversation)).await;
                assert_eq!(told, Ok(Vec::new()));
                String::new()
            }
            "Transcripts::gaps" => {
                let ever = (now - chrono::TimeDelta::days(9), now + chrono::TimeDelta::days(9));
                format!("{:?}", database.transcripts().gaps(tenant, first.id, ever, 100).await)
            }
            "Transcripts::settle_gap" => {
                let by = Author::cli("second");
                let settled = database.transcripts().settle_gap((tenant, first.id), conversation, &by, ambient).await;
                assert_eq!(settled, Ok(false));
                String::new()
            }
            "Transcripts::question" => {
                format!("{:?}", database.transcripts().question(tenant, first.id, conversation).await)
            }
            "Transcripts::delete_beyond_retention" => {
                let far = now + chrono::TimeDelta::days(3650);
                assert_eq!(database.transcripts().delete_beyond_retention(tenant, far).await, Ok(0));
                String::new()
            }
            "Handovers::insert" => {
                let handover = Handover {
                    id: HandoverId::new(ambient),
                    tenant,
                    workspace: first.id,
                    conversation,
                    at: now,
                    key: None,
                    origin: None,
                    locale: None,
                    written: Written { message: "second".into(), ..Written::default() },
                };
                let news =
                    HandoverNews { with_words_to: None, with_words: String::new(), without_words: String::new() };
                let by = Author::cli("second");
                let done = database.handovers().insert(&handover, &news, &by, ambient).await;
                assert_eq!(done, Ok(HandedOver::NoConversation));
                String::new()
            }
            "Handovers::find" => {
                format!("{:?}", database.handovers().find(tenant, HandoverId(conversation)).await)
            }
            "Handovers::list_of" => {
                format!("{:?}", database.handovers().list_of(tenant, first.id, conversation).await)
            }
            "Handovers::list" => {
                let all = ExchangeFilter::default();
                format!("{:?}", database.handovers().list(tenant, first.id, &all, None, 100).await)
            }
            "Handovers::delete_beyond_retention" => {
                let far = now + chrono::TimeDelta::days(3650);
                assert_eq!(database.handovers().delete_beyond_retention(tenant, far).await, Ok(0));
                String::new()
            }
            "Documents::insert" => {
                let document = StaffDocument {
                    id: DocumentId(ambient.uuid()),
                    title: "second".into(),
                    url: None,
                    characters: 1,
                    location: "second".into(),
                    made_at: now,
                    made_by: "second".into(),
                };
                let by = Author::cli("second");
                let refused = database.documents().insert(tenant, first.id, &document, &[7; 32], &by, ambient).await;
                assert!(refused.is_err());
                format!("{refused:?}")
            }
            "Documents::list" => format!("{:?}", database.documents().list(tenant, first.id, None, 100).await),
            "Documents::same" => format!("{:?}", database.documents().same(tenant, first.id, &[7; 32]).await),
            "Documents::location" => {
                let id = self.document().await;
                format!("{:?}", database.documents().location(tenant, first.id, id).await)
            }
            "Documents::delete" => {
                let (id, by) = (self.document().await, Author::cli("second"));
                assert_eq!(database.documents().delete(tenant, first.id, id, &by, ambient).await, Ok(false));
                String::new()
            }
            "Erasures::insert" => {
                let whose = Whose::Conversation(conversation);
                let by = Author::cli("second");
                let refused = database.erasures().insert(tenant, first.id, &whose, &by, ambient).await;
                assert!(refused.is_err());
                format!("{refused:?}")
            }
            "Erasures::find" => format!("{:?}", database.erasures().find(tenant, ErasureId(first.id.0)).await),
            "Erasures::preview" => {
                let whose = Whose::Before(now + chrono::TimeDelta::days(9));
                let seen = database.erasures().preview(tenant, first.id, &whose, now).await.unwrap();
                assert_eq!(seen, vestibule::storage::Affected::default());
                String::new()
            }
            "Erasures::list" => format!("{:?}", database.erasures().list(tenant, first.id, None, 100).await),
            "Erasures::sessions_left" => {
                assert_eq!(database.erasures().sessions_left(tenant, ErasureId(first.id.0)).await.unwrap(), 0);
                String::new()
            }
            "Erasures::claim_next" => {
                let claimed = database.erasures().claim_next(tenant, Duration::from_secs(1), ambient).await;
                assert!(matches!(claimed, Ok(None)), "{claimed:?}");
                String::new()
            }
            "Tenants::find" => format!("{:?}", database.tenants().find(tenant).await),
            // These two look across tenants on purpose: ids and nothing else.
            "Tenants::ids" => format!("{:?}", database.tenants().ids().await),
            "Tenants::find_id" => format!("{:?}", database.tenants().find_id(&"default".parse().unwrap()).await),
            "Tenants::insert" => {
                let mut tenant = database.tenants().find(tenant).await.unwrap().unwrap();
                tenant.id = TenantId::DEFAULT;
                format!("{:?}", database.tenants().insert(&tenant, author, ambient).await.is_err())
            }
            "Tenants::set_status" => {
                let author = Author::cli("second");
                let set = database.tenants().set_status(tenant, TenantStatus::Active, &author, ambient).await;
                format!("{set:?}")
            }
            "Quotas::used" => format!("{:?}", database.quotas().used(tenant, key.id).await.map(|spent| spent.used)),
            "Quotas::longest_prompt" => {
                format!("{:?}", database.quotas().longest_prompt(tenant, first.id).await)
            }
            "Quotas::delete_before" => {
                format!("{:?}", database.quotas().delete_before(tenant, now.date_naive() + chrono::Days::new(9)).await)
            }
            "Workspaces::find_by_slug" => {
                format!("{:?}", database.workspaces().find_by_slug(tenant, &first.slug).await)
            }
            "Workspaces::list" => format!("{:?}", database.workspaces().list(tenant, None, 100).await),
            "Workspaces::list_active" => {
                let slugs = [first.upstream_slug.clone()];
                format!("{:?}", database.workspaces().list_active(tenant, Some(&slugs)).await)
            }
            "Workspaces::insert" => {
                let mut taken = workspace(tenant, "x", ambient);
                taken.id = first.id;
                assert!(database.workspaces().insert(&taken).await.is_err(), "the id is taken");
                String::new()
            }
            method if method.starts_with("Webhooks::") => self.probe_webhooks(method).await,
            untried => panic!(
                "`{untried}` works for a tenant and is not tried as another one: call it in `Scene::probe` with the \
                 first tenant's ids"
            ),
        }
    }
}

impl Scene {
    async fn probe_webhooks(&self, method: &str) -> String {
        let (webhooks, ambient, second) =
            (self.fixture.database.webhooks(), &self.fixture.ambient, Author::cli("second"));
        let (tenant, forged, workspace) = (self.second.tenant, self.forged(), self.fixture.workspace.id);
        let Webhook { id, settings, .. } = &self.webhook;
        let sealed = Sealed { key_id: "two".into(), bytes: vec![2; 80] };
        let secret = SealedWebhookSecret { webhook: *id, secret: sealed.clone(), previous: None };
        let far = ambient.now() + chrono::TimeDelta::days(9);
        let due = DueDelivery {
            id: webhooks.deliveries(TenantId::DEFAULT, *id, None, None, 1).await.unwrap()[0].id,
            webhook: *id,
            url: settings.url.clone(),
            body: String::new(),
            attempts: 0,
        };
        match method {
            "Webhooks::list" => format!("{:?}", webhooks.list(tenant, workspace).await),
            "Webhooks::find" => format!("{:?}", webhooks.find(tenant, workspace, *id).await),
            "Webhooks::insert" => {
                let new = WebhookSettings { description: "second".into(), ..settings.clone() };
                let put = webhooks.insert(&forged, WebhookId::new(ambient), &new, &sealed, &second, ambient).await;
                assert!(matches!(put, Ok(PutWebhook::Missing)), "{put:?}");
                String::new()
            }
            "Webhooks::update" => {
                let change = WebhookChange { settings: settings.clone(), enabled: false, expected: None };
                let put = webhooks.update(&forged, *id, &change, &second, ambient).await;
                assert!(matches!(put, Ok(PutWebhook::Missing)), "{put:?}");
                String::new()
            }
            "Webhooks::delete" => format!("{:?}", webhooks.delete(&forged, *id, &second, ambient).await),
            "Webhooks::rotate" => format!("{:?}", webhooks.rotate(&forged, *id, &secret, &second, ambient).await),
            "Webhooks::secret" => {
                assert!(matches!(webhooks.secret(tenant, *id).await, Ok(None)));
                String::new()
            }
            "Webhooks::list_sealed_elsewhere" => {
                assert_eq!(webhooks.list_sealed_elsewhere(tenant, "x").await, Ok(Vec::new()));
                String::new()
            }
            "Webhooks::reseal" => {
                assert_eq!(webhooks.reseal(tenant, &secret, &secret).await, Ok(false));
                String::new()
            }
            "Webhooks::alerts" => format!("{:?}", webhooks.alerts(tenant, ambient.now()).await),
            "Webhooks::tell_upstream" => {
                let event = WebhookEvent::UpstreamRecovered;
                let told = webhooks.tell_upstream(tenant, event, &|_| "{}".to_owned(), ambient).await;
                assert_eq!(told, Ok(0));
                String::new()
            }
            "Webhooks::tell" => {
                let event = WebhookEvent::UpstreamUnavailable;
                let news = News { event, subject: None, body: "{}" };
                let told = webhooks.tell(tenant, workspace, Some(*id), &news, ambient).await;
                assert_eq!(told.map(|told| told.len()), Ok(0));
                String::new()
            }
            // Ids and nothing else, across tenants on purpose.
            "Webhooks::tenants" => format!("{:?}", webhooks.tenants().await),
            "Webhooks::take_due" => {
                format!("{:?}", webhooks.take_due(tenant, far, chrono::TimeDelta::hours(1), 9, 9).await)
            }
            "Webhooks::attempted" => {
                let disable = Some(DisabledBecause::Gone);
                let attempted = Attempted { status: None, error: None, again_at: None, disable };
                assert_eq!(webhooks.attempted(tenant, &due, &attempted, ambient).await, Ok(()));
                String::new()
            }
            "Webhooks::deliveries" => format!("{:?}", webhooks.deliveries(tenant, *id, None, None, 9).await),
            "Webhooks::replay" => format!("{:?}", webhooks.replay(tenant, *id, due.id, far).await),
            "Webhooks::delete_deliveries" => {
                assert_eq!(webhooks.delete_deliveries(tenant, far).await, Ok(0));
                String::new()
            }
            untried => panic!("`{untried}` is not tried as another tenant"),
        }
    }
}

/// A webhook of the first tenant's, with a message.
async fn webhook_of(fixture: &Fixture, author: &Author) -> Webhook {
    let (webhooks, ambient) = (fixture.database.webhooks(), &fixture.ambient);
    let settings = WebhookSettings {
        url: format!("https://{MARK}.example/").parse().unwrap(),
        description: MARK.into(),
        events: vec![WebhookEvent::UpstreamUnavailable],
        refused_percent: 30,
    };
    let sealed = Sealed { key_id: "one".into(), bytes: vec![1; 80] };
    let id = WebhookId::new(ambient);
    let made = webhooks.insert(&fixture.workspace, id, &settings, &sealed, author, ambient).await.unwrap();
    let PutWebhook::Done(webhook) = made else { panic!("{made:?}") };
    let event = WebhookEvent::UpstreamUnavailable;
    let news = News { event, subject: Some(MARK), body: MARK };
    let told = webhooks.tell(TenantId::DEFAULT, fixture.workspace.id, None, &news, ambient).await;
    assert_eq!(told.map(|told| told.len()), Ok(1));
    *webhook
}

/// `Repository::method` of every public method in `src/storage` that works for a tenant.
fn methods() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage");
    let (mut folders, mut files) = (vec![root], Vec::<PathBuf>::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, start) in text.match_indices("    pub async fn ") {
            let rest = &text[at + start.len()..];
            let signature = &rest[..rest.find(" {\n").expect("a body")];
            let name = signature.split(['(', '<']).next().unwrap();
            if CARRIERS.iter().any(|carrier| signature.contains(carrier)) {
                let (_, block) = text[..at].rsplit_once("\nimpl ").expect("a method stands in an impl block");
                let repository = block.split(['<', ' ']).next().unwrap();
                found.push(format!("{repository}::{name}"));
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn no_repository_method_reaches_another_tenants_rows() {
    let scene = Scene::new().await;
    let methods = methods();
    assert!(methods.len() > 20, "the sources were not found: {methods:?}");
    let before = scene.state().await;
    let filled = before.values().filter(|digest| digest.is_some()).count();
    assert!(filled >= 8, "there is something to be found: {before:?}");
    for method in methods {
        let said = scene.probe(&method).await;
        assert!(!said.contains(MARK), "`{method}` tells of another tenant: {said}");
        assert_eq!(scene.state().await, before, "`{method}` changes another tenant's rows");
    }
}

/// Without this, reading nothing could mean that there is nothing to be read.
#[tokio::test]
async fn the_first_tenant_itself_finds_what_the_second_does_not() {
    let scene = Scene::new().await;
    let (database, first) = (&scene.fixture.database, &scene.fixture.workspace);
    let tenant = TenantId::DEFAULT;
    let said = [
        format!(
            "{:?}",
            database.api_keys().list(tenant, &KeyFilter::default(), scene.fixture.ambient.now(), None, 100).await
        ),
        format!("{:?}", database.audit_log().list(tenant, &AuditFilter::default(), None, 100).await),
        format!("{:?}", database.auth_sessions().find(tenant, scene.session.id).await),
        format!("{:?}", database.store_connections().find(tenant, first.id).await),
        format!("{:?}", database.workspaces().find_by_slug(tenant, &first.slug).await),
        format!("{:?}", database.workspaces().list(tenant, None, 100).await),
    ];
    for said in said {
        assert!(said.contains(MARK), "{said}");
    }
    assert!(database.member_changes().begin(tenant, first.id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_works_for_all_tenants_knows_them_all_and_nothing_else_of_them() {
    let scene = Scene::new().await;
    let tenants = scene.fixture.database.tenants();
    let mut expected = vec![TenantId::DEFAULT, scene.second.tenant];
    expected.sort_by_key(|tenant| tenant.0);
    assert_eq!(tenants.ids().await.unwrap(), expected);
    assert_eq!(tenants.find_id(&"second".parse().unwrap()).await.unwrap(), Some(scene.second.tenant));
    assert_eq!(tenants.find_id(&"third".parse().unwrap()).await.unwrap(), None);
    let mut app = scene.fixture.app(None).await;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM vestibule.tenants").fetch_one(&mut app).await.unwrap();
    assert_eq!(seen, 0, "the table itself stays closed");
    let refused = sqlx::query("UPDATE vestibule.tenants SET status = 'active'").execute(&mut app).await;
    assert!(refused.unwrap_err().to_string().contains("permission denied"));
}

#[tokio::test]
async fn tenants_are_made_and_suspended_by_the_owner_and_written_down() {
    let scene = Scene::new().await;
    let (database, ambient) = (&scene.fixture.database, &scene.fixture.ambient);
    let mut third = database.tenants().find(scene.second.tenant).await.unwrap().unwrap();
    let by = Author::cli("operator");
    let same = Tenant { id: TenantId(ambient.uuid()), ..third.clone() };
    assert_eq!(database.tenants().insert(&same, &by, ambient).await, Err(InsertTenantError::SlugTaken));
    third.id = TenantId(ambient.uuid());
    third.slug = "third".parse().unwrap();
    database.tenants().insert(&third, &by, ambient).await.unwrap();
    let suspended = database.tenants().set_status(third.id, TenantStatus::Suspended, &by, ambient).await.unwrap();
    assert_eq!(suspended.map(|tenant| tenant.status), Some(TenantStatus::Suspended));
    database.tenants().set_status(third.id, TenantStatus::Suspended, &by, ambient).await.unwrap();
    let nobody = TenantId(ambient.uuid());
    assert_eq!(database.tenants().set_status(nobody, TenantStatus::Active, &by, ambient).await.unwrap(), None);
    let log = database.audit_log().list(third.id, &AuditFilter::default(), None, 100).await.unwrap();
    let actions: Vec<_> = log.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["tenant.updated", "tenant.created"], "the second suspension changes nothing");
}
