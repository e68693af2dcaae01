//! A PostgreSQL that is killed while usage is written, and comes back as itself or as the one that followed it.

use super::{Load, UNLIMITED, key, reconcile};
use crate::harness::{OwnPostgres, Process, TcpProxy, TestDatabase, World, eventually, postgres_programs};
use std::collections::BTreeSet;
use std::path::PathBuf;

struct Scene {
    server: OwnPostgres,
    way: TcpProxy,
    world: World,
    key: String,
    process: Process,
}

impl Scene {
    async fn start(programs: PathBuf) -> Self {
        let server = OwnPostgres::start(programs).await;
        let way = TcpProxy::before(server.server()).await;
        let admin = format!("postgres://vestibule@127.0.0.1:{}/vestibule", way.port()).parse().unwrap();
        let world = World::builder().database(TestDatabase::served_by(admin).await).start().await;
        let key = key(&world).await;
        let process = Process::serve(&world, &UNLIMITED).await;
        Self { server, way, world, key, process }
    }

    fn load(&self, round: u32) -> Load {
        Load::start(self.process.public, &self.key, round)
    }

    async fn is_up(&self, up: bool) {
        let line = format!("vestibule_database_up {}", u8::from(up));
        eventually(async || {
            let metrics = self.process.ops().get("/metrics").await;
            if metrics.text().lines().any(|found| found == line) { Ok(()) } else { Err(line.clone()) }
        })
        .await;
    }

    /// What was answered before, without the database, and after.
    async fn through(&self, round: u32, absence: impl AsyncFnOnce()) -> BTreeSet<String> {
        let load = self.load(round);
        load.has_answered(60).await;
        absence().await;
        let mut answered = load.stop().await;
        let after = self.load(round + 1);
        after.has_answered(40).await;
        answered.append(&mut after.stop().await);
        answered
    }
}

#[tokio::test]
async fn a_database_that_is_killed_under_load_costs_no_usage() {
    let Some(programs) = postgres_programs() else { return };
    let scene = Scene::start(programs).await;
    let mut answered = BTreeSet::new();
    for round in [0, 2, 4] {
        let absence = async || {
            scene.server.kill().await;
            scene.is_up(false).await;
            scene.server.begin().await;
            scene.is_up(true).await;
        };
        answered.append(&mut scene.through(round, absence).await);
    }
    reconcile(&scene.world, &answered).await;
}

#[tokio::test]
async fn a_failover_to_the_server_that_followed_costs_no_usage() {
    let Some(programs) = postgres_programs() else { return };
    let scene = Scene::start(programs).await;
    let follower = scene.server.follower().await;
    let absence = async || {
        scene.server.kill().await;
        scene.is_up(false).await;
        scene.way.lead_to(follower.server());
        // It can be read for a moment before it can be written.
        follower.promote().await;
        scene.is_up(true).await;
    };
    let answered = scene.through(0, absence).await;
    reconcile(&scene.world, &answered).await;
}
