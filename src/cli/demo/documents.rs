//! Brings the documents of the demo's workspace in AnythingLLM to the edition that is compiled in.
//!
//! AnythingLLM renames documents and rewrites their titles, but keeps the author as given: the edition stands there.

use super::catalogue::{self, Page};
use crate::anythingllm::{Client, RawText, RawTextMetadata};
use crate::cli::failure::Failure;
use crate::cli::http;
use crate::config::{self, Config};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DocumentChange {
    documents: usize,
    added: usize,
    removed: usize,
}

impl DocumentChange {
    pub(super) const fn is_any(self) -> bool {
        self.added > 0 || self.removed > 0
    }
}

impl fmt::Display for DocumentChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} documents ({} added, {} removed)", self.documents, self.added, self.removed)
    }
}

/// A document of a workspace, as `GET /v1/workspace/{slug}` lists it (`documents/update_embeddings_add`).
#[derive(Debug, Deserialize)]
struct Embedded {
    docpath: String,
    /// JSON within JSON.
    metadata: String,
}

#[derive(Deserialize)]
struct FoundDocuments {
    workspace: Vec<FoundWorkspace>,
}

#[derive(Deserialize)]
struct FoundWorkspace {
    #[serde(default)]
    documents: Vec<Embedded>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "docAuthor", default)]
    author: String,
}

/// Adds the pages that are missing and removes those of other editions; documents of others are left alone.
pub(super) async fn bring_up_to_date(
    config: &Config,
    client: &Client,
    workspace: &str,
) -> Result<DocumentChange, Failure> {
    let pages = catalogue::pages();
    let plan = plan(&pages, &embedded(config, workspace).await?);
    let mut adds = Vec::with_capacity(plan.missing.len());
    for page in &plan.missing {
        adds.push(client.add_raw_text(&raw_text(page)).await?);
    }
    if !adds.is_empty() || !plan.outdated.is_empty() {
        client.update_embeddings(workspace, &adds, &plan.outdated).await?;
    }
    Ok(DocumentChange { documents: pages.len(), added: adds.len(), removed: plan.outdated.len() })
}

/// The client of requests never asks for this.
async fn embedded(config: &Config, workspace: &str) -> Result<Vec<Embedded>, Failure> {
    let slug = utf8_percent_encode(workspace, NON_ALPHANUMERIC);
    let url = format!("{}/api/v1/workspace/{slug}", config.upstream.url);
    let authorities = config::authorities("upstream.ca_file", &config.upstream.ca_file)
        .map_err(|bad| Failure::usage(bad.to_string()))?;
    let key = config.upstream.api_key.expose_secret().trim();
    let answer = http::get_trusting(&url, Some(key), &authorities, PATIENCE).await;
    let answer = answer.map_err(Failure::unavailable)?;
    let found = answer.json().and_then(|json| serde_json::from_value::<FoundDocuments>(json).ok());
    let workspace = found.and_then(|found| found.workspace.into_iter().next());
    workspace.map(|workspace| workspace.documents).ok_or_else(|| {
        Failure::new(format!(
            "AnythingLLM did not list the documents of `{workspace:?}` ({})",
            answer.status,
            workspace = slug.to_string()
        ))
    })
}

struct Plan<'a> {
    missing: Vec<&'a Page>,
    outdated: Vec<String>,
}

fn plan<'a>(pages: &'a [Page], there: &[Embedded]) -> Plan<'a> {
    let mut kept = Vec::new();
    let mut outdated = Vec::new();
    for document in there {
        let author = serde_json::from_str::<Metadata>(&document.metadata).map(|m| m.author).unwrap_or_default();
        if !author.starts_with(catalogue::AUTHOR) {
            continue;
        }
        // A second copy of the same page would be found twice.
        if pages.iter().any(|page| page.author == author) && !kept.contains(&author) {
            kept.push(author);
        } else {
            outdated.push(document.docpath.clone());
        }
    }
    Plan { missing: pages.iter().filter(|page| !kept.contains(&page.author)).collect(), outdated }
}

fn raw_text(page: &Page) -> RawText {
    RawText {
        text: page.text.to_owned(),
        metadata: RawTextMetadata {
            title: page.title.to_owned(),
            url: Some(format!("https://nordwerk.example/{}", page.name)),
            doc_author: Some(page.author.clone()),
            description: Some(format!("{} (Nordwerk catalogue)", page.title)),
            doc_source: Some("Nordwerk catalogue".to_owned()),
            chunk_source: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Embedded, catalogue, plan};

    fn document(path: &str, author: &str) -> Embedded {
        Embedded { docpath: path.into(), metadata: serde_json::json!({"docAuthor": author, "title": "x"}).to_string() }
    }

    #[test]
    fn what_is_missing_is_added_and_other_editions_are_removed() {
        let pages = catalogue::pages();
        assert_eq!(plan(&pages, &[]).missing.len(), pages.len());
        let there: Vec<_> = pages.iter().skip(1).map(|page| document(page.name, &page.author)).collect();
        let mut there: Vec<Embedded> = there;
        there.push(document("old", &format!("{}, edition 00000000", catalogue::AUTHOR)));
        there.push(document("twice", &pages[1].author));
        there.push(document("another's", "somebody"));
        there.push(Embedded { docpath: "odd".into(), metadata: "not json".into() });
        let plan = plan(&pages, &there);
        assert_eq!(plan.missing.iter().map(|page| page.name).collect::<Vec<_>>(), [pages[0].name]);
        assert_eq!(plan.outdated, ["old", "twice"]);
    }
}
