//! Where Redis is: one server, a master that Sentinel knows, or a cluster.

use super::link::Link;
use redis::cluster::ClusterClientBuilder;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, RedisError, RedisResult,
    TlsCertificates, TlsMode,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// An address of Redis that cannot be used. Does not say what it is, for it may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum BadRedis {
    #[error("its address: {0}")]
    Address(String),
    #[error("its file of authorities: {0}")]
    Authorities(std::io::Error),
}

impl From<RedisError> for BadRedis {
    fn from(error: RedisError) -> Self {
        Self::Address(super::cause(&error))
    }
}

/// Where Redis is and how to get there.
pub struct Topology(Kind);

enum Kind {
    Server(Client),
    Sentinel(Box<tokio::sync::Mutex<SentinelClient>>),
    Cluster(Box<redis::cluster::ClusterClient>),
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Server(_) => "Server",
            Kind::Sentinel(_) => "Sentinel",
            Kind::Cluster(_) => "Cluster",
        })
    }
}

/// What stands in the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    /// One address, or several with commas between: of the server, of Sentinels, or of nodes of a cluster. User,
    /// password and database of the first are those of the servers.
    pub urls: &'a SecretString,
    /// The name under which Sentinels know the master; empty = they are no Sentinels.
    pub sentinel_master: &'a str,
    pub sentinel_password: &'a SecretString,
    pub cluster: bool,
    /// PEM file of authorities; empty = those that browsers trust.
    pub ca_file: &'a Path,
}

impl Topology {
    /// # Errors
    /// An address that is none, or a file of authorities that cannot be read.
    pub fn new(described: &Described<'_>) -> Result<Self, BadRedis> {
        let addresses = described.urls.expose_secret().split(',').map(str::trim).filter(|url| !url.is_empty());
        let addresses = addresses.map(redis::IntoConnectionInfo::into_connection_info).collect::<RedisResult<Vec<_>>>()?;
        let Some(first) = addresses.first().cloned() else { return Err(BadRedis::Address("is empty".into())) };
        let certificates = certificates(described.ca_file, &first)?;
        Ok(Self(if described.cluster {
            cluster(&addresses, certificates)?
        } else if !described.sentinel_master.is_empty() {
            sentinel(described, &addresses, &first, certificates)?
        } else {
            Kind::Server(match certificates {
                Some(certificates) => Client::build_with_tls(first, certificates)?,
                None => Client::open(first)?,
            })
        }))
    }

    /// Connects within `time` to a server that has answered a write: one that is full, or a replica, is not there.
    ///
    /// # Errors
    /// That it is not reached, or does not let us write.
    pub async fn connect(&self, time: Duration, prefix: &str) -> RedisResult<Link> {
        let connected = async {
            let mut link = self.link(time).await?;
            let probe = format!("{prefix}:probe");
            redis::cmd("SET").arg(probe).arg(1).arg("PX").arg(1000).query_async::<()>(&mut link).await?;
            Ok(link)
        };
        timeout(time, connected).await.unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
    }

    async fn link(&self, time: Duration) -> RedisResult<Link> {
        let limits = AsyncConnectionConfig::new().set_connection_timeout(Some(time)).set_response_timeout(None);
        let link = match &self.0 {
            Kind::Server(client) => {
                Link::Server(client.get_multiplexed_async_connection_with_config(&limits).await?)
            }
            // Asked anew each time: after a failover it is another server.
            Kind::Sentinel(client) => {
                Link::Server(client.lock().await.get_async_connection_with_config(&limits).await?)
            }
            Kind::Cluster(client) => Link::Cluster(client.get_async_connection().await?),
        };
        Ok(link)
    }
}

fn certificates(file: &Path, first: &ConnectionInfo) -> Result<Option<TlsCertificates>, BadRedis> {
    if file.as_os_str().is_empty() || !is_tls(first) {
        return Ok(None);
    }
    let root_cert = std::fs::read(file).map_err(BadRedis::Authorities)?;
    Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(root_cert) }))
}

fn is_tls(address: &ConnectionInfo) -> bool {
    matches!(address.addr(), ConnectionAddr::TcpTls { .. })
}

fn cluster(addresses: &[ConnectionInfo], certificates: Option<TlsCertificates>) -> RedisResult<Kind> {
    // A call that fails is answered without Redis, not tried again behind its back.
    let mut builder = ClusterClientBuilder::new(addresses.to_vec()).retries(1).connection_timeout(super::TO_CONNECT);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    Ok(Kind::Cluster(Box::new(builder.build()?)))
}

fn sentinel(
    described: &Described<'_>,
    addresses: &[ConnectionInfo],
    first: &ConnectionInfo,
    certificates: Option<TlsCertificates>,
) -> RedisResult<Kind> {
    let places = addresses.iter().map(|address| address.addr().clone());
    let mut builder = SentinelClientBuilder::new(places, described.sentinel_master, SentinelServerType::Master)?;
    let settings = first.redis_settings();
    builder = builder.set_client_to_redis_db(settings.db());
    if let Some(username) = settings.username() {
        builder = builder.set_client_to_redis_username(username);
    }
    if let Some(password) = settings.password() {
        builder = builder.set_client_to_redis_password(password);
    }
    let sentinel_password = described.sentinel_password.expose_secret();
    if !sentinel_password.is_empty() {
        builder = builder.set_client_to_sentinel_password(sentinel_password);
    }
    if is_tls(first) {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure).set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    if let Some(certificates) = certificates {
        builder = builder
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates);
    }
    Ok(Kind::Sentinel(Box::new(tokio::sync::Mutex::new(builder.build()?))))
}
