//! What of HTML is text: the tokens of the tokenizer, without any memory of attributes.

use html5gum::{Emitter, Error, State, naive_next_state};

/// Elements whose content is not text.
const HIDDEN: [&[u8]; 3] = [b"script", b"style", b"template"];
/// Elements that begin and end a line.
const BLOCKS: [&[u8]; 26] = [
    b"p",
    b"div",
    b"br",
    b"hr",
    b"li",
    b"ul",
    b"ol",
    b"dl",
    b"dt",
    b"dd",
    b"tr",
    b"table",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"section",
    b"article",
    b"header",
    b"footer",
    b"blockquote",
    b"pre",
    b"option",
    b"summary",
];

/// Collects text until there is enough of it.
pub(super) struct Text<'a> {
    out: &'a mut Vec<u8>,
    enough: usize,
    /// The tag being read.
    name: Vec<u8>,
    is_end: bool,
    last_start: Vec<u8>,
    /// The element whose content is passed over.
    hidden: Option<Vec<u8>>,
}

impl<'a> Text<'a> {
    /// Puts it there, and stops at some `enough` bytes.
    pub(super) const fn new(out: &'a mut Vec<u8>, enough: usize) -> Self {
        Self { out, enough, name: Vec::new(), is_end: false, last_start: Vec::new(), hidden: None }
    }

    fn start(&mut self, is_end: bool) {
        self.name.clear();
        self.is_end = is_end;
    }
}

impl Emitter for Text<'_> {
    /// There is enough.
    type Token = ();

    fn pop_token(&mut self) -> Option<()> {
        (self.out.len() >= self.enough).then_some(())
    }

    fn emit_string(&mut self, text: &[u8]) {
        if self.hidden.is_none() {
            self.out.extend_from_slice(text);
        }
    }

    fn init_start_tag(&mut self) {
        self.start(false);
    }

    fn init_end_tag(&mut self) {
        self.start(true);
    }

    fn push_tag_name(&mut self, part: &[u8]) {
        self.name.extend_from_slice(part);
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let name = self.name.as_slice();
        if self.hidden.is_some() {
            if self.is_end && self.hidden.as_deref() == Some(name) {
                self.hidden = None;
            }
        } else if BLOCKS.contains(&name) {
            self.out.push(b'\n');
            if name == b"li" && !self.is_end {
                self.out.extend_from_slice(b"- ");
            }
        } else if matches!(name, b"td" | b"th") {
            self.out.push(b' ');
        }
        if self.is_end {
            return None;
        }
        if self.hidden.is_none() && HIDDEN.contains(&name) {
            self.hidden = Some(name.to_vec());
        }
        self.last_start = name.to_vec();
        naive_next_state(name)
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start.is_empty() && self.name == self.last_start
    }

    /// What stands in CDATA is text, though HTML would make a comment of it: feeds pack texts twice.
    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        true
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start = name.unwrap_or_default().to_vec();
    }

    fn emit_eof(&mut self) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn emit_current_comment(&mut self) {}
    fn emit_current_doctype(&mut self) {}
    fn set_self_closing(&mut self) {}
    fn set_force_quirks(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn init_attribute(&mut self) {}
    fn push_attribute_name(&mut self, _: &[u8]) {}
    fn push_attribute_value(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}
