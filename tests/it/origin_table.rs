//! Every way of writing an origin that somebody has thought of, in one table: the list of a key, the `Origin` as it is
//! sent, what must come of it, and why. It is tried twice, on the rules alone and over a socket.

use crate::harness::{KeySpec, RawConnection, World};
use Outcome::{Allowed, Malformed, NoList, Refused};
use std::collections::BTreeMap;
use vestibule::domain::key::KeyKind;
use vestibule::domain::origin::{Origin, OriginPattern, OriginRules};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The page may use the key.
    Allowed,
    /// It is an origin, and not on the list: the page is told so.
    Refused,
    /// It is no origin: refused, and no page is given leave to read even that.
    Malformed,
    /// The list cannot be made: one of its entries is no pattern.
    NoList,
}

/// A key's list and its switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct List {
    patterns: &'static [&'static str],
    null: bool,
}

const fn list(patterns: &'static [&'static str]) -> List {
    List { patterns, null: false }
}

const SHOP: List = list(&["https://shop.example"]);
const BELOW: List = list(&["https://*.shop.example"]);
const BOTH: List = list(&["https://shop.example", "https://*.shop.example"]);
const PLAIN: List = list(&["http://shop.example"]);
const PORT: List = list(&["https://shop.example:8443"]);
const BELOW_PORT: List = list(&["https://*.shop.example:8443"]);
const DEEP: List = list(&["https://*.eu.shop.example"]);
const UPPER: List = list(&["HTTPS://Shop.Example:443"]);
const UMLAUT: List = list(&["https://BÜCHER.example"]);
const PUNYCODE: List = list(&["https://xn--bcher-kva.example"]);
const BELOW_UMLAUT: List = list(&["https://*.bücher.example"]);
const SHARP_S: List = list(&["https://faß.example"]);
const CYRILLIC: List = list(&["https://магазин.рф"]);
const CHINESE: List = list(&["https://商店.example"]);
const IPV4: List = list(&["http://192.0.2.1"]);
const IPV6: List = list(&["https://[2001:db8::1]"]);
const IPV6_PORT: List = list(&["https://[2001:DB8:0:0:0:0:0:1]:8443"]);
const LOCAL: List = list(&["http://localhost:*"]);
const LOCAL_PORT: List = list(&["http://localhost:3000"]);
const LOOPBACK: List = list(&["http://127.0.0.1:*"]);
const LOOPBACK6: List = list(&["http://[::1]:*"]);
const CO_UK: List = list(&["https://shop.co.uk", "https://*.shop.co.uk"]);
const SHOPIFY: List = list(&["https://my-shop.myshopify.com"]);
const BELOW_SHOPIFY: List = list(&["https://*.my-shop.myshopify.com"]);
const AMAZON: List = list(&["https://*.amazonaws.com"]);
const BARE: List = list(&["https://intranet"]);
const NULL: List = List { patterns: &[], null: true };
const NULL_AND_SHOP: List = List { patterns: &["https://shop.example"], null: true };
const NOTHING: List = list(&[]);

/// List, `Origin` as sent, outcome, why.
static TABLE: &[(List, &str, Outcome, &str)] = &[
    // The origin itself, and everything that differs in one part.
    (SHOP, "https://shop.example", Allowed, "the origin on the list"),
    (SHOP, "https://shop.example:443", Allowed, "the default port says nothing"),
    (SHOP, "http://shop.example", Refused, "another scheme"),
    (SHOP, "http://shop.example:443", Refused, "another scheme, though the port fits"),
    (SHOP, "https://shop.example:80", Refused, "another port, though a default one elsewhere"),
    (SHOP, "https://shop.example:8443", Refused, "another port"),
    (SHOP, "https://shop.example:4433", Refused, "a port that begins alike"),
    (SHOP, "https://www.shop.example", Refused, "a name below is another origin"),
    (SHOP, "https://example", Refused, "the domain above is another origin"),
    (PLAIN, "http://shop.example", Allowed, "plain HTTP, as listed"),
    (PLAIN, "http://shop.example:80", Allowed, "its default port says nothing"),
    (PLAIN, "https://shop.example", Refused, "TLS was not listed"),
    (PLAIN, "https://shop.example:80", Refused, "another scheme on the same port"),
    (BARE, "https://intranet", Allowed, "a name without a dot, as listed"),
    (BARE, "https://intranet.example", Refused, "a name that begins alike"),
    (NOTHING, "https://shop.example", Refused, "an empty list allows nothing"),
    (NOTHING, "null", Refused, "an empty list allows nothing"),
    // Ports.
    (PORT, "https://shop.example:8443", Allowed, "the port on the list"),
    (PORT, "https://shop.example", Refused, "no port is the default port"),
    (PORT, "https://shop.example:443", Refused, "the default port"),
    (PORT, "https://shop.example:84430", Malformed, "beyond the highest port"),
    (PORT, "https://shop.example:8444", Refused, "the next port"),
    (SHOP, "https://shop.example:", Malformed, "a colon and no port"),
    (SHOP, "https://shop.example:0", Malformed, "there is no port 0"),
    (SHOP, "https://shop.example:0443", Malformed, "browsers write no leading zero"),
    (SHOP, "https://shop.example:65536", Malformed, "one above the highest port"),
    (SHOP, "https://shop.example:99999999999999999999", Malformed, "a number beyond every type"),
    (SHOP, "https://shop.example:+443", Malformed, "a sign"),
    (SHOP, "https://shop.example:-443", Malformed, "a sign"),
    (SHOP, "https://shop.example:https", Malformed, "a service's name"),
    (SHOP, "https://shop.example:443:443", Malformed, "two ports"),
    (SHOP, "https://shop.example:443 ", Allowed, "HTTP drops white space around a value"),
    (SHOP, "https://shop.example:0x1bb", Malformed, "hexadecimal"),
    (SHOP, "https://shop.example:*", Malformed, "a pattern is no origin"),
    // Upper case.
    (SHOP, "https://SHOP.EXAMPLE", Allowed, "names have no case"),
    (SHOP, "HTTPS://shop.example", Allowed, "schemes have no case"),
    (SHOP, "hTTpS://ShOp.ExAmPlE:443", Allowed, "neither has"),
    (UPPER, "https://shop.example", Allowed, "the list has no case either"),
    (UPPER, "https://shop.example:444", Refused, "another port"),
    (BELOW, "https://WWW.SHOP.EXAMPLE", Allowed, "nor has a name below"),
    // Look-alikes.
    (SHOP, "https://evilshop.example", Refused, "ends alike"),
    (SHOP, "https://shop.example.evil.example", Refused, "begins alike"),
    (SHOP, "https://shop.exampl", Refused, "a letter less"),
    (SHOP, "https://shop.examples", Refused, "a letter more"),
    (SHOP, "https://sh0p.example", Refused, "a digit for a letter"),
    (SHOP, "https://shop-example", Refused, "a hyphen for the dot"),
    (SHOP, "https://shopxexample", Refused, "a dot is no wildcard"),
    (SHOP, "https://shop.example-evil.example", Refused, "begins alike, with a hyphen"),
    (SHOP, "https://shop.example.com", Refused, "begins alike"),
    (SHOP, "https://shop_example", Refused, "an underscore for the dot"),
    (SHOP, "https://xn--shp-ted.example", Refused, "a Cyrillic letter, in the form browsers send"),
    (SHOP, "https://rnshop.example", Refused, "letters that look like another"),
    (SHOP, "https://shop.example.", Malformed, "a trailing dot: for browsers another origin"),
    (SHOP, "https://shop.example.:443", Malformed, "a trailing dot before a port"),
    (SHOP, "https://shop.example..", Malformed, "two trailing dots"),
    (SHOP, "https://.shop.example", Malformed, "an empty label in front"),
    (SHOP, "https://shop..example", Malformed, "an empty label within"),
    (SHOP, "https://.", Malformed, "a dot is no host"),
    (BELOW, "https://www.shop.example.", Malformed, "a trailing dot below a wildcard"),
    // Wildcards.
    (BELOW, "https://www.shop.example", Allowed, "one label below"),
    (BELOW, "https://a.b.shop.example", Allowed, "two labels below"),
    (BELOW, "https://a.b.c.d.e.f.shop.example", Allowed, "many labels below"),
    (BELOW, "https://www.shop.example:443", Allowed, "the default port"),
    (BELOW, "https://xn--bcher-kva.shop.example", Allowed, "an international label below"),
    (BELOW, "https://my_shop.shop.example", Allowed, "browsers let labels have underscores"),
    (BELOW, "https://shop.example", Refused, "`*` stands for at least one label"),
    (BELOW, "https://evilshop.example", Refused, "`*` stands for whole labels"),
    (BELOW, "https://x-shop.example", Refused, "`*` stands for whole labels"),
    (BELOW, "https://xshop.example", Refused, "`*` stands for whole labels"),
    (BELOW, "http://www.shop.example", Refused, "another scheme"),
    (BELOW, "https://www.shop.example:8443", Refused, "another port"),
    (BELOW, "https://www.shop.example.evil.example", Refused, "the domain within another"),
    (BELOW, "https://www.shop.example.com", Refused, "the domain within another"),
    (BELOW, "https://shop.example.shop.exampl", Refused, "ends almost alike"),
    (BELOW, "https://www.shop-example", Refused, "a hyphen for a dot"),
    (BELOW, "https://*.shop.example", Malformed, "the pattern itself is no origin"),
    (BELOW, "https://..shop.example", Malformed, "empty labels are no labels"),
    (BELOW, "https://%2a.shop.example", Malformed, "nothing in an origin is encoded"),
    (BELOW, "https://192.0.2.1", Refused, "an address is below no name"),
    (BELOW, "https://-.shop.example", Allowed, "an odd label, but below the domain, whose owner made it"),
    (BOTH, "https://shop.example", Allowed, "the domain has an entry of its own"),
    (BOTH, "https://www.shop.example", Allowed, "and the wildcard the rest"),
    (BOTH, "https://evilshop.example", Refused, "neither entry means it"),
    (BELOW_PORT, "https://www.shop.example:8443", Allowed, "wildcard and port"),
    (BELOW_PORT, "https://www.shop.example", Refused, "the wildcard does not stand for ports"),
    (BELOW_PORT, "https://shop.example:8443", Refused, "the domain itself"),
    (DEEP, "https://www.eu.shop.example", Allowed, "below the subdomain"),
    (DEEP, "https://www.us.shop.example", Refused, "below its sister"),
    (DEEP, "https://eu.shop.example", Refused, "the subdomain itself"),
    // User information.
    (SHOP, "https://shop.example@evil.example", Malformed, "a user name that looks like the shop"),
    (SHOP, "https://evil.example@shop.example", Malformed, "a user name before the shop"),
    (SHOP, "https://user:password@shop.example", Malformed, "name and password"),
    (SHOP, "https://@shop.example", Malformed, "an empty user name"),
    (SHOP, "https://shop.example:443@evil.example", Malformed, "a password that looks like a port"),
    (SHOP, "https://shop.example%40evil.example", Malformed, "an encoded @"),
    (SHOP, "https://shop.example\\@evil.example", Malformed, "a backslash, which some take for a slash"),
    // More, or less, than an origin.
    (SHOP, "https://shop.example/", Malformed, "a slash: a URL, not an origin"),
    (SHOP, "https://shop.example/path", Malformed, "a path"),
    (SHOP, "https://shop.example?query", Malformed, "a query"),
    (SHOP, "https://shop.example#fragment", Malformed, "a fragment"),
    (SHOP, "https://evil.example/https://shop.example", Malformed, "the shop in a path"),
    (SHOP, "https://evil.example#https://shop.example", Malformed, "the shop in a fragment"),
    (SHOP, "https://evil.example?https://shop.example", Malformed, "the shop in a query"),
    (SHOP, "shop.example", Malformed, "a host alone"),
    (SHOP, "shop.example:443", Malformed, "host and port"),
    (SHOP, "//shop.example", Malformed, "no scheme"),
    (SHOP, "://shop.example", Malformed, "an empty scheme"),
    (SHOP, "https:shop.example", Malformed, "no slashes"),
    (SHOP, "https:/shop.example", Malformed, "one slash"),
    (SHOP, "https:///shop.example", Malformed, "three slashes"),
    (SHOP, "https:\\\\shop.example", Malformed, "backslashes"),
    (SHOP, "https://", Malformed, "no host"),
    (SHOP, "https://:443", Malformed, "a port and no host"),
    (SHOP, "", Malformed, "nothing at all"),
    (SHOP, "*", Malformed, "a star"),
    (SHOP, "undefined", Malformed, "what careless scripts send"),
    (SHOP, "about:blank", Malformed, "a page without a server"),
    // Several in one.
    (SHOP, "https://shop.example https://shop.example", Malformed, "two, by a blank, as RFC 6454 once allowed"),
    (SHOP, "https://shop.example, https://evil.example", Malformed, "two, as proxies join headers"),
    (SHOP, "https://evil.example,https://shop.example", Malformed, "two, the good one last"),
    (SHOP, "https://shop.example;https://evil.example", Malformed, "two, by a semicolon"),
    (SHOP, "https://shop.example\thttps://evil.example", Malformed, "two, by a tab"),
    (SHOP, "null, https://shop.example", Malformed, "`null` and one"),
    (SHOP, "https://shop.example null", Malformed, "one and `null`"),
    // Characters no origin has.
    (SHOP, "https://shop .example", Malformed, "a blank within"),
    (SHOP, "https://shop\u{7f}.example", Malformed, "a control character"),
    (SHOP, "https://shop%2eexample", Malformed, "an encoded dot"),
    (SHOP, "https://%73hop.example", Malformed, "an encoded letter"),
    (SHOP, "https://shop$.example", Malformed, "a sign no host has"),
    (SHOP, "https://shop'.example", Malformed, "a quote"),
    (SHOP, "https://<shop>.example", Malformed, "brackets"),
    (SHOP, "https://shop|.example", Malformed, "a bar"),
    (SHOP, "https://shop.example`", Malformed, "a back quote, which Safari once let into hosts"),
    (SHOP, "https://shop.example{", Malformed, "a brace"),
    (SHOP, "https://shop.example^", Malformed, "a caret"),
    // International names. Browsers send A-labels; a shop may write its list in letters.
    (UMLAUT, "https://xn--bcher-kva.example", Allowed, "the A-label of the listed name"),
    (UMLAUT, "https://XN--BCHER-KVA.EXAMPLE", Allowed, "in upper case, too"),
    (UMLAUT, "https://bucher.example", Refused, "without the dots it is another name"),
    (UMLAUT, "https://buecher.example", Refused, "a transcription is another name"),
    (UMLAUT, "https://bücher.example", Malformed, "no browser sends letters beyond ASCII"),
    (PUNYCODE, "https://xn--bcher-kva.example", Allowed, "a list in A-labels"),
    (PUNYCODE, "https://xn--bcher-kvb.example", Malformed, "an A-label that stands for no name"),
    (BELOW_UMLAUT, "https://www.xn--bcher-kva.example", Allowed, "below an international domain"),
    (BELOW_UMLAUT, "https://xn--bcher-kva.example", Refused, "the domain itself"),
    (SHARP_S, "https://xn--fa-hia.example", Allowed, "ß is a letter of its own (IDNA 2008)"),
    (SHARP_S, "https://fass.example", Refused, "and not ss, as it was in IDNA 2003"),
    (CYRILLIC, "https://xn--80aairftm.xn--p1ai", Allowed, "a domain in another script"),
    (CYRILLIC, "https://xn--80aairftm.xn--p1ag", Refused, "another top-level domain in that script"),
    (CHINESE, "https://xn--czrs0t.example", Allowed, "Chinese letters"),
    (SHOP, "https://ｓｈｏｐ.example", Malformed, "letters of full width"),
    (SHOP, "https://shop。example", Malformed, "an ideographic full stop"),
    (SHOP, "https://shоp.example", Malformed, "a Cyrillic o"),
    (SHOP, "https://sh\u{200b}op.example", Malformed, "an invisible blank"),
    (SHOP, "https://shop\u{ad}.example", Malformed, "a soft hyphen"),
    (SHOP, "https://xn--.example", Malformed, "an A-label of nothing"),
    (SHOP, "https://xn--a.example", Malformed, "an A-label that decodes to nothing"),
    // Addresses.
    (IPV4, "http://192.0.2.1", Allowed, "the address on the list"),
    (IPV4, "http://192.0.2.1:80", Allowed, "its default port"),
    (IPV4, "http://192.0.2.10", Refused, "begins alike"),
    (IPV4, "http://192.0.2.2", Refused, "the next address"),
    (IPV4, "http://192.0.2.1.evil.example", Refused, "a name that looks like the address"),
    (IPV4, "http://0xc0.0.2.1", Allowed, "the same address, as a browser reads it"),
    (IPV4, "http://3221225985", Allowed, "the same address in one number"),
    (IPV4, "http://192.0.2.256", Malformed, "no address"),
    (IPV4, "http://192.0.2.1.", Malformed, "a trailing dot"),
    (IPV6, "https://[2001:db8::1]", Allowed, "the address on the list"),
    (IPV6, "https://[2001:DB8::1]:443", Allowed, "its default port, in upper case"),
    (IPV6, "https://[2001:db8:0:0:0:0:0:1]", Allowed, "the same address at length"),
    (IPV6, "https://[2001:db8::2]", Refused, "the next address"),
    (IPV6, "https://[2001:db8::1]:8443", Refused, "another port"),
    (IPV6, "https://2001:db8::1", Malformed, "brackets are missing"),
    (IPV6, "https://[2001:db8::1", Malformed, "a bracket is missing"),
    (IPV6, "https://[2001:db8::1]evil.example", Malformed, "a name behind the bracket"),
    (IPV6, "https://[2001:db8::1%25eth0]", Malformed, "a zone"),
    (IPV6, "https://[2001:db8::1]:", Malformed, "a colon and no port"),
    (IPV6, "https://[shop.example]", Malformed, "a name in brackets"),
    (IPV6_PORT, "https://[2001:db8::1]:8443", Allowed, "address and port, listed at length"),
    (IPV6_PORT, "https://[2001:db8::1]", Refused, "the default port"),
    // A developer's own computer.
    (LOCAL, "http://localhost", Allowed, "`:*` is any port"),
    (LOCAL, "http://localhost:5173", Allowed, "`:*` is any port"),
    (LOCAL, "http://LOCALHOST:65535", Allowed, "`:*` is any port"),
    (LOCAL, "https://localhost:5173", Refused, "another scheme"),
    (LOCAL, "http://127.0.0.1:5173", Refused, "the address is another origin"),
    (LOCAL, "http://localhost.evil.example:5173", Refused, "begins alike"),
    (LOCAL, "http://evil-localhost:5173", Refused, "ends alike"),
    (LOCAL, "http://shop.localhost:5173", Refused, "a name below"),
    (LOCAL, "http://localhost.:5173", Malformed, "a trailing dot"),
    (LOCAL, "http://localhost:5173@evil.example", Malformed, "a password that looks like a port"),
    (LOCAL_PORT, "http://localhost:3000", Allowed, "the port on the list"),
    (LOCAL_PORT, "http://localhost:3001", Refused, "the next port"),
    (LOCAL_PORT, "http://localhost", Refused, "the default port"),
    (LOOPBACK, "http://127.0.0.1:8080", Allowed, "any port of the address"),
    (LOOPBACK, "http://127.0.0.2:8080", Refused, "another address of the same computer"),
    (LOOPBACK, "http://127.0.0.1.evil.example:8080", Refused, "a name that looks like it"),
    (LOOPBACK6, "http://[::1]:8080", Allowed, "any port of the address"),
    (LOOPBACK6, "http://[0:0:0:0:0:0:0:1]:8080", Allowed, "the same at length"),
    (LOOPBACK6, "http://[::ffff:127.0.0.1]:8080", Refused, "IPv4 in the clothes of IPv6"),
    // Public suffixes.
    (CO_UK, "https://shop.co.uk", Allowed, "a domain below a suffix of two labels"),
    (CO_UK, "https://www.shop.co.uk", Allowed, "below it"),
    (CO_UK, "https://evil.co.uk", Refused, "its neighbour"),
    (CO_UK, "https://co.uk", Refused, "the suffix"),
    (SHOPIFY, "https://my-shop.myshopify.com", Allowed, "a shop at a platform"),
    (SHOPIFY, "https://other-shop.myshopify.com", Refused, "its neighbour"),
    (SHOPIFY, "https://myshopify.com", Refused, "the platform"),
    (BELOW_SHOPIFY, "https://test.my-shop.myshopify.com", Allowed, "below the shop"),
    (BELOW_SHOPIFY, "https://test.other-shop.myshopify.com", Refused, "below its neighbour"),
    (AMAZON, "https://console.amazonaws.com", Allowed, "below a provider's own domain"),
    (AMAZON, "https://bucket.s3.amazonaws.com", Refused, "a suffix lies between: a stranger's name"),
    (list(&["https://*.co.uk"]), "https://shop.co.uk", NoList, "everybody's domain"),
    (list(&["https://*.com"]), "https://shop.com", NoList, "everybody's domain"),
    (list(&["https://*.myshopify.com"]), "https://my-shop.myshopify.com", NoList, "everybody's shops"),
    (list(&["https://*.github.io"]), "https://shop.github.io", NoList, "everybody's pages"),
    (list(&["https://*.рф"]), "https://xn--80aairftm.xn--p1ai", NoList, "everybody's domain, in another script"),
    (list(&["https://*.kawasaki.jp"]), "https://shop.city.kawasaki.jp", NoList, "every name below is a suffix"),
    (list(&["https://*"]), "https://shop.example", NoList, "every host"),
    (list(&["*"]), "https://shop.example", NoList, "every origin"),
    (list(&["https://*.*.example"]), "https://a.shop.example", NoList, "two stars"),
    (list(&["https://shop.*"]), "https://shop.example", NoList, "a star at the end"),
    (list(&["https://shop*.example"]), "https://shop1.example", NoList, "a part of a label"),
    (list(&["https://www.*.example"]), "https://www.shop.example", NoList, "a star within"),
    (list(&["https://shop.example:*"]), "https://shop.example", NoList, "any port of a host on the internet"),
    (list(&["https://*.192.0.2.1"]), "https://1.192.0.2.1", NoList, "nothing is below an address"),
    (list(&["null"]), "null", NoList, "`null` is a switch, not an entry"),
    (list(&["https://shop.example/"]), "https://shop.example", NoList, "a URL, not an origin"),
    (list(&["shop.example"]), "https://shop.example", NoList, "no scheme"),
    // `null`: sandboxed frames, local files, some redirects. Everybody can make a page with it.
    (SHOP, "null", Refused, "the switch is off"),
    (BELOW, "null", Refused, "no wildcard means it"),
    (LOCAL, "null", Refused, "nor does this computer"),
    (NULL, "null", Allowed, "the switch is on"),
    (NULL, "https://shop.example", Refused, "the switch means `null` alone"),
    (NULL_AND_SHOP, "null", Allowed, "the switch is on"),
    (NULL_AND_SHOP, "https://shop.example", Allowed, "so is the entry"),
    (NULL_AND_SHOP, "https://evil.example", Refused, "neither means it"),
    (NULL, "NULL", Malformed, "only `null` is `null`"),
    (NULL, "Null", Malformed, "only `null` is `null`"),
    (NULL, "\"null\"", Malformed, "quotes are part of a value"),
    (NULL, "null:443", Malformed, "`null` has no port"),
    (NULL, "https://null", Refused, "a host of that name"),
    // Schemes whose pages have no origin that could be compared.
    (NULL, "file://", Malformed, "a file, which browsers call `null`"),
    (NULL, "file:///home/shop/index.html", Malformed, "a file with its path"),
    (SHOP, "file://shop.example", Malformed, "a file on a host of the name"),
    (SHOP, "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Malformed, "an extension"),
    (SHOP, "moz-extension://3f0c9c1e-2b1a-4d51-8c4f-0d0c1a2b3c4d", Malformed, "an extension"),
    (SHOP, "safari-web-extension://3f0c9c1e", Malformed, "an extension"),
    (SHOP, "chrome-extension://shop.example", Malformed, "an extension of the shop's name"),
    (SHOP, "capacitor://localhost", Refused, "an app"),
    (LOCAL, "ionic://localhost", Refused, "an app"),
    (SHOP, "ftp://shop.example", Malformed, "another scheme"),
    (SHOP, "ws://shop.example", Malformed, "a websocket's scheme, which no origin has"),
    (SHOP, "wss://shop.example", Malformed, "a websocket's scheme, which no origin has"),
    (SHOP, "httpss://shop.example", Malformed, "a letter more"),
    (SHOP, "https+x://shop.example", Malformed, "a scheme made up"),
    (SHOP, "javascript://shop.example", Malformed, "no server behind it"),
    (SHOP, "data:text/html,https://shop.example", Malformed, "a document in its address"),
    (SHOP, "blob:https://shop.example", Malformed, "the address of a blob, whose origin is what stands in it"),
    (SHOP, "view-source:https://shop.example", Malformed, "an address within an address"),
];

/// What the rules say, without HTTP.
fn judged(list: List, sent: &str) -> Outcome {
    let patterns: Result<Vec<_>, _> = list.patterns.iter().map(|text| OriginPattern::parse(text)).collect();
    let Ok(patterns) = patterns else { return NoList };
    // What the gate takes for the text of a header, less the white space that is not part of a value.
    let is_text = sent.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    let origin = Origin::parse(sent.trim_matches([' ', '\t'])).ok().filter(|_| is_text);
    match origin {
        None => Malformed,
        Some(origin) if OriginRules::new(patterns, list.null, false).allows(&origin) => Allowed,
        Some(_) => Refused,
    }
}

#[test]
fn the_rules_say_of_every_origin_what_the_table_says() {
    let wrong: Vec<_> = TABLE
        .iter()
        .map(|(list, sent, expected, why)| (list, sent, why, expected, judged(*list, sent)))
        .filter(|(.., expected, seen)| **expected != *seen)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the gateway answers to a page of this origin: by its status, and by whether it lets the page read the answer.
async fn answered(world: &World, key: &str, sent: &str) -> Outcome {
    let mut connection = RawConnection::open(world.running().public).await;
    let head = "GET /api/v1/messages?session_id=nobody HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n";
    connection.send(format!("{head}authorization: Bearer {key}\r\norigin: {sent}\r\n\r\n")).await;
    let answer = connection.read_to_end().await;
    let readable = answer.to_ascii_lowercase().contains("\r\naccess-control-allow-origin:");
    match (answer.split(' ').nth(1), readable) {
        (Some("200"), true) => Allowed,
        (Some("403"), true) if answer.contains("forbidden_origin") => Refused,
        (Some("403"), false) if answer.contains("forbidden_origin") => Malformed,
        (Some("400"), false) => Malformed,
        _ => panic!("{sent:?}: {answer}"),
    }
}

#[tokio::test]
async fn the_gateway_does_with_every_origin_what_the_table_says() {
    let world = World::builder()
        .set("LIMITS_FLOOD_PER_IP_PER_SECOND", 100_000)
        .set("LIMITS_FLOOD_BURST", 100_000)
        .set("LIMITS_KEY_BURST", 100_000)
        .set("LIMITS_IP_PER_MINUTE", 100_000)
        .start()
        .await;
    let mut keys = BTreeMap::new();
    let mut wrong = Vec::new();
    for (list, sent, expected, why) in TABLE.iter().filter(|(_, _, expected, _)| *expected != NoList) {
        if !keys.contains_key(list) {
            let patterns = list.patterns.iter().map(|text| OriginPattern::parse(text).unwrap());
            let origins: Vec<_> = patterns.map(|pattern| pattern.as_str().to_owned()).collect();
            // A key of no origin at all cannot be made; one of another page is the same to these.
            let origins = if origins.is_empty() { vec!["https://elsewhere.example".to_owned()] } else { origins };
            let key = world.key(KeySpec { origins, ..world.spec(KeyKind::Publishable) }).await;
            if list.null {
                world.change_key(&key, "allow_null_origin = true").await;
            }
            keys.insert(*list, key);
        }
        let seen = answered(&world, &keys[list], sent).await;
        if seen != *expected {
            wrong.push((list, sent, why, expected, seen));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(world.upstream.control().request_count(), 0);
}

#[tokio::test]
async fn of_several_origin_headers_none_counts() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let good = crate::harness::ORIGIN;
    for origins in [
        [good, good],
        [good, "https://evil.example"],
        ["https://evil.example", good],
        ["null", good],
        [good, ""],
        ["", good],
    ] {
        let mut connection = RawConnection::open(world.running().public).await;
        let [first, second] = origins;
        let head = "GET /api/v1/messages?session_id=nobody HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n";
        let origins = format!("origin: {first}\r\nx-between: y\r\nORIGIN: {second}\r\n");
        connection.send(format!("{head}authorization: Bearer {key}\r\n{origins}\r\n")).await;
        let answer = connection.read_to_end().await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad_request"), "{origins}: {answer}");
        let readable = answer.to_ascii_lowercase().contains("access-control-allow-origin");
        assert!(!readable, "which page would be meant? {answer}");
    }
}

#[tokio::test]
async fn nothing_stands_in_for_an_origin() {
    let world = World::start().await;
    let key = world.publishable_key().await;
    let page = world.public().bearer(&key);
    let good = crate::harness::ORIGIN;
    let path = "/api/v1/messages?session_id=nobody";
    assert_eq!(page.with("origin", good).get(path).await.status, 200);
    for header in [
        "referer",
        "x-origin",
        "x-forwarded-origin",
        "x-original-origin",
        "sec-fetch-origin",
        "x-forwarded-host",
        "x-forwarded-proto",
        "forwarded",
        "host",
    ] {
        let text = if header == "host" { "shop.example" } else { good };
        let answer = page.with(header, text).get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden_origin"), "{header}");
        // Nor does it make a wrong one good.
        let answer = page.with("origin", "https://evil.example").with(header, text).get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden_origin"), "{header}");
    }
    for query in ["origin=https://shop.example", "Origin=https%3A%2F%2Fshop.example"] {
        let answer = page.get(&format!("{path}&{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "forbidden_origin"), "{query}");
    }
}
