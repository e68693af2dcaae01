//! How answers are read: bounded in time and size, with gzip undone, and only from who the certificate is for.

use super::{Names, get, local, local_tls, settings};
use crate::harness::{Authority, Ending, PATIENCE, Reply, Shop};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt as _;
use proptest::prelude::*;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;
use vestibule::outbound::{Ask, Outbound, OutboundError};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn body_of(reply: Reply) -> Result<Vec<u8>, OutboundError> {
    let shop = Shop::start(move |_| reply.clone()).await;
    let (outbound, _) = local(Names::default());
    let answer = get(&outbound, &shop.url()).await?;
    let read = async {
        let mut all = Vec::new();
        let mut stream = std::pin::pin!(answer.body.into_stream());
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            assert!(!piece.is_empty());
            all.extend_from_slice(&piece);
        }
        Ok(all)
    };
    tokio::time::timeout(PATIENCE, read).await.expect("it ends")
}

#[tokio::test]
async fn bodies_come_as_they_are_or_uncompressed() {
    let feed: Vec<u8> = (0..200_000_u32).flat_map(|n| format!("{n}\tDrill {n}\n").into_bytes()).collect();
    assert_eq!(body_of(Reply::new(200, feed.clone())).await.unwrap(), feed);
    let told = Reply::new(200, gzip(&feed)).header("content-encoding", "gzip");
    assert_eq!(body_of(told).await.unwrap(), feed);
    // A `.gz` file, of which no header tells.
    let file = Reply::new(200, gzip(&feed)).header("content-type", "application/octet-stream");
    assert_eq!(body_of(file).await.unwrap(), feed);
    let twice = [gzip(b"one "), gzip(b"two")].concat();
    assert_eq!(body_of(Reply::new(200, twice)).await.unwrap(), b"one two");
    for short in [&b""[..], b"x", b"\x1f", b"\x1fx"] {
        assert_eq!(body_of(Reply::new(200, short)).await.unwrap(), short);
    }
    assert_eq!(body_of(Reply::new(200, gzip(b""))).await.unwrap(), b"");
}

#[tokio::test]
async fn what_is_compressed_in_another_way_or_damaged_is_refused() {
    let whole = gzip(&vec![b'x'; 100_000]);
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xff;
    for reply in [
        Reply::new(200, "x").header("content-encoding", "br"),
        Reply::new(200, "x").header("content-encoding", "gzip, gzip"),
        Reply::new(200, "not gzip").header("content-encoding", "gzip"),
        Reply::new(200, &whole[..whole.len() - 5]),
        Reply::new(200, damaged),
    ] {
        assert_eq!(body_of(reply.clone()).await.unwrap_err(), OutboundError::Encoding, "{reply:?}");
    }
}

#[tokio::test]
async fn a_little_that_becomes_too_much_is_stopped() {
    let bomb = gzip(&vec![0; 50 << 20]);
    assert!(bomb.len() < 100_000);
    let shop = Shop::start(move |_| Reply::new(200, bomb.clone())).await;
    let mut settings = settings("127.0.0.0/8");
    settings.max_body_bytes = 10 << 20;
    let outbound = Outbound::with(&settings, Arc::new(Names::default()), &[]).unwrap();
    let mut answer = get(&outbound, &shop.url()).await.unwrap();
    let (mut read, mut largest) = (0, 0);
    let error = loop {
        match answer.body.chunk().await {
            Ok(piece) => {
                let piece = piece.expect("it is stopped before its end").len();
                (read, largest) = (read + piece, largest.max(piece));
            }
            Err(error) => break error,
        }
    };
    assert_eq!(error, OutboundError::TooLarge { limit: 10 << 20 });
    assert!(read <= 10 << 20 && largest <= 8 << 20, "{read} {largest}");
    let answer = get(&outbound, &shop.url()).await.unwrap();
    assert_eq!(answer.body.collect(1000).await.unwrap_err(), OutboundError::TooLarge { limit: 1000 });
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_whole() {
    let cut = Reply::new(200, "0123456789").ending(Ending::Cut(5));
    assert_eq!(body_of(cut).await.unwrap_err(), OutboundError::Reset);
    assert_eq!(body_of(Reply::raw("")).await.unwrap_err(), OutboundError::Reset);
    assert_eq!(body_of(Reply::raw("SSH-2.0-OpenSSH_9.6\r\n\r\n")).await.unwrap_err(), OutboundError::NotHttp);
    let endless = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'x'; 200_000]].concat();
    assert_eq!(body_of(Reply::raw(endless)).await.unwrap_err(), OutboundError::NotHttp);
}

#[tokio::test]
async fn every_silence_has_an_end() {
    let mut settings = settings("127.0.0.0/8");
    (settings.response_millis, settings.idle_millis) = (100, 100);
    let outbound = Outbound::with(&settings, Arc::new(Names::default()), &[]).unwrap();
    // Takes connections and never says anything.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    assert_eq!(get(&outbound, &url).await.unwrap_err(), OutboundError::Timeout);
    // The same with TLS, which is never agreed on.
    assert_eq!(get(&outbound, &url.replace("http:", "https:")).await.unwrap_err(), OutboundError::Timeout);
    let shop = Shop::start(|_| Reply::new(200, "0123456789").ending(Ending::Silent(5))).await;
    let answer = get(&outbound, &shop.url()).await.unwrap();
    assert_eq!(answer.body.collect(100).await.unwrap_err(), OutboundError::Timeout);
    drop(listener);
    assert_eq!(get(&outbound, &url).await.unwrap_err(), OutboundError::Connect);
}

#[tokio::test]
async fn a_whole_call_has_an_end_too() {
    let shop = Shop::start(|_| Reply::new(200, "0123456789").ending(Ending::Silent(5))).await;
    let (outbound, _) = local(Names::default());
    let ask = Ask { within: Some(Duration::from_millis(100)), ..Ask::get(shop.url().parse().unwrap()) };
    let answer = outbound.send(ask).await.unwrap();
    assert_eq!(answer.body.collect(100).await.unwrap_err(), OutboundError::Timeout);
}

#[tokio::test]
async fn only_who_the_certificate_is_for_is_believed() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let shop =
        Shop::start_tls(&authority, "shop.example", |asked| Reply::new(200, asked.header("host").unwrap())).await;
    let address = shop.address.to_string();
    let names = || Names::default().with("shop.example", &[&address]).with("other.example", &[&address]);
    let outbound = local_tls(names(), &authority);
    let answer = get(&outbound, "https://shop.example/").await.unwrap();
    assert_eq!(&answer.body.collect(100).await.unwrap()[..], b"shop.example");
    assert_eq!(get(&outbound, "https://other.example/").await.unwrap_err(), OutboundError::Tls);
    assert_eq!(get(&local_tls(names(), &stranger), "https://shop.example/").await.unwrap_err(), OutboundError::Tls);
    let (nobody, _) = local(names());
    assert_eq!(get(&nobody, "https://shop.example/").await.unwrap_err(), OutboundError::Tls);
    // From https nobody is led back to http, not even where http is allowed.
    let plain = Shop::start(|_| Reply::new(200, "plain")).await;
    let to = plain.url();
    let leading = Shop::start_tls(&authority, "shop.example", move |_| Reply::redirect(&to)).await;
    let outbound = local_tls(Names::default().with("shop.example", &[&leading.address.to_string()]), &authority);
    assert_eq!(get(&outbound, "https://shop.example/").await.unwrap_err(), OutboundError::BadRedirect);
    assert!(plain.asked().is_empty());
}

#[test]
fn proxies_of_the_environment_are_not_looked_at() {
    // Nothing reads the environment but the configuration, and no dependency of this path does.
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/outbound");
    for entry in std::fs::read_dir(sources).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("env::var") && !text.contains("reqwest") && !text.contains("matcher"), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_body_comes_back_as_it_was_sent(body in proptest::collection::vec(any::<u8>(), 0..20_000), compressed: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sent = if compressed { gzip(&body) } else { body.clone() };
        // What begins like gzip is taken for gzip.
        prop_assume!(compressed || !body.starts_with(&[0x1f, 0x8b]));
        prop_assert_eq!(runtime.block_on(body_of(Reply::new(200, sent))).unwrap(), body);
    }
}

#[tokio::test]
async fn a_signed_request_says_who_sends_it_and_to_whom() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::signature::{ED25519, UnparsedPublicKey};
    use vestibule::crypto::RootKey;
    use vestibule::crypto::message_signature::MessageKey;
    use vestibule::domain::clock::Ambient;
    use vestibule::outbound::RequestSigner;
    let authority = crate::harness::Authority::new();
    let shop = Shop::start_tls(&authority, "shop.example", |asked| match asked.target.as_str() {
        "/old" => Reply::redirect("/feed"),
        _ => Reply::new(200, "feed"),
    })
    .await;
    let names = Names::default().with("shop.example", &[&shop.address.to_string()]);
    let key = MessageKey::of(&RootKey::new([7; 32])).unwrap();
    let signer = RequestSigner::new(key.clone(), "https://bot.example", Ambient::system());
    let outbound = local_tls(names, &authority).signed_by(signer);
    get(&outbound, "https://shop.example/old").await.unwrap();
    let asked = shop.asked();
    assert_eq!(asked.len(), 2, "each redirect is a request of its own");
    let public = UnparsedPublicKey::new(&ED25519, URL_SAFE_NO_PAD.decode(key.public()).unwrap());
    for asked in asked {
        assert_eq!(asked.header("signature-agent"), Some("sig1=\"https://bot.example\""));
        let input = asked.header("signature-input").unwrap().strip_prefix("sig1=").unwrap();
        assert!(input.starts_with("(\"@authority\" \"signature-agent\";key=\"sig1\");created="), "{input}");
        assert!(
            input.contains(&format!("keyid=\"{}\"", key.id())) && input.ends_with("tag=\"web-bot-auth\""),
            "{input}"
        );
        let signature = asked.header("signature").unwrap().strip_prefix("sig1=:").unwrap().strip_suffix(':').unwrap();
        let base = format!(
            "\"@authority\": shop.example\n\"signature-agent\";key=\"sig1\": \"https://bot.example\"\n\"@signature-params\": {input}"
        );
        assert!(public.verify(base.as_bytes(), &STANDARD.decode(signature).unwrap()).is_ok());
    }
}

#[tokio::test]
async fn nothing_is_signed_unless_it_is_wanted() {
    let shop = Shop::start(|_| Reply::new(200, "feed")).await;
    let (outbound, _) = local(Names::default());
    get(&outbound, &shop.url()).await.unwrap();
    assert!(shop.asked()[0].header("signature").is_none());
}
