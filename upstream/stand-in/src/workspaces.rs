//! Workspaces, their settings and their members.
//!
//! Which session may see which workspace is answered here; API keys see all of them.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::{self, Moment, iso};
use crate::users::User;
use crate::world::World;

/// The prompt of a workspace nobody configured.
const DEFAULT_PROMPT: &str = "Given the following conversation, relevant context, and a follow up question, reply with an answer to the current question the user is asking. The current date and time is {datetime}. Return only your response to the question given the above information following the users instructions as needed.";

/// The modes a request may ask for.
pub(crate) const CHAT_MODES: [&str; 3] = ["automatic", "chat", "query"];

/// A workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) created_at: Moment,
    pub(crate) temperature: Option<f64>,
    pub(crate) history: i64,
    pub(crate) prompt: Option<String>,
    pub(crate) threshold: f64,
    pub(crate) top: usize,
    pub(crate) mode: String,
    pub(crate) refusal: Option<String>,
}

/// A user's seat in a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) id: u64,
    pub(crate) user_id: u64,
    pub(crate) workspace_id: u64,
    pub(crate) created_at: Moment,
}

impl Workspace {
    /// The columns of the workspace.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let Value::Object(columns) = json!({
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "vectorTag": null,
            "createdAt": iso(self.created_at),
            "openAiTemp": self.temperature,
            "openAiHistory": self.history,
            "lastUpdatedAt": iso(self.created_at),
            "openAiPrompt": self.prompt,
            "similarityThreshold": self.threshold,
            "chatProvider": null,
            "chatModel": null,
            "topN": self.top,
            "chatMode": self.mode,
            "pfpFilename": null,
            "agentProvider": null,
            "agentModel": null,
            "queryRefusalResponse": self.refusal,
            "vectorSearchMode": "default",
            "router_id": null,
        }) else {
            return Map::new();
        };
        columns
    }

    /// Takes over the settings in `body`; says whether there was any it knows.
    pub(crate) fn update(&mut self, body: &Value) -> bool {
        let Some(fields) = body.as_object() else {
            return false;
        };
        let mut known = false;
        for (name, value) in fields {
            known |= self.set(name, value);
        }
        known
    }

    /// Wrong types fall back to the default of the field, as upstream's validators do.
    fn set(&mut self, field: &str, value: &Value) -> bool {
        match field {
            "name" => {
                if let Some(name) = value.as_str().filter(|name| !name.is_empty()) {
                    self.name = name.chars().take(255).collect();
                }
            }
            "openAiTemp" => self.temperature = number(value).filter(|number| *number >= 0.0),
            "openAiHistory" => {
                self.history = value.as_i64().filter(|count| *count >= 0).unwrap_or(20);
            }
            "similarityThreshold" => {
                self.threshold = number(value).filter(|number| (0.0..=1.0).contains(number)).unwrap_or(0.25);
            }
            "openAiPrompt" => self.prompt = text(value),
            "queryRefusalResponse" => self.refusal = text(value),
            "topN" => self.top = top(value).unwrap_or(4),
            "chatMode" => {
                let mode = value.as_str().filter(|mode| CHAT_MODES.contains(mode));
                mode.unwrap_or("automatic").clone_into(&mut self.mode);
            }
            "vectorSearchMode" | "chatProvider" | "chatModel" | "agentProvider" | "agentModel" | "pfpFilename"
            | "router_id" => {}
            _ => return false,
        }
        true
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `Number(value)` for the values that make sense.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A result count: a number of at least one, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be at least one; a float beyond usize saturates, which is what is wanted"
)]
pub(crate) fn top(value: &Value) -> Option<usize> {
    number(value).filter(|count| *count >= 1.0).map(|count| count as usize)
}

impl World {
    pub(crate) fn workspace(&self, slug: &str) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.slug == slug)
    }

    pub(crate) fn workspace_mut(&mut self, slug: &str) -> Option<&mut Workspace> {
        self.workspaces.iter_mut().find(|workspace| workspace.slug == slug)
    }

    pub(crate) fn workspace_by_id(&self, id: u64) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.id == id)
    }

    /// Creates a workspace with a slug of its own.
    pub(crate) fn create_workspace(&mut self, name: &str, settings: &Value) -> Workspace {
        let mut slug = slugify(name);
        if slug.is_empty() {
            slug = Uuid::new_v4().to_string();
        }
        if self.workspace(&slug).is_some() {
            let digits = Uuid::new_v4().as_u128() % 90_000_000 + 10_000_000;
            slug = format!("{slug}-{digits}");
        }
        let mut workspace = Workspace {
            id: self.next_id("workspaces"),
            name: name.to_owned(),
            slug,
            created_at: clock::now(),
            temperature: None,
            history: 20,
            prompt: Some(DEFAULT_PROMPT.to_owned()),
            threshold: 0.25,
            top: 4,
            mode: "automatic".to_owned(),
            refusal: None,
        };
        workspace.update(settings);
        self.workspaces.push(workspace.clone());
        workspace
    }

    /// Deletes a workspace with its members, vectors and chats.
    pub(crate) fn delete_workspace(&mut self, slug: &str) -> bool {
        let Some(id) = self.workspace(slug).map(|workspace| workspace.id) else {
            return false;
        };
        self.workspaces.retain(|workspace| workspace.id != id);
        self.memberships.retain(|membership| membership.workspace_id != id);
        self.embedded.retain(|document| document.workspace_id != id);
        self.chats.retain(|chat| chat.workspace_id != id);
        self.embeds.retain(|embed| embed.workspace_id != id);
        self.indexes.remove(&id);
        true
    }

    /// Whether a session may use a workspace. Without a user (single-user mode) it may.
    pub(crate) fn may_use(&self, user: Option<&User>, workspace_id: u64) -> bool {
        user.is_none_or(|user| user.role != "default" || self.is_member(user.id, workspace_id))
    }

    pub(crate) fn is_member(&self, user_id: u64, workspace_id: u64) -> bool {
        self.memberships.iter().any(|seat| seat.user_id == user_id && seat.workspace_id == workspace_id)
    }

    /// The workspace if the session may use it.
    pub(crate) fn workspace_for(&self, user: Option<&User>, slug: &str) -> Option<&Workspace> {
        self.workspace(slug).filter(|workspace| self.may_use(user, workspace.id))
    }

    pub(crate) fn add_member(&mut self, user_id: u64, workspace_id: u64) {
        let membership =
            Membership { id: self.next_id("workspace_users"), user_id, workspace_id, created_at: clock::now() };
        self.memberships.push(membership);
    }

    /// The members of a workspace as the admin endpoints show them, ordered by user.
    pub(crate) fn members_json(&self, workspace_id: u64) -> Vec<Value> {
        let mut members: Vec<(u64, Value)> = self
            .memberships
            .iter()
            .filter(|seat| seat.workspace_id == workspace_id)
            .filter_map(|seat| {
                let user = self.user(seat.user_id)?;
                Some((
                    user.id,
                    json!({
                        "userId": user.id,
                        "username": user.username,
                        "role": user.role,
                        "lastUpdatedAt": iso(seat.created_at),
                    }),
                ))
            })
            .collect();
        members.sort_by_key(|(id, _)| *id);
        members.into_iter().map(|(_, member)| member).collect()
    }

    /// The seats of a workspace as the UI endpoints show them.
    pub(crate) fn seats_json(&self, workspace_id: u64) -> Vec<Value> {
        self.memberships
            .iter()
            .filter(|seat| seat.workspace_id == workspace_id)
            .map(|seat| {
                json!({
                    "id": seat.id,
                    "user_id": seat.user_id,
                    "workspace_id": seat.workspace_id,
                    "createdAt": iso(seat.created_at),
                    "lastUpdatedAt": iso(seat.created_at),
                })
            })
            .collect()
    }
}

/// Turns a name into a slug as upstream's library does.
pub(crate) fn slugify(name: &str) -> String {
    let mut spelled = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            '+' => spelled.push_str(" plus "),
            '!' => spelled.push_str(" bang "),
            '@' => spelled.push_str(" at "),
            '*' => spelled.push_str(" splat "),
            '.' => spelled.push_str(" dot "),
            ':' => spelled.push_str(" colon "),
            '~' => spelled.push_str(" tilde "),
            '<' => spelled.push_str("less"),
            '>' => spelled.push_str("greater"),
            '&' => spelled.push_str("and"),
            '|' => spelled.push_str("or"),
            '$' => spelled.push_str("dollar"),
            '%' => spelled.push_str("percent"),
            'ä' | 'á' | 'à' | 'â' | 'å' => spelled.push('a'),
            'é' | 'è' | 'ê' | 'ë' => spelled.push('e'),
            'í' | 'ì' | 'î' | 'ï' => spelled.push('i'),
            'ö' | 'ó' | 'ò' | 'ô' => spelled.push('o'),
            'ü' | 'ú' | 'ù' | 'û' => spelled.push('u'),
            'ß' => spelled.push_str("ss"),
            'ñ' => spelled.push('n'),
            'ç' => spelled.push('c'),
            c if c.is_ascii_alphanumeric() => spelled.push(c),
            c if c.is_whitespace() || c == '-' => spelled.push(' '),
            _ => {}
        }
    }
    spelled.split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_spelled_as_upstream_spells_them() {
        assert_eq!(slugify("Contract Docs"), "contract-docs");
        assert_eq!(slugify("../../etc/passwd <script>"), "dot-dot-dot-dot-etcpasswd-lessscriptgreater");
        assert_eq!(slugify("日本語"), "");
    }
}
