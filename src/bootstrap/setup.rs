//! The bootstrap itself: from whatever state AnythingLLM is in to one with accounts and with a key of ours.

use super::{ApiKeyOrigin, Bootstrap, BootstrapError, KeyStoreError, Report, is_set};
use crate::anythingllm::{Enabled, InstanceLogin, LoggedIn, Login, NewApiKey, UpstreamError};
use crate::domain::user::Role;
use secrecy::SecretString;

impl Bootstrap {
    /// Waits for AnythingLLM and sets it up as far as it is not. Can be repeated.
    ///
    /// # Errors
    /// What is in the way, and how to mend it.
    pub async fn settle(&self) -> Result<Report, BootstrapError> {
        self.wait().await?;
        let lock = self.lock().await?;
        let report = self.settle_alone().await;
        lock.release().await;
        report
    }

    async fn settle_alone(&self) -> Result<Report, BootstrapError> {
        let present = self.present_key().await?;
        let had_accounts = self.client.has_accounts().await?;
        let api_key = match (present, had_accounts) {
            (Some(origin), true) => origin,
            (None, true) => {
                let admin = self.log_in_as_admin().await?;
                let key = self.client.create_api_key(&admin.session).await?.ok_or_else(|| self.not_admin())?;
                self.adopt(&key, &admin.recovery_codes).await?;
                ApiKeyOrigin::Made
            }
            (origin, false) => {
                // Without it the instance would be left half set up.
                self.admin()?;
                let instance = self.log_in_to_instance().await?;
                if origin.is_none() {
                    // First the key: while there are no accounts it needs no login, whose answer would take the admin's
                    // recovery codes away from them. It stays valid.
                    let key = self.client.create_first_api_key(instance.as_ref()).await?;
                    self.adopt(&key.ok_or_else(|| self.closed())?, &[]).await?;
                }
                self.enable_accounts(instance.as_ref()).await?;
                origin.unwrap_or(ApiKeyOrigin::Made)
            }
        };
        self.verify(api_key).await?;
        let recovery_codes = self.store.recovery_codes().await.is_ok_and(|codes| codes.is_some());
        Ok(Report { api_key, accounts_made: !had_accounts, recovery_codes })
    }

    /// Gives the client the key there is, if AnythingLLM accepts it.
    async fn present_key(&self) -> Result<Option<ApiKeyOrigin>, BootstrapError> {
        if is_set(&self.settings.api_key) {
            return match self.client.check_key().await {
                Ok(()) => Ok(Some(ApiKeyOrigin::Configured)),
                Err(UpstreamError::BadKey) => Err(BootstrapError::ConfiguredKeyRefused),
                Err(error) => Err(error.into()),
            };
        }
        let kept = match self.store.load().await {
            Ok(Some(kept)) => kept,
            Ok(None) => return Ok(None),
            Err(KeyStoreError::Unseal(error)) => {
                tracing::warn!(%error, "the stored API key of AnythingLLM cannot be opened; another one is made");
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        self.use_key(&kept.secret)?;
        match self.client.check_key().await {
            Ok(()) => Ok(Some(ApiKeyOrigin::Kept)),
            Err(UpstreamError::BadKey) => {
                tracing::warn!("AnythingLLM does not accept the stored API key any more; another one is made");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn adopt(&self, key: &NewApiKey, recovery_codes: &[SecretString]) -> Result<(), BootstrapError> {
        self.store.save(key, recovery_codes).await?;
        self.use_key(&key.secret)
    }

    pub(super) fn use_key(&self, secret: &SecretString) -> Result<(), BootstrapError> {
        // It came from AnythingLLM, so it can only be one that could not come back in a header.
        self.client.set_api_key(secret).map_err(|_| BootstrapError::NewKeyRefused)
    }

    fn admin(&self) -> Result<(&str, &SecretString), BootstrapError> {
        let (username, password) = (&self.settings.admin_username, &self.settings.admin_password);
        if username.is_empty() || !is_set(password) {
            return Err(BootstrapError::NoAdmin);
        }
        Ok((username, password))
    }

    pub(super) fn not_admin(&self) -> BootstrapError {
        BootstrapError::NotAdmin { username: self.settings.admin_username.clone() }
    }

    pub(super) async fn log_in_as_admin(&self) -> Result<LoggedIn, BootstrapError> {
        let (name, password) = self.admin()?;
        let username = name.to_owned();
        match self.client.log_in(name, password, None).await? {
            Login::Valid(login) if login.user.role == Role::Admin => Ok(login),
            Login::Valid(_) => Err(self.not_admin()),
            Login::Refused => Err(BootstrapError::WrongPassword { username }),
            Login::Suspended => Err(BootstrapError::Suspended { username }),
            Login::PasswordsOff => Err(BootstrapError::PasswordsOff),
            Login::NoAccounts => Err(BootstrapError::NotSetUp),
        }
    }

    /// A session of the instance's owner; none if it has no password, or we have none for it.
    async fn log_in_to_instance(&self) -> Result<Option<SecretString>, BootstrapError> {
        let password = &self.settings.instance_password;
        if !is_set(password) {
            return Ok(None);
        }
        match self.client.log_in_to_instance(password).await? {
            InstanceLogin::Session(session) => Ok(Some(session)),
            InstanceLogin::NotAsked => Ok(None),
            InstanceLogin::Refused => Err(BootstrapError::InstancePasswordWrong),
        }
    }

    /// The instance asks for a password, and what we have for it, if anything, has not opened it.
    fn closed(&self) -> BootstrapError {
        if is_set(&self.settings.instance_password) {
            BootstrapError::InstancePasswordWrong
        } else {
            BootstrapError::InstancePasswordMissing
        }
    }

    async fn enable_accounts(&self, instance: Option<&SecretString>) -> Result<(), BootstrapError> {
        let (username, password) = self.admin()?;
        match self.client.enable_accounts(instance, username, password).await? {
            Enabled::Done => Ok(()),
            Enabled::Refused(why) => Err(BootstrapError::AdminRefused(why)),
            // Somebody else was first, and then it is what we wanted; or it was not closed to us alone.
            Enabled::Closed if self.client.has_accounts().await? => Ok(()),
            Enabled::Closed => Err(self.closed()),
        }
    }

    /// Asks with the key for what was just done, because AnythingLLM has said yes before without meaning it.
    async fn verify(&self, origin: ApiKeyOrigin) -> Result<(), BootstrapError> {
        match self.client.is_multi_user().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(BootstrapError::StillOpen),
            Err(UpstreamError::BadKey) if origin == ApiKeyOrigin::Made => Err(BootstrapError::NewKeyRefused),
            Err(error) => Err(error.into()),
        }
    }
}
