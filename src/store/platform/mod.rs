//! Products read from a shop's platform itself and handed over as JSON lines, so that a sync treats them as a feed's:
//! the same rules for prices, the same report, the same care before anything is removed.
//!
//! Nothing is asked before somebody waits for the first piece. Every call goes through `outbound` and is bounded in time
//! and size; one that may succeed later is made again a few times. An answer that is cut short or does not fit together
//! is an error of the whole reading: products would be missing, and what is missing is removed. Knows the credentials
//! as headers that nothing prints.

mod bulk;
mod call;
mod line;
mod shopify;
mod woocommerce;

use super::{StoreService, headers};
use crate::catalog::engine::{FeedStream, ReadError};
use crate::catalog::source::Wanted;
use crate::domain::store::{Platform, StoreConnection};
use bytes::Bytes;
use call::Calls;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::time::Duration;

/// Between two looks at what a platform prepares, and before a call is made again.
pub(super) const PAUSE: Duration = Duration::from_secs(2);

/// A platform's products, one after the other.
enum Reader {
    Shopify(Box<shopify::Reader>),
    WooCommerce(Box<woocommerce::Reader>),
}

impl Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, ReadError>> {
        match self {
            Self::Shopify(reader) => reader.next().boxed(),
            Self::WooCommerce(reader) => reader.next().boxed(),
        }
    }
}

impl StoreService {
    /// The products of a connection to a platform.
    pub(super) async fn read_platform(
        &self,
        connection: &StoreConnection,
        wanted: Wanted,
    ) -> Result<FeedStream, ReadError> {
        let credentials = self.credentials(connection).await.map_err(|error| {
            tracing::error!(connection = %connection.id, %error, "store credentials cannot be opened");
            fault("credentials_unreadable", "the stored credentials cannot be opened any more; give them anew")
        })?;
        let credentials =
            credentials.ok_or_else(|| fault("credentials_missing", "the shop answers only with credentials"))?;
        if super::check::expired(Some(&credentials), self.ambient.now()) {
            return Err(fault("credentials_expired", "the stored access token has reached its end; give a new one"));
        }
        let settings = connection.settings.clone();
        let unsendable = || fault("credentials_unreadable", "the stored credentials cannot be sent; give them anew");
        let reader = match settings.platform {
            Platform::Shopify => {
                let token = headers::token(shopify::TOKEN, &credentials).ok_or_else(unsendable)?;
                let calls = Calls::new(self.outbound.clone(), token, self.pause);
                Reader::Shopify(Box::new(shopify::Reader::new(calls, &settings, wanted)?))
            }
            Platform::WooCommerce => {
                let pair = headers::authorization(&credentials).ok_or_else(unsendable)?;
                let calls = Calls::new(self.outbound.clone(), pair, self.pause);
                Reader::WooCommerce(Box::new(woocommerce::Reader::new(calls, &settings, wanted)))
            }
            _ => return Err(fault("no_feed", "products are not read from this platform")),
        };
        let stream = futures_util::stream::try_unfold(reader, |mut reader| async move {
            Ok(reader.next().await?.map(|bytes| (bytes, reader)))
        });
        Ok(FeedStream::new(stream))
    }
}

fn fault(code: &'static str, message: impl Into<String>) -> ReadError {
    ReadError { code, message: message.into() }
}

/// What a platform has said does not fit together.
fn contract(message: &'static str) -> ReadError {
    fault("platform_contract", message)
}
