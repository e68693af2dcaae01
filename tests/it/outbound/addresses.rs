//! Which addresses are called.

use super::{Names, get, local, send, settings};
use crate::harness::{Reply, Shop};
use http::{HeaderMap, HeaderValue, Method};
use std::sync::Arc;
use vestibule::outbound::{Ask, Outbound, OutboundError};

/// One that may call the public internet only; every name leads nowhere.
fn strict(names: Names) -> Outbound {
    Outbound::with(&settings(""), Arc::new(names), &[]).unwrap()
}

/// Ways to write addresses that are not for customers.
const INWARD: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0177.1/",
    "https://127.0.0.1.:443/",
    "https://127%2e0%2e0%2e1/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://0xa.0.0.1/",
    "https://012.0.0.1/",
    "https://167772161/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.170.2/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://192.168.0.1/",
    "https://192.168.1/",
    "https://0xc0a80001/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.1.2.3/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/",
    "https://[100::1]/",
    "https://[2001::1]/",
    "https://[2001:db8::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[3fff::1]/",
    "https://[fc00::1]/",
    "https://[fd00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[5f00::1]/",
];

#[tokio::test]
async fn addresses_inside_are_refused_in_every_spelling() {
    assert!(INWARD.len() >= 60);
    let outbound = strict(Names::default());
    for text in INWARD {
        // What the URL parser itself refuses can not be called either.
        let Ok(url) = text.parse() else { continue };
        assert_eq!(outbound.acceptable(&url), Err(OutboundError::NoPublicHost), "{text}");
        assert_eq!(get(&outbound, text).await.unwrap_err(), OutboundError::NoPublicHost, "{text}");
    }
}

#[tokio::test]
async fn names_that_lead_inside_are_refused() {
    for inside in [
        "127.0.0.1:443",
        "10.1.2.3:443",
        "169.254.169.254:443",
        "100.64.1.1:443",
        "[::1]:443",
        "[fd00:ec2::254]:443",
        "[fe80::1]:443",
        "[::ffff:10.0.0.1]:443",
        "[64:ff9b::a00:1]:443",
        "0.0.0.0:443",
        "168.63.129.16:443",
    ] {
        let outbound = strict(Names::default().with("shop.example", &[inside]));
        assert!(outbound.acceptable(&"https://shop.example/".parse().unwrap()).is_ok());
        assert_eq!(get(&outbound, "https://shop.example/").await.unwrap_err(), OutboundError::NoPublicHost, "{inside}");
    }
    // One of them is enough, wherever it stands.
    for both in [["8.8.8.8:443", "10.0.0.1:443"], ["10.0.0.1:443", "8.8.8.8:443"]] {
        let outbound = strict(Names::default().with("shop.example", &both));
        assert_eq!(get(&outbound, "https://shop.example/").await.unwrap_err(), OutboundError::NoPublicHost);
    }
    for nowhere in [Names::default(), Names::default().with("shop.example", &[])] {
        assert_eq!(get(&strict(nowhere), "https://shop.example/").await.unwrap_err(), OutboundError::NoPublicHost);
    }
}

#[tokio::test]
async fn this_machines_own_name_is_refused() {
    let outbound = Outbound::new(&settings("")).unwrap();
    for name in ["https://localhost/", "https://localhost:8443/", "https://LOCALHOST/"] {
        assert_eq!(get(&outbound, name).await.unwrap_err(), OutboundError::NoPublicHost, "{name}");
    }
}

#[tokio::test]
async fn only_https_without_a_user_on_usual_ports() {
    let outbound = strict(Names::default().with("shop.example", &["8.8.8.8:443"]));
    let why = |text: &str| outbound.acceptable(&text.parse().unwrap()).unwrap_err();
    for text in
        ["http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://shop.example/", "data:,x"]
    {
        assert_eq!(why(text), OutboundError::NotHttps, "{text}");
    }
    for text in [
        "https://user@shop.example/",
        "https://user:password@shop.example/",
        "https://:password@shop.example/",
        "https://shop.example:22/",
        "https://shop.example:25/",
        "https://shop.example:80/",
        "https://1.1.1.1:53/",
    ] {
        assert!(matches!(why(text), OutboundError::Address(_)), "{text}");
    }
    for text in ["https://shop.example/", "https://shop.example:8443/a?b=c", "https://1.1.1.1/"] {
        assert!(outbound.acceptable(&text.parse().unwrap()).is_ok(), "{text}");
    }
}

#[tokio::test]
async fn an_exempt_network_is_no_hole_into_others() {
    let shop = Shop::start(|_| Reply::new(200, "ok")).await;
    let port = shop.address.port();
    let names = Names::default()
        .with("inside.example", &[&shop.address.to_string()])
        .with("other.example", &["10.0.0.1:80"])
        .with("public.example", &["8.8.8.8:80"]);
    let (outbound, _) = local(names);
    assert!(get(&outbound, &format!("http://inside.example:{port}/")).await.is_ok());
    assert_eq!(get(&outbound, "http://other.example/").await.unwrap_err(), OutboundError::NoPublicHost);
    // Plain http only into exempt networks.
    assert_eq!(get(&outbound, "http://public.example/").await.unwrap_err(), OutboundError::NotHttps);
    assert_eq!(get(&outbound, "http://[::1]/").await.unwrap_err(), OutboundError::NoPublicHost);
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_called() {
    let shop = Shop::start(|_| Reply::new(200, "the shop")).await;
    let address = shop.address.to_string();
    // A name that leads somewhere else as soon as it was asked for once.
    let names = Names::default().with("shop.example", &[&address]).with("shop.example", &["10.0.0.1:443"]);
    let (outbound, names) = local(names);
    let answer = get(&outbound, "http://shop.example/").await.unwrap();
    assert_eq!(&answer.body.collect(100).await.unwrap()[..], b"the shop");
    assert_eq!(names.asked(), ["shop.example"]);
    // The next call asks again, and is refused.
    assert_eq!(get(&outbound, "http://shop.example/").await.unwrap_err(), OutboundError::NoPublicHost);
    assert_eq!(shop.asked().len(), 1);
}

#[tokio::test]
async fn redirects_are_judged_like_the_first_address() {
    let shop = Shop::start(|asked| Reply::redirect(asked.target.strip_prefix("/to?").unwrap())).await;
    let names = Names::default()
        .with("shop.example", &[&shop.address.to_string()])
        .with("inside.example", &["192.168.0.1:443"]);
    let (outbound, _) = local(names);
    for to in [
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://0x0a000001/",
        "https://[fd00::1]/",
        "http://8.8.8.8/",
        "file:///etc/passwd",
        "ftp://shop.example/",
        "https://1.1.1.1:25/",
        "https://user:password@1.1.1.1/",
        "//10.0.0.1/x",
    ] {
        let refused = get(&outbound, &format!("http://shop.example/to?{to}")).await.unwrap_err();
        assert_eq!(refused, OutboundError::BadRedirect, "{to}");
    }
    for to in ["https://inside.example/", "https://nowhere.example/"] {
        let refused = get(&outbound, &format!("http://shop.example/to?{to}")).await.unwrap_err();
        assert_eq!(refused, OutboundError::NoPublicHost, "{to}");
    }
    let nowhere = Shop::start(|_| Reply::new(302, "")).await;
    assert_eq!(get(&outbound, &nowhere.url()).await.unwrap_err(), OutboundError::BadRedirect);
}

#[tokio::test]
async fn five_redirects_are_followed_and_no_more() {
    let shop = Shop::start(|asked| {
        let left: u32 = asked.target.trim_start_matches('/').parse().unwrap();
        if left == 0 { Reply::new(200, "there") } else { Reply::redirect(&format!("/{}", left - 1)) }
    })
    .await;
    let (outbound, _) = local(Names::default());
    let answer = get(&outbound, &format!("{}/5", shop.url())).await.unwrap();
    assert_eq!(answer.url.path(), "/0");
    assert_eq!(get(&outbound, &format!("{}/6", shop.url())).await.unwrap_err(), OutboundError::TooManyRedirects);
    let circle = Shop::start(|_| Reply::redirect("/")).await;
    assert_eq!(get(&outbound, &circle.url()).await.unwrap_err(), OutboundError::TooManyRedirects);
    assert_eq!(circle.asked().len(), 6);
}

#[tokio::test]
async fn credentials_stay_with_the_place_they_are_for() {
    let other = Shop::start(|_| Reply::new(200, "other")).await;
    let shop = Shop::start(|asked| match asked.target.as_str() {
        "/here" => Reply::redirect("/there"),
        _ => Reply::new(200, "the shop"),
    })
    .await;
    let (outbound, _) = local(Names::default());
    let ask = |path: &str| {
        let mut ask = Ask::get(format!("{}{path}", shop.url()).parse().unwrap());
        ask.credentials =
            HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer canary"))]);
        ask.headers = HeaderMap::from_iter([(http::header::ACCEPT, HeaderValue::from_static("text/csv"))]);
        ask
    };
    send(&outbound, ask("/here")).await.unwrap();
    for asked in shop.asked() {
        assert_eq!(asked.header("authorization"), Some("Bearer canary"));
    }
    // The same host: another port is another service.
    let address = format!("http://{}/", other.address);
    let away = Shop::start(move |_| Reply::redirect(&address)).await;
    let mut leaving = ask("/");
    leaving.url = away.url().parse().unwrap();
    send(&outbound, leaving).await.unwrap();
    let asked = other.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].header("authorization"), asked[0].header("accept")), (None, Some("text/csv")));
    assert_eq!(away.asked()[0].header("authorization"), Some("Bearer canary"));
}

#[tokio::test]
async fn what_is_posted_is_not_carried_elsewhere() {
    let other = Shop::start(|_| Reply::new(200, "other")).await;
    let to = other.url();
    let shop = Shop::start(move |_| Reply::new(307, "").header("location", &to)).await;
    let (outbound, _) = local(Names::default());
    let mut ask = Ask::get(shop.url().parse().unwrap());
    ask.method = Method::POST;
    ask.body = "secret".into();
    let answer = send(&outbound, ask).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(shop.asked()[0].body, "secret");
    assert!(other.asked().is_empty());
}
