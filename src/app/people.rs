//! What people's logins are built of.

use crate::anythingllm::Client;
use crate::auth::{Authenticator, Peppers, RootKeyCheck};
use crate::cache::Directories;
use crate::config::Config;
use crate::crypto::RootKey;
use crate::crypto::seal::Purpose;
use crate::domain::clock::Ambient;
use crate::domain::rotation::Rules;
use crate::limits::FailedLogins;
use crate::people::{ConsoleSessions, Members, SessionRules, Sessions, SessionsParts};
use crate::storage::Database;
use crate::telemetry::metrics::Metrics;
use crate::tokens::{AccessTokens, KeyRing, Succession, TokenRules, VisitorRules, VisitorTokens};
use crate::visitors::{IdentityVault, VisitRules, Visitors, VisitorsParts};
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;

/// Rotations of one session within the time for reuse. A person's tabs make a handful.
const MOST_ROTATIONS: usize = 32;

/// The parts that others are built of, too.
#[derive(Debug, Clone)]
pub(super) struct AuthParts<'a> {
    pub(super) config: &'a Config,
    pub(super) root_key: &'a RootKey,
    pub(super) root_key_check: &'a RootKeyCheck,
    pub(super) database: &'a Database,
    pub(super) directories: &'a Directories,
    pub(super) client: &'a Client,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) ambient: &'a Ambient,
    pub(super) failed_logins: Option<FailedLogins>,
}

pub(super) struct People {
    pub(super) authenticator: Authenticator,
    pub(super) sessions: Arc<Sessions>,
    pub(super) console_sessions: Arc<ConsoleSessions>,
    pub(super) visitors: Visitors,
}

impl AuthParts<'_> {
    /// Who recognises people, keys and visitors, who logs people in, and who lets visitors in.
    pub(super) fn build(&self) -> People {
        let tokens = self.access_tokens();
        let visitor_tokens = self.visitor_tokens();
        let sessions = Arc::new(self.sessions(tokens.clone()));
        let authenticator = Authenticator::new(
            Arc::clone(&self.directories.keys),
            Arc::clone(&self.directories.auth_sessions),
            tokens,
            visitor_tokens.clone(),
            peppers(self.root_key, self.database),
            self.root_key_check.clone(),
            self.ambient.clone(),
        );
        let console_sessions = Arc::new(ConsoleSessions::new(
            Arc::clone(&sessions),
            Arc::clone(&self.directories.auth_sessions),
            self.root_key.sealer(Purpose::ConsoleSession),
            self.root_key.derive("vestibule console form v1"),
            TimeDelta::seconds(self.config.auth.access_token_seconds.into()),
            self.ambient.clone(),
        ));
        People { authenticator, sessions, console_sessions, visitors: self.visitors(visitor_tokens) }
    }

    fn visitor_tokens(&self) -> VisitorTokens {
        let visitor = &self.config.visitor;
        let rules = VisitorRules {
            issuer: self.issuer(),
            lifetime: TimeDelta::seconds(visitor.token_seconds.into()),
            session: TimeDelta::hours(visitor.session_hours.into()),
        };
        let keys = key_ring(self.root_key, self.database, self.directories, self.ambient);
        VisitorTokens::new(keys, rules, self.ambient.clone())
    }

    fn visitors(&self, tokens: VisitorTokens) -> Visitors {
        let visitor = &self.config.visitor;
        Visitors::new(VisitorsParts {
            tokens,
            keys: self.root_key.visitor_keys(),
            proofs: self.root_key.proof_keys(),
            identity_vault: identity_vault(self.root_key, self.database, self.ambient),
            database: self.database.clone(),
            rules: VisitRules {
                longest_identity: TimeDelta::seconds(visitor.identity_seconds.into()),
                proof_maxnumber: visitor.proof_max_number,
                proof_lifetime: TimeDelta::seconds(visitor.proof_seconds.into()),
            },
            ambient: self.ambient.clone(),
        })
    }

    fn issuer(&self) -> String {
        let issuer = &self.config.auth.issuer;
        if issuer.is_empty() { self.config.public_url() } else { issuer.clone() }
    }

    fn access_tokens(&self) -> AccessTokens {
        let auth = &self.config.auth;
        let keys = key_ring(self.root_key, self.database, self.directories, self.ambient);
        let rules = TokenRules {
            issuer: self.issuer(),
            audience: auth.audience.clone(),
            lifetime: TimeDelta::seconds(auth.access_token_seconds.into()),
        };
        AccessTokens::new(keys, rules, self.ambient.clone())
    }

    fn sessions(&self, tokens: AccessTokens) -> Sessions {
        let auth = &self.config.auth;
        let upstream_sealer = self.root_key.sealer(Purpose::UpstreamSessionToken);
        let directory = Arc::clone(&self.directories.auth_sessions);
        let members = Members::new(
            self.client.clone(),
            self.database.clone(),
            Arc::clone(&directory),
            Arc::clone(&self.directories.members),
            upstream_sealer.clone(),
            Duration::from_secs(auth.membership_seconds.into()),
            self.ambient.clone(),
        );
        Sessions::new(SessionsParts {
            database: self.database.clone(),
            client: self.client.clone(),
            directory,
            tokens,
            members,
            refresh_sealer: self.root_key.sealer(Purpose::RefreshKey),
            upstream_sealer,
            rules: SessionRules {
                refresh: Rules {
                    reuse: TimeDelta::seconds(auth.refresh_reuse_seconds.into()),
                    idle: TimeDelta::hours(auth.session_idle_hours.into()),
                    most_rotations: MOST_ROTATIONS,
                },
                absolute: TimeDelta::hours(auth.session_absolute_hours.into()),
                upstream_grace: TimeDelta::seconds(auth.upstream_grace_seconds.into()),
                user_check: Duration::from_millis(auth.user_check_millis.into()),
                login_failure: Duration::from_millis(auth.login_failure_millis.into()),
                max_parallel_logins: auth.max_parallel_logins,
                max_parallel_logins_per_address: super::parts::shares(self.config).of_places(auth.max_parallel_logins),
            },
            failed_logins: self.failed_logins.clone(),
            metrics: Arc::clone(self.metrics),
            ambient: self.ambient.clone(),
        })
    }
}

/// The secrets that shops sign identity tokens with; also for the command line.
pub(crate) fn identity_vault(root_key: &RootKey, database: &Database, ambient: &Ambient) -> IdentityVault {
    let (secrets, subject_keys) = (root_key.sealer(Purpose::IdentitySecret), root_key.sealer(Purpose::SubjectKey));
    IdentityVault::new(database.clone(), secrets, subject_keys, ambient.clone())
}

/// The signing keys; also for the command line.
pub(crate) fn key_ring(
    root_key: &RootKey,
    database: &Database,
    directories: &Directories,
    ambient: &Ambient,
) -> KeyRing {
    let sealer = root_key.sealer(Purpose::SigningKey);
    KeyRing::new(Arc::clone(&directories.signing_keys), database.clone(), sealer, ambient.clone())
}

/// How one signing key follows another.
pub(crate) fn succession(config: &Config) -> Succession {
    // Tokens are taken a little longer than they say; clocks differ.
    let longest = config.auth.access_token_seconds.max(config.visitor.token_seconds);
    let afterlife = TimeDelta::seconds(i64::from(longest) + 60);
    Succession { overlap: TimeDelta::seconds(config.auth.signing_overlap_seconds.into()), afterlife }
}

/// What API keys are compared with.
pub(crate) fn peppers(root_key: &RootKey, database: &Database) -> Peppers {
    let former = root_key.former().map(|former| former.pepper());
    Peppers::new(root_key.pepper(), former, database.clone(), root_key.sealer(Purpose::FormerPepper))
}
