//! Stored questions and answers, and the histories read from them.
//!
//! Keeps upstream's odd rules: what a reset hides stays visible under its session id.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::{self, Moment, iso};
use crate::world::World;

/// A question with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) id: u64,
    pub(crate) workspace_id: u64,
    pub(crate) prompt: String,
    pub(crate) answer: Answer,
    /// False once hidden by a reset.
    pub(crate) include: bool,
    pub(crate) user_id: Option<u64>,
    pub(crate) session: Option<String>,
    pub(crate) created_at: Moment,
}

/// The stored side of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) sources: Vec<Value>,
    pub(crate) mode: String,
    pub(crate) metrics: Value,
    pub(crate) attachments: Vec<Value>,
}

/// An agent run somebody may join by websocket.
#[derive(Clone, Debug)]
pub(crate) struct AgentInvocation {
    pub(crate) uuid: Uuid,
    pub(crate) closed: bool,
}

/// Where a new chat belongs.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) workspace_id: u64,
    pub(crate) user_id: Option<u64>,
    pub(crate) session: Option<String>,
}

impl Chat {
    /// The row as the admin endpoints show it.
    pub(crate) fn to_row(&self) -> Value {
        let response = json!({
            "text": self.answer.text,
            "sources": self.answer.sources,
            "type": self.answer.mode,
            "metrics": self.answer.metrics,
            "attachments": self.answer.attachments,
        });
        json!({
            "id": self.id,
            "workspaceId": self.workspace_id,
            "prompt": self.prompt,
            "response": response.to_string(),
            "include": self.include,
            "user_id": self.user_id,
            "thread_id": null,
            "api_session_id": self.session,
            "createdAt": iso(self.created_at),
            "lastUpdatedAt": iso(self.created_at),
            "feedbackScore": null,
            "memoryProcessed": null,
        })
    }
}

/// One question and answer as two history entries.
pub(crate) fn history_pair(id: u64, prompt: &str, answer: &Answer, sources: &[Value], at: Moment) -> [Value; 2] {
    [
        json!({
            "role": "user",
            "content": prompt,
            "sentAt": at.timestamp(),
            "attachments": answer.attachments,
            "chatId": id,
        }),
        json!({
            "type": answer.mode,
            "role": "assistant",
            "content": answer.text,
            "sources": sources,
            "chatId": id,
            "sentAt": at.timestamp(),
            "feedbackScore": null,
            "metrics": answer.metrics,
        }),
    ]
}

/// Chats as a history.
pub(crate) fn history<'a>(chats: impl IntoIterator<Item = &'a Chat>) -> Vec<Value> {
    chats
        .into_iter()
        .flat_map(|chat| history_pair(chat.id, &chat.prompt, &chat.answer, &chat.answer.sources, chat.created_at))
        .collect()
}

impl World {
    /// Stores an answer and returns its id.
    pub(crate) fn store_chat(&mut self, owner: &Owner, prompt: &str, answer: Answer, include: bool) -> u64 {
        let chat = Chat {
            id: self.next_id("workspace_chats"),
            workspace_id: owner.workspace_id,
            prompt: prompt.to_owned(),
            answer,
            include,
            user_id: owner.user_id,
            session: owner.session.clone(),
            created_at: clock::now(),
        };
        let id = chat.id;
        self.chats.push(chat);
        id
    }

    /// Hides the history of a session, or without one that of everybody outside of sessions.
    pub(crate) fn reset_history(&mut self, workspace_id: u64, session: Option<&str>) {
        for chat in &mut self.chats {
            if chat.workspace_id == workspace_id && chat.session.as_deref() == session {
                chat.include = false;
            }
        }
    }

    /// The chats the developer API lists.
    pub(crate) fn api_chats(&self, workspace_id: u64, session: Option<&str>) -> Vec<&Chat> {
        self.chats
            .iter()
            .filter(|chat| chat.workspace_id == workspace_id)
            .filter(|chat| match session {
                Some(session) => chat.user_id.is_none() && chat.session.as_deref() == Some(session),
                None => chat.session.is_none() && chat.include,
            })
            .collect()
    }

    /// The chats a person sees in the UI.
    pub(crate) fn user_chats(&self, workspace_id: u64, user_id: Option<u64>) -> Vec<&Chat> {
        self.chats
            .iter()
            .filter(|chat| {
                chat.workspace_id == workspace_id && chat.include && chat.session.is_none() && chat.user_id == user_id
            })
            .collect()
    }

    /// Answers a person got in the last 24 hours.
    pub(crate) fn chats_today(&self, user_id: u64) -> u64 {
        let since = clock::now() - chrono::Duration::hours(24);
        let count = self.chats.iter().filter(|chat| chat.user_id == Some(user_id) && chat.created_at > since).count();
        count as u64
    }

    /// Opens an agent run and returns the id by which it can be joined.
    pub(crate) fn open_invocation(&mut self) -> Uuid {
        let uuid = Uuid::new_v4();
        self.invocations.push(AgentInvocation { uuid, closed: false });
        uuid
    }
}
