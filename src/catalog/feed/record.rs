//! One record of a feed: attributes by their names, and where it stands.

use super::names::Attribute;
use std::collections::BTreeMap;

/// Values of one attribute at most; further ones are dropped.
const MAX_VALUES: usize = 20;

/// Where a record begins, in the feed as it is once it is unpacked and UTF-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Its number among the records, from 1.
    pub number: u64,
    /// From 1.
    pub line: u64,
    /// From 0.
    pub byte: u64,
}

/// The attributes of one row, entry or object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub place: Place,
    /// The feed ends within its last line, without a line end: perhaps it is cut off there.
    pub ends_open: bool,
    values: BTreeMap<&'static str, Values>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Values {
    texts: Vec<String>,
    rank: u8,
    form: Form,
}

/// How a value was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// As somebody writes it for people.
    #[default]
    Text,
    /// As a program writes a number: a point stands before the decimals, and nothing between thousands.
    Number,
    /// Something is there that cannot be read.
    Unread,
}

/// A record that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    pub place: Place,
    pub fault: Fault,
    /// Whose it is, where that can be read all the same.
    pub owner: Option<Owner>,
}

/// What says of a record that cannot be used which product it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    pub id: String,
    pub group: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Longer than [`MAX_RECORD`](super::MAX_RECORD).
    TooLarge,
    /// Bytes that are no text in the feed's encoding.
    Undecodable,
    /// Not well-formed.
    Malformed,
    /// An entity that XML and HTML do not define: those of a document type are never expanded.
    UnknownEntity,
    /// More or fewer columns than there are names.
    Columns,
    /// Another record begins before this one has ended.
    Unclosed,
    /// The feed ends within it.
    CutOff,
}

impl Fault {
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::Malformed => "malformed",
            Self::UnknownEntity => "unknown_entity",
            Self::Columns => "wrong_columns",
            Self::Unclosed => "unclosed",
            Self::CutOff => "cut_off",
        }
    }

    pub const fn message(self) -> &'static str {
        match self {
            Self::TooLarge => "the record is larger than 256 KiB",
            Self::Undecodable => {
                "the record has bytes that are no text in the feed's encoding; if it is another one, such as \
                 windows-1252, set `feed_encoding` on the connection, or `--encoding` for a file"
            }
            Self::Malformed => "the record is not well-formed",
            Self::UnknownEntity => "the record has an entity that is not defined",
            Self::Columns => "the record has more or fewer columns than the first line has names",
            Self::Unclosed => "the record is not closed",
            Self::CutOff => "the feed ends within this record: it is cut off, and what stood behind it is missing",
        }
    }
}

impl Record {
    /// A record without attributes.
    pub(super) fn new(place: Place) -> Self {
        Self { place, ends_open: false, values: BTreeMap::new() }
    }

    /// Adds a value; blank ones are none. Of names for the same attribute the surest one counts.
    pub(super) fn add(&mut self, attribute: Attribute, value: &str) {
        self.add_as(attribute, value, Form::Text);
    }

    /// As [`Self::add`], with how it was written.
    pub(super) fn add_as(&mut self, attribute: Attribute, value: &str, form: Form) {
        let value = value.trim();
        if value.is_empty() && form != Form::Unread {
            return;
        }
        let new = || Values { texts: Vec::new(), rank: attribute.rank, form };
        let values = self.values.entry(attribute.name).or_insert_with(new);
        if attribute.rank > values.rank {
            return;
        }
        if attribute.rank < values.rank {
            *values = new();
        }
        if form == Form::Unread {
            values.form = form;
        }
        if values.texts.len() < MAX_VALUES {
            values.texts.push(value.to_owned());
        }
    }

    /// The first value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.texts.first().map(String::as_str)
    }

    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], |values| values.texts.as_slice())
    }

    /// How the values of an attribute were written.
    pub fn form(&self, name: &str) -> Form {
        self.values.get(name).map_or(Form::Text, |values| values.form)
    }

    /// All there is, in the order of the names.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        self.values.iter().map(|(name, values)| (*name, values.texts.as_slice()))
    }

    /// Whose record it is, if it says so in whole characters.
    pub(super) fn owner(&self) -> Option<Owner> {
        let whole = |text: &str| !text.contains(char::REPLACEMENT_CHARACTER);
        let id = self.get("id").filter(|id| whole(id))?.to_owned();
        let group = self.get("item_group_id");
        if !group.is_none_or(whole) {
            return None;
        }
        Some(Owner { id, group: group.map(str::to_owned) })
    }
}
