//! From an admitted request to the function that answers its row. The gate has matched the path; nothing here looks at
//! it again.

use crate::api::response::Refusal;
use crate::api::{ApiBody, Shared};
use crate::endpoints::{Endpoint, handlers};
use crate::rejection::Rejection;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::fmt;

type Call = Box<dyn Fn(http::Request<ApiBody>, Shared) -> BoxFuture<'static, Response> + Send + Sync>;

/// The functions of all service rows, by the rows' names.
pub(super) struct Dispatch(HashMap<&'static str, Call>);

impl fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// What a function takes out of a request is axum's business.
fn call<T, H: Handler<T, Shared> + Sync>(handler: H) -> Call {
    Box::new(move |request: Request, state| handler.clone().call(request, state).boxed())
}

impl Dispatch {
    pub(super) fn new() -> Self {
        let mut calls = HashMap::new();
        macro_rules! take {
            ($($name:literal => $($segment:ident)::+),*) => {
                $(calls.insert($name, call(super::$($segment)::+));)*
            };
        }
        handlers::auth!(take);
        handlers::catalog!(take);
        handlers::chat!(take);
        handlers::conversations!(take);
        handlers::console!(take);
        handlers::keys!(take);
        handlers::members!(take);
        handlers::operation!(take);
        handlers::pages!(take);
        handlers::programs!(take);
        handlers::store!(take);
        handlers::usage!(take);
        handlers::visitors!(take);
        handlers::webhooks!(take);
        handlers::widget!(take);
        handlers::workspaces!(take);
        Self(calls)
    }

    /// Answers a row. One without a function, which a test rules out, is `internal` and never somebody else's.
    pub(super) async fn answer(&self, row: &Endpoint, request: http::Request<ApiBody>, state: Shared) -> Response {
        match self.0.get(row.name) {
            Some(call) => call(request, state).await,
            None => Refusal(Rejection::Internal).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::{Answer, endpoints};
    use std::collections::BTreeSet;

    #[test]
    fn every_service_row_has_its_function() {
        let rows: BTreeSet<_> = endpoints().filter(|row| row.answer == Answer::Service).map(|row| row.name).collect();
        let Dispatch(calls) = Dispatch::new();
        assert_eq!(calls.into_keys().collect::<BTreeSet<_>>(), rows);
    }
}
