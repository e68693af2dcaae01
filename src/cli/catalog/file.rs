//! A feed that is a file or standard input of whoever runs the command.

use crate::catalog::engine::{FeedStream, Plan, ReadError};
use crate::catalog::feed::Format;
use crate::cli::args::CatalogSyncArgs;
use crate::cli::failure::Failure;
use crate::domain::store::{DecimalSeparator, FeedEncoding};
use bytes::Bytes;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Bytes read of a file at once.
const CHUNK: usize = 64 * 1024;

/// A feed of the caller's own, and what is said of how it is meant.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    encoding: Option<FeedEncoding>,
    decimal_separator: Option<DecimalSeparator>,
    currency: Option<String>,
}

impl File {
    /// A plan with what was said on the command line.
    pub(super) fn meant(&self, plan: Plan) -> Plan {
        let mut rules = plan.rules;
        rules.decimal_separator = self.decimal_separator.or(rules.decimal_separator);
        rules.currency = self.currency.clone().or(rules.currency);
        Plan { encoding: self.encoding.or(plan.encoding), rules, ..plan }
    }
}

pub(super) fn file(path: &Path, args: &CatalogSyncArgs) -> Result<File, Failure> {
    // What is packed says by its inner name how it is written.
    let packed = path.extension().is_some_and(|extension| extension == "gz" || extension == "zip");
    let named = if packed { path.file_stem().map_or(path, Path::new) } else { path };
    let format = match (args.format, named.extension().and_then(|extension| extension.to_str())) {
        (Some(format), _) => Format::of(format),
        (None, Some("xml" | "rss" | "atom")) => Format::GoogleXml,
        (None, Some("tsv" | "txt")) => Format::GoogleTsv,
        (None, Some("csv")) => Format::Csv,
        (None, Some("jsonl" | "ndjson")) => Format::Jsonl,
        (None, _) => return Err(Failure::usage("--format: must be given, because the file's name does not say it")),
    };
    if path != Path::new("-") && !path.is_file() {
        return Err(Failure::usage(format!("--feed: there is no file {}", path.display())));
    }
    if args.currency.as_ref().is_some_and(|code| code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase())) {
        return Err(Failure::usage("--currency: must be the three capital letters of ISO 4217, such as EUR"));
    }
    Ok(File {
        path: path.to_owned(),
        format,
        encoding: args.encoding,
        decimal_separator: args.decimal_separator,
        currency: args.currency.clone(),
    })
}

/// Reads on a thread of its own: reading a file or a pipe blocks.
pub(super) async fn open(path: &Path) -> Result<FeedStream, ReadError> {
    let broken = |error: std::io::Error| ReadError { code: "file_unreadable", message: error.to_string() };
    let mut reader: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || std::fs::File::open(path)).await;
        Box::new(opened.map_err(std::io::Error::other).and_then(|opened| opened).map_err(broken)?)
    };
    let (pieces, received) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut chunk = vec![0; CHUNK];
        loop {
            let piece = match reader.read(&mut chunk) {
                Ok(0) => return,
                Ok(read) => Ok(Bytes::copy_from_slice(chunk.get(..read).unwrap_or_default())),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(broken(error)),
            };
            let is_end = piece.is_err();
            if pieces.blocking_send(piece).is_err() || is_end {
                return;
            }
        }
    });
    let stream = futures_util::stream::unfold(received, |mut received| async move {
        let piece = received.recv().await?;
        Some((piece, received))
    });
    Ok(FeedStream::new(stream))
}
