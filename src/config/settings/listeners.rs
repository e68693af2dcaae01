//! Settings of what clients connect to, and of how it ends.

use crate::config::declare;
use crate::config::key::Key;
use crate::config::settings::{HOUR, KIB, MANY, MIB};
use crate::config::values::Kind::{Address, File, Networks, Text, Whole};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

declare::sections! {
    LISTENERS:

    public: Public {
        /// Address to listen on.
        listen: SocketAddr = Address,
        /// The address clients use, without a trailing slash; used in problem `type`s and links. Empty: derived from
        /// `listen`.
        url: String = Text,
        /// PEM file of the certificate chain; empty = no TLS.
        tls_certificate_file: PathBuf = File,
        /// PEM file of the private key; empty = no TLS.
        tls_private_key_file: PathBuf = File,
    }

    admin: Admin {
        /// Address to listen on.
        listen: SocketAddr = Address,
        /// The address staff use, without a trailing slash; used in links to AnythingLLM's UI. Empty: derived from
        /// `listen`.
        url: String = Text,
        /// Largest upload to AnythingLLM through this listener, in bytes.
        upload_bytes: u64 = Whole(MIB, 4096 * MIB),
        /// Largest other body to AnythingLLM through this listener, in bytes.
        json_body_bytes: u64 = Whole(MIB, 4096 * MIB),
        /// Logins and recoveries of one IP address a minute.
        logins_per_ip_per_minute: u32 = Whole(1, MANY),
        /// Logins in flight to AnythingLLM at the same time.
        max_parallel_logins: u32 = Whole(1, 1000),
    }

    ops: Ops {
        /// Address to listen on.
        listen: SocketAddr = Address,
    }

    edge: Edge {
        /// Proxies whose `X-Forwarded-*` headers are believed.
        trusted_proxies: Vec<IpNet> = Networks,
        /// Time for a whole request head.
        header_seconds: u64 = Whole(1, 300),
        /// Largest request head, in bytes.
        max_header_bytes: usize = Whole(KIB, 64 * KIB),
        /// Time for a whole JSON body.
        body_seconds: u64 = Whole(1, 600),
        /// What must arrive each second of a larger body, after that.
        body_bytes_per_second: u64 = Whole(1, 1024 * MIB),
        /// Idle connections are closed after this.
        keepalive_seconds: u64 = Whole(1, HOUR),
        /// A client that does not read is given up after this.
        write_seconds: u64 = Whole(1, HOUR),
        /// Connections of one IP address at the same time.
        max_connections_per_ip: u32 = Whole(1, MANY),
        /// Requests of one IP address that run at the same time.
        max_requests_per_ip: u32 = Whole(1, MANY),
        /// Connections at the same time.
        max_connections: u32 = Whole(1, MANY),
        /// Largest JSON body, in bytes.
        json_body_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest body of a chat, in bytes.
        chat_body_bytes: usize = Whole(KIB, 64 * MIB),
        /// Largest number of HTTP/2 streams of a connection.
        h2_max_streams: u32 = Whole(1, 10_000),
        /// Browsers that have come by TLS keep to it for this long; 0 = they are not told.
        hsts_seconds: u64 = Whole(0, 63_072_000),
    }

    shutdown: Shutdown {
        /// Running requests may finish for this long after SIGTERM.
        drain_seconds: u64 = Whole(0, HOUR),
        /// Clients that have just connected may send a request for this long.
        last_request_millis: u64 = Whole(0, 60_000),
    }
}
