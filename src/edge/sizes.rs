//! Sizes of the futures that every request goes through: they are allocated and written for each, and held as long as
//! its stream.

use super::gateway::Edge;
use super::service;
use crate::api;

pub(crate) fn of2<A, B, F: Future>(_: impl FnOnce(A, B) -> F) -> usize {
    size_of::<F>()
}

pub(crate) fn of3<A, B, C, F: Future>(_: impl FnOnce(A, B, C) -> F) -> usize {
    size_of::<F>()
}

pub(crate) fn of4<A, B, C, D, F: Future>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

pub(crate) fn of5<A, B, C, D, E, F: Future>(_: impl FnOnce(A, B, C, D, E) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn sizes() {
    use crate::anythingllm::Client;
    use crate::gate::{Admitted, Gate, Reach};
    println!("serve {}", of4(Edge::serve));
    println!("refuse {}", of4(Edge::refuse));
    println!("send {}", of4(Edge::send));
    println!("pass {}", of4(Edge::pass));
    println!("admit {}", of3(Edge::admit));
    println!("gate.admit {}", of3(Gate::admit));
    println!("until_withdrawn {}", of2(Gate::until_withdrawn));
    println!("drain {}", { fn f<A, F: Future>(_: impl FnOnce(A) -> F) -> usize { size_of::<F>() } f(service::drain) });
    println!("read_whole {}", of3(service::read_whole));
    println!("call {}", of5(service::call));
    println!("edge.write {}", of5(Edge::write));
    println!("bodies.read {}", of3(service::BodyLimits::read));
    println!("api.call {}", of3(crate::api::Api::call));
    println!("reach.resolve {}", of3(Reach::resolve));
    println!("open_stream {}", of2(Admitted::open_stream));
    println!("limit_visitor {}", of2(Admitted::limit_visitor));
    println!("search {}", of4(Client::search));
    println!("stream_chat {}", of4(Client::stream_chat));
    println!("session.write_response_header {}", of3(pingora::proxy::Session::write_response_header));
    println!("session.write_response_body {}", of3(pingora::proxy::Session::write_response_body));
    api::sizes();
}
