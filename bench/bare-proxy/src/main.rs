//! A Pingora proxy that does nothing but forward: what Vestibule would cost if it checked nothing.
//!
//! Same build profile, allocator and runtime as the gateway; Pingora's default buffers, no compression module, no log.

use async_trait::async_trait;
use pingora::listeners::ListenerConfig;
use pingora::modules::http::HttpModules;
use pingora::prelude::{HttpPeer, ProxyHttp, Session};
use pingora::proxy::http_proxy_service;
use pingora::server::Fds;
use pingora::server::configuration::ServerConf;
use pingora::services::Service as _;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::fd::IntoRawFd as _;
use std::sync::Arc;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(all(feature = "mimalloc", not(feature = "jemalloc")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Forward(Box<HttpPeer>);

#[async_trait]
impl ProxyHttp for Forward {
    type CTX = ();

    fn new_ctx(&self) {}

    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    async fn upstream_peer(&self, _session: &mut Session, (): &mut ()) -> pingora::Result<Box<HttpPeer>> {
        Ok(self.0.clone())
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, listen, upstream] = arguments.as_slice() else {
        return Err(io::Error::other("usage: bare-proxy LISTEN UPSTREAM"));
    };
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    writeln!(io::stdout(), "listening on {address}")?;

    let mut sockets = Fds::new();
    sockets.add(address.clone(), listener.into_raw_fd());
    let conf = ServerConf { threads: 1, upstream_keepalive_pool_size: 256, ..ServerConf::default() };
    let peer = HttpPeer::new(upstream.as_str(), false, String::new());
    let mut service = http_proxy_service(&Arc::new(conf), Forward(Box::new(peer)));
    service.add_listener(ListenerConfig::tcp(address));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    service.start_service(Some(Arc::new(parking_lot::Mutex::new(sockets))), stopped, 1).await;
    Ok(())
}
