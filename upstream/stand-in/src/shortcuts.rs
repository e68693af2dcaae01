//! Quick ways for tests to fill a stand-in, without going through its API.
//!
//! They skip every check the API would make.

use serde_json::{Map, json};

use crate::control::Control;
use crate::world::Embedder;

impl Control {
    /// Adds an account with a role (`admin`, `manager` or `default`) and returns its id.
    pub fn add_user(&self, username: &str, password: &str, role: &str) -> u64 {
        let id = self.world().insert_user(username, password, role).id;
        self.touch();
        id
    }

    /// Suspends an account, or lifts the suspension. Unknown names are ignored.
    pub fn suspend_user(&self, username: &str, suspended: bool) {
        let mut world = self.world();
        if let Some(user) = world.users.iter_mut().find(|user| user.username == username) {
            user.suspended = suspended;
        }
        drop(world);
        self.touch();
    }

    /// Gives an account another role. Unknown names are ignored.
    pub fn set_role(&self, username: &str, role: &str) {
        let mut world = self.world();
        if let Some(user) = world.users.iter_mut().find(|user| user.username == username) {
            role.clone_into(&mut user.role);
        }
        drop(world);
        self.touch();
    }

    /// Name and role of every account.
    pub fn users(&self) -> Vec<(String, String)> {
        self.world().users.iter().map(|user| (user.username.clone(), user.role.clone())).collect()
    }

    /// Whether accounts are switched on.
    pub fn is_multi_user(&self) -> bool {
        self.world().multi_user
    }

    /// Switches simple single sign-on on or off.
    pub fn set_simple_sso(&self, on: bool) {
        self.world().simple_sso = on;
        self.touch();
    }

    /// The keys of the developer API that are valid now, the oldest first.
    pub fn api_keys(&self) -> Vec<String> {
        self.world().api_keys.iter().map(|key| key.secret.clone()).collect()
    }

    /// Deletes an account. Unknown names are ignored.
    pub fn delete_user(&self, username: &str) {
        let mut world = self.world();
        if let Some(id) = world.user_named(username).map(|user| user.id) {
            world.delete_user(id);
        }
        drop(world);
        self.touch();
    }

    /// Adds a workspace and returns its slug.
    pub fn add_workspace(&self, name: &str) -> String {
        let slug = self.world().create_workspace(name, &json!({})).slug;
        self.touch();
        slug
    }

    /// Gives a user a seat in a workspace. Unknown names are ignored.
    pub fn add_member(&self, slug: &str, username: &str) {
        let mut world = self.world();
        let workspace = world.workspace(slug).map(|workspace| workspace.id);
        let user = world.user_named(username).map(|user| user.id);
        if let (Some(workspace), Some(user)) = (workspace, user)
            && !world.is_member(user, workspace)
        {
            world.add_member(user, workspace);
        }
        drop(world);
        self.touch();
    }

    /// Takes a user's seat in a workspace away. Unknown names are ignored.
    pub fn remove_member(&self, slug: &str, username: &str) {
        let mut world = self.world();
        let workspace = world.workspace(slug).map(|workspace| workspace.id);
        let user = world.user_named(username).map(|user| user.id);
        world.memberships.retain(|seat| Some(seat.workspace_id) != workspace || Some(seat.user_id) != user);
        drop(world);
        self.touch();
    }

    /// Files a text, embeds it into a workspace and returns its location.
    pub fn add_document(&self, slug: &str, title: &str, text: &str) -> String {
        let mut metadata = Map::new();
        metadata.insert("title".to_owned(), json!(title));
        let mut world = self.world();
        let document = world.store_raw_text(text, &metadata);
        let location = document["location"].as_str().unwrap_or_default().to_owned();
        world.embed_into_all(&location, slug);
        drop(world);
        self.touch();
        location
    }

    /// Locations of the documents that are embedded into a workspace, in the order in which they were.
    pub fn embedded_documents(&self, slug: &str) -> Vec<String> {
        let world = self.world();
        let id = world.workspace(slug).map(|workspace| workspace.id);
        let embedded = world.embedded.iter().filter(|document| Some(document.workspace_id) == id);
        embedded.map(|document| document.path.clone()).collect()
    }

    /// Locations of the stored documents whose author begins with this.
    pub fn stored_documents(&self, author: &str) -> Vec<String> {
        let world = self.world();
        let mut found = Vec::new();
        for (folder, documents) in &world.folders {
            for (name, document) in documents {
                if document.metadata["docAuthor"].as_str().is_some_and(|by| by.starts_with(author)) {
                    found.push(format!("{folder}/{name}"));
                }
            }
        }
        found
    }

    /// Embeds nothing any more and says nothing about it, as upstream does when its embedder fails; or does again.
    pub fn set_embedding_fails(&self, fails: bool) {
        self.world().embedder = if fails { Embedder::Fails } else { Embedder::Works };
        self.touch();
    }

    /// Adds a widget without an allowlist to a workspace and returns its id, empty if the
    /// workspace does not exist.
    pub fn add_embed(&self, slug: &str) -> String {
        let mut world = self.world();
        let Some(id) = world.workspace(slug).map(|workspace| workspace.id) else {
            return String::new();
        };
        let uuid = world.create_embed(id, &json!({ "chat_mode": "chat" })).uuid;
        drop(world);
        self.touch();
        uuid
    }

    /// Number of answers stored for a workspace, hidden ones included.
    pub fn stored_chats(&self, slug: &str) -> usize {
        let world = self.world();
        let id = world.workspace(slug).map(|workspace| workspace.id);
        world.chats.iter().filter(|chat| Some(chat.workspace_id) == id).count()
    }

    /// Replaces every API key by this one, as if the others had been revoked.
    pub fn replace_api_keys(&self, secret: &str) {
        let mut world = self.world();
        world.api_keys.clear();
        world.add_api_key(Some("replacement".to_owned()), None, secret.to_owned());
        drop(world);
        self.touch();
    }
}
