//! Failed logins, counted over all replicas.

use super::Shared;
use crate::limits::Label;
use crate::redis_client::{Away, Redis};
use redis::{Script, ScriptInvocation};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

/// How a wait grows: the first is one second, and each is twice the one before.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// Failures that cost nothing: people mistype.
    pub free: u32,
    /// The longest wait, in seconds.
    pub longest: u32,
}

/// Whom an attempt counts for.
#[derive(Debug, Clone)]
pub struct Counted {
    pub name: Label,
    pub address: String,
    /// The neighbourhood of the address.
    pub place: String,
}

/// The failed logins of all replicas with the same Redis. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FailedLogins {
    limiter: Shared,
    script: Arc<Script>,
}

impl FailedLogins {
    /// Those that are counted with this limiter's Redis.
    pub fn new(limiter: Shared) -> Self {
        Self { limiter, script: Arc::new(Script::new(include_str!("logins.lua"))) }
    }

    /// How many replicas share, as far as known.
    pub fn replicas(&self) -> u32 {
        self.limiter.0.replicas()
    }

    /// Counts an attempt as failed, if it may be tried. `growth`: of the name at the place, the address, the name.
    /// Gives the time to wait otherwise.
    ///
    /// # Errors
    /// [`Away`]: it may have counted all the same.
    pub async fn begin(
        &self,
        whose: &Counted,
        growth: [Growth; 3],
        forgotten: Duration,
    ) -> Result<Result<(), Duration>, Away> {
        let mut script = self.about(whose);
        script.arg("begin").arg(forgotten.as_secs());
        for growth in growth {
            script.arg(growth.free).arg(growth.longest);
        }
        let wait: u64 = self.redis().invoke(&script).await?;
        Ok(if wait == 0 { Ok(()) } else { Err(Duration::from_micros(wait)) })
    }

    /// Name and password were right; the name is known at the place for so long.
    ///
    /// # Errors
    /// [`Away`]
    pub async fn succeeded(&self, whose: &Counted, known: Duration) -> Result<(), Away> {
        self.redis().invoke(self.about(whose).arg("succeeded").arg(known.as_secs())).await
    }

    /// Nobody has found out whether they were right.
    ///
    /// # Errors
    /// [`Away`]
    pub async fn undecided(&self, whose: &Counted) -> Result<(), Away> {
        self.redis().invoke(self.about(whose).arg("undecided")).await
    }

    fn redis(&self) -> &Redis {
        &self.limiter.0.redis
    }

    fn about(&self, whose: &Counted) -> ScriptInvocation<'_> {
        let Counted { name, address, place } = whose;
        let cell = |what: &str, who: &dyn Display| format!("{}:{{logins}}:{what}:{who}", self.redis().prefix());
        let mut script = self.script.prepare_invoke();
        script.key(cell("name-at-place", &format_args!("{name}@{place}")));
        script.key(cell("address", address));
        script.key(cell("name", name));
        script.key(cell("known", &format_args!("{name}@{place}")));
        script
    }
}
