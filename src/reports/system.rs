//! What an admin sees of the installation: versions, the health of each part, replicas, settings, signing keys.
//!
//! Every part is asked at the same time and given as long; what does not answer is told so and holds nothing up. No
//! secret is told: of settings that are one only whether they are set, of signing keys only their names and times.

use crate::anythingllm::{Client, UpstreamModels};
use crate::config::ToldSetting;
use crate::domain::clock::Ambient;
use crate::domain::signing_key::signer;
use crate::storage::{Database, SchemaVersion};
use crate::tokens::KeyRing;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Parts that do not answer sooner are away.
const PATIENCE: Duration = Duration::from_secs(2);

/// A part that is needed, as readiness knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthPart {
    pub name: &'static str,
    pub is_there: bool,
    /// Whether requests stop without it.
    pub is_needed: bool,
}

/// What knows the health of the parts.
#[async_trait]
pub trait Health: std::fmt::Debug + Send + Sync {
    async fn parts(&self) -> Vec<HealthPart>;
}

/// A key that access tokens are signed with, without its private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyState {
    pub kid: String,
    pub created_at: DateTime<Utc>,
    pub signs_from: DateTime<Utc>,
    /// None: for as long as it signs.
    pub verifies_until: Option<DateTime<Utc>>,
    /// It is the one that signs now.
    pub is_signing: bool,
}

/// The installation at one moment. None: it could not be known.
#[derive(Debug, Clone)]
pub struct SystemState {
    pub parts: Vec<HealthPart>,
    /// As PostgreSQL numbers itself: 150004 is 15.4.
    pub database_version: Option<i32>,
    pub schema: Option<SchemaVersion>,
    pub replicas: Option<usize>,
    /// AnythingLLM answers.
    pub upstream_answers: bool,
    pub models: Option<UpstreamModels>,
    pub signing_keys: Option<Vec<SigningKeyState>>,
}

/// A feature that the settings leave off, a line in each language of the console.
#[derive(Debug, Clone)]
pub struct LeftOff {
    pub english: String,
    pub german: &'static str,
}

/// What does not change while the process lives.
#[derive(Debug, Clone, Default)]
pub struct SystemFacts {
    pub settings: Arc<[ToldSetting]>,
    /// What the settings leave off.
    pub left_off: Vec<LeftOff>,
    /// What is strange about the settings, a line each.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
pub struct SystemReports {
    pub database: Database,
    pub client: Client,
    pub key_ring: KeyRing,
    pub health: Arc<dyn Health>,
    pub facts: SystemFacts,
    pub ambient: Ambient,
}

impl SystemReports {
    /// Looks at every part.
    pub async fn look(&self) -> SystemState {
        let (parts, inspected, schema, replicas, ping, models, keys) = tokio::join!(
            timeout(PATIENCE, self.health.parts()),
            timeout(PATIENCE, self.database.inspect()),
            timeout(PATIENCE, self.database.schema_version()),
            timeout(PATIENCE, self.database.replicas()),
            timeout(PATIENCE, self.client.ping()),
            timeout(PATIENCE, self.client.models()),
            timeout(PATIENCE, self.key_ring.all()),
        );
        let now = self.ambient.now();
        SystemState {
            parts: parts.unwrap_or_default(),
            database_version: inspected.ok().and_then(Result::ok).map(|inspection| inspection.server_version),
            schema: schema.ok().and_then(Result::ok),
            replicas: replicas.ok().and_then(Result::ok),
            upstream_answers: matches!(ping, Ok(Ok(()))),
            models: models.ok().and_then(Result::ok),
            signing_keys: keys.ok().and_then(Result::ok).map(|keys| {
                let signing = signer(&keys, now).map(|key| key.kid.clone());
                let state = |key: &crate::domain::signing_key::SigningKey| SigningKeyState {
                    kid: key.kid.clone(),
                    created_at: key.created_at,
                    signs_from: key.signs_from,
                    verifies_until: key.verifies_until,
                    is_signing: signing.as_ref() == Some(&key.kid),
                };
                keys.iter().map(state).collect()
            }),
        }
    }
}
