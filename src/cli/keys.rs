//! `vestibule keys`: the same rules as the API's, for the operator. A key is shown once, by `create`, and never again.

use crate::cli::Settings;
use crate::cli::args::{KeyArgs, KeyListArgs, RevokeArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::{PAGE, Session};
use crate::config::Need;
use crate::domain::access::{Scope, ScopeSet};
use crate::domain::api_key::{ApiKey, KeyEnv, KeyKind, PublicId, looks_like_a_key};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{KeyId, WorkspaceId};
use crate::domain::key::KeyLimits;
use crate::domain::origin::OriginPattern;
use crate::storage::{InsertKeyError, KeyListing, KeyName, NewKey};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

/// What is noted as the maker and revoker of keys.
const BY: &str = "cli";

/// What a secret key may do unless said otherwise: everything that reads, and chatting.
const SECRET_SCOPES: [Scope; 7] = [
    Scope::ChatWrite,
    Scope::MessagesRead,
    Scope::KnowledgeQuery,
    Scope::WidgetRead,
    Scope::WorkspacesRead,
    Scope::KeysRead,
    Scope::UsageRead,
];

/// A key to be made.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) kind: KeyKind,
    pub(super) env: KeyEnv,
    pub(super) name: String,
    pub(super) workspace: Option<WorkspaceId>,
    pub(super) origins: Vec<String>,
    pub(super) scopes: Vec<Scope>,
    pub(super) limits: KeyLimits,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

impl Wanted {
    /// The rules of the schema, said in words.
    fn check(&self) -> Result<(), Failure> {
        let length = self.name.chars().count();
        if !(1..=100).contains(&length) {
            return Err(Failure::usage(format!("--name: 1 to 100 characters, this has {length}")));
        }
        if self.origins.len() > 100 {
            return Err(Failure::usage("--origin: at most 100 of them"));
        }
        match self.kind {
            KeyKind::Publishable => self.check_publishable(),
            KeyKind::Secret if self.origins.is_empty() => Ok(()),
            KeyKind::Secret => Err(Failure::usage(
                "--origin: a secret key is refused when a browser sends it, so it has no origins; for web pages make a publishable key",
            )),
        }
    }

    /// The origins in the form they are stored and compared in.
    fn origins(&self) -> Result<Vec<String>, Failure> {
        let canonical = |origin: &String| {
            let pattern =
                OriginPattern::parse(origin).map_err(|error| Failure::usage(format!("--origin {origin}: {error}")))?;
            if pattern.needs_test_key() && self.env == KeyEnv::Live {
                let what = format!("--origin {origin}: pages of one's own computer need a test key, --env test");
                return Err(Failure::usage(what));
            }
            Ok(pattern.as_str().to_owned())
        };
        self.origins.iter().map(canonical).collect()
    }

    fn check_publishable(&self) -> Result<(), Failure> {
        if self.workspace.is_none() {
            return Err(Failure::usage("--workspace is missing: a publishable key is bound to one"));
        }
        if self.origins.is_empty() {
            return Err(Failure::usage(
                "--origin is missing: a publishable key can be read by anyone, so say which pages may use it, such as https://shop.example",
            ));
        }
        let more = self.scopes.iter().find(|scope| !Scope::PUBLISHABLE.contains(scope));
        more.map_or(Ok(()), |scope| {
            let allowed = Scope::PUBLISHABLE.map(Scope::as_str).join(", ");
            Err(Failure::usage(format!("--scope {scope}: a publishable key may have only {allowed}")))
        })
    }

    /// The scopes asked for, or those keys of the kind mostly need.
    fn scopes(&self) -> ScopeSet {
        match self.kind {
            _ if !self.scopes.is_empty() => self.scopes.iter().copied().collect(),
            KeyKind::Publishable => Scope::PUBLISHABLE.into_iter().collect(),
            KeyKind::Secret => SECRET_SCOPES.into_iter().collect(),
        }
    }
}

/// Makes and stores a key.
pub(super) async fn issue(session: &Session, wanted: &Wanted) -> Result<ApiKey, Failure> {
    wanted.check()?;
    let origins = wanted.origins()?;
    let key = ApiKey::generate(wanted.kind, wanted.env, &*session.ambient.randomness);
    let new = NewKey {
        id: KeyId::new(&session.ambient),
        tenant: session.tenant,
        workspace: wanted.workspace,
        public_id: key.public_id(),
        hash: key.hash(&session.pepper()?),
        kind: wanted.kind,
        env: wanted.env,
        name: wanted.name.clone(),
        scopes: wanted.scopes(),
        allowed_origins: origins,
        allow_any_origin: false,
        allow_null_origin: false,
        visitor_token_required: false,
        limits: wanted.limits,
        expires_at: wanted.expires_at,
        created_by: BY.to_owned(),
        created_at: session.ambient.now(),
    };
    session.database.api_keys().insert(&new).await.map_err(|error| match error {
        InsertKeyError::Storage(error) => error.into(),
        other => Failure::new(other.to_string()),
    })?;
    session.audit(&AuditEntry::created("key.created", target(&new.public_id), audited(&new))).await?;
    Ok(key)
}

/// What the audit log calls a key.
fn target(public_id: &PublicId) -> String {
    format!("key:{public_id}")
}

/// What the audit log keeps of a key: nothing that it could be made of.
fn audited(key: &NewKey) -> Value {
    json!({
        "name": key.name,
        "kind": key.kind,
        "env": key.env,
        "workspace_id": key.workspace,
        "scopes": key.scopes.iter().map(Scope::as_str).collect::<Vec<_>>(),
        "allowed_origins": key.allowed_origins,
        "expires_at": key.expires_at,
    })
}

#[derive(Serialize)]
struct Created<'a> {
    key: &'a str,
    public_id: PublicId,
    kind: KeyKind,
    env: KeyEnv,
    name: &'a str,
    workspace: Option<&'a str>,
    scopes: Vec<&'static str>,
    allowed_origins: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
}

/// `keys create`
pub(super) async fn create(settings: &Settings, args: &KeyArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let mut wanted = Wanted {
        kind: args.kind,
        env: args.env,
        name: args.name.trim().to_owned(),
        workspace: None,
        origins: args.origins.clone(),
        scopes: args.scopes.clone(),
        limits: KeyLimits {
            per_minute: args.per_minute,
            burst: args.burst,
            per_ip_per_minute: args.per_ip_per_minute,
            per_visitor_per_minute: args.per_visitor_per_minute,
            max_streams: args.max_streams,
            ..KeyLimits::default()
        },
        expires_at: args.expires_in.map(|span| session.ambient.now() + span.0),
    };
    if let Some(slug) = &args.workspace {
        wanted.workspace = Some(session.workspace(slug).await?.id);
    }
    let key = issue(&session, &wanted).await?;
    if args.quiet {
        out.text(key.expose())?;
    } else if args.json {
        out.json(&Created {
            key: key.expose(),
            public_id: key.public_id(),
            kind: wanted.kind,
            env: wanted.env,
            name: &wanted.name,
            workspace: args.workspace.as_deref(),
            scopes: words(wanted.scopes()),
            allowed_origins: wanted.origins()?,
            expires_at: wanted.expires_at,
        })?;
    } else {
        let expiry = wanted.expires_at.map_or_else(String::new, |at| format!(", until {}", day(at)));
        out.text(&format!("{}\n", key.expose()))?;
        out.text(&format!("Public id {}, for {}{expiry}.", key.public_id(), words(wanted.scopes()).join(" ")))?;
        out.text("Store the key now: it cannot be shown again.")?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Listed {
    public_id: PublicId,
    kind: KeyKind,
    env: KeyEnv,
    workspace: Option<String>,
    name: String,
    status: &'static str,
    scopes: Vec<&'static str>,
    allowed_origins: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    revoke_reason: Option<String>,
    last_used_at: Option<DateTime<Utc>>,
    created_by: String,
    created_at: DateTime<Utc>,
}

impl Listed {
    fn new(key: KeyListing, now: DateTime<Utc>) -> Self {
        Self {
            status: status(&key, now),
            public_id: key.public_id,
            kind: key.kind,
            env: key.env,
            workspace: key.workspace,
            name: key.name,
            scopes: words(key.scopes),
            allowed_origins: key.allowed_origins,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            revoke_reason: key.revoke_reason,
            last_used_at: key.last_used_at,
            created_by: key.created_by,
            created_at: key.created_at,
        }
    }

    fn row(&self) -> [String; 8] {
        [
            self.public_id.to_string(),
            self.kind.as_str().to_owned(),
            self.env.as_str().to_owned(),
            self.workspace.clone().unwrap_or_else(|| "(all)".to_owned()),
            self.status.to_owned(),
            self.expires_at.map_or_else(|| "never".to_owned(), day),
            self.last_used_at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string()),
            self.name.clone(),
        ]
    }
}

fn status(key: &KeyListing, now: DateTime<Utc>) -> &'static str {
    match key {
        _ if key.revoked_at.is_some_and(|at| at <= now) => "revoked",
        _ if key.expires_at.is_some_and(|at| at <= now) => "expired",
        _ if !key.enabled => "disabled",
        _ => "active",
    }
}

fn words(scopes: ScopeSet) -> Vec<&'static str> {
    scopes.iter().map(Scope::as_str).collect()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// `keys list`
pub(super) async fn list(settings: &Settings, args: &KeyListArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    if let Some(slug) = &args.workspace {
        session.workspace(slug).await?;
    }
    let now = session.ambient.now();
    let (mut rows, mut last) = (Vec::new(), None);
    loop {
        let page = session.database.api_keys().list(session.tenant, last, PAGE).await?;
        last = page.last().map(|key| key.id);
        let complete = page.len() < usize::from(PAGE);
        let wanted = page.into_iter().filter(|key| args.workspace.is_none() || key.workspace == args.workspace);
        rows.extend(wanted.map(|key| Listed::new(key, now)));
        if complete {
            break;
        }
    }
    if args.json {
        out.json(&rows)?;
    } else {
        let headings = ["PUBLIC ID", "KIND", "ENV", "WORKSPACE", "STATUS", "EXPIRES", "LAST USED (UTC)", "NAME"];
        out.table(headings, &rows.iter().map(Listed::row).collect::<Vec<_>>())?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Outcome {
    public_id: PublicId,
    revoked_at: DateTime<Utc>,
    /// It had been revoked before; that stands.
    already: bool,
}

/// `keys revoke`
pub(super) async fn revoke(settings: &Settings, args: &RevokeArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let public_id = named(args.key.trim())?;
    if args.reason.as_ref().is_some_and(|reason| reason.chars().count() > 500) {
        return Err(Failure::usage("--reason: at most 500 characters"));
    }
    let session = Session::of_tenant(settings, &[]).await?;
    // PostgreSQL keeps microseconds: without this the answer would look like an earlier revocation.
    let now = chrono::SubsecRound::trunc_subsecs(session.ambient.now(), 6);
    let name = KeyName::PublicId(&public_id);
    let keys = session.database.api_keys();
    let revocation = keys.revoke(session.tenant, name, args.reason.as_deref(), BY, now).await?;
    let revocation =
        revocation.ok_or_else(|| Failure::new(format!("there is no key with the public id {public_id}")))?;
    if revocation.revoked_at == now {
        let change = json!({"revoked_at": now, "reason": args.reason});
        session.audit(&AuditEntry::created("key.revoked", target(&public_id), change)).await?;
    }
    let revoked = Outcome { public_id, revoked_at: revocation.revoked_at, already: revocation.revoked_at != now };
    if args.json {
        out.json(&revoked)?;
    } else if revoked.already {
        out.text(&format!(
            "{public_id} was revoked before, on {}",
            revoked.revoked_at.format("%Y-%m-%d %H:%M:%S UTC")
        ))?;
    } else {
        out.text(&format!("{public_id} is revoked; its running streams end within a second"))?;
    }
    Ok(Exit::Done)
}

/// Which key is meant. What was typed is never repeated: it may be a whole key.
fn named(text: &str) -> Result<PublicId, Failure> {
    if looks_like_a_key(text) {
        return ApiKey::parse(text).map(|key| key.public_id()).map_err(|error| Failure::usage(error.to_string()));
    }
    text.parse().map_err(|_| {
        Failure::usage(
            "expected the public id of a key, 12 letters and digits as `vestibule keys list` shows it, or a whole key",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn what_was_typed_is_never_repeated() {
        for text in ["vst_sk_live_abc", "sk-of-somebody-else", "", "abcdefghijk!"] {
            let said = named(text).unwrap_err().to_string();
            assert!(text.is_empty() || !said.contains(text), "{said}");
        }
        assert_eq!(named("Abcdefghijk1").unwrap().as_str(), "Abcdefghijk1");
    }
}
