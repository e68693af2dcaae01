//! `vestibule keys`: the same rules as the API's, for the operator. A key is shown once, by `create` and `rotate`, and
//! never again.

mod list;

pub(super) use list::list;

use crate::api::keys::views::{IssuedView, KeyView};
use crate::cli::Settings;
use crate::cli::args::{KeyArgs, KeyNameArgs, RevokeArgs, RotateArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::config::Need;
use crate::domain::audit::Author;
use crate::domain::key::MOST_GRACE_SECONDS;
use crate::domain::key::{ApiKey, PublicId, looks_like_a_key};
use crate::domain::power::{Configured, Power};
use crate::keys::{Caller, Issued, KeyError, KeyRequest, KeyService, RotateRequest};
use crate::storage::KeyName;
use chrono::{DateTime, Utc};
use list::day;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The keys of the command line: nobody remembers any here.
pub(super) async fn keys(session: &Session) -> Result<KeyService, Failure> {
    Ok(KeyService::new(session.database.clone(), session.pepper().await?, None, session.ambient.clone()))
}

/// An operator may do everything.
static OPERATOR: LazyLock<Power> = LazyLock::new(Power::whole);

pub(super) fn caller<'a>(session: &Session, author: &'a Author) -> Caller<'a> {
    Caller { tenant: session.tenant, author, power: &OPERATOR, configured: Configured::default(), key: None }
}

/// Makes a key.
pub(super) async fn issue(session: &Session, request: KeyRequest) -> Result<Issued, Failure> {
    let author = Session::author();
    keys(session).await?.create(caller(session, &author), request).await.map_err(failed)
}

/// `keys create`
pub(super) async fn create(settings: &Settings, args: &KeyArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let workspace = match &args.workspace {
        Some(slug) => Some(session.workspace(slug).await?.id),
        None => None,
    };
    let expires_at = args.expires_in.map(|span| session.ambient.now() + span.0);
    let request = KeyRequest { kind: args.kind, env: args.env, workspace, given: given(args, expires_at) };
    let issued = issue(&session, request).await?;
    tell(&session, &issued, args.quiet, args.json, out)
}

/// The options as the API has them.
fn given(args: &KeyArgs, expires_at: Option<DateTime<Utc>>) -> Map<String, Value> {
    let mut given = Map::new();
    given.insert("name".into(), args.name.as_str().into());
    given.insert("allowed_origins".into(), args.origins.clone().into());
    given.insert("allow_null_origin".into(), args.allow_null_origin.into());
    given.insert("allow_app_origins".into(), args.allow_app_origins.into());
    given.insert("allowed_ips".into(), args.ips.clone().into());
    given.insert("proof_of_work".into(), args.proof_of_work.into());
    if args.require_visitor_token {
        given.insert("visitor_token".into(), "required".into());
    }
    if !args.scopes.is_empty() {
        given.insert("scopes".into(), json!(args.scopes));
    }
    if let Some(at) = expires_at {
        given.insert("expires_at".into(), json!(at));
    }
    let limits = json!({
        "per_minute": args.per_minute,
        "burst": args.burst,
        "per_ip_per_minute": args.per_ip_per_minute,
        "per_visitor_per_minute": args.per_visitor_per_minute,
        "max_streams": args.max_streams,
        "messages_per_day": args.messages_per_day,
        "messages_per_month": args.messages_per_month,
        "tokens_per_day": args.tokens_per_day,
        "tokens_per_month": args.tokens_per_month,
    });
    given.insert("limits".into(), limits);
    given
}

/// Shows a key, this once.
fn tell(session: &Session, issued: &Issued, quiet: bool, json: bool, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let Issued { key, stored } = issued;
    if quiet {
        out.text(key.expose())?;
    } else if json {
        out.json(&IssuedView::of(issued, stored.created_at, &session.config.public_url()))?;
    } else {
        let expiry = stored.content.expires_at.map_or_else(String::new, |at| format!(", until {}", day(at)));
        out.text(&format!("{}\n", key.expose()))?;
        let scopes: Vec<_> = stored.content.scopes.iter().map(|scope| scope.as_str()).collect();
        let scopes = scopes.join(" ");
        out.text(&format!("Public id {}, for {scopes}{expiry}.", key.public_id()))?;
        out.text("Store the key now: it cannot be shown again.")?;
    }
    Ok(Exit::Done)
}

/// `keys rotate`
pub(super) async fn rotate(settings: &Settings, args: &RotateArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let public_id = named(args.key.trim())?;
    let grace_seconds = u32::try_from(args.grace.0.num_seconds()).ok().filter(|n| *n <= MOST_GRACE_SECONDS);
    let grace_seconds = grace_seconds.ok_or_else(|| Failure::usage("--grace: at most 30d"))?;
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let author = Session::author();
    let request = RotateRequest { grace_from: args.grace_from, grace_seconds };
    let rotated = keys(&session).await?.rotate(caller(&session, &author), KeyName::PublicId(public_id), request).await;
    let issued = rotated.map_err(|error| no_key(error, &public_id))?;
    tell(&session, &issued, args.quiet, args.json, out)
}

/// `keys enable`, `keys disable`
pub(super) async fn set_enabled(
    settings: &Settings,
    args: &KeyNameArgs,
    enabled: bool,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let public_id = named(args.key.trim())?;
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let author = Session::author();
    let patch = Map::from_iter([("enabled".to_owned(), enabled.into())]);
    let name = KeyName::PublicId(public_id);
    let changed = keys(&session).await?.change(caller(&session, &author), name, &|_| true, &patch).await;
    let key = changed.map_err(|error| no_key(error, &public_id))?;
    if args.json {
        out.json(&KeyView::of(&key, session.ambient.now()))?;
    } else {
        out.text(&format!("{public_id} is {}", key.status(session.ambient.now())))?;
    }
    Ok(Exit::Done)
}

/// `keys revoke`
pub(super) async fn revoke(settings: &Settings, args: &RevokeArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let public_id = named(args.key.trim())?;
    let session = Session::of_tenant(settings, &[Need::SecretKey]).await?;
    let (author, name) = (Session::author(), KeyName::PublicId(public_id));
    let revoked = keys(&session).await?.revoke(caller(&session, &author), name, args.reason.as_deref()).await;
    let (key, first) = revoked.map_err(|error| no_key(error, &public_id))?;
    if args.json {
        out.json(&KeyView::of(&key, session.ambient.now()))?;
    } else if first {
        out.text(&format!("{public_id} is revoked; its running streams end within a second"))?;
    } else {
        let at = key.revoked.map_or_else(|| session.ambient.now(), |revoked| revoked.at);
        out.text(&format!("{public_id} was revoked before, on {}", at.format("%Y-%m-%d %H:%M:%S UTC")))?;
    }
    Ok(Exit::Done)
}

fn no_key(error: KeyError, public_id: &PublicId) -> Failure {
    match error {
        KeyError::NotFound => Failure::new(format!("there is no key with the public id {public_id}")),
        error => failed(error),
    }
}

/// In the words of the command line: fields are options.
fn failed(error: KeyError) -> Failure {
    let faults = match error {
        KeyError::Storage(error) => return error.into(),
        KeyError::Faults(faults) => faults,
        error => return Failure::new(error.to_string()),
    };
    Failure::usage(faults.lines(|fault| {
        let name = fault.field.split(['[', '.']).next().unwrap_or_default();
        let option = match name {
            "allowed_origins" => "--origin".to_owned(),
            "allowed_ips" => "--ip".to_owned(),
            "scopes" => "--scope".to_owned(),
            "expires_at" => "--expires-in".to_owned(),
            "visitor_token" => "--require-visitor-token".to_owned(),
            "limits" => format!("--{}", fault.field.trim_start_matches("limits.").replace('_', "-")),
            name => format!("--{}", name.replace('_', "-")),
        };
        let missing = if fault.code == "required" { " is missing" } else { "" };
        format!("{option}{missing}: {}", fault.message)
    }))
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
