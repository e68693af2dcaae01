//! How soon every replica follows a change of a key. The change is made at the first replica; all of them are asked
//! with that key the whole time, and each holds a stream of it open. Counted from before the change is sent.

use crate::http::Connection;
use crate::stats::{Sample, millis};
use ::http::{HeaderValue, Method, Request, Response, header};
use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};
use tokio::task::{JoinHandle, JoinSet};

/// A replica that has not followed by then does not.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two questions on one connection.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// `HOST:PORT`; the change is made at the first.
    #[arg(long = "replica", required = true)]
    replicas: Vec<String>,
    /// A key that may manage keys, and whatever else is handed out.
    #[arg(long)]
    manager: String,
    /// A workspace whose answers take longer than a round.
    #[arg(long)]
    workspace: String,
    /// The page that asks.
    #[arg(long, default_value = "http://localhost:3000")]
    origin: String,
    /// Keys that are made, switched off and on, and revoked.
    #[arg(long, default_value_t = 50)]
    rounds: usize,
}

pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let mut samples: BTreeMap<&str, Sample> = BTreeMap::new();
    for _ in 0..options.rounds {
        round(options, &mut samples).await?;
    }
    let mut out = io::stdout().lock();
    for (name, sample) in &mut samples {
        for (percentile, percent) in [("p50", 50.0), ("p99", 99.0), ("most", 100.0)] {
            writeln!(out, "{name}_{percentile}_ms={:.3}", sample.percentile(percent))?;
        }
    }
    Ok(())
}

async fn round(options: &Options, samples: &mut BTreeMap<&str, Sample>) -> anyhow::Result<()> {
    let mut manager = Manager { connection: Connection::to(options.first()?).await?, key: options.manager.clone() };
    let made = manager
        .send(
            Method::POST,
            "/api/v1/keys",
            &json!({
                "kind": "publishable", "env": "test", "name": "propagation", "workspace": options.workspace,
                "allowed_origins": [options.origin],
            }),
        )
        .await?;
    let text =
        |name: &str| made[name].as_str().map(str::to_owned).with_context(|| format!("no `{name}` of the new key"));
    let (key, path) = (text("key")?, format!("/api/v1/keys/{}", text("id")?));
    options.until_all(&key, 200, Instant::now()).await?;

    let changed = Instant::now();
    manager.send(Method::PATCH, &path, &json!({"enabled": false})).await?;
    samples.entry("off").or_default().extend(options.until_all(&key, 401, changed).await?);

    let changed = Instant::now();
    manager.send(Method::PATCH, &path, &json!({"enabled": true})).await?;
    samples.entry("on").or_default().extend(options.until_all(&key, 200, changed).await?);

    let mut streams = Vec::new();
    for replica in &options.replicas {
        streams.push(options.open_stream(replica, &key).await?);
    }
    let changed = Instant::now();
    manager.send(Method::POST, &format!("{path}/revoke"), &json!({})).await?;
    samples.entry("revoked").or_default().extend(options.until_all(&key, 401, changed).await?);
    for stream in streams {
        let ended = tokio::time::timeout(PATIENCE, stream).await.context("a stream goes on")??;
        samples.entry("cut").or_default().add(millis(ended.duration_since(changed)));
    }
    Ok(())
}

impl Options {
    fn first(&self) -> anyhow::Result<&str> {
        Ok(self.replicas.first().context("no replica")?)
    }

    /// How long each replica takes until it answers this key with this status.
    async fn until_all(&self, key: &str, status: u16, since: Instant) -> anyhow::Result<Sample> {
        let mut asked = JoinSet::new();
        for replica in self.replicas.clone() {
            let (key, origin) = (key.to_owned(), self.origin.clone());
            asked.spawn(async move { until(&replica, &key, &origin, status, since).await });
        }
        let mut sample = Sample::default();
        while let Some(took) = asked.join_next().await {
            sample.add(took??);
        }
        Ok(sample)
    }

    /// A stream that has begun; gives when it ended.
    async fn open_stream(&self, replica: &str, key: &str) -> anyhow::Result<JoinHandle<Instant>> {
        let body =
            json!({"message": "What does the cordless drill cost?", "session_id": "propagation", "stream": true});
        let mut connection = Connection::to(replica).await?;
        let mut request = request(Method::POST, "/api/v1/chat", key, Some(&body))?;
        request.headers_mut().insert(header::ORIGIN, HeaderValue::from_str(&self.origin)?);
        let answer = connection.send(request).await?;
        ensure!(answer.status() == 200, "the stream was refused: {}", answer.status());
        let mut body = answer.into_body();
        body.frame().await.context("the stream ended at once")??;
        Ok(tokio::spawn(async move {
            // A stream that is cut ends with an error.
            while let Some(Ok(_)) = body.frame().await {}
            drop(connection);
            Instant::now()
        }))
    }
}

struct Manager {
    connection: Connection,
    key: String,
}

impl Manager {
    async fn send(&mut self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self.connection.send(request(method, path, &self.key, Some(body))?).await?;
        let (status, text) = read(answer).await?;
        ensure!((200..300).contains(&status), "{path}: {status}: {}", String::from_utf8_lossy(&text));
        Ok(serde_json::from_slice(&text)?)
    }
}

async fn until(replica: &str, key: &str, origin: &str, wanted: u16, since: Instant) -> anyhow::Result<f64> {
    let mut connection = Connection::to(replica).await?;
    loop {
        let mut request = request(Method::GET, "/api/v1/messages?session_id=nobody", key, None)?;
        request.headers_mut().insert(header::ORIGIN, HeaderValue::from_str(origin)?);
        let (status, text) = read(connection.send(request).await?).await?;
        if status == wanted {
            return Ok(millis(since.elapsed()));
        }
        ensure!(status == 200 || status == 401, "{status}: {}", String::from_utf8_lossy(&text));
        if since.elapsed() > PATIENCE {
            bail!("{replica} does not follow");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn request(method: Method, path: &str, key: &str, body: Option<&Value>) -> anyhow::Result<Request<Full<Bytes>>> {
    let text = body.map(Value::to_string).unwrap_or_default();
    let merge = method == Method::PATCH;
    let mut request = Request::builder().method(method).uri(path).body(Full::new(Bytes::from(text)))?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static("localhost"));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {key}"))?);
    if body.is_some() {
        let media_type = if merge { "application/merge-patch+json" } else { "application/json" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    Ok(request)
}

async fn read(answer: Response<Incoming>) -> anyhow::Result<(u16, Bytes)> {
    let status = answer.status().as_u16();
    Ok((status, answer.into_body().collect().await?.to_bytes()))
}
