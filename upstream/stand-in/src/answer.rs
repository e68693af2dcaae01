//! Composes answers from the passages that fit a question.
//!
//! Takes the place of the language model: quotes, never invents. Deterministic.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::VectorDatabase;
use crate::call::data_uri;
use crate::library::{Embedded, token_estimate};
use crate::search::{Hit, words};

/// Pinned and attached documents appear among the sources with this much of their text.
const EXCERPT_CHARS: usize = 1000;

/// A source as chat answers carry it.
pub(crate) fn source_of_hit(database: VectorDatabase, hit: &Hit) -> Value {
    let mut source = hit.passage.metadata.clone();
    if let Some(id) = hit.passage.id {
        source["id"] = json!(id);
    }
    source["text"] = json!(hit.passage.text);
    if let Some(distance) = database.distance(hit) {
        source["_distance"] = distance;
    }
    source["score"] = json!(hit.score());
    source
}

fn excerpt(text: &str) -> String {
    let start: String = text.chars().take(EXCERPT_CHARS).collect();
    format!("{start}...continued on in source document...")
}

/// A pinned document as a source: no score, it is always there.
pub(crate) fn source_of_pinned(document: &Embedded) -> Value {
    let mut source = document.metadata.clone();
    source["text"] = json!(excerpt(&document.text));
    source
}

/// An attached document as a source; images and anything else are none.
pub(crate) fn source_of_attachment(attachment: &Value) -> Option<Value> {
    if attachment["mime"] != "application/anythingllm-document" {
        return None;
    }
    let name = attachment["name"].as_str()?;
    let bytes = data_uri(attachment["contentString"].as_str()?)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let id = uuid::Uuid::new_v4();
    Some(json!({
        "text": excerpt(&text),
        "id": id,
        "url": format!("file:///app/collector/hotdir/{name}"),
        "title": name,
        "docAuthor": "Unknown",
        "description": "Unknown",
        "docSource": "a text file uploaded by the user.",
        "chunkSource": "",
        "published": crate::clock::locale(crate::clock::now()),
        "wordCount": text.split_whitespace().count(),
        "token_count_estimate": token_estimate(&text),
        "location": format!("direct-uploads/{name}-{id}.json"),
        "isDirectUpload": true,
    }))
}

/// The text of a source without the header upstream puts in front of it.
fn body(source: &Value) -> &str {
    let text = source["text"].as_str().unwrap_or_default();
    text.split_once("</document_metadata>").map_or(text, |(_, body)| body).trim()
}

/// An answer to `question` out of its sources, best first.
pub(crate) fn compose(question: &str, sources: &[Value]) -> String {
    let Some(best) = sources.first() else {
        return format!(
            "I found nothing about this in the documents of this workspace. Your message was: {}",
            question.trim()
        );
    };
    // What a message says before its last line a model knows as well as it knows the document.
    let (told, last) = question.trim().rsplit_once('\n').unwrap_or(("", question));
    let asked: HashSet<String> = words(last).collect();
    let told = told.lines().filter(|line| words(line).any(|word| asked.contains(&word)));
    let mut sentences: Vec<(usize, usize, &str)> = sentences(body(best))
        .chain(told)
        .enumerate()
        .map(|(place, sentence)| {
            let shared = words(sentence).filter(|word| asked.contains(word)).count();
            (shared, place, sentence)
        })
        .collect();
    // The three sentences that share most words with the question, in the order of the document.
    sentences.sort_by_key(|(shared, place, _)| (usize::MAX - shared, *place));
    sentences.truncate(3);
    sentences.sort_by_key(|(_, place, _)| *place);
    let quoted: Vec<&str> = sentences.iter().map(|(_, _, sentence)| *sentence).collect();
    let title = best["title"].as_str().unwrap_or("a document");
    let mut answer = format!("According to {title}: {}", quoted.join(" "));
    let others: Vec<&str> = sources[1..]
        .iter()
        .filter_map(|source| source["title"].as_str())
        .filter(|other| *other != title)
        .take(2)
        .collect();
    if !others.is_empty() {
        answer.push_str(" See also ");
        answer.push_str(&others.join(" and "));
        answer.push('.');
    }
    answer
}

/// A sentence ends with its paragraph, or with a full stop before white space. Lines end anywhere.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let of_paragraph = |paragraph| {
        let mut stopped = false;
        let ends = move |c: char| std::mem::replace(&mut stopped, matches!(c, '.' | '!' | '?')) && c.is_whitespace();
        str::split_inclusive(paragraph, ends)
    };
    text.split("\n\n").flat_map(of_paragraph).map(str::trim).filter(|sentence| !sentence.is_empty())
}

/// Cuts an answer into the pieces a language model would send, or repeats it to exactly `count`.
pub(crate) fn tokens(text: &str, count: Option<usize>) -> Vec<String> {
    let words = text.split_whitespace();
    let spaced = |(place, word): (usize, &str)| {
        if place == 0 { word.to_owned() } else { format!(" {word}") }
    };
    match count {
        None => words.enumerate().map(spaced).collect(),
        Some(count) => words.cycle().take(count).enumerate().map(spaced).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_quotes_the_sentence_that_was_asked_for() {
        let source = json!({
            "title": "drill.txt",
            "text": "<document_metadata>\nx\n</document_metadata>\n\nOne. Two. Three. Four. The battery has 18 V.",
        });
        let answer = compose("Which battery?", &[source]);
        assert!(answer.starts_with("According to drill.txt:"), "{answer}");
        assert!(answer.contains("The battery has 18 V."), "{answer}");
    }

    #[test]
    fn a_sentence_goes_on_over_the_end_of_a_line() {
        let text = "A return costs 5.90 euros.\nAsk\nfor a number! Anything\n\nMore";
        let expected = ["A return costs 5.90 euros.", "Ask\nfor a number!", "Anything", "More"];
        assert_eq!(sentences(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn token_count_is_exact_when_set() {
        assert_eq!(tokens("a b c", Some(7)).concat(), "a b c a b c a");
        assert_eq!(tokens("a b c", None), ["a", " b", " c"]);
    }
}
