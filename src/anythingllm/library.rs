//! AnythingLLM's documents as the catalogue sync needs them: embedding that is checked, removing, and listing.
//!
//! The answer to an embedding call holds every document of the workspace, which may be tens of megabytes. It is read
//! piece by piece and never kept: only whether the wanted documents are in it.

use crate::anythingllm::client::{Ask, Client};
use crate::anythingllm::error::{Said, UpstreamError};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

/// AnythingLLM embeds while the caller waits (`documents/update_embeddings_add`).
const EMBEDDING: Duration = Duration::from_secs(600);
/// It loops over all workspaces for each document that is removed.
const REMOVING: Duration = Duration::from_secs(300);
/// Reading a page of a folder opens every file of it.
const LISTING: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDocument {
    /// Folder and name: what it is embedded and removed by.
    pub location: String,
    /// Who wrote it, as it was given.
    pub author: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPage {
    pub documents: Vec<ListedDocument>,
    pub has_more: bool,
}

#[derive(Serialize)]
struct Embeddings<'a> {
    adds: &'a [String],
    deletes: &'a [String],
}

#[derive(Serialize)]
struct Names<'a> {
    names: &'a [String],
}

#[derive(Deserialize)]
struct Removed {
    success: bool,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Folder {
    #[serde(default)]
    documents: Vec<Listed>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    #[serde(default)]
    doc_author: Option<String>,
}

impl Client {
    /// Takes documents out of a workspace, then embeds others into it, and says which of these the workspace has
    /// afterwards: AnythingLLM passes over what it cannot embed without a word
    /// (`documents/update_embeddings_missing_file`).
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn embed(
        &self,
        workspace: &str,
        adds: &[String],
        deletes: &[String],
    ) -> Result<HashSet<String>, UpstreamError> {
        let body = Embeddings { adds, deletes };
        let ask = Ask::post(Ask::workspace_path(workspace, "/update-embeddings"), &body)?.within(EMBEDDING);
        let mut scan = Scan::new(adds);
        self.pieces(ask, |piece| scan.push(piece)).await?;
        scan.finish()
    }

    /// How many documents a workspace has. Its answer lists all of them, so it is counted as it arrives.
    ///
    /// # Errors
    /// No answer, or none of a workspace; [`UpstreamError::NotFound`] if there is none.
    pub async fn count_documents(&self, workspace: &str) -> Result<u32, UpstreamError> {
        let mut scan = Scan::new(&[]);
        self.pieces(Ask::get(Ask::workspace_path(workspace, "")).within(LISTING), |piece| scan.push(piece)).await?;
        scan.count()
    }

    /// Removes documents, from every workspace and altogether. Unknown ones are passed over without a word.
    ///
    /// # Errors
    /// No answer, or it was refused.
    pub async fn remove_documents(&self, locations: &[String]) -> Result<(), UpstreamError> {
        let ask = Ask::delete("/api/v1/system/remove-documents").body(&Names { names: locations })?.within(REMOVING);
        let removed: Removed = self.json(ask).await?;
        if removed.success {
            return Ok(());
        }
        Err(UpstreamError::Refused(Said::new(removed.message.as_deref().unwrap_or("they were not removed"))))
    }

    /// A page of the folder that texts are stored in.
    ///
    /// # Errors
    /// No answer, or none that can be understood.
    pub async fn list_stored_texts(&self, offset: u64, limit: u16) -> Result<ListedPage, UpstreamError> {
        let path = format!("/api/v1/documents?folder=custom-documents&offset={offset}&limit={limit}");
        let folder: Folder = match self.json(Ask::get(path).within(LISTING)).await {
            Ok(folder) => folder,
            // The folder is made with the first document (`documents/folder_missing`).
            Err(UpstreamError::NotFound) => Folder { documents: Vec::new(), has_more: false },
            Err(error) => return Err(error),
        };
        let documents = folder.documents.into_iter().map(|listed| ListedDocument {
            location: format!("custom-documents/{}", listed.name),
            author: listed.doc_author.unwrap_or_default(),
        });
        Ok(ListedPage { documents: documents.collect(), has_more: folder.has_more })
    }
}

/// What stands before a document's location. Inside of a string of JSON its quotes would be escaped, so it is found
/// nowhere else.
const BEFORE: &[u8] = br#""docpath":""#;
const BEGIN: &[u8] = br#"{"workspace":"#;
/// Asked for one workspace, AnythingLLM answers with a list of it, or an empty one (`workspaces/get_missing`).
const BEGIN_ONE: &[u8] = br#"{"workspace":["#;
/// Longest location that is looked at, in bytes.
const LONGEST: usize = 1024;

/// Looks for locations in an answer that arrives in pieces.
struct Scan {
    wanted: HashSet<String>,
    found: HashSet<String>,
    /// Documents in all.
    seen: u32,
    /// The end of what was read, where something may begin that goes on in the next piece.
    rest: Vec<u8>,
    /// The first bytes of all.
    begin: Vec<u8>,
    last: u8,
}

impl Scan {
    fn new(wanted: &[String]) -> Self {
        Self {
            wanted: wanted.iter().cloned().collect(),
            found: HashSet::new(),
            seen: 0,
            rest: Vec::new(),
            begin: Vec::new(),
            last: 0,
        }
    }

    fn push(&mut self, piece: &[u8]) {
        let missing = (BEGIN_ONE.len() + 1).saturating_sub(self.begin.len());
        self.begin.extend(piece.iter().take(missing));
        if let Some(last) = piece.trim_ascii_end().last() {
            self.last = *last;
        }
        let mut joined = std::mem::take(&mut self.rest);
        joined.extend_from_slice(piece);
        let mut left = joined.as_slice();
        while let Some(at) = memchr::memmem::find(left, BEFORE) {
            let location = left.get(at + BEFORE.len()..).unwrap_or_default();
            match memchr::memchr(b'"', location) {
                Some(end) => {
                    self.look_at(location.get(..end).unwrap_or_default());
                    left = location.get(end..).unwrap_or_default();
                }
                None if location.len() < LONGEST => {
                    self.rest = left.get(at..).unwrap_or_default().to_vec();
                    return;
                }
                None => left = location,
            }
        }
        let keep = left.len().saturating_sub(BEFORE.len() - 1);
        self.rest = left.get(keep..).unwrap_or_default().to_vec();
    }

    fn look_at(&mut self, location: &[u8]) {
        self.seen = self.seen.saturating_add(1);
        if let Some(found) = std::str::from_utf8(location).ok().and_then(|text| self.wanted.take(text)) {
            self.found.insert(found);
        }
    }

    fn finish(self) -> Result<HashSet<String>, UpstreamError> {
        self.check(BEGIN)?;
        Ok(self.found)
    }

    fn count(self) -> Result<u32, UpstreamError> {
        self.check(BEGIN_ONE)?;
        if self.begin.get(BEGIN_ONE.len()) == Some(&b']') { Err(UpstreamError::NotFound) } else { Ok(self.seen) }
    }

    /// An answer that is cut off or something else is not believed.
    fn check(&self, begin: &[u8]) -> Result<(), UpstreamError> {
        if self.begin.starts_with(begin) && self.last == b'}' {
            return Ok(());
        }
        Err(UpstreamError::Contract(Said::new("the answer is no workspace")))
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, Scan, UpstreamError};

    const ANSWER: &str = r#"{"workspace":{"id":4,"documents":[{"docpath":"custom-documents/a.json","metadata":"{\"docpath\":\"custom-documents/c.json\"}"},{"x":"\"docpath\":\"","docpath":"custom-documents/b.json"}]}}"#;

    #[test]
    fn locations_are_found_in_any_pieces() {
        let wanted = ["a", "b", "c", "d"].map(|name| format!("custom-documents/{name}.json"));
        for size in 1..ANSWER.len() {
            let mut scan = Scan::new(&wanted);
            ANSWER.as_bytes().chunks(size).for_each(|piece| scan.push(piece));
            let mut found: Vec<_> = scan.finish().unwrap().into_iter().collect();
            found.sort();
            assert_eq!(found, wanted[..2], "in pieces of {size}");
        }
    }

    #[test]
    fn documents_are_counted_in_any_pieces() {
        let listed = format!("{{\"workspace\":[{}]}}", &ANSWER[BEGIN.len()..ANSWER.len() - 1]);
        for size in 1..listed.len() {
            let mut scan = Scan::new(&[]);
            listed.as_bytes().chunks(size).for_each(|piece| scan.push(piece));
            assert_eq!(scan.count().unwrap(), 2, "in pieces of {size}");
        }
        let counted = |answer: &str| {
            let mut scan = Scan::new(&[]);
            scan.push(answer.as_bytes());
            scan.count()
        };
        assert!(matches!(counted("{\"workspace\":[]}"), Err(UpstreamError::NotFound)));
        assert!(matches!(counted(&listed[..listed.len() - 1]), Err(UpstreamError::Contract(_))));
    }

    #[test]
    fn an_answer_that_is_cut_or_something_else_is_not_believed() {
        for answer in ["", "{}", "{\"workspace\":{\"documents\":[", "<html></html>", &ANSWER[..100]] {
            let mut scan = Scan::new(&[]);
            scan.push(answer.as_bytes());
            assert!(scan.finish().is_err(), "{answer}");
        }
    }
}
