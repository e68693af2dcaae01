//! Public chat widgets: their settings, limits and histories.
//!
//! The order in which a request is checked is part of the endpoint, not of this module.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::chats::{Answer, history_pair};
use crate::clock::{self, Moment, iso};
use crate::world::World;

/// A widget.
#[expect(clippy::struct_excessive_bools, reason = "the columns of upstream's table")]
#[derive(Clone, Debug)]
pub(crate) struct Embed {
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) enabled: bool,
    pub(crate) mode: String,
    /// The JSON text of a list of origins; none means any origin.
    pub(crate) allowlist: Option<Vec<String>>,
    pub(crate) allow_model: bool,
    pub(crate) allow_temperature: bool,
    pub(crate) allow_prompt: bool,
    pub(crate) per_day: Option<u64>,
    pub(crate) per_session: Option<u64>,
    pub(crate) message_limit: Option<u64>,
    pub(crate) workspace_id: u64,
    pub(crate) created_at: Moment,
}

/// A chat through a widget.
#[derive(Clone, Debug)]
pub(crate) struct EmbedChat {
    pub(crate) id: u64,
    pub(crate) embed_id: u64,
    pub(crate) session: String,
    pub(crate) prompt: String,
    pub(crate) answer: Answer,
    pub(crate) include: bool,
    pub(crate) connection: Value,
    pub(crate) created_at: Moment,
}

impl Embed {
    /// The full row.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "uuid": self.uuid,
            "enabled": self.enabled,
            "chat_mode": self.mode,
            "allowlist_domains": self.allowlist.as_ref().map(|origins| json!(origins).to_string()),
            "allow_model_override": self.allow_model,
            "allow_temperature_override": self.allow_temperature,
            "allow_prompt_override": self.allow_prompt,
            "max_chats_per_day": self.per_day,
            "max_chats_per_session": self.per_session,
            "message_limit": self.message_limit,
            "workspace_id": self.workspace_id,
            "createdBy": null,
            "usersId": null,
            "createdAt": iso(self.created_at),
        })
    }

    /// Takes over the settings in `body`; says whether there was any it knows.
    pub(crate) fn update(&mut self, body: &Value) -> bool {
        let mut known = false;
        for (name, value) in body.as_object().into_iter().flatten() {
            let mut hit = true;
            match name.as_str() {
                "enabled" => self.enabled = crate::users::truthy(value),
                "chat_mode" => {
                    let mode = value.as_str().filter(|mode| matches!(*mode, "chat" | "query"));
                    mode.unwrap_or("query").clone_into(&mut self.mode);
                }
                "allowlist_domains" => self.allowlist = origins(value),
                "allow_model_override" => self.allow_model = crate::users::truthy(value),
                "allow_temperature_override" => {
                    self.allow_temperature = crate::users::truthy(value);
                }
                "allow_prompt_override" => self.allow_prompt = crate::users::truthy(value),
                "max_chats_per_day" => self.per_day = limit(value),
                "max_chats_per_session" => self.per_session = limit(value),
                "message_limit" => self.message_limit = limit(value),
                _ => hit = false,
            }
            known |= hit;
        }
        known
    }
}

fn limit(value: &Value) -> Option<u64> {
    value.as_u64().filter(|limit| *limit > 0)
}

/// Only a comma-separated string counts; the documented array form is dropped, as upstream does.
fn origins(value: &Value) -> Option<Vec<String>> {
    let list: Vec<String> = value
        .as_str()?
        .split(',')
        .filter_map(|entry| {
            let (scheme, rest) = match entry.split_once("://") {
                Some((scheme, rest)) => (scheme, rest),
                None => ("https", entry),
            };
            let host = rest.split('/').next().unwrap_or_default();
            let valid = !host.is_empty() && !host.contains(char::is_whitespace);
            valid.then(|| format!("{scheme}://{host}"))
        })
        .collect();
    (!list.is_empty()).then_some(list)
}

impl World {
    /// Creates a widget from a request body.
    pub(crate) fn create_embed(&mut self, workspace_id: u64, body: &Value) -> Embed {
        let mut embed = Embed {
            id: self.next_id("embed_configs"),
            uuid: Uuid::new_v4().to_string(),
            enabled: true,
            mode: "query".to_owned(),
            allowlist: None,
            allow_model: false,
            allow_temperature: false,
            allow_prompt: false,
            per_day: None,
            per_session: None,
            message_limit: None,
            workspace_id,
            created_at: clock::now(),
        };
        embed.update(body);
        embed.enabled = true;
        self.embeds.push(embed.clone());
        embed
    }

    pub(crate) fn embed(&self, uuid: &str) -> Option<&Embed> {
        self.embeds.iter().find(|embed| embed.uuid == uuid)
    }

    /// Stores an answer given through a widget.
    pub(crate) fn store_embed_chat(
        &mut self,
        embed_id: u64,
        session: &str,
        prompt: &str,
        answer: Answer,
        connection: Value,
    ) {
        let chat = EmbedChat {
            id: self.next_id("embed_chats"),
            embed_id,
            session: session.to_owned(),
            prompt: prompt.to_owned(),
            answer,
            include: true,
            connection,
            created_at: clock::now(),
        };
        self.embed_chats.push(chat);
    }

    /// Answers given through a widget in the last 24 hours, of one session or of all.
    pub(crate) fn embed_chats_today(&self, embed_id: u64, session: Option<&str>) -> u64 {
        let since = clock::now() - chrono::Duration::hours(24);
        let count = self
            .embed_chats
            .iter()
            .filter(|chat| chat.embed_id == embed_id && chat.created_at > since)
            .filter(|chat| session.is_none_or(|session| chat.session == session))
            .count();
        count as u64
    }

    /// A session's history as the widget reads it: without sources.
    pub(crate) fn embed_history(&self, embed_id: u64, session: &str) -> Vec<Value> {
        self.embed_chats
            .iter()
            .filter(|chat| chat.embed_id == embed_id && chat.session == session && chat.include)
            .flat_map(|chat| history_pair(chat.id, &chat.prompt, &chat.answer, &[], chat.created_at))
            .collect()
    }

    /// The rows of a widget's chats.
    pub(crate) fn embed_rows(&self, embed_id: u64, session: Option<&str>) -> Vec<Value> {
        self.embed_chats
            .iter()
            .filter(|chat| chat.embed_id == embed_id)
            .filter(|chat| session.is_none_or(|session| chat.session == session))
            .map(|chat| {
                let response = json!({
                    "text": chat.answer.text,
                    "type": chat.answer.mode,
                    "sources": chat.answer.sources,
                    "metrics": chat.answer.metrics,
                });
                json!({
                    "id": chat.id,
                    "prompt": chat.prompt,
                    "response": response.to_string(),
                    "session_id": chat.session,
                    "include": chat.include,
                    "connection_information": chat.connection.to_string(),
                    "embed_id": chat.embed_id,
                    "usersId": null,
                    "createdAt": iso(chat.created_at),
                })
            })
            .collect()
    }
}
