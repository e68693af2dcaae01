//! What time tells about keys: a good one, the same with another secret, unknown ones, and a mistyped one, in turns on
//! one connection. An attacker who could tell a wrong secret from an unknown key would learn which public ids exist,
//! which is no secret; one who could tell how much of a secret is right would learn keys.

use crate::http::{Connection, Target};
use crate::stats::{Sample, millis};
use ::http::{HeaderValue, header};
use anyhow::{Context as _, ensure};
use clap::Args;
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Instant;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters before the public id: `vst_pk_test_`.
const PREFIX: usize = 12;
/// Characters of the public id, and of the checksum.
const PUBLIC: usize = 12;
const CHECKSUM: usize = 6;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    /// A key that works.
    #[arg(long)]
    key: String,
    /// How often each kind is sent.
    #[arg(long, default_value_t = 2000)]
    rounds: usize,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let mut connection = options.target.connect().await?;
    let mut samples: BTreeMap<&str, Sample> = BTreeMap::new();
    for round in 0..options.rounds {
        for (name, key, status) in [
            ("good", options.key.clone(), 200),
            // The first and the last character of the secret: a comparison that stops early would tell them apart.
            ("first", changed(&options.key, PREFIX + PUBLIC + 1)?, 401),
            ("last", changed(&options.key, options.key.len() - CHECKSUM - 1)?, 401),
            // Remembered as unknown after the first time, and never seen before.
            ("unknown", unknown(&options.key, 0)?, 401),
            ("new", unknown(&options.key, round + 1)?, 401),
            ("mistyped", mistyped(&options.key), 401),
        ] {
            let took = ask(options, &mut connection, &key, status).await?;
            samples.entry(name).or_default().add(took);
        }
    }
    let mut out = io::stdout().lock();
    for (name, sample) in &mut samples {
        writeln!(out, "{name}_p50_ms={:.4}", sample.percentile(50.0))?;
        writeln!(out, "{name}_p99_ms={:.4}", sample.percentile(99.0))?;
    }
    Ok(())
}

async fn ask(options: &Options, connection: &mut Connection, key: &str, expected: u16) -> anyhow::Result<f64> {
    let mut request = options.target.request(0)?;
    request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}"))?);
    let started = Instant::now();
    let response = connection.send(request).await?;
    let status = response.status();
    let text = response.into_body().collect().await?.to_bytes();
    let took = millis(started.elapsed());
    ensure!(status == expected, "status {status}: {}", String::from_utf8_lossy(&text));
    Ok(took)
}

/// With another character in one place, and the checksum that fits.
fn changed(key: &str, at: usize) -> anyhow::Result<String> {
    let (before, rest) = key.split_at_checked(at).context("too short for a key")?;
    let other = if rest.starts_with('x') { "y" } else { "x" };
    Ok(fitted(&format!("{before}{other}{}", rest.get(1..).context("too short for a key")?)))
}

/// With a public id that is a number.
fn unknown(key: &str, number: usize) -> anyhow::Result<String> {
    let prefix = key.get(..PREFIX).context("too short for a key")?;
    let rest = key.get(PREFIX + PUBLIC..).context("too short for a key")?;
    Ok(fitted(&format!("{prefix}{number:0PUBLIC$}{rest}")))
}

/// With a checksum that does not fit.
fn mistyped(key: &str) -> String {
    let other = if key.ends_with('x') { 'y' } else { 'x' };
    let mut text = key.to_owned();
    text.pop();
    text.push(other);
    text
}

/// The checksum of a key: its CRC-32 (ISO HDLC) in base 62.
fn fitted(key: &str) -> String {
    let body = &key[..key.len() - CHECKSUM];
    let crc = body.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    });
    let mut rest = !crc as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[rest % 62];
        rest /= 62;
    }
    digits.iter().fold(body.to_owned(), |mut text, digit| {
        text.push(char::from(*digit));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_keys() {
        // The check value of this CRC-32: of `123456789` it is CBF43926.
        let mut rest = 0xCBF4_3926_usize;
        let mut digits = String::new();
        for _ in 0..CHECKSUM {
            digits.insert(0, char::from(ALPHABET[rest % 62]));
            rest /= 62;
        }
        assert_eq!(fitted("123456789......"), format!("123456789{digits}"));
    }

    #[test]
    fn each_kind_differs_where_it_says() {
        let key = fitted(&format!("vst_pk_test_{}_{}......", "a".repeat(PUBLIC), "b".repeat(32)));
        let first = changed(&key, PREFIX + PUBLIC + 1).unwrap();
        assert_eq!((&first[..25], &first[25..26]), (&key[..25], "x"));
        assert_eq!(&unknown(&key, 7).unwrap()[PREFIX..PREFIX + PUBLIC], "000000000007");
        assert_ne!(mistyped(&key), key);
        assert_eq!(mistyped(&key)[..key.len() - 1], key[..key.len() - 1]);
    }
}
