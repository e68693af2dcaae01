//! The attack matrix: what somebody tries who should not get anywhere, each case by name, over a socket, against the
//! program itself with a stand-in behind it that writes down what reaches it. `docs/security/attack-matrix.md` is made
//! of the cases; a case that is not seen as expected fails the test of its areas.
//!
//! Cases are data: lines of HTTP in which `<words>` stand for the scene's keys and the like (`scene.rs`), or a few
//! steps where one request is not enough. A new case is an entry in the list of its area.

mod answers;
mod bodies;
mod handovers;
mod headers;
mod keys;
mod messages;
mod operation;
mod origins;
mod paths;
mod people;
mod power;
mod programs;
mod protocols;
mod scene;
mod sessions;
mod shares;
mod slowness;
mod smuggling;
mod stores;
mod upstream;
mod usage;
mod visitors;
mod wires;

use crate::harness::RawConnection;
use futures_util::future::BoxFuture;
use scene::Scene;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use vestibule::endpoints::{Answer, Listener, endpoints};
use wires::Way;

/// One case.
struct Attack {
    /// What is tried, in a few words.
    name: &'static str,
    /// What exactly is done, and why somebody might.
    does: &'static str,
    how: How,
    /// What must be seen; see [`Seen`].
    expected: &'static str,
}

enum How {
    /// Requests, each on a connection of its own; all must be answered alike. Refused ones over HTTP/2 as well, and on the
    /// other listener where it has the same row.
    Sent(&'static [Shot]),
    /// The same by every way there is: see [`Way::ALL`].
    Everywhere(&'static [Shot]),
    /// Steps, which end in words for what was seen.
    Steps(for<'a> fn(&'a Scene) -> BoxFuture<'a, String>),
}

/// A request. What is not said is filled in: the version, `Host`, `Connection: close`, a length and a type for a body.
struct Shot {
    listener: Listener,
    /// Method and target; empty where `body` is everything that is sent.
    line: &'static str,
    /// Lines of the head.
    headers: &'static [&'static str],
    body: &'static str,
}

const fn shot(line: &'static str, headers: &'static [&'static str], body: &'static str) -> Shot {
    Shot { listener: Listener::Public, line, headers, body }
}

const fn get(line: &'static str, headers: &'static [&'static str]) -> Shot {
    shot(line, headers, "")
}

/// On the listener for staff.
const fn admin(line: &'static str, headers: &'static [&'static str], body: &'static str) -> Shot {
    Shot { listener: Listener::Admin, line, headers, body }
}

/// Every byte as it stands here.
const fn raw(bytes: &'static str) -> Shot {
    Shot { listener: Listener::Public, line: "", headers: &[], body: bytes }
}

/// The same for the listener for staff.
const fn raw_admin(bytes: &'static str) -> Shot {
    Shot { listener: Listener::Admin, ..raw(bytes) }
}

/// A shopper's browser on the shop's page.
const PAGE: &str = "authorization: Bearer <pk>\r\norigin: https://shop.example";
/// The shop's back end.
const SERVER: &str = "authorization: Bearer <sk>";
/// The back end of somebody with several shops: a key for all of a tenant's workspaces, with every scope.
const OWNER: &str = "authorization: Bearer <sk_all>";

/// An area of the page: its heading and its cases.
type Area = (&'static str, &'static [Attack]);

/// Who somebody is and what they may do.
const CALLERS: &[Area] = &[
    ("Keys", keys::ATTACKS),
    ("Giving more than one has", power::ATTACKS),
    ("Origins", origins::ATTACKS),
    ("People and their tokens", people::ATTACKS),
    ("Visitor tokens", visitors::ATTACKS),
    ("Sessions", sessions::ATTACKS),
    ("What many share", shares::ATTACKS),
];

/// By which path, on what connection, in what shape.
const TRANSPORT: &[Area] = &[
    ("Paths and hosts", paths::ATTACKS),
    ("What a connection speaks", protocols::ATTACKS),
    ("Request smuggling", smuggling::ATTACKS),
    ("Who sends and reads slowly", slowness::ATTACKS),
    ("Bodies", bodies::ATTACKS),
];

/// What is said, and what answers tell.
const CONTENTS: &[Area] = &[
    ("Agents, commands and prompts", messages::ATTACKS),
    ("OpenAI's API and MCP", programs::ATTACKS),
    ("Headers and logs", headers::ATTACKS),
    ("What answers tell", answers::ATTACKS),
    ("What shoppers write to people", handovers::ATTACKS),
    ("Usage", usage::ATTACKS),
    ("Shops and their webhooks", stores::ATTACKS),
    ("AnythingLLM on the listener for staff", upstream::ATTACKS),
    ("Operation", operation::ATTACKS),
];

/// All areas, in the order of the page. Each of the lists has a test and a scene of its own.
fn areas() -> impl Iterator<Item = &'static Area> {
    [CALLERS, TRANSPORT, CONTENTS].into_iter().flatten()
}

const HEAD: &str = "# Attack matrix

Made by `make test`, which tries every line of it on the running program, with a stand-in behind it that writes down what
reaches it; do not edit. `INSTA_UPDATE=always make test ARGS=attacks` writes it anew. The cases are in `tests/it/attacks/`;
what the words of the design mean is in [security.md](../security.md).

\"Seen\" is the status of each answer with the `code` of its problem; several requests of a case were all answered so. What is
refused was sent over HTTP/1.1, on a connection that begins and on one that has gone over to Pingora, and over HTTP/2, and to
both listeners where both have the endpoint; what is about connections themselves, also over TLS. What reached AnythingLLM stands behind the arrow: `-> nothing` is nothing at all; `a plain question`
carries a message that starts no agent and expands no command, a mode, and a session that no client has named, and nothing
else. (Which workspaces a user has is asked by the gateway for itself, now and then, and not shown.)

After the last case the program still runs, its log has one JSON object in each line and no control character, no key,
token or password, no panic and no answer with status 500.
";

impl Attack {
    /// Tries it, and says what was seen; for those who look for the reason, of each request.
    async fn seen(&self, scene: &Scene) -> (String, Vec<String>) {
        scene.begin_case();
        let mut each = Vec::new();
        let answered = match self.how {
            How::Steps(steps) => steps(scene).await,
            How::Sent(shots) | How::Everywhere(shots) => {
                let mut outcomes = Vec::new();
                for shot in shots {
                    for way in self.ways(shot) {
                        let Some(outcome) = shot.outcome(scene, way).await else { continue };
                        let body: String = shot.body.escape_debug().take(200).collect();
                        each.push(format!("{outcome}: {} {body} ({})", shot.line, way.name()));
                        if !outcomes.contains(&outcome) {
                            outcomes.push(outcome);
                        }
                    }
                }
                outcomes.join(" or ")
            }
        };
        (format!("{answered} -> {}", scene.reached()), each)
    }
}

impl Attack {
    /// By which ways a shot of it is sent.
    fn ways(&self, shot: &Shot) -> Vec<Way> {
        let sent = Way { listener: shot.listener, http2: false, tls: false, over: false };
        if matches!(self.how, How::Everywhere(_)) {
            return Way::ALL.to_vec();
        }
        // What is refused changes nothing, so it can be tried again. A change gives its lock back a moment after its
        // refusal, though.
        let changes = ["PATCH ", "PUT ", "DELETE "].iter().any(|method| shot.line.starts_with(method));
        if !self.expected.starts_with('4') || changes {
            return vec![sent];
        }
        let mut ways = vec![sent, Way { http2: true, ..sent }];
        if shot.is_of_both_listeners() {
            ways.push(Way { listener: Listener::Admin, ..sent });
        }
        // Of logins there are so many and no more to an account.
        if !shot.line.contains("/auth/login") {
            let over = ways.clone().into_iter().filter(|way| !way.http2).map(|way| Way { over: true, ..way });
            ways.extend(over);
        }
        ways
    }
}

impl Shot {
    /// None when the way cannot carry it.
    async fn outcome(&self, scene: &Scene, way: Way) -> Option<String> {
        if way.http2 {
            return Some(wires::over_http2(scene, way, wires::for_http2(self, scene)?).await);
        }
        Some(wires::over_http1(scene, way, &self.bytes(scene)).await)
    }

    /// Whether the table has a row for it that we answer ourselves; on the listener for staff, all else is AnythingLLM's.
    fn is_of_both_listeners(&self) -> bool {
        let Some((method, target)) = self.line.split_once(' ') else { return false };
        let path = target.split('?').next().unwrap_or_default();
        let row = endpoints().find(|row| {
            let (mut wanted, mut there) = (row.path.split('/'), path.split('/'));
            let same = wanted.by_ref().zip(there.by_ref()).all(|(wanted, there)| {
                wanted == there
                    || wanted == "{key}" && there.starts_with("<pk")
                    || wanted.starts_with('{') && wanted != "{key}"
            });
            same && row.method.as_str() == method && row.path.split('/').count() == path.split('/').count()
        });
        // AnythingLLM has this one as well: the credential says whose is meant.
        self.listener == Listener::Public
            && row.is_some_and(|row| row.answer == Answer::Service && row.name != "workspaces.list")
            && !path.contains(['%', ';', '\\', '.'])
    }

    fn bytes(&self, scene: &Scene) -> Vec<u8> {
        if self.line.is_empty() {
            return scene.fill(self.body);
        }
        let body = scene.fill(self.body);
        let has = |name: &str| self.headers.iter().any(|line| line.to_ascii_lowercase().starts_with(name));
        let mut head = format!("{} HTTP/1.1\r\nconnection: close\r\n", self.line);
        if !has("host:") {
            head.push_str("host: chat.example\r\n");
        }
        if !body.is_empty() && !has("content-type:") {
            head.push_str("content-type: application/json\r\n");
        }
        if !body.is_empty() && !has("content-length:") && !has("transfer-encoding:") {
            write!(head, "content-length: {}\r\n", body.len()).unwrap();
        }
        for line in self.headers.iter().filter(|line| !line.is_empty()) {
            write!(head, "{line}\r\n").unwrap();
        }
        head.push_str("\r\n");
        let mut bytes = scene.fill(&head);
        bytes.extend(body);
        bytes
    }
}

/// Sends the bytes and reads until the gateway closes.
async fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut connection = RawConnection::open(address).await;
    connection.send(bytes).await;
    connection.read_to_end().await
}

/// The statuses of all answers on a connection, refusals with their codes.
fn told(answers: &str) -> String {
    let starts: Vec<usize> = answers
        .match_indices("HTTP/1.1 ")
        .filter(|(at, _)| {
            answers.as_bytes()[at + 9..].first_chunk::<3>().is_some_and(|s| s.iter().all(u8::is_ascii_digit))
        })
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([answers.len()]);
    let each = starts.iter().zip(ends).map(|(&start, end)| {
        let answer = &answers[start..end];
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let status = &answer[9..12];
        let code = serde_json::from_str::<Value>(body.trim()).ok().and_then(|body| {
            let code = body.get("code").or_else(|| body.get("error").filter(|_| body["type"] == "abort"));
            // OpenAI's shape, and the result of a tool.
            let code = code.or_else(|| body["error"].get("code").filter(|code| code.is_string()));
            let code = code.or_else(|| body["result"]["structuredContent"].get("code"));
            code.and_then(Value::as_str).map(str::to_owned)
        });
        code.map_or_else(|| status.to_owned(), |code| format!("{status} {code}"))
    });
    match each.collect::<Vec<_>>().join(", ").as_str() {
        "" => "closed".to_owned(),
        statuses => statuses.to_owned(),
    }
}

/// The page on which every case has been seen as expected: that it is so, the tests of the areas say.
fn page() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut text = HEAD.to_owned();
    for (area, attacks) in areas() {
        write!(text, "\n## {area}\n\n| attack | what is done | expected | seen |\n|---|---|---|---|\n").unwrap();
        for attack in *attacks {
            let (does, expected) = (cell(attack.does), cell(attack.expected));
            writeln!(text, "| {} | {does} | {expected} | {expected} |", cell(attack.name)).unwrap();
        }
    }
    text
}

async fn none_gets_further_than_expected(areas: &[Area]) {
    let mut scene = Scene::new().await;
    let (mut tried, mut wrong) = (0, Vec::new());
    for (area, attacks) in areas {
        for attack in *attacks {
            let (seen, each) = attack.seen(&scene).await;
            tried += 1;
            if seen != attack.expected {
                let each = each.join("\n    ");
                wrong.push(format!(
                    "{area}, {}\n  expected {}\n  seen     {seen}\n    {each}",
                    attack.name, attack.expected
                ));
            }
        }
    }
    wrong.extend(scene.left_behind().await);
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn no_caller_gets_further_than_expected() {
    none_gets_further_than_expected(CALLERS).await;
}

#[tokio::test]
async fn no_way_of_sending_gets_further_than_expected() {
    none_gets_further_than_expected(TRANSPORT).await;
}

#[tokio::test]
async fn no_content_gets_further_than_expected() {
    none_gets_further_than_expected(CONTENTS).await;
}

#[test]
fn the_page_has_every_case() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/security/attack-matrix.md");
    let wanted = page();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(there, wanted, "docs/security/attack-matrix.md is out of date");
}

#[test]
fn cases_have_names_of_their_own() {
    let mut names: Vec<_> = areas().flat_map(|(_, attacks)| attacks.iter().map(|attack| attack.name)).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn answers_are_read_one_by_one() {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n";
    let refused = "HTTP/1.1 404 Not Found\r\n\r\n{\"code\":\"not_found\"}";
    let frame = "HTTP/1.1 401 Unauthorized\r\n\r\n{\"type\":\"abort\",\"error\":\"invalid_token\"}";
    for (answers, expected) in [
        (String::new(), "closed"),
        (ok.to_owned(), "200"),
        (format!("{ok}{refused}"), "200, 404 not_found"),
        (frame.to_owned(), "401 invalid_token"),
    ] {
        assert_eq!(told(&answers), expected);
    }
}
