//! Settings of what Vestibule stands on: PostgreSQL, Redis, AnythingLLM.

use crate::config::declare;
use crate::config::key::Key;
use crate::config::settings::{HOUR, KIB, MANY, MIB};
use crate::config::values::Kind::{File, Flag, Secret, Text, Whole};
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;

declare::sections! {
    SERVICES:

    database: Database {
        /// `postgres://…`
        url: SecretString = Secret,
        /// The password, where it does not stand in the address.
        password: SecretString = Secret,
        /// PEM file of authorities that the server's certificate may come from besides those that browsers trust; with it
        /// the connection is encrypted and the certificate checked. Empty = as the address says.
        ca_file: PathBuf = File,
        /// Connections of the pool.
        max_connections: u32 = Whole(2, 10_000),
        /// Time to get a connection.
        acquire_millis: u64 = Whole(1, 600_000),
        /// Time for one statement.
        statement_millis: u64 = Whole(1, 600_000),
        /// For how long what is remembered is believed when the database is away; 0 = not at all.
        stale_seconds: u32 = Whole(0, 3_600),
        /// Run migrations at start-up.
        migrate_on_start: bool = Flag,
    }

    redis: Redis {
        /// `redis://…` or, with TLS, `rediss://…`; empty = a single node with limits in process. Of several Sentinels or
        /// nodes of a cluster, all with commas between; user, password and database of the first hold for the servers.
        url: SecretString = Secret,
        /// PEM file of the authorities that the server's certificate must come from; empty = those that browsers trust.
        ca_file: PathBuf = File,
        /// The name under which the Sentinels at `url` know the master; empty = they are no Sentinels.
        sentinel_master: String = Text,
        /// The Sentinels' own password; empty = none.
        sentinel_password: SecretString = Secret,
        /// `url` names nodes of a cluster.
        cluster: bool = Flag,
        /// What the names of all keys begin with.
        prefix: String = Text,
        /// Time for an answer; after it a replica goes on with its share.
        patience_millis: u64 = Whole(1, 60_000),
        /// Shares are computed for at least so many replicas.
        least_replicas: u32 = Whole(1, 1000),
    }

    cache: Cache {
        /// `redis://…` or, with TLS, `rediss://…`, in which replicas keep answers together; empty = each for itself.
        redis_url: SecretString = Secret,
        /// PEM file of the authorities that the server's certificate must come from; empty = those that browsers trust.
        redis_ca_file: PathBuf = File,
        /// What the names of all keys begin with.
        redis_prefix: String = Text,
        /// Time for an answer; after it AnythingLLM is asked.
        redis_patience_millis: u64 = Whole(1, 60_000),
        /// For so long past its time an answer stands in when AnythingLLM fails; 0 = not at all.
        stale_if_error_seconds: u64 = Whole(0, 24 * HOUR),
    }

    upstream: Upstream {
        /// Address of AnythingLLM without a trailing slash.
        url: String = Text,
        /// PEM file of the authorities that its certificate must come from; empty = those that browsers trust.
        ca_file: PathBuf = File,
        /// AnythingLLM's API key; wins over the one that Vestibule keeps itself.
        api_key: SecretString = Secret,
        /// Set AnythingLLM up at start, and keep its API key in the database.
        bootstrap: bool = Flag,
        /// How long the bootstrap waits for AnythingLLM, and for another replica's.
        bootstrap_seconds: u64 = Whole(1, HOUR),
        /// The admin's name, for the bootstrap and for the demo.
        admin_username: String = Text,
        /// The admin's password.
        admin_password: SecretString = Secret,
        /// The password that an AnythingLLM without accounts asks for; empty = none.
        instance_password: SecretString = Secret,
        /// Time to connect, for two attempts together.
        connect_millis: u64 = Whole(1, 600_000),
        /// Chats in progress at the same time.
        max_chats: usize = Whole(1, MANY),
        /// Other calls in progress at the same time; as many more that embed documents.
        max_calls: usize = Whole(1, MANY),
        /// Calls of a workspace that wait for their turn.
        queue_per_workspace: usize = Whole(0, MANY),
        /// A call waits this long for its turn.
        queue_millis: u64 = Whole(0, 600_000),
        /// Time to a whole JSON answer, and to the head of a stream.
        response_millis: u64 = Whole(1, 3_600_000),
        /// How often AnythingLLM is asked whether it has a model and an embedder; 0 = never.
        models_seconds: u64 = Whole(0, 24 * HOUR),
        /// A stream that is silent for this long has failed.
        stream_idle_seconds: u64 = Whole(1, HOUR),
        /// What is passed through: time to the head of an answer, and between its bytes.
        passed_seconds: u64 = Whole(1, HOUR),
        /// The same for what takes AnythingLLM long, such as embedding.
        passed_work_seconds: u64 = Whole(1, 24 * HOUR),
        /// Silence of a websocket, and of other streams that say nothing for long.
        passed_idle_seconds: u64 = Whole(1, 24 * HOUR),
        /// Idle connections are dropped after this; below AnythingLLM's 5 s, or a request may meet a closed one.
        pool_idle_millis: u64 = Whole(0, 600_000),
        /// Idle connections kept.
        pool_max_idle: usize = Whole(0, 100_000),
        /// Largest frame of a stream, in bytes.
        max_frame_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest JSON answer, in bytes.
        max_body_bytes: usize = Whole(KIB, 1024 * MIB),
    }
}
