//! How large the futures are that every request goes through. They are allocated and written for each, and those of an
//! answer live as long as its stream: one that grows costs every request, and nothing else says so. Whoever needs more
//! boxes what seldom runs, or raises the bound and says why.

use super::direct::{self, Exchange};
use super::gateway::Edge;
use super::hooks::Hooks;
use super::service::{self, BodyLimits};
use crate::gate::Gate;
use pingora::proxy::Session;

fn of_two<A, B, F: Future>(_: impl FnOnce(A, B) -> F) -> usize {
    size_of::<F>()
}

fn of_three<A, B, C, F: Future>(_: impl FnOnce(A, B, C) -> F) -> usize {
    size_of::<F>()
}

fn of_four<A, B, C, D, F: Future>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

fn of_five<A, B, C, D, E, F: Future>(_: impl FnOnce(A, B, C, D, E) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn what_every_request_carries_stays_small() {
    let sizes = [
        // What the row was found to be is in it, which is found once and not twice.
        ("from a head to its admission, direct", of_four(Edge::admit_or_answer::<Exchange<'_>>), 3800),
        ("from a head to its answer, by Pingora", of_three(Hooks::filter), 4000),
        ("the gate", of_four(Gate::admit), 3000),
        ("a service row, direct", of_four(Edge::serve::<Exchange<'_>>), 5000),
        ("a service row, by Pingora", of_four(Edge::serve::<Session>), 5000),
        ("reading a body", of_three(BodyLimits::read::<Exchange<'_>>), 800),
        ("calling a handler", of_five(service::call::<Exchange<'_>>), 1200),
        ("writing an answer", of_five(Edge::write::<Exchange<'_>>), 3500),
        ("a refusal", of_four(Edge::refuse::<Exchange<'_>>), 4200),
        ("a row that passes", of_four(Edge::pass), 1800),
        ("a connection", of_five(direct::serve), 7500),
        ("watching over the right to a stream", of_two(Gate::until_withdrawn), 500),
    ];
    let grown: Vec<_> = sizes.into_iter().filter(|(_, size, most)| size > most).collect();
    assert!(grown.is_empty(), "larger than allowed: {grown:?}");
}
