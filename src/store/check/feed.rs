//! A feed: fetches its head and reads it as a sync would.

use super::{Checked, Finding, PATIENCE};
use crate::catalog::feed::{Entry, Fault, Feed, FeedError, Format, PIECE};
use crate::catalog::product::{Item, Rules};
use crate::domain::store::{FeedEncoding, FeedFormat, StoreSettings};
use crate::outbound::{Ask, OutboundError};
use crate::store::headers;
use http::header;

/// Read of a feed, in bytes: some products are in it, whatever stands before them.
const HEAD: usize = 256 * 1024;

pub(super) async fn check(checked: Checked<'_>) -> Result<Finding, OutboundError> {
    let Some(feed) = &checked.settings.feed else {
        return Ok(Finding::degraded("no_feed", "The connection has no feed."));
    };
    let credentials = checked.credentials.and_then(headers::authorization).unwrap_or_default();
    let ask = Ask { credentials, within: Some(PATIENCE), ..Ask::get(feed.url.clone()) };
    let mut answer = checked.outbound.send(ask).await?;
    match answer.status.as_u16() {
        200..=299 => {}
        404 | 410 => {
            return Ok(Finding::degraded("feed_not_found", "There is no feed at this address; check `feed_url`."));
        }
        401 if checked.credentials.is_none() => return Ok(super::MISSING),
        _ => return Ok(Finding::of_status(answer.status)),
    }
    let mut head = Vec::new();
    let mut whole = true;
    while let Some(piece) = answer.body.chunk().await? {
        head.extend_from_slice(&piece);
        if head.len() >= HEAD {
            whole = false;
            break;
        }
    }
    let told = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let encoding = feed.encoding.or_else(|| told.and_then(FeedEncoding::of_content_type));
    let (settings, format) = (checked.settings.clone(), feed.format);
    // Whatever it is, it holds up nobody's chat.
    let looked = tokio::task::spawn_blocking(move || look(&settings, (format, encoding), &head, whole)).await;
    Ok(looked.unwrap_or_else(|_| Finding::degraded("feed_broken", "The feed cannot be read.")))
}

/// `whole`: nothing comes after it.
fn look(
    settings: &StoreSettings,
    (format, encoding): (FeedFormat, Option<FeedEncoding>),
    head: &[u8],
    whole: bool,
) -> Finding {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return Finding::degraded("feed_empty", "The feed is empty.");
    }
    let begins = text.get(..text.len().min(512)).unwrap_or_default().to_ascii_lowercase();
    let holds = |word: &[u8]| begins.windows(word.len()).any(|part| part == word);
    if holds(b"<!doctype html") || holds(b"<html") {
        return Finding::degraded(
            "feed_is_a_page",
            "There is a web page at this address and no feed; check `feed_url`.",
        );
    }
    let mut entries = Vec::new();
    match read(format, encoding, head, whole, &mut entries) {
        Ok(()) => judge(settings, &entries),
        Err(FeedError::Encoding(_)) => undecodable(),
        Err(FeedError::NotAFeed(why)) => Finding::degraded(
            "feed_format_differs",
            format!("What is at this address is no feed of the format `{format}`: {why}."),
        ),
        Err(error) => Finding::degraded("feed_broken", format!("The feed cannot be read: {error}.")),
    }
}

/// As a sync reads it, and in pieces of the same size.
fn read(
    format: FeedFormat,
    encoding: Option<FeedEncoding>,
    head: &[u8],
    whole: bool,
    entries: &mut Vec<Entry>,
) -> Result<(), FeedError> {
    let mut feed = Feed::encoded(Format::of(format), encoding);
    for piece in head.chunks(PIECE) {
        feed.push(piece, entries)?;
    }
    if whole { feed.finish(entries) } else { Ok(()) }
}

fn judge(settings: &StoreSettings, entries: &[Entry]) -> Finding {
    let rules = Rules::of(settings);
    let mut unusable = 0;
    let mut first = None;
    for entry in entries {
        let why = match entry {
            Ok(record) => Item::read(record, &rules).err().map(|bad| bad.message),
            Err(bad) if bad.fault == Fault::Undecodable => return undecodable(),
            Err(bad) => Some(bad.fault.message().into()),
        };
        unusable += usize::from(why.is_some());
        first = first.or(why);
    }
    match first {
        None if entries.is_empty() => {
            Finding::degraded("feed_without_products", "No product was found in the first part of the feed.")
        }
        Some(first) if unusable * 100 > entries.len() * usize::from(settings.failure_threshold_percent) => {
            let of = entries.len();
            Finding::degraded(
                "feed_products_unusable",
                format!("{unusable} of the first {of} records cannot be used; the first because {first}."),
            )
        }
        _ => Finding::healthy("The feed can be read, and the first products in it can be used."),
    }
}

fn undecodable() -> Finding {
    Finding::degraded(
        "feed_not_utf8",
        "The feed is not written in UTF-8, and nothing says in what else; set `feed_encoding`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::store::{StoreInput, StoreStatus};
    use proptest::prelude::*;

    fn settings() -> StoreSettings {
        let input = serde_json::json!({
            "platform": "feed", "store_url": "https://shop.example", "feed_url": "https://shop.example/f", "feed_format": "csv"
        });
        StoreSettings::check(&serde_json::from_value::<StoreInput>(input).unwrap()).unwrap()
    }

    fn code(format: FeedFormat, text: &str) -> Option<&'static str> {
        look(&settings(), (format, None), text.as_bytes(), true).code
    }

    #[test]
    fn feeds_are_recognised_by_their_head() {
        use FeedFormat::{Csv, GoogleTsv, GoogleXml, Jsonl};
        let product =
            "<g:id>1</g:id><g:title>Drill</g:title><g:link>https://shop.example/1</g:link><g:price>9 EUR</g:price>";
        let rss = format!(
            "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel><item>{product}</item></channel></rss>"
        );
        let line = "{\"id\":\"1\",\"title\":\"Drill\",\"link\":\"https://shop.example/1\",\"price\":\"9 EUR\"}";
        for (format, text) in [
            (GoogleXml, rss.as_str()),
            (GoogleTsv, "id\ttitle\tlink\tprice\n1\tDrill\thttps://shop.example/1\t9 EUR\n"),
            (Csv, "id,title,link,price\n1,Drill,https://shop.example/1,9 EUR\n"),
            (Jsonl, line),
        ] {
            assert_eq!(code(format, text), None, "{format} {text}");
        }
        for (format, text, wanted) in [
            (GoogleXml, "", "feed_empty"),
            (Csv, " \n", "feed_empty"),
            (GoogleXml, "<!DOCTYPE html><html>", "feed_is_a_page"),
            (Jsonl, "<html><body>", "feed_is_a_page"),
            (GoogleXml, "id\ttitle", "feed_format_differs"),
            (GoogleXml, "<urlset></urlset>", "feed_format_differs"),
            (Csv, "sku,name\n1,x\n", "feed_format_differs"),
            (Csv, "id,title,link,price\n", "feed_without_products"),
            (Csv, "id,title,link,price\n1,,https://shop.example/1,9 EUR\n", "feed_products_unusable"),
        ] {
            assert_eq!(code(format, text), Some(wanted), "{format} {text}");
        }
        let latin = b"id,title,link,price\n1,Stra\xdfe,https://shop.example/1,9 EUR\n";
        assert_eq!(look(&settings(), (Csv, None), latin, true).code, Some("feed_not_utf8"));
        let told = "iso-8859-1".parse().ok();
        assert_eq!(look(&settings(), (Csv, told), latin, true).code, None);
        // What was cut is not looked at.
        let cut = b"id,title,link,price\n1,Drill,https://shop.example/1,9 EUR\n2,Stra\xc3";
        assert_eq!(look(&settings(), (Csv, None), cut, false).code, None);
    }

    proptest! {
        #[test]
        fn anything_can_be_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..400), whole in any::<bool>()) {
            let settings = settings();
            for format in FeedFormat::ALL {
                let finding = look(&settings, (format, None), &bytes, whole);
                prop_assert_eq!(finding.code.is_none(), finding.status == StoreStatus::Healthy);
            }
        }
    }
}
