//! From a host name to addresses, once a call: what was judged is what is connected to.

use super::OutboundError;
use async_trait::async_trait;
use std::fmt;
use std::net::SocketAddr;

/// Who knows the addresses of a host.
#[async_trait]
pub trait Resolve: fmt::Debug + Send + Sync {
    /// Where to connect to for this port of `host`, the best place first. None counts as an unknown host.
    ///
    /// # Errors
    /// [`OutboundError::NoPublicHost`]
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutboundError>;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = tokio::net::lookup_host((host, port)).await.map_err(|_| OutboundError::NoPublicHost)?;
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for address in found {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}
