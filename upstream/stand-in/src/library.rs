//! Documents: the files of the document store and their embedding into workspaces.
//!
//! Knows nothing of HTTP. Text beyond `INDEXED_BYTES` is counted but neither kept nor found.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::{self, Moment, iso, locale};
use crate::workspaces::slugify;
use crate::world::{Embedder, World};

/// Where documents go when nobody names a folder.
pub(crate) const DEFAULT_FOLDER: &str = "custom-documents";

/// How much of an uploaded file is kept and made searchable.
pub(crate) const INDEXED_BYTES: usize = 4 * 1024 * 1024;

/// A document in the store.
#[derive(Clone, Debug)]
pub(crate) struct StoredDocument {
    pub(crate) id: Uuid,
    /// `id`, `url`, `title` and so on, as they are copied into a workspace.
    pub(crate) metadata: Value,
    pub(crate) text: String,
}

/// A document embedded into a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Embedded {
    pub(crate) id: u64,
    pub(crate) doc_id: Uuid,
    pub(crate) path: String,
    pub(crate) workspace_id: u64,
    pub(crate) metadata: Value,
    pub(crate) text: String,
    pub(crate) pinned: bool,
    pub(crate) created_at: Moment,
}

/// What a new document is made of.
pub(crate) struct NewDocument<'a> {
    pub(crate) folder: &'a str,
    /// Start of the file name.
    pub(crate) stem: String,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) description: String,
    pub(crate) source: String,
    pub(crate) chunk_source: String,
    pub(crate) text: String,
    pub(crate) word_count: usize,
}

impl Embedded {
    /// The row of the document in its workspace.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "docId": self.doc_id,
            "filename": file_name(&self.path),
            "docpath": self.path,
            "workspaceId": self.workspace_id,
            "metadata": self.metadata.to_string(),
            "pinned": self.pinned,
            "watched": false,
            "createdAt": iso(self.created_at),
            "lastUpdatedAt": iso(self.created_at),
        })
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Roughly what upstream's tokenizer would count.
pub(crate) fn token_estimate(text: &str) -> usize {
    text.len().div_ceil(5).max(usize::from(!text.is_empty()))
}

impl World {
    /// Files a document and returns it as the upload endpoints answer it.
    pub(crate) fn store_document(&mut self, new: NewDocument<'_>) -> Value {
        let id = Uuid::new_v4();
        let name = format!("{}-{id}.json", new.stem);
        let metadata = json!({
            "id": id,
            "url": new.url,
            "title": new.title,
            "docAuthor": new.author,
            "description": new.description,
            "docSource": new.source,
            "chunkSource": new.chunk_source,
            "published": locale(clock::now()),
            "wordCount": new.word_count,
            "token_count_estimate": token_estimate(&new.text),
        });
        let mut answer = metadata.as_object().cloned().unwrap_or_default();
        answer.insert("pageContent".to_owned(), json!(new.text));
        answer.insert("location".to_owned(), json!(format!("{}/{name}", new.folder)));
        answer.insert("isDirectUpload".to_owned(), json!(false));
        self.folders
            .entry(new.folder.to_owned())
            .or_default()
            .insert(name, StoredDocument { id, metadata, text: new.text });
        Value::Object(answer)
    }

    /// Files a text as the raw-text endpoint does.
    pub(crate) fn store_raw_text(&mut self, text: &str, metadata: &Map<String, Value>) -> Value {
        let given = |field: &str, otherwise: &str| {
            metadata
                .get(field)
                .and_then(Value::as_str)
                .filter(|value| !value.is_empty())
                .unwrap_or(otherwise)
                .to_owned()
        };
        let slug = slugify(&given("title", "document"));
        let title = format!("{slug}.txt");
        let url = match metadata.get("url").and_then(Value::as_str) {
            Some(url) if url.starts_with("http") => format!("web://{url}.website"),
            _ => format!("file://{title}"),
        };
        self.store_document(NewDocument {
            folder: DEFAULT_FOLDER,
            stem: format!("raw-{slug}"),
            url,
            author: given("docAuthor", "no author specified"),
            description: given("description", "no description found"),
            source: given("docSource", "no source set"),
            chunk_source: given("chunkSource", &title),
            title,
            text: text.to_owned(),
            word_count: text.split_whitespace().count(),
        })
    }

    /// The stored document at `folder/name`.
    pub(crate) fn document(&self, path: &str) -> Option<&StoredDocument> {
        let (folder, name) = path.split_once('/')?;
        self.folders.get(folder)?.get(name)
    }

    /// Embeds stored documents into a workspace; unknown paths are passed over. One that is embedded already is
    /// embedded a second time: upstream does not look.
    pub(crate) fn embed_documents(&mut self, workspace_id: u64, paths: &[&str]) {
        if self.embedder == Embedder::Fails {
            return;
        }
        for path in paths {
            let Some(document) = self.document(path).cloned() else {
                continue;
            };
            let doc_id = Uuid::new_v4();
            let field = |name: &str| document.metadata[name].as_str().unwrap_or_default().to_owned();
            self.embedded_before = true;
            let cached = !self.vector_cache.insert((*path).to_owned());
            let vectors = self.vectors;
            self.indexes.entry(workspace_id).or_default().add(
                doc_id,
                || vectors.passage_id(document.id, cached),
                (&field("title"), &field("published")),
                &document.text,
                &document.metadata,
            );
            let embedded = Embedded {
                id: self.next_id("workspace_documents"),
                doc_id,
                path: (*path).to_owned(),
                workspace_id,
                metadata: document.metadata,
                text: document.text,
                pinned: false,
                created_at: clock::now(),
            };
            self.embedded.push(embedded);
        }
    }

    /// Embeds a document into the workspaces of a comma-separated list of slugs.
    pub(crate) fn embed_into_all(&mut self, path: &str, slugs: &str) {
        for slug in slugs.split(',').map(str::trim) {
            if let Some(id) = self.workspace(slug).map(|workspace| workspace.id) {
                self.embed_documents(id, &[path]);
            }
        }
    }

    /// Takes a document out of a workspace.
    pub(crate) fn unembed_document(&mut self, workspace_id: u64, path: &str) {
        let Some(position) =
            self.embedded.iter().position(|document| document.workspace_id == workspace_id && document.path == path)
        else {
            return;
        };
        let document = self.embedded.remove(position);
        if let Some(index) = self.indexes.get_mut(&workspace_id) {
            index.remove(document.doc_id);
        }
    }

    /// Deletes a document from the store and from every workspace.
    pub(crate) fn delete_document(&mut self, path: &str) {
        if let Some((folder, name)) = path.split_once('/')
            && let Some(folder) = self.folders.get_mut(folder)
        {
            folder.remove(name);
        }
        self.vector_cache.remove(path);
        let holders: Vec<u64> = self
            .embedded
            .iter()
            .filter(|document| document.path == path)
            .map(|document| document.workspace_id)
            .collect();
        for workspace_id in holders {
            self.unembed_document(workspace_id, path);
        }
    }

    /// Deletes a folder with its documents.
    pub(crate) fn delete_folder(&mut self, folder: &str) {
        let names: Vec<String> =
            self.folders.get(folder).map(|documents| documents.keys().cloned().collect()).unwrap_or_default();
        for name in names {
            self.delete_document(&format!("{folder}/{name}"));
        }
        self.folders.remove(folder);
    }

    /// The documents of a workspace, as rows.
    pub(crate) fn workspace_documents_json(&self, workspace_id: u64) -> Vec<Value> {
        self.embedded.iter().filter(|document| document.workspace_id == workspace_id).map(Embedded::to_json).collect()
    }

    /// One stored document as the listings show it.
    pub(crate) fn listed_document(&self, folder: &str, name: &str, document: &StoredDocument) -> Map<String, Value> {
        let mut row = document.metadata.as_object().cloned().unwrap_or_default();
        row.insert("id".to_owned(), json!(document.id));
        row.insert("name".to_owned(), json!(name));
        row.insert("type".to_owned(), json!("file"));
        let path = format!("{folder}/{name}");
        let cached = self.vector_cache.contains(&path);
        row.insert("cached".to_owned(), json!(cached));
        row
    }

    /// Part of a folder as the listings show it, with the number of documents in all.
    pub(crate) fn listed_page(
        &self,
        folder: &str,
        documents: &BTreeMap<String, StoredDocument>,
        offset: usize,
        limit: usize,
    ) -> (Vec<Value>, usize) {
        let page = documents.iter().skip(offset).take(limit);
        let page: BTreeMap<String, StoredDocument> = page.map(|(n, d)| (n.clone(), d.clone())).collect();
        (self.listed_folder(folder, &page), documents.len())
    }

    /// The documents of a folder as the listings show them.
    pub(crate) fn listed_folder(&self, folder: &str, documents: &BTreeMap<String, StoredDocument>) -> Vec<Value> {
        let pins: Vec<&Embedded> = self.embedded.iter().filter(|embedded| embedded.pinned).collect();
        documents
            .iter()
            .map(|(name, document)| {
                let path = format!("{folder}/{name}");
                let mut row = self.listed_document(folder, name, document);
                let pinned: Vec<u64> = pins
                    .iter()
                    .filter(|embedded| embedded.path == path)
                    .map(|embedded| embedded.workspace_id)
                    .collect();
                row.insert("canWatch".to_owned(), json!(false));
                row.insert("pinnedWorkspaces".to_owned(), json!(pinned));
                row.insert("watched".to_owned(), json!(false));
                Value::Object(row)
            })
            .collect()
    }

    /// Number of vectors of all workspaces, as the vector database tells it.
    pub(crate) fn vector_count(&self) -> Value {
        let vectors = self.indexes.values().map(crate::search::Index::len).sum();
        self.vectors.count(vectors, self.embedded_before)
    }
}
