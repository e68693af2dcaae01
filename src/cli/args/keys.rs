//! What can be typed about keys.

use super::RotateSigningArgs;
use crate::cli::span::Span;
use crate::domain::key::GraceFrom;
use crate::domain::key::{KeyEnv, KeyKind};
use crate::domain::scope::Scope;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Make a key and print it, this once.
    Create(KeyArgs),
    /// List keys; never shows more than their public ids.
    List(KeyListArgs),
    /// Make a new key that takes over from one; the old one works on for a while.
    Rotate(RotateArgs),
    /// Switch a key off, until it is switched on again.
    Disable(KeyNameArgs),
    /// Switch a key on again.
    Enable(KeyNameArgs),
    /// Revoke a key for good; running streams end within a second.
    Revoke(RevokeArgs),
    /// Make a new key for signing access tokens. Running gateways take it up by themselves, and nobody is logged out.
    RotateSigning(RotateSigningArgs),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(in crate::cli) struct KeyArgs {
    /// Slug of the workspace the key is bound to; secret keys may go without.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) workspace: Option<String>,
    /// `publishable` stands in web pages, `secret` stays on servers.
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) kind: KeyKind,
    /// `live` or `test`.
    #[arg(long, value_name = "ENV", default_value = "live")]
    pub(in crate::cli) env: KeyEnv,
    /// What you will recognise the key by.
    #[arg(long)]
    pub(in crate::cli) name: String,
    /// Where a publishable key may be used, such as `https://shop.example` or `https://*.shop.example`. Can be
    /// repeated.
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub(in crate::cli) origins: Vec<String>,
    /// What the key may do; without it what keys of its kind mostly need. Can be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(in crate::cli) scopes: Vec<Scope>,
    /// Requests a minute, instead of `limits.key_per_minute`.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) per_minute: Option<u32>,
    /// Requests at once, instead of `limits.key_burst`.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) burst: Option<u32>,
    /// Requests a minute of one IP address, instead of `limits.ip_per_minute`.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) per_ip_per_minute: Option<u32>,
    /// Chats a minute of one visitor, instead of `limits.visitor_per_minute`.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) per_visitor_per_minute: Option<u32>,
    /// Streams at the same time, instead of `limits.max_streams`.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) max_streams: Option<u32>,
    /// Chats a day (UTC); without it as many as the other limits let through.
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) messages_per_day: Option<u32>,
    /// Chats a month (UTC).
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    pub(in crate::cli) messages_per_month: Option<u32>,
    /// Tokens a day (UTC).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) tokens_per_day: Option<u64>,
    /// Tokens a month (UTC).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) tokens_per_month: Option<u64>,
    /// An address or network a secret key may be used from, such as `192.0.2.0/24`; without it from anywhere. Can be
    /// repeated.
    #[arg(long = "ip", value_name = "NETWORK")]
    pub(in crate::cli) ips: Vec<String>,
    /// Pages without an origin may use a publishable key, too.
    #[arg(long)]
    pub(in crate::cli) allow_null_origin: bool,
    /// The pages of apps made with Capacitor or Ionic may use a publishable key, too. Of all such apps.
    #[arg(long)]
    pub(in crate::cli) allow_app_origins: bool,
    /// A publishable key works only for getting visitor tokens; shuts out the unmodified widget.
    #[arg(long)]
    pub(in crate::cli) require_visitor_token: bool,
    /// A visitor token costs a proof of work; needs --require-visitor-token.
    #[arg(long)]
    pub(in crate::cli) proof_of_work: bool,
    /// When the key ends by itself: 90d, 12h, 2w.
    #[arg(long, value_name = "SPAN")]
    pub(in crate::cli) expires_in: Option<Span>,
    /// Print the key and nothing else.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) quiet: bool,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// The database stores them as positive 32-bit integers.
fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(i32::MAX))
}

#[derive(Debug, Args)]
pub(in crate::cli) struct KeyListArgs {
    /// Only the keys of this workspace.
    #[arg(long, value_name = "SLUG")]
    pub(in crate::cli) workspace: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RevokeArgs {
    /// Public id of the key (12 characters), or the key itself.
    #[arg(value_name = "PUBLIC_ID|KEY")]
    pub(in crate::cli) key: String,
    /// Why, for those who wonder later.
    #[arg(long)]
    pub(in crate::cli) reason: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct KeyNameArgs {
    /// Public id of the key (12 characters), or the key itself.
    #[arg(value_name = "PUBLIC_ID|KEY")]
    pub(in crate::cli) key: String,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RotateArgs {
    /// Public id of the key (12 characters), or the key itself.
    #[arg(value_name = "PUBLIC_ID|KEY")]
    pub(in crate::cli) key: String,
    /// How long the old key works on: 24h, 7d; at most 30d, never beyond its expiry.
    #[arg(long, value_name = "SPAN", default_value = "24h")]
    pub(in crate::cli) grace: Span,
    /// When that begins: `now`, or with the new key's `first_use`.
    #[arg(long, value_name = "MOMENT", default_value = "now")]
    pub(in crate::cli) grace_from: GraceFrom,
    /// Print the new key and nothing else.
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) quiet: bool,
    /// Print JSON.
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
