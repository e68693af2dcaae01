//! How large the futures of the handlers are that are called most, and of the calls they make: see `edge::sizes`.

use super::Api;
use super::chat::{ask, create};
use super::knowledge::query;
use crate::anythingllm::{ChatEvent, Client};
use crate::gate::Reach;

fn of_three<A, B, C, F: Future>(_: impl FnOnce(A, B, C) -> F) -> usize {
    size_of::<F>()
}

fn of_four<A, B, C, D, F: Future>(_: impl FnOnce(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn what_chats_and_searches_carry_stays_small() {
    let sizes = [
        ("every handler", of_three(Api::call), 1500),
        ("a search", of_three(query), 5200),
        ("a chat", of_four(create), 7500),
        ("asking AnythingLLM", of_four(ask), 5900),
        ("which workspace", of_three(Reach::resolve), 2400),
        ("a call for passages", of_four(Client::search), 2600),
        ("a call for an answer", of_four(Client::stream_chat), 2400),
        ("an event of an answer", size_of::<ChatEvent>(), 112),
    ];
    let grown: Vec<_> = sizes.into_iter().filter(|(_, size, most)| size > most).collect();
    assert!(grown.is_empty(), "larger than allowed: {grown:?}");
}
