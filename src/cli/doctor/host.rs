//! What can be seen from the settings and this machine: who reaches the listeners, and whose word is believed.

use super::report::Report;
use crate::cli::files;
use crate::config::Config;
use std::net::{IpAddr, SocketAddr};

const PART: &str = "host";

pub(super) fn examine(config: &Config, report: &mut Report) {
    listener("admin", config.admin.listen, "whoever reaches it reaches AnythingLLM's login", report);
    listener("ops", config.ops.listen, "its metrics tell how much business there is", report);
    public_url(config, report);
    proxies(config, report);
    file_descriptors(config, report);
}

fn listener(name: &str, listen: SocketAddr, why: &str, report: &mut Report) {
    let ip = listen.ip();
    if ip.is_unspecified() {
        report.warn(
            PART,
            format!("{name}.listen is {listen}, every address of this machine, and {why}"),
            format!(
                "use a private address such as 127.0.0.1:{}; in a container publish the port on a private address only",
                listen.port()
            ),
        );
    } else if is_public(ip) {
        report.warn(PART, format!("{name}.listen is {listen}, a public address, and {why}"), "use a private address");
    } else {
        report.ok(PART, format!("{name} listens on {listen}, which is not public"));
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 is shared by carriers and by overlay networks (RFC 6598).
            let shared = matches!(v4.octets(), [100, second, ..] if second & 0xc0 == 64);
            !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared)
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

fn public_url(config: &Config, report: &mut Report) {
    let url = config.public_url();
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|start| url.starts_with(start));
    if config.public.url.is_empty() && !config.public.listen.ip().is_loopback() {
        report.warn(
            PART,
            format!("public.url is not set, so links and problem documents say {url}"),
            "set VESTIBULE_PUBLIC_URL to the address clients use",
        );
    } else if url.starts_with("http://") && !local {
        report.warn(
            PART,
            format!("public.url is {url}, without TLS: keys and chats can be read on the way"),
            "end TLS in a proxy in front or set public.tls_certificate_file and public.tls_private_key_file",
        );
    } else {
        report.ok(PART, format!("clients use {url}"));
    }
}

fn proxies(config: &Config, report: &mut Report) {
    let ends_tls_elsewhere =
        config.public.url.starts_with("https://") && config.public.tls_certificate_file.as_os_str().is_empty();
    let trusted = &config.edge.trusted_proxies;
    if ends_tls_elsewhere && trusted.is_empty() {
        report.warn(
            PART,
            "public.url is https, so a proxy in front ends TLS, but edge.trusted_proxies is empty: all clients share the proxy's address and its limits",
            "name the proxy's network in edge.trusted_proxies",
        );
    }
    // A whole /8 of private addresses is common; more than that, or a wide public range, is nobody's proxies.
    for network in trusted.iter().filter(|n| n.prefix_len() > 0) {
        let wide = if is_public(network.network()) {
            network.max_prefix_len() - network.prefix_len() > 16
        } else {
            network.prefix_len() < 7
        };
        if wide {
            report.warn(
                PART,
                format!("edge.trusted_proxies holds {network}, more addresses than proxies have: each of them may claim to be any client"),
                "name the proxies' own networks",
            );
        }
    }
}

/// `vestibule serve` takes as many as are allowed to it, by itself.
fn file_descriptors(config: &Config, report: &mut Report) {
    let wanted = files::wanted(config);
    let connections = config.edge.max_connections;
    match files::allowed() {
        Some(limit) if limit < wanted => report.warn(
            PART,
            format!("edge.max_connections is {connections}, which needs some {wanted} file descriptors, and no more than {limit} are allowed to programs that are started as this one was"),
            "raise the hard limit (`ulimit -Hn`, LimitNOFILE=, `ulimits:` in compose) for the gateway, or lower edge.max_connections",
        ),
        limit => {
            let limit = limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string());
            report.ok(PART, format!("{limit} file descriptors are enough for {connections} connections"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn private_addresses_are_not_public() {
        for private in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "169.254.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2001:4860::1", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }
}
