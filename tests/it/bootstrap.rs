//! Setting AnythingLLM up: from every state it can be in, by several replicas at once, and with a key that changes.

use crate::harness::{SECRET_KEY, TestDatabase, configured, eventually};
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::BTreeMap;
use std::time::Duration;
use vestibule::anythingllm::Client;
use vestibule::bootstrap::{ApiKeyOrigin, Bootstrap, BootstrapError, Rotated};
use vestibule::config::Config;
use vestibule::crypto::seal::Purpose;
use vestibule::domain::clock::Ambient;
use vestibule::storage::Database;
use vestibule_stand_in::{Credentials, Failure, Mode, Options, StandIn};

const PASSWORD: &str = "Admin-pass-1";
const INSTANCE: &str = "Instance-pass-1";

/// A fresh AnythingLLM, a migrated database, and settings.
struct Site {
    upstream: StandIn,
    database: TestDatabase,
    settings: BTreeMap<String, String>,
}

impl Site {
    async fn new(mode: Mode) -> Self {
        Self::with(Options { mode, ..Options::default() }).await
    }

    async fn with(options: Options) -> Self {
        let admin = Credentials { username: "admin".to_owned(), password: PASSWORD.to_owned() };
        let options = Options { api_key: String::new(), admin, ..options };
        let upstream = StandIn::start(options).await.unwrap();
        let database = TestDatabase::create().await;
        let settings = [
            ("VESTIBULE_SECRET_KEY", SECRET_KEY.to_owned()),
            ("DATABASE_URL", database.url()),
            ("VESTIBULE_UPSTREAM_URL", upstream.url()),
            ("VESTIBULE_UPSTREAM_BOOTSTRAP", "true".to_owned()),
            ("VESTIBULE_UPSTREAM_BOOTSTRAP_SECONDS", "20".to_owned()),
            ("VESTIBULE_UPSTREAM_ADMIN_USERNAME", "admin".to_owned()),
            ("VESTIBULE_UPSTREAM_ADMIN_PASSWORD", PASSWORD.to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into();
        Self { upstream, database, settings }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(format!("VESTIBULE_UPSTREAM_{name}"), value.to_owned());
        self
    }

    fn config(&self) -> Config {
        configured(self.settings.clone())
    }

    /// One replica, and the client that it gives the key to.
    fn replica(&self) -> (Bootstrap, Client) {
        let config = self.config();
        let client = Client::new(&config.upstream).unwrap();
        let database = Database::connect(&config.database).unwrap();
        let sealer = config.root_key().unwrap().sealer(Purpose::UpstreamApiKey);
        (Bootstrap::new(config.upstream, client.clone(), database, sealer, Ambient::system()), client)
    }

    /// Sets up and asks with the key.
    async fn settled(&self) -> (ApiKeyOrigin, bool) {
        let (bootstrap, client) = self.replica();
        let report = bootstrap.settle().await.unwrap();
        client.check_key().await.unwrap();
        assert!(self.upstream.control().is_multi_user());
        (report.api_key, report.accounts_made)
    }

    async fn refused(&self) -> BootstrapError {
        self.replica().0.settle().await.unwrap_err()
    }

    fn logins(&self) -> usize {
        let requests = self.upstream.control().requests();
        requests.iter().filter(|request| request.path_and_query == "/api/request-token").count()
    }
}

#[tokio::test]
async fn a_fresh_container_gets_a_key_an_admin_and_multi_user_mode() {
    let site = Site::new(Mode::SingleUserOpen).await;
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, true));
    assert_eq!(site.upstream.control().users(), [("admin".to_owned(), "admin".to_owned())]);
    assert_eq!(site.upstream.control().api_keys().len(), 1);
    // A login would have taken the admin's recovery codes.
    assert_eq!(site.logins(), 0);
}

#[tokio::test]
async fn a_container_with_a_password_is_opened_with_it() {
    let site = Site::new(Mode::SingleUserPassword(INSTANCE.to_owned())).await.set("INSTANCE_PASSWORD", INSTANCE);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, true));
}

#[tokio::test]
async fn an_instance_password_that_is_not_asked_for_does_no_harm() {
    let site = Site::new(Mode::SingleUserOpen).await.set("INSTANCE_PASSWORD", INSTANCE);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, true));
}

#[tokio::test]
async fn one_with_accounts_gives_its_admin_a_key() {
    let site = Site::new(Mode::MultiUser).await;
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, false));
}

#[tokio::test]
async fn again_it_finds_everything_done_and_needs_no_admin() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    let site = site.set("ADMIN_USERNAME", "").set("ADMIN_PASSWORD", "");
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, false));
    assert_eq!(site.upstream.control().api_keys().len(), 1);
}

#[tokio::test]
async fn replicas_that_start_together_make_one_key() {
    let site = Site::new(Mode::SingleUserOpen).await;
    let replicas = [site.replica(), site.replica(), site.replica(), site.replica()];
    let [one, two, three, four] = replicas.each_ref().map(|(bootstrap, _)| bootstrap.settle());
    let (one, two, three, four) = tokio::join!(one, two, three, four);
    let made = [one, two, three, four].map(|report| report.unwrap().api_key == ApiKeyOrigin::Made);
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    assert_eq!(site.upstream.control().api_keys().len(), 1);
    for (_, client) in &replicas {
        client.check_key().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_was_revoked_upstream_is_made_anew() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    site.upstream.control().replace_api_keys("SOMEBODY-ELSES");
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, false));
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, false));
}

#[tokio::test]
async fn a_key_sealed_under_another_root_key_is_made_anew() {
    let mut site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    let other = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=".to_owned();
    site.settings.insert("VESTIBULE_SECRET_KEY".to_owned(), other);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, false));
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, false));
}

#[tokio::test]
async fn a_container_that_lost_its_data_is_set_up_again() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    site.upstream.control().start_over(Mode::SingleUserOpen);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, true));
}

#[tokio::test]
async fn a_bootstrap_that_was_cut_off_goes_on_where_it_was() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.upstream.control().fail_on_times("/api/system/enable-multi-user", Failure::Refuse, 1);
    assert!(matches!(site.refused().await, BootstrapError::Upstream(_)));
    // The key was kept before accounts were asked for.
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, true));
    assert_eq!(site.upstream.control().api_keys().len(), 1);
}

#[tokio::test]
async fn a_configured_key_wins_and_nothing_is_stored() {
    let site = Site::new(Mode::MultiUser).await;
    site.upstream.control().replace_api_keys("MADE-BY-HAND");
    let site = site.set("API_KEY", "MADE-BY-HAND").set("ADMIN_PASSWORD", "");
    assert_eq!(site.settled().await, (ApiKeyOrigin::Configured, false));
    assert_eq!(site.upstream.control().api_keys(), ["MADE-BY-HAND"]);
    assert!(site.replica().0.store().load().await.unwrap().is_none());
}

#[tokio::test]
async fn the_key_is_stored_sealed() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    let secret = site.upstream.control().api_keys().remove(0);
    let stored: Vec<String> =
        site.database.query("SELECT encode(api_key, 'escape') FROM vestibule.upstream_api_key").await;
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].contains(&secret), "{stored:?}");
    let kept = site.replica().0.store().load().await.unwrap().unwrap();
    assert_eq!(kept.secret.expose_secret(), secret);
    assert!(!format!("{kept:?}").contains(&secret));
}

#[tokio::test]
async fn recovery_codes_of_a_first_login_are_kept_until_seen() {
    let site = Site::new(Mode::MultiUser).await;
    let (bootstrap, _) = site.replica();
    assert!(bootstrap.settle().await.unwrap().recovery_codes);
    // Also when another key is made meanwhile, with a login that tells none.
    site.upstream.control().replace_api_keys("SOMEBODY-ELSES");
    assert!(bootstrap.settle().await.unwrap().recovery_codes);
    let codes = bootstrap.store().recovery_codes().await.unwrap().unwrap();
    assert_eq!(codes.expose_secret().lines().count(), 4);
    bootstrap.store().forget_recovery_codes().await.unwrap();
    assert!(bootstrap.store().recovery_codes().await.unwrap().is_none());
    assert!(!bootstrap.settle().await.unwrap().recovery_codes);
}

/// What is said must name the setting to change, and never a secret.
fn said(error: &BootstrapError, setting: &str) {
    let text = format!("{error} {error:?}");
    assert!(text.contains(setting), "{text}");
    assert!(!text.contains(PASSWORD) && !text.contains(INSTANCE), "{text}");
    assert!(!error.may_pass(), "{text}");
}

#[tokio::test]
async fn missing_and_wrong_credentials_are_named_and_leave_everything_as_it_was() {
    for mode in [Mode::SingleUserOpen, Mode::MultiUser] {
        let site = Site::new(mode).await.set("ADMIN_PASSWORD", "");
        let error = site.refused().await;
        assert!(matches!(error, BootstrapError::NoAdmin), "{error}");
        said(&error, "VESTIBULE_UPSTREAM_ADMIN_PASSWORD");
        assert!(site.upstream.control().api_keys().is_empty());
    }
    let site = Site::new(Mode::MultiUser).await.set("ADMIN_PASSWORD", "another-1");
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::WrongPassword { .. }), "{error}");
    said(&error, "upstream.admin_password");

    let locked = || Site::new(Mode::SingleUserPassword(INSTANCE.to_owned()));
    let site = locked().await;
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::InstancePasswordMissing), "{error}");
    said(&error, "VESTIBULE_UPSTREAM_INSTANCE_PASSWORD");
    let error = locked().await.set("INSTANCE_PASSWORD", "another-1").refused().await;
    assert!(matches!(error, BootstrapError::InstancePasswordWrong), "{error}");
    said(&error, "upstream.instance_password");
}

#[tokio::test]
async fn an_admin_that_anythingllm_will_not_have_is_told_with_its_reason() {
    let site = Site::new(Mode::SingleUserOpen).await.set("ADMIN_PASSWORD", "short");
    let error = site.refused().await;
    said(&error, "at least 8 characters");
    assert!(!site.upstream.control().is_multi_user());
    // Corrected, it goes on.
    let site = site.set("ADMIN_PASSWORD", PASSWORD);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, true));
    let error = Site::new(Mode::SingleUserOpen).await.set("ADMIN_USERNAME", "Admin").refused().await;
    said(&error, "upstream.admin_username");
}

#[tokio::test]
async fn whoever_is_no_admin_cannot_make_a_key() {
    let site = Site::new(Mode::MultiUser).await.set("ADMIN_USERNAME", "anna");
    site.upstream.control().add_user("anna", PASSWORD, "manager");
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::NotAdmin { .. }), "{error}");
    said(&error, "`anna`");
    site.upstream.control().set_role("anna", "admin");
    site.upstream.control().suspend_user("anna", true);
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::Suspended { .. }), "{error}");
    said(&error, "`anna`");
    site.upstream.control().suspend_user("anna", false);
    assert_eq!(site.settled().await, (ApiKeyOrigin::Made, false));
}

#[tokio::test]
async fn an_anythingllm_that_takes_no_passwords_is_told() {
    let site = Site::with(Options { no_passwords: true, ..Options::default() }).await;
    said(&site.refused().await, "SIMPLE_SSO_NO_LOGIN");
}

#[tokio::test]
async fn a_configured_key_that_is_not_good_is_never_replaced() {
    let site = Site::new(Mode::MultiUser).await.set("API_KEY", "WRONG");
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::ConfiguredKeyRefused), "{error}");
    said(&error, "upstream.api_key");
    assert!(site.upstream.control().api_keys().is_empty());
    let error = site.replica().0.rotate(Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, BootstrapError::KeyIsConfigured), "{error}");
}

#[tokio::test]
async fn it_waits_for_anythingllm_and_no_longer_than_configured() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.upstream.stop().await;
    let (bootstrap, _) = site.replica();
    let waiting = tokio::spawn(async move { bootstrap.settle().await });
    site.upstream.restart().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().api_key, ApiKeyOrigin::Made);

    let site = site.set("BOOTSTRAP_SECONDS", "1");
    site.upstream.stop().await;
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::Away { waited: 1, .. }) && error.may_pass(), "{error}");
}

#[tokio::test]
async fn something_else_at_the_address_is_not_waited_for() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.upstream.control().fail(Failure::Html);
    let error = site.refused().await;
    assert!(error.to_string().contains("upstream.url"), "{error}");
    assert!(!error.may_pass());
}

#[tokio::test]
async fn it_does_not_start_while_another_replica_is_at_it() {
    let site = Site::new(Mode::SingleUserOpen).await.set("BOOTSTRAP_SECONDS", "1");
    let database = Database::connect(&site.config().database).unwrap();
    let lock = database.upstream_api_key().lock().await.unwrap().unwrap();
    let error = site.refused().await;
    assert!(matches!(error, BootstrapError::Busy { waited: 1 }) && error.may_pass(), "{error}");
    assert!(site.upstream.control().api_keys().is_empty());
    lock.release().await;
    eventually(async || match site.replica().0.settle().await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_replaces_the_old_one_which_ends() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    let before = site.upstream.control().api_keys();
    let (bootstrap, client) = site.replica();
    assert!(matches!(bootstrap.rotate(Duration::ZERO).await, Ok(Rotated::OldEnded)));
    let after = site.upstream.control().api_keys();
    assert_eq!(after.len(), 1);
    assert_ne!(before, after);
    client.check_key().await.unwrap();
    assert_eq!(site.settled().await, (ApiKeyOrigin::Kept, false));
}

#[tokio::test]
async fn rotating_without_a_key_makes_one_and_without_accounts_says_what_to_do() {
    let site = Site::new(Mode::MultiUser).await;
    assert!(matches!(site.replica().0.rotate(Duration::ZERO).await, Ok(Rotated::NoneBefore)));
    let site = Site::new(Mode::SingleUserOpen).await;
    let error = site.replica().0.rotate(Duration::ZERO).await.unwrap_err();
    assert!(error.to_string().contains("vestibule bootstrap"), "{error}");
}

#[tokio::test]
async fn an_old_key_that_could_not_be_ended_is_told() {
    let site = Site::new(Mode::SingleUserOpen).await;
    site.settled().await;
    site.upstream.control().fail_on("/api/admin/delete-api-key", Failure::Html);
    let (bootstrap, client) = site.replica();
    assert!(matches!(bootstrap.rotate(Duration::ZERO).await, Ok(Rotated::OldRemains(_))));
    client.check_key().await.unwrap();
    assert_eq!(site.upstream.control().api_keys().len(), 2);
}

#[tokio::test]
async fn every_failure_on_the_way_is_an_error_and_the_next_time_it_works() {
    let paths = [
        "/api/system/multi-user-mode",
        "/api/system/generate-api-key",
        "/api/system/enable-multi-user",
        "/api/v1/admin/is-multi-user-mode",
        "/api/request-token",
    ];
    let failures = [Failure::Refuse, Failure::Html, Failure::Status500, Failure::Status400Abort];
    for path in paths {
        for failure in &failures {
            let mode = Mode::SingleUserPassword(INSTANCE.to_owned());
            let site = Site::new(mode).await.set("INSTANCE_PASSWORD", INSTANCE);
            site.upstream.control().fail_on_times(path, failure.clone(), 1);
            let error = site.refused().await;
            assert!(!error.to_string().contains(INSTANCE) && !error.to_string().contains(PASSWORD), "{error}");
            site.settled().await;
        }
    }
}

#[tokio::test]
async fn a_secret_is_not_in_the_settings_own_words() {
    let site = Site::new(Mode::SingleUserOpen).await.set("INSTANCE_PASSWORD", INSTANCE);
    let (bootstrap, _) = site.replica();
    let shown = format!("{bootstrap:?}");
    assert!(!shown.contains(PASSWORD) && !shown.contains(INSTANCE), "{shown}");
    let _: SecretString = site.config().upstream.instance_password;
}
