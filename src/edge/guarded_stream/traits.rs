//! What pingora wants to know of a stream besides what is read and written.

use super::GuardedStream;
use async_trait::async_trait;
use pingora::http::ResponseHeader;
use pingora::protocols::raw_connect::ProxyDigest;
use pingora::protocols::{
    ALPN, GetProxyDigest, GetSocketDigest, GetTimingDigest, Shutdown, SocketDigest, Ssl, TimingDigest, UniqueID,
};
use std::io;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;

#[async_trait]
impl Shutdown for GuardedStream {
    async fn shutdown(&mut self) {
        // The other side may be gone already; there is nobody left to tell.
        let _ = AsyncWriteExt::shutdown(self).await;
    }
}

impl UniqueID for GuardedStream {
    fn id(&self) -> i32 {
        self.transport.raw_fd()
    }
}

impl Ssl for GuardedStream {
    fn selected_alpn_proto(&self) -> Option<ALPN> {
        self.transport.is_alpn_h2().then_some(ALPN::H2)
    }
}

impl GetTimingDigest for GuardedStream {
    fn get_timing_digest(&self) -> Vec<Option<TimingDigest>> {
        Vec::new()
    }
}

impl GetProxyDigest for GuardedStream {
    /// The one place of pingora's digests that can carry something of ours to the hooks, for HTTP/1 and HTTP/2 alike.
    fn get_proxy_digest(&self) -> Option<Arc<ProxyDigest>> {
        self.digest.clone()
    }
}

impl GuardedStream {
    /// Makes it ready for pingora.
    ///
    /// # Errors
    /// Never with a status that is one.
    pub(in crate::edge) fn for_pingora(&mut self) -> io::Result<()> {
        let response = ResponseHeader::build_no_case(200, Some(0)).map_err(io::Error::other)?;
        let digest = ProxyDigest::new(Box::new(response), Some(Box::new(Arc::clone(&self.connection))));
        self.digest = Some(Arc::new(digest));
        Ok(())
    }
}

impl GetSocketDigest for GuardedStream {
    fn get_socket_digest(&self) -> Option<Arc<SocketDigest>> {
        None
    }
}
