//! Calls to addresses that customers name: never into the operator's network, always bounded.

mod addresses;
mod answers;

use crate::harness::{Authority, PATIENCE, configured};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use vestibule::config;
use vestibule::outbound::{Ask, Outbound, OutboundAnswer, OutboundError, Resolve};

/// Answers from a list, each name's answers in turn, the last one for ever.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<BTreeMap<String, VecDeque<Vec<SocketAddr>>>>, Mutex<Vec<String>>);

impl Names {
    pub(crate) fn with(self, host: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.0.lock().entry(host.to_owned()).or_default().push_back(addresses);
        self
    }

    /// Every name that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.1.lock().clone()
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, host: &str, _: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        self.1.lock().push(host.to_owned());
        let mut names = self.0.lock();
        let answers = names.get_mut(host).ok_or(OutboundError::NoPublicHost)?;
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        answer.ok_or(OutboundError::NoPublicHost)
    }
}

/// The section `[outbound]` with these networks exempt.
pub(crate) fn settings(allowed: &str) -> config::Outbound {
    let set = |name: &str, value: &str| (format!("VESTIBULE_OUTBOUND_{name}"), value.to_owned());
    configured([set("ALLOWED_NETWORKS", allowed), set("CONNECT_MILLIS", "5000")].into()).outbound
}

/// One that may call this machine, as the names say.
pub(crate) fn local(names: Names) -> (Outbound, Arc<Names>) {
    let names = Arc::new(names);
    (Outbound::with(&settings("127.0.0.0/8"), Arc::clone(&names) as _, &[]).unwrap(), names)
}

/// The same with https.
pub(crate) fn local_tls(names: Names, authority: &Authority) -> Outbound {
    Outbound::with(&settings("127.0.0.0/8"), Arc::new(names), &[authority.certificate()]).unwrap()
}

async fn get(outbound: &Outbound, url: &str) -> Result<OutboundAnswer, OutboundError> {
    send(outbound, Ask::get(url.parse().unwrap())).await
}

async fn send(outbound: &Outbound, ask: Ask) -> Result<OutboundAnswer, OutboundError> {
    tokio::time::timeout(PATIENCE, outbound.send(ask)).await.expect("an answer or an error")
}
