//! The direct way: HTTP/1.1 requests for what we answer ourselves, read and answered on the guarded stream without a
//! session of Pingora's. A session costs a request more than the rest of what is done for it, and a stream two fifths of
//! its memory.
//!
//! A connection begins here and goes over to Pingora for good, at the boundary of a message, with the first request that
//! is not for us or that is not plain (`head`): what was read of it is given back and read again. So this module never
//! says how something odd is to be understood, and refuses nothing by itself; bytes are looked at by the guard, requests
//! by the same steps as Pingora's (`steps`, `answer`, `service`).

#[cfg(any(test, feature = "fuzzing"))]
mod alike;
mod exchange;
mod head;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use alike::is_read_alike;
pub(super) use exchange::Exchange;

use crate::edge::client::{Client as _, is_last};
use crate::edge::connection::Connection;
use crate::edge::context::RequestContext;
use crate::edge::gateway::Edge;
use crate::edge::guarded_stream::{GuardedStream, nothing_new};
use crate::edge::record::Ended;
use crate::edge::steps::Sought;
use crate::endpoints::Answer;
use crate::rejection::Rejection;
use bytes::{Bytes, BytesMut};
use pingora::{ErrorType, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ended,
    /// The next request is Pingora's, and all that follow.
    ForPingora,
}

/// Answers the requests of a connection until it ends or has one for Pingora.
pub(super) async fn serve(
    edge: &Edge,
    stream: &mut GuardedStream,
    connection: &Arc<Connection>,
    stop: &watch::Receiver<bool>,
    quiet: &CancellationToken,
) -> Outcome {
    let idle_time = Duration::from_secs(edge.keepalive_seconds);
    loop {
        let read = tokio::select! {
            biased;
            read = next_request(stream, idle_time) => read,
            () = nothing_new(quiet) => None,
        };
        let Some(read) = read else { return Outcome::Ended };
        let sought = head::take(&read).map(|taken| (edge.seek(connection.listener, &taken.head), taken));
        let Some((sought, taken)) = sought.filter(|(sought, _)| sought.is_answered_here()) else {
            stream.give_back(&read);
            return Outcome::ForPingora;
        };
        let behind = read.slice(taken.length..);
        drop(read);
        connection.request_begins();
        let mut exchange = Exchange::new(stream, taken, behind, edge.write_time);
        // Once we stop, each request is the last of its connection.
        if is_last(exchange.head()) || *stop.borrow() {
            exchange.close_afterwards();
        }
        if !answered(edge, &mut exchange, connection, sought).await {
            return Outcome::Ended;
        }
        stream.has_answered();
    }
}

/// Waits for a request and reads its head, and what comes with it; none when the connection ends, was refused by the
/// guard, or nothing came in time.
async fn next_request(stream: &mut GuardedStream, idle_time: Duration) -> Option<Bytes> {
    let mut read = BytesMut::new();
    let mut added = timeout(idle_time, exchange::read_more(stream, &mut read)).await.ok()?.ok()?;
    // From here on the guard has a deadline.
    while added > 0 && stream.is_within_head() {
        added = exchange::read_more(stream, &mut read).await.ok()?;
    }
    (added > 0).then(|| read.freeze())
}

/// Answers a request, and says whether the connection can carry another.
async fn answered(edge: &Edge, exchange: &mut Exchange<'_>, connection: &Arc<Connection>, sought: Sought<'_>) -> bool {
    let mut request = edge.begin(Arc::clone(connection), exchange.head());
    let span = request.span.clone();
    let answered = span.around(answer(edge, exchange, &mut request, sought)).await;
    let is_broken = answered.is_err();
    if let Err(error) = answered {
        // Nothing can fail but our own doings and the client's connection.
        exchange.close_afterwards();
        connection.will_close();
        if exchange.exchanged().status.is_none() && error.etype == ErrorType::InternalError {
            tracing::warn!(
                request_id = request.running.request_id.as_str(),
                route = request.running.route,
                error = %error,
                "a request could not be answered"
            );
            let _ = Box::pin(edge.refuse(exchange, &mut request, Rejection::Internal.into())).await;
        } else if let Some(facts) = &request.running.facts {
            facts.set_client_left();
        }
    }
    let is_over = !is_broken && exchange.is_body_read();
    edge.end(&mut request, Ended::of(exchange.exchanged(), is_broken, connection), is_over);
    drop(request);
    if is_over && exchange.is_kept() {
        return true;
    }
    if !is_broken {
        exchange.shut_down().await;
    }
    false
}

async fn answer(
    edge: &Edge,
    exchange: &mut Exchange<'_>,
    request: &mut RequestContext,
    sought: Sought<'_>,
) -> Result<()> {
    let Some(admitted) = edge.admit_or_answer(exchange, request, Some(sought)).await? else { return Ok(()) };
    match admitted.endpoint().answer {
        Answer::Service => edge.serve(exchange, request, admitted).await,
        // Fails closed: it was asked before whether the request is for us.
        Answer::Proxy(_) => Box::pin(edge.refuse(exchange, request, Rejection::Internal.into())).await,
    }
}
