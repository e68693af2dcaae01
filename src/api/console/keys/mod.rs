//! Keys: who of a shop calls with what, made, changed and ended here.

mod content;
pub(crate) mod detail;
mod left;
pub(crate) mod list;
pub(crate) mod make;

pub(in crate::api::console) use content::number;

use super::texts::KeysTexts;
use crate::domain::key::{KeyEnv, KeyKind};

const fn kind_word(kind: KeyKind, t: &KeysTexts) -> &'static str {
    match kind {
        KeyKind::Publishable => t.publishable,
        KeyKind::Secret => t.secret,
    }
}

const fn env_word(env: KeyEnv, t: &KeysTexts) -> &'static str {
    match env {
        KeyEnv::Live => t.live,
        KeyEnv::Test => t.test,
    }
}
