//! JSON that is not one object a line: a list, a list inside of an object, objects over several lines. Cut into the
//! objects that are a product each, by brackets and strings alone; each is read by itself afterwards.
//!
//! How a feed is written is told by its first object: where a line ends at its end, lines are what counts, so that one
//! broken line harms no other.

use super::names::attribute;
use super::{FeedError, MAX_RECORD, MAX_SKIP};
use serde_json::{Map, Value};

/// Objects and lists inside of each other that are told apart; the JSON of a record may be as deep as it likes.
const MAX_DEPTH: usize = 64;
/// Longest key of an object that is looked at, in bytes.
const MAX_KEY: usize = 64;
/// A list of products is one of these, in an object without an id of its own.
const LISTS: &[&str] = &[
    "products",
    "items",
    "entries",
    "offers",
    "data",
    "results",
    "rows",
    "records",
    "articles",
    "resources",
    "edges",
    "nodes",
    "@graph",
    "itemListElement",
];

/// Whether an object is a feed that has no product now: its list is empty.
pub(super) fn is_empty_list(object: &Map<String, Value>) -> bool {
    let is_product = object.keys().any(|name| attribute(name).is_some_and(|known| known.name == "id"));
    let is_list = |name: &str| LISTS.iter().any(|list| list.eq_ignore_ascii_case(name));
    let is_empty = |(name, value): (&String, &Value)| is_list(name) && value.as_array().is_some_and(Vec::is_empty);
    let holds = |value: &Value| value.as_object().is_some_and(|inner| inner.iter().any(is_empty));
    let is_wrapped = |value: &Value| value.as_object().is_some_and(|inner| inner.values().any(holds));
    !is_product
        && !object.keys().any(|name| name == "errors" || name == "error")
        && (object.iter().any(is_empty) || object.values().any(|value| holds(value) || is_wrapped(value)))
}

/// How the objects stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// It is not known yet.
    Unknown,
    /// One a line.
    Lines,
    /// In a list at this depth, or, at depth 0, one behind the other.
    Inside(usize),
}

/// What a byte ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// An object begins with this byte that may be a product.
    Begins,
    /// It ends with this byte.
    Ends,
}

/// Where the reading is.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Elements {
    pub(super) manner: Manner,
    /// What is open, the outermost first: `{` or `[`.
    open: Vec<u8>,
    /// Further brackets open than are told apart.
    deeper: usize,
    in_string: bool,
    escaped: bool,
    /// The last string, which may be a key.
    string: Vec<u8>,
    key: Vec<u8>,
    /// The last byte outside of strings that is no blank.
    last: u8,
    /// A line has ended since that one.
    line_ended: bool,
    /// The first object has an id itself, so it is a product.
    is_product: bool,
    /// The first object goes on over several lines.
    has_lines: bool,
    /// The list that holds the products is over: what follows in the same object is none of them.
    over: bool,
}

impl Elements {
    pub(super) const fn new() -> Self {
        Self {
            manner: Manner::Unknown,
            open: Vec::new(),
            deeper: 0,
            in_string: false,
            escaped: false,
            string: Vec::new(),
            key: Vec::new(),
            last: 0,
            line_ended: false,
            is_product: false,
            has_lines: false,
            over: false,
        }
    }

    /// The same for what stands behind a list of products: perhaps another one.
    fn begin_anew(&mut self) {
        *self = Self::new();
    }

    /// Whether nothing is open.
    pub(super) fn is_at_rest(&self) -> bool {
        self.open.is_empty() && self.deeper == 0 && !self.in_string
    }

    /// Looks at the next byte.
    pub(super) fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            self.in_string(byte);
            return Step::Nothing;
        }
        match byte {
            b'\n' => {
                self.line_ended = true;
                if self.manner == Manner::Unknown && self.last != 0 && self.open.is_empty() {
                    self.manner = Manner::Lines;
                }
                return Step::Nothing;
            }
            byte if byte.is_ascii_whitespace() => return Step::Nothing,
            _ => {}
        }
        if self.manner == Manner::Unknown {
            self.find_manner(byte);
        }
        let step = match byte {
            b'"' => {
                self.in_string = true;
                self.string.clear();
                Step::Nothing
            }
            b'{' | b'[' => self.begin(byte),
            b'}' | b']' => self.end(),
            b':' => {
                self.take_key();
                Step::Nothing
            }
            _ => Step::Nothing,
        };
        (self.last, self.line_ended) = (byte, false);
        if matches!(self.manner, Manner::Inside(1..)) && self.is_at_rest() {
            self.begin_anew();
        }
        step
    }

    fn in_string(&mut self, byte: u8) {
        if self.escaped {
            self.escaped = false;
        } else if byte == b'\\' {
            self.escaped = true;
        } else if byte == b'"' {
            self.in_string = false;
            self.last = b'"';
            return;
        } else if byte == b'\n' && self.manner == Manner::Unknown {
            // No string goes on over lines: this line is broken, and the others need not be.
            self.manner = Manner::Lines;
        }
        if self.string.len() < MAX_KEY {
            self.string.push(byte);
        }
    }

    fn take_key(&mut self) {
        std::mem::swap(&mut self.key, &mut self.string);
        if self.manner == Manner::Unknown && self.open.len() == 1 {
            let known = std::str::from_utf8(&self.key).ok().and_then(attribute);
            self.is_product |= known.is_some_and(|known| known.name == "id");
        }
    }

    /// What this byte, which is no blank, says of the manner.
    fn find_manner(&mut self, byte: u8) {
        match (self.last, byte) {
            (0, b'[') => self.manner = Manner::Inside(1),
            (0, b'{' | 0x1e) => {}
            // Neither a list nor an object; the lines say what is wrong with them.
            (0, _) => self.manner = Manner::Lines,
            _ if self.line_ended && !self.open.is_empty() => {
                // An object over several lines goes on with a key; a line that is cut off is followed by an object.
                let is_cut = byte == b'{' && self.open.last() == Some(&b'{') && self.last != b':';
                self.has_lines |= !is_cut;
                if is_cut {
                    self.manner = Manner::Lines;
                } else if self.is_product {
                    self.manner = Manner::Inside(0);
                } else if (self.last, byte) == (b'[', b'{') && self.is_list_of_products() {
                    self.manner = Manner::Inside(self.open.len());
                }
            }
            // Objects one behind the other on a line; the lines are read so, too.
            (b'}', b'{') if self.open.is_empty() => self.manner = Manner::Lines,
            (b'[', b'{') if self.is_list_of_products() => self.manner = Manner::Inside(self.open.len()),
            _ => {}
        }
    }

    fn is_list_of_products(&self) -> bool {
        let is_named = LISTS.iter().any(|list| list.as_bytes().eq_ignore_ascii_case(&self.key));
        let (_, holders) = self.open.split_last().unwrap_or((&0, &[]));
        is_named && !self.is_product && holders.len() <= 3 && holders.iter().all(|open| *open == b'{')
    }

    fn begin(&mut self, byte: u8) -> Step {
        let depth = self.open.len() + self.deeper;
        if self.open.len() < MAX_DEPTH {
            self.open.push(byte);
        } else {
            self.deeper += 1;
        }
        let is_element = byte == b'{' && self.manner == Manner::Inside(depth) && !self.over;
        if is_element { Step::Begins } else { Step::Nothing }
    }

    fn end(&mut self) -> Step {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.open.pop();
        }
        if self.manner == Manner::Unknown && self.has_lines && self.is_at_rest() {
            // No product that is known, but one object all the same.
            self.manner = Manner::Inside(0);
        }
        let Manner::Inside(depth) = self.manner else { return Step::Nothing };
        let now = self.open.len() + self.deeper;
        // Behind a list there may be other lists.
        self.over |= now < depth;
        if now == depth && !self.over { Step::Ends } else { Step::Nothing }
    }
}

/// The bytes of an object that is being read, within the bounds.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    /// Bytes of one that is too long.
    pub(super) skipped: usize,
}

impl Kept {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        if self.skipped > 0 || self.bytes.len() + bytes.len() > MAX_RECORD {
            self.skipped += self.bytes.len() + bytes.len();
            self.bytes = Vec::new();
            return if self.skipped > MAX_SKIP { Err(FeedError::Endless) } else { Ok(()) };
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// All of it; none: it was too long.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let bytes = std::mem::take(&mut self.bytes);
        (std::mem::take(&mut self.skipped) == 0).then_some(bytes)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.skipped
    }
}
