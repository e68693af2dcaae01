//! `POST /api/v1/document/upload`: files, read piece by piece.
//!
//! Only the first megabytes of a file are kept; the rest is counted and hashed, so that large
//! uploads cost no memory.

use futures_util::stream;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::documents::file_types;
use crate::library::{DEFAULT_FOLDER, INDEXED_BYTES, NewDocument};
use crate::reply::Reply;
use crate::service::{Arriving, Context};

/// Form fields beyond this length are cut off.
const FIELD_BYTES: usize = 64 * 1024;

/// Whether this is a file upload whose body no body parser touches.
pub(crate) fn is_upload(call: &Call) -> bool {
    let segments: Vec<&str> = call.lower.iter().map(String::as_str).collect();
    let path =
        matches!(segments.as_slice(), ["api", "v1", "document", "upload"] | ["api", "v1", "document", "upload", _]);
    path && call.method == Method::POST && boundary(call).is_some()
}

fn boundary(call: &Call) -> Option<String> {
    let content_type = call.header(header::CONTENT_TYPE.as_str())?;
    multer::parse_boundary(content_type).ok()
}

/// What was received of a form.
#[derive(Default)]
struct Form {
    file: Option<File>,
    workspaces: String,
    metadata: Value,
}

/// A received file.
struct File {
    name: String,
    start: Vec<u8>,
    length: u64,
    words: usize,
    hash: Sha256,
}

impl File {
    fn new(name: String) -> Self {
        Self { name, start: Vec::new(), length: 0, words: 0, hash: Sha256::new() }
    }

    /// Takes the next piece; `in_word` says whether the one before ended within a word.
    fn take(&mut self, piece: &[u8], in_word: &mut bool) {
        self.length += piece.len() as u64;
        self.hash.update(piece);
        let room = INDEXED_BYTES.saturating_sub(self.start.len()).min(piece.len());
        self.start.extend_from_slice(&piece[..room]);
        for byte in piece {
            let blank = byte.is_ascii_whitespace();
            self.words += usize::from(!blank && !*in_word);
            *in_word = !blank;
        }
    }

    fn extension(&self) -> String {
        self.name.rsplit_once('.').map(|(_, extension)| format!(".{}", extension.to_lowercase())).unwrap_or_default()
    }

    /// The text to be indexed. Of a binary file only its description.
    fn text(&self) -> String {
        if self.start.contains(&0) {
            let hash = crate::session::hex(&self.hash.clone().finalize());
            return format!("File {} of {} bytes, SHA-256 {hash}.", self.name, self.length);
        }
        String::from_utf8_lossy(&self.start).into_owned()
    }
}

fn refuse(error: &str) -> Reply {
    Reply::status_json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "success": false, "error": error }))
}

fn refuse_document(error: &str) -> Reply {
    Reply::status_json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "success": false, "error": error, "documents": [] }))
}

/// Takes an upload.
pub(crate) async fn upload(context: &Context, call: &Call, arriving: &mut Arriving) -> Reply {
    // Bound to a name: the guard must not live as long as a match on its result.
    let checked = context.control.world().check_api_key(call);
    if let Err(refusal) = checked {
        return refusal;
    }
    let form = match receive(context, call, arriving).await {
        Ok(form) => form,
        Err(multer::Error::UnknownField { .. }) => {
            return refuse("Invalid file upload. Unexpected field");
        }
        Err(_) => return refuse("Invalid file upload. Unexpected end of form"),
    };
    let reply = file(context, call, form).unwrap_or_else(|refusal| refusal);
    context.control.touch();
    reply
}

async fn receive(context: &Context, call: &Call, arriving: &mut Arriving) -> Result<Form, multer::Error> {
    let control = &context.control;
    let pieces = stream::unfold(arriving, move |arriving| async move {
        let piece = arriving.next(control).await.transpose()?;
        Some((piece, arriving))
    });
    let mut form = Form::default();
    let mut parts = multer::Multipart::new(pieces, boundary(call).unwrap_or_default());
    while let Some(mut part) = parts.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        if let Some(file_name) = file_name {
            if name != "file" {
                return Err(multer::Error::UnknownField { field_name: Some(name) });
            }
            let mut file = File::new(file_name);
            let mut in_word = false;
            while let Some(piece) = part.chunk().await? {
                file.take(&piece, &mut in_word);
            }
            form.file = Some(file);
        } else {
            let mut text = Vec::new();
            while let Some(piece) = part.chunk().await? {
                let room = FIELD_BYTES.saturating_sub(text.len()).min(piece.len());
                text.extend_from_slice(&piece[..room]);
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            match name.as_str() {
                "addToWorkspaces" => form.workspaces = text,
                "metadata" => form.metadata = serde_json::from_str(&text).unwrap_or_default(),
                _ => {}
            }
        }
    }
    Ok(form)
}

fn file(context: &Context, call: &Call, form: Form) -> Result<Reply, Reply> {
    let file = form.file.ok_or_else(Reply::error)?;
    let extension = file.extension();
    let known = file_types().as_object().is_some_and(|types| {
        types.values().filter_map(Value::as_array).any(|extensions| extensions.iter().any(|known| *known == extension))
    });
    if !known && file.start.contains(&0) {
        return Err(refuse_document(&format!(
            "File extension {extension} not supported for parsing and cannot be assumed as text file type."
        )));
    }
    let text = file.text();
    if text.trim().is_empty() {
        return Err(refuse_document(&format!("No text content found in {}.", file.name)));
    }
    let given = |field: &str, otherwise: &str| {
        let value = form.metadata.get(field).and_then(Value::as_str);
        value.unwrap_or(otherwise).to_owned()
    };
    let folder = call.param(4);
    let own_folder = !folder.is_empty();
    let mut world = context.control.world();
    let mut document = world.store_document(NewDocument {
        folder: if own_folder { &folder } else { DEFAULT_FOLDER },
        stem: file.name.clone(),
        url: format!("file:///app/collector/hotdir/{}", file.name),
        title: given("title", &file.name),
        author: given("docAuthor", "Unknown"),
        description: given("description", "Unknown"),
        source: given("docSource", "a text file uploaded by the user."),
        chunk_source: given("chunkSource", ""),
        text,
        word_count: file.words,
    });
    let location = document["location"].as_str().unwrap_or_default().to_owned();
    if own_folder {
        let name = location.rsplit('/').next().unwrap_or_default();
        document["name"] = json!(name);
    }
    world.embed_into_all(&location, &form.workspaces);
    Ok(Reply::json(&json!({ "success": true, "error": null, "documents": [document] })))
}
