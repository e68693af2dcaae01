//! Under which names metrics are shown, and what of them is there from zero.

use super::{Label, Metrics, NO_OUTCOME, NO_ROUTE, ProcessMetrics, TraceExports};
use crate::telemetry::version;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::info::Info;

impl Metrics {
    /// The library adds `_total`, `_seconds` and `_info` by itself.
    pub(super) fn registered(mut self, tokens: Family<Label, Counter>, exports: &TraceExports) -> Self {
        use prometheus_client::registry::Unit::Seconds;
        let r = &mut self.registry;
        r.register("requests", "Requests by endpoint and outcome", self.requests.clone());
        r.register_with_unit(
            "request_duration",
            "Time from the request's head to the end of the answer",
            Seconds,
            self.duration.clone(),
        );
        r.register_with_unit(
            "time_to_first_byte",
            "Time to the first byte of the answer",
            Seconds,
            self.first_byte.clone(),
        );
        r.register_with_unit(
            "time_to_first_token",
            "Time to the first piece of text that a model wrote, of chats that asked one",
            Seconds,
            self.first_token.clone(),
        );
        r.register_with_unit(
            "overhead",
            "The gateway's own time: total minus waiting for AnythingLLM and for the client",
            Seconds,
            self.overhead.clone(),
        );
        r.register("requests_in_flight", "Requests that are being answered", self.in_flight.clone());
        r.register("streams_open", "Streamed answers that are running", self.streams.clone());
        r.register("connections_open", "Client connections", self.connections.clone());
        r.register(
            "connections_refused",
            "Client connections closed at once, by reason",
            self.connections_refused.clone(),
        );
        r.register(
            "clients_unbelieved",
            "Requests whose sender names another client and is no trusted proxy, by the sender's kind of address",
            self.clients_unbelieved.clone(),
        );
        r.register("upstream_errors", "Failed calls of AnythingLLM, by kind", self.upstream_errors.clone());
        r.register("tokens", "Tokens as AnythingLLM reports them, or estimated", tokens);
        r.register(
            "usage_events_dropped",
            "Usage events lost because there was no room for them or the schema refused them",
            self.usage_events_dropped.clone(),
        );
        r.register(
            "change_listener_up",
            "Whether changes in the database are heard (1) or not (0)",
            self.change_listener_up.clone(),
        );
        r.register(
            "key_propagation_seconds",
            "Time from a change of a key in the database until this process follows it",
            self.key_propagation.clone(),
        );
        r.register("logins", "Logins by outcome", self.logins.clone());
        r.register("refreshes", "Uses of refresh tokens by outcome", self.refreshes.clone());
        r.register(
            "sessions_ended",
            "Sessions that ended before their time, by reason; `replayed` is a stolen refresh token",
            self.sessions_ended.clone(),
        );
        self.catalog.register(r);
        self.database.register(r);
        self.redis.register(r);
        self.tasks.register(r);
        exports.register(r);
        self.upstream.register(r);
        self.usage.register(r);
        r.register(
            "build",
            "The running version",
            Info::new([("version", version::VERSION), ("revision", version::REVISION)]),
        );
        self.process.register_collector(Box::new(ProcessMetrics));
        self.begun()
    }

    /// A family without a series is not shown, and an alert on it not heard: what can be counted is there from zero.
    fn begun(self) -> Self {
        let none = self.route(NO_ROUTE);
        none.outcomes
            .write()
            .push((NO_OUTCOME, self.requests.get_or_create_owned(&[("route", NO_ROUTE), ("outcome", NO_OUTCOME)])));
        for listener in ["public", "admin"] {
            self.connections.get_or_create_owned(&[("listener", listener)]);
        }
        for reason in ["full", "address_full"] {
            self.connections_refused.get_or_create_owned(&[("reason", reason)]);
        }
        for peer in ["private", "public"] {
            self.clients_unbelieved.get_or_create_owned(&[("peer", peer)]);
        }
        for kind in ["upstream_unavailable", "upstream_timeout", "upstream_error", "upstream_contract"] {
            self.upstream_errors.get_or_create_owned(&[("kind", kind)]);
        }
        self.logins.get_or_create_owned(&[("outcome", "ok")]);
        for outcome in ["ok", "repeated"] {
            self.refreshes.get_or_create_owned(&[("outcome", outcome)]);
        }
        for reason in ["logout", "replayed", "admin", "user_suspended", "user_deleted", "upstream_ended"] {
            self.sessions_ended.get_or_create_owned(&[("reason", reason)]);
        }
        self
    }
}
