//! What a key looks like to those who manage it.

use super::snippet;
use crate::domain::key::{GraceFrom, KeyContent, KeyLimits, KeyStatus, StoredKey, VisitorTokenUse};
use crate::domain::key::{KeyEnv, KeyKind, PublicId};
use crate::domain::scope::Scope;
use crate::keys::Issued;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A key to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what a key is made of")]
pub(crate) struct NewKeyBody {
    /// `publishable` for web pages, `secret` for servers.
    #[schema(value_type = String, example = "publishable")]
    kind: KeyKind,
    /// `live` (default) or `test`; only test keys work in pages of `localhost`.
    #[schema(value_type = Option<String>, example = "live")]
    env: Option<KeyEnv>,
    /// Slug of the workspace it is bound to. A publishable key needs one; a secret key without one is for all of them.
    #[schema(example = "demo-shop")]
    workspace: Option<String>,
    /// The rest may be changed later.
    #[schema(inline)]
    #[serde(flatten)]
    content: KeyContent,
}

/// What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of a merge patch")]
pub(crate) struct KeyPatch {
    /// For people.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// What it may do.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Scope>>,
    /// The pages a publishable key may be used in.
    #[schema(max_items = 100)]
    allowed_origins: Option<Vec<String>>,
    /// Pages without an origin, too.
    allow_null_origin: Option<bool>,
    /// The pages of apps, too.
    allow_app_origins: Option<bool>,
    /// The addresses a secret key may be used from.
    #[schema(max_items = 100)]
    allowed_ips: Option<Vec<String>>,
    /// `required` or `optional`.
    #[schema(value_type = Option<String>)]
    visitor_token: Option<VisitorTokenUse>,
    /// A visitor token costs a proof of work.
    proof_of_work: Option<bool>,
    /// Fields of the limits.
    limits: Option<KeyLimits>,
    /// Refused from then on.
    expires_at: Option<DateTime<Utc>>,
    /// Switched on.
    enabled: Option<bool>,
}

/// How a key is to be rotated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateBody {
    /// How long the old key works on, in seconds; a day when absent, 0 = not at all.
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub(super) grace_seconds: Option<u32>,
    /// When that begins: `now` (default), or with the `first_use` of the new key.
    #[schema(value_type = Option<String>, example = "now")]
    pub(super) grace_from: Option<GraceFrom>,
}

/// Why a key is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeBody {
    /// For those who wonder later.
    #[schema(min_length = 1, max_length = 500)]
    pub(super) reason: Option<String>,
}

/// A key, without the key itself.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView<'a> {
    /// Its id.
    id: Uuid,
    /// The part of the key that names it; stands in logs and usage.
    #[schema(value_type = String, example = "4fK9sQ2mZx01")]
    public_id: PublicId,
    /// The last four characters of the key.
    #[schema(example = "aB3x")]
    last_four: Option<&'a str>,
    /// `publishable` or `secret`.
    #[schema(value_type = String, example = "publishable")]
    kind: KeyKind,
    /// `live` or `test`.
    #[schema(value_type = String, example = "live")]
    env: KeyEnv,
    /// Slug of the workspace it is bound to; null = all of the tenant's.
    #[schema(example = "demo-shop")]
    workspace: Option<&'a str>,
    /// `active`, `disabled`, `expired` or `revoked`.
    #[schema(value_type = String, example = "active")]
    status: KeyStatus,
    /// What may be changed.
    #[serde(flatten)]
    #[schema(inline)]
    content: &'a KeyContent,
    /// Any page may use it; said in the database only.
    allow_any_origin: bool,
    /// How it took over from another key.
    rotation: Option<RotationView>,
    /// Id of the key that takes over from it.
    replaced_by: Option<Uuid>,
    /// The end of its grace, once another key has taken over.
    grace_until: Option<DateTime<Utc>>,
    /// Since when it is revoked.
    revoked_at: Option<DateTime<Utc>>,
    /// By whom.
    revoked_by: Option<&'a str>,
    /// Why.
    revoke_reason: Option<&'a str>,
    /// Last use, to the minute.
    last_used_at: Option<DateTime<Utc>>,
    /// Who made it.
    #[schema(example = "user:7")]
    created_by: &'a str,
    /// When.
    created_at: DateTime<Utc>,
    /// Its last change.
    updated_at: DateTime<Utc>,
    /// Counts its changes; also the `ETag`.
    version: i64,
}

/// How a key took over from another.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyRotation)]
struct RotationView {
    /// Id of the key before.
    from: Uuid,
    /// `now` or `first_use`.
    #[schema(value_type = String, example = "now")]
    grace_from: GraceFrom,
    /// How long the key before works on.
    grace_seconds: u32,
    /// Whether that waits for the first use of this key.
    grace_pending: bool,
}

/// A page of keys.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyPage)]
pub(crate) struct KeyPageView<'a> {
    /// The keys.
    pub(super) data: Vec<KeyView<'a>>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// For the next page.
    pub(super) next_cursor: Option<Uuid>,
}

/// A key that was just made, with the key itself.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedKey)]
pub(crate) struct IssuedView<'a> {
    /// The key itself. It is shown this once and cannot be found out again.
    #[schema(example = "vst_pk_test_…")]
    key: &'a str,
    /// What to paste into the shop's pages; for publishable keys.
    snippet: Option<String>,
    /// Everything else about it.
    #[serde(flatten)]
    #[schema(inline)]
    rest: KeyView<'a>,
}

impl<'a> KeyView<'a> {
    pub(crate) fn of(key: &'a StoredKey, now: DateTime<Utc>) -> Self {
        let revoked = key.revoked.as_ref();
        Self {
            id: key.id.0,
            public_id: key.public_id,
            last_four: key.last_four.as_deref(),
            kind: key.kind,
            env: key.env,
            workspace: key.workspace.as_ref().map(|(_, slug)| slug.as_str()),
            status: key.status(now),
            content: &key.content,
            allow_any_origin: key.allow_any_origin,
            rotation: key.rotation.map(|rotation| RotationView {
                from: rotation.from.0,
                grace_from: rotation.grace_from,
                grace_seconds: rotation.grace_seconds,
                grace_pending: rotation.pending,
            }),
            replaced_by: key.replaced_by.map(|id| id.0),
            grace_until: key.grace_until,
            revoked_at: revoked.map(|revoked| revoked.at),
            revoked_by: revoked.map(|revoked| revoked.by.as_str()),
            revoke_reason: revoked.and_then(|revoked| revoked.reason.as_deref()),
            last_used_at: key.last_used_at,
            created_by: &key.created_by,
            created_at: key.created_at,
            updated_at: key.updated_at,
            version: key.version,
        }
    }
}

impl<'a> IssuedView<'a> {
    /// `public_url`: where browsers reach the gateway.
    pub(crate) fn of(issued: &'a Issued, now: DateTime<Utc>, public_url: &str) -> Self {
        let key = issued.key.expose();
        Self {
            key,
            snippet: (issued.stored.kind == KeyKind::Publishable).then(|| snippet::ours(public_url, key, "")),
            rest: KeyView::of(&issued.stored, now),
        }
    }
}
