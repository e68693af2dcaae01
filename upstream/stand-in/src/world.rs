//! Everything upstream keeps in its database, in memory.
//!
//! Plain data and the bookkeeping of ids. Rules about who may do what belong to the endpoints.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::changed_settings::ChangedSettings;
use crate::chats::{AgentInvocation, Chat};
use crate::clock::{self, Moment, iso};
use crate::embeds::{Embed, EmbedChat};
use crate::library::{Embedded, StoredDocument};
use crate::search::Index;
use crate::users::{SsoToken, User};
use crate::workspaces::{Membership, Workspace};
use crate::{Mode, Options, VectorDatabase};

/// Upstream's database.
pub(crate) struct World {
    pub(crate) multi_user: bool,
    /// The password of single-user mode.
    pub(crate) password: Option<String>,
    pub(crate) simple_sso: bool,
    /// Passwords are not taken.
    pub(crate) no_passwords: bool,
    pub(crate) jwt_secret: String,
    pub(crate) api_keys: Vec<ApiKey>,
    pub(crate) users: Vec<User>,
    pub(crate) sso_tokens: Vec<SsoToken>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) memberships: Vec<Membership>,
    /// Documents by folder, then by file name.
    pub(crate) folders: BTreeMap<String, BTreeMap<String, StoredDocument>>,
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) indexes: HashMap<u64, Index>,
    /// The paths of the documents whose vectors are kept for the next workspace.
    pub(crate) vector_cache: HashSet<String>,
    pub(crate) embedder: Embedder,
    pub(crate) vectors: VectorDatabase,
    /// Whether anything was ever embedded.
    pub(crate) embedded_before: bool,
    pub(crate) changed_settings: ChangedSettings,
    pub(crate) chats: Vec<Chat>,
    pub(crate) invocations: Vec<AgentInvocation>,
    pub(crate) embeds: Vec<Embed>,
    pub(crate) embed_chats: Vec<EmbedChat>,
    pub(crate) events: Vec<Event>,
    last_ids: HashMap<&'static str, u64>,
}

/// What embeds documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedder {
    Works,
    /// Nothing is embedded, and nobody is told.
    Fails,
}

/// A key of the developer API.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) id: u64,
    pub(crate) name: Option<String>,
    pub(crate) secret: String,
    pub(crate) created_by: Option<u64>,
    pub(crate) created_at: Moment,
}

impl ApiKey {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "secret": self.secret,
            "createdBy": self.created_by,
            "createdAt": iso(self.created_at),
            "lastUpdatedAt": iso(self.created_at),
        })
    }
}

/// A line of the event log.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) metadata: Value,
    pub(crate) user_id: Option<u64>,
    pub(crate) at: Moment,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        let mut world = Self {
            multi_user: matches!(options.mode, Mode::MultiUser),
            password: match &options.mode {
                Mode::SingleUserPassword(password) => Some(password.clone()),
                Mode::MultiUser | Mode::SingleUserOpen => None,
            },
            simple_sso: options.simple_sso,
            no_passwords: options.no_passwords,
            jwt_secret: Uuid::new_v4().to_string(),
            api_keys: Vec::new(),
            users: Vec::new(),
            sso_tokens: Vec::new(),
            workspaces: Vec::new(),
            memberships: Vec::new(),
            folders: BTreeMap::new(),
            embedded: Vec::new(),
            indexes: HashMap::new(),
            vector_cache: HashSet::new(),
            embedder: Embedder::Works,
            vectors: options.vector_database,
            embedded_before: false,
            changed_settings: ChangedSettings::new(),
            chats: Vec::new(),
            invocations: Vec::new(),
            embeds: Vec::new(),
            embed_chats: Vec::new(),
            events: Vec::new(),
            last_ids: HashMap::new(),
        };
        if !options.api_key.is_empty() {
            world.add_api_key(Some("start".to_owned()), None, options.api_key.clone());
        }
        if world.multi_user {
            world.insert_user(&options.admin.username, &options.admin.password, "admin");
        }
        world
    }

    /// The next id of a table, counted from one.
    pub(crate) fn next_id(&mut self, table: &'static str) -> u64 {
        let id = self.last_ids.entry(table).or_default();
        *id += 1;
        *id
    }

    pub(crate) fn add_api_key(&mut self, name: Option<String>, created_by: Option<u64>, secret: String) -> ApiKey {
        let key = ApiKey { id: self.next_id("api_keys"), name, secret, created_by, created_at: clock::now() };
        self.api_keys.push(key.clone());
        key
    }

    /// Writes a line to the event log.
    pub(crate) fn log(&mut self, event: &str, metadata: Value, user_id: Option<u64>) {
        let event =
            Event { id: self.next_id("event_logs"), name: event.to_owned(), metadata, user_id, at: clock::now() };
        self.events.push(event);
    }
}

/// A new API key in upstream's form: four groups of seven characters.
pub(crate) fn new_api_key() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let random: Vec<u8> = first.as_bytes().iter().chain(second.as_bytes()).copied().collect();
    random[..28]
        .chunks(7)
        .map(|group| group.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}
