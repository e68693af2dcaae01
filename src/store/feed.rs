//! Feeds for the catalogue sync.

use super::StoreService;
use crate::catalog::engine::{FeedStream, ReadError};
use crate::catalog::source::OpenFeed;
use crate::domain::store::{FeedEncoding, StoreConnection};
use async_trait::async_trait;
use futures_util::StreamExt as _;
use http::header;

#[async_trait]
impl OpenFeed for StoreService {
    async fn open(&self, connection: &StoreConnection) -> Result<FeedStream, ReadError> {
        let answer = self.open_feed(connection).await.map_err(|error| ReadError {
            code: error.code(),
            message: match error.code() {
                // What is wrong on our side is not for whoever asked.
                "internal" => "the credentials of the store connection could not be used".to_owned(),
                _ => format!("the feed could not be read: {error}"),
            },
        })?;
        let told = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let encoding = told.and_then(FeedEncoding::of_content_type);
        let stream = answer.body.into_stream().map(|piece| {
            piece.map_err(|error| ReadError { code: error.code(), message: format!("the feed broke off: {error}") })
        });
        Ok(FeedStream::new(stream).encoded(encoding))
    }
}
