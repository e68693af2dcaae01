//! The line of names of a delimited feed, and what it says of the rows below it.

use super::FeedError;
use super::json::is_money;
use super::names::{Attribute, attribute, other_price};
use super::record::{Owner, Record};
use super::split::{MAX_COLUMNS, literal, quoted};
use std::borrow::Cow;

/// What may stand between columns when the format does not say.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Longest id of a line that is taken for a row by its looks, in bytes.
const LONGEST_ID: usize = 100;
/// Longest price of such a line, in bytes.
const LONGEST_PRICE: usize = 40;
/// Of the names of a line that names no products, so many characters are told.
const MOST_NAMED: usize = 160;
/// With fewer columns any line may look like a row.
const LEAST_TO_TELL: usize = 3;

#[derive(Debug)]
pub(super) struct Header {
    pub(super) delimiter: u8,
    pub(super) columns: Vec<Option<Attribute>>,
    /// The names as they are written.
    names: Vec<String>,
    /// The currency that the name of a column says: `price (EUR)`.
    currencies: Vec<Option<String>>,
    /// Columns up to the last that has a name.
    least: usize,
    /// How many columns more than names the first row has: some programs end each row, but not the names, with a
    /// delimiter.
    more: Option<usize>,
    ids_have_blanks: bool,
}

impl Header {
    pub(super) fn read(line: &str, delimiter: u8) -> Result<Self, FeedError> {
        let names = quoted(line, delimiter).unwrap_or_else(|| literal(line, delimiter));
        if names.len() > MAX_COLUMNS {
            return Err(FeedError::NotAFeed("its first line has more than 512 columns".into()));
        }
        let columns: Vec<Option<Attribute>> = names.iter().map(|name| column(name)).collect();
        let currencies = names.iter().map(|name| currency(name)).collect();
        let has = |wanted: &str| columns.iter().flatten().any(|column| column.name == wanted);
        if !has("id") {
            return Err(nameless("`id`", &names));
        }
        if !has("title") {
            return Err(nameless("`title`", &names));
        }
        // Other names are those of feeds only when several of them stand together.
        let known = columns.iter().flatten();
        let sure = |wanted: &str| known.clone().any(|column| column.name == wanted && column.rank == 0);
        if !(sure("id") && sure("title")) && known.clone().count() < LEAST_TO_TELL {
            return Err(nameless("`id` or `title`", &names));
        }
        let least = names.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let names = names.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { delimiter, columns, names, currencies, least, more: None, ids_have_blanks: false })
    }

    /// Adds what a row says to its record.
    pub(super) fn fill(&self, record: &mut Record, fields: &[Cow<'_, str>]) {
        for ((column, currency), field) in self.columns.iter().zip(&self.currencies).zip(fields) {
            let Some(column) = column else { continue };
            match currency {
                // What says a currency itself is believed.
                Some(currency) if is_bare_number(field) => record.add(*column, &format!("{} {currency}", field.trim())),
                _ => record.add(*column, unformulated(field)),
            }
        }
    }

    /// Whether a row is the line of names once more, as in feeds that were put together of several.
    pub(super) fn is_repeated(&self, fields: &[Cow<'_, str>]) -> bool {
        fields.len() >= self.least
            && self.names.iter().zip(fields).all(|(name, field)| name.eq_ignore_ascii_case(field.trim()))
    }

    /// Whether a row has as many columns as there are names.
    pub(super) fn fits(&self, fields: &[Cow<'_, str>]) -> bool {
        let most = self.columns.len() + self.more.unwrap_or(0);
        let least = if self.more.is_some_and(|more| more > 0) { most } else { self.least };
        (least..=most).contains(&fields.len())
    }

    /// As [`Self::fits`]; of the first row it is learned whether rows end with a delimiter.
    pub(super) fn fits_first(&mut self, fields: &[Cow<'_, str>]) -> bool {
        if self.more.is_none() {
            let ends_so = fields.len() == self.columns.len() + 1 && fields.last().is_some_and(|last| last.is_empty());
            self.more = Some(usize::from(ends_so));
        }
        self.fits(fields)
    }

    /// Whether a line that stands inside of quotes is a row of its own by its looks.
    pub(super) fn looks_like_a_row(&self, line: &str) -> bool {
        let fields = literal(line, self.delimiter);
        if self.columns.len() < LEAST_TO_TELL || !self.fits(&fields) {
            return false;
        }
        // After a delimiter in a sentence comes a blank.
        if fields.iter().any(|field| field.starts_with(' ')) {
            return false;
        }
        self.columns.iter().zip(&fields).all(|(column, field)| match column.map(|column| column.name) {
            Some("id") => {
                (1..=LONGEST_ID).contains(&field.len())
                    && (self.ids_have_blanks || !field.contains(char::is_whitespace))
            }
            Some("title") => !field.is_empty(),
            Some("link" | "image_link") => field.is_empty() || field.contains("://") || field.starts_with('/'),
            Some("price" | "sale_price") => {
                field.is_empty() || (field.len() <= LONGEST_PRICE && field.contains(|c: char| c.is_ascii_digit()))
            }
            _ => true,
        })
    }

    /// What rows that were read say of those to come.
    pub(super) fn learn(&mut self, record: &Record) {
        self.ids_have_blanks |= record.get("id").is_some_and(|id| id.contains(char::is_whitespace));
    }

    /// Whose a row is whose columns are not right: no field can have moved the first one.
    pub(super) fn owner(&self, fields: &[Cow<'_, str>]) -> Option<Owner> {
        let is_first = self.columns.first()?.is_some_and(|column| column.name == "id");
        let has_groups = self.columns.iter().flatten().any(|column| column.name == "item_group_id");
        let id = fields.first()?.trim();
        let is_whole = !id.is_empty() && !id.contains(char::REPLACEMENT_CHARACTER) && !id.contains('"');
        (is_first && !has_groups && is_whole).then(|| Owner { id: id.to_owned(), group: None })
    }
}

/// The attribute of a column. What stands in brackets behind a name says how it is meant: `price (EUR)`, `Preis (Brutto)`.
fn column(name: &str) -> Option<Attribute> {
    let in_front = || attribute(name.trim_end().strip_suffix([')', ']'])?.split(['(', '[']).next()?);
    attribute(name).or_else(in_front).or_else(|| other_price(name))
}

fn currency(name: &str) -> Option<String> {
    let known = column(name).filter(|column| is_money(column.name))?;
    let inside = name.trim_end().strip_suffix([')', ']'])?.rsplit(['(', '[']).next()?.trim();
    let is_code = inside.len() == 3 && inside.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_code && attribute(name) != Some(known)).then(|| inside.to_owned())
}

fn is_bare_number(field: &str) -> bool {
    let field = field.trim();
    field.starts_with(|c: char| c.is_ascii_digit()) && field.ends_with(|c: char| c.is_ascii_digit())
}

/// `="00123"` is how a number is kept a text in Excel.
fn unformulated(field: &str) -> &str {
    field.trim().strip_prefix("=\"").and_then(|inside| inside.strip_suffix('"')).unwrap_or(field)
}

fn nameless(wanted: &str, names: &[Cow<'_, str>]) -> FeedError {
    let columns = names.iter().map(|name| name.trim()).collect::<Vec<_>>().join(", ");
    let shown: String = columns.chars().filter(|c| !c.is_control()).take(MOST_NAMED).collect();
    FeedError::NotAFeed(format!("its first line names no column {wanted}, but: {shown}").into())
}

/// The delimiter that a line such as `sep=;` names.
pub(super) fn delimiter_line(line: &str) -> Option<u8> {
    let line = line.trim_matches(['"', ' ']);
    let (name, delimiter) = line.split_once('=')?;
    let delimiter = if delimiter.len() > 1 { delimiter.trim_matches(' ') } else { delimiter };
    match delimiter.as_bytes() {
        [delimiter] if name.trim_end().eq_ignore_ascii_case("sep") && delimiter.is_ascii() => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter that makes the most names that are known of a line; of those that make as many, the most columns.
pub(super) fn sniff(line: &str) -> u8 {
    let worth = |delimiter: &u8| {
        let names = quoted(line, *delimiter).unwrap_or_else(|| literal(line, *delimiter));
        (names.iter().filter(|name| column(name).is_some()).count(), names.len())
    };
    DELIMITERS.iter().rev().max_by_key(|delimiter| worth(delimiter)).copied().unwrap_or(b',')
}
