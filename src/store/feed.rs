//! Products for the catalogue sync: a feed's bytes as they arrive, or what the platform answers.

use super::StoreService;
use crate::catalog::engine::{FeedStream, ReadError};
use crate::catalog::source::{OpenFeed, Wanted};
use crate::domain::store::{FeedEncoding, StoreConnection};
use crate::domain::sync::FeedValidators;
use async_trait::async_trait;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, header};

/// Longest validators that are kept, in bytes.
const LONGEST: usize = 1024;
/// Of a date.
const LONGEST_DATE: usize = 100;

#[async_trait]
impl OpenFeed for StoreService {
    async fn open(&self, connection: &StoreConnection, wanted: Wanted) -> Result<FeedStream, ReadError> {
        if connection.settings.reads_changes() {
            return self.read_platform(connection, wanted).await;
        }
        let known = if let Wanted::IfChanged(known) = &wanted { Some(known) } else { None };
        let answer = self.open_feed(connection, known).await.map_err(|error| ReadError {
            code: error.code(),
            message: match error.code() {
                // What is wrong on our side is not for whoever asked.
                "internal" => "the credentials of the store connection could not be used".to_owned(),
                _ => format!("the feed could not be read: {error}"),
            },
        })?;
        let Some(answer) = answer else { return Ok(FeedStream::unchanged()) };
        let told = text(&answer.headers, &header::CONTENT_TYPE, LONGEST);
        let encoding = told.as_deref().and_then(FeedEncoding::of_content_type);
        let validators = FeedValidators {
            etag: text(&answer.headers, &header::ETAG, LONGEST),
            last_modified: text(&answer.headers, &header::LAST_MODIFIED, LONGEST_DATE),
        };
        let stream = answer.body.into_stream().map(|piece| {
            piece.map_err(|error| ReadError { code: error.code(), message: format!("the feed broke off: {error}") })
        });
        Ok(FeedStream::new(stream).encoded(encoding).known_by(validators))
    }
}

fn text(headers: &HeaderMap, name: &HeaderName, longest: usize) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (1..=longest).contains(&text.len()).then(|| text.to_owned())
}
