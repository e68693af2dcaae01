//! Texts of XML with what their references mean, and what can still be told of an element that is broken.

use super::record::{Fault, Owner};
use super::xml_names::{Names, Scope};
use quick_xml::escape::resolve_html5_entity;

/// The text of one element.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    wanted: bool,
    /// The first half of a character that somebody has written as two references, as UTF-16 has it.
    half: Option<u32>,
}

impl Texts {
    /// Begins anew.
    pub(super) fn begin(&mut self, wanted: bool) {
        self.text.clear();
        (self.wanted, self.half) = (wanted, None);
    }

    pub(super) fn take(&mut self) -> String {
        self.whole();
        std::mem::take(&mut self.text)
    }

    pub(super) fn text(&mut self, part: &str) {
        self.whole();
        if self.wanted {
            self.text.push_str(part);
        }
    }

    /// Keeps a tag, without its attributes.
    pub(super) fn tag(&mut self, open: &str, name: &str) {
        self.whole();
        if self.wanted {
            self.text.extend([open, name, ">"]);
        }
    }

    /// What stands between `&` and `;`.
    pub(super) fn reference(&mut self, name: &str) -> Result<(), Fault> {
        let Some(number) = name.strip_prefix('#') else {
            self.whole();
            // Feeds are full of `&nbsp;` and `&uuml;`, which XML does not define.
            let meant = resolve_html5_entity(name).ok_or(Fault::UnknownEntity)?;
            self.text(meant);
            return Ok(());
        };
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        let code = code.unwrap_or(u32::MAX);
        match (self.half.take(), code) {
            (Some(high), 0xdc00..=0xdfff) => {
                self.character(0x1_0000 + ((high - 0xd800) << 10) + (code - 0xdc00));
                return Ok(());
            }
            (Some(high), _) => self.character(high),
            (None, _) => {}
        }
        if (0xd800..=0xdbff).contains(&code) {
            self.half = Some(code);
        } else {
            self.character(code);
        }
        Ok(())
    }

    /// A half without its other half is no character.
    fn whole(&mut self) {
        if let Some(high) = self.half.take() {
            self.character(high);
        }
    }

    fn character(&mut self, code: u32) {
        if self.wanted {
            let meant = char::from_u32(code).filter(|meant| *meant != '\0');
            self.text.push(meant.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
}

/// The id and group of an element that is not well-formed: what stands between a tag of that name and the next tag.
pub(super) fn owner_in(item: &str, around: &Scope) -> Option<Owner> {
    let (mut id, mut group) = (None, None);
    let mut names = Names::new(around);
    for part in item.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { continue };
        names.begin_raw(tag);
        let place = match names.attribute(tag.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default()) {
            Some(attribute) if attribute.name == "id" => Some((&mut id, attribute.rank)),
            Some(attribute) if attribute.name == "item_group_id" => Some((&mut group, attribute.rank)),
            _ => None,
        };
        let Some((place, rank)) = place else { continue };
        let text = text.trim();
        if place.as_ref().is_none_or(|(known, _)| rank < *known) {
            *place = Some((rank, text));
        }
    }
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['&', char::REPLACEMENT_CHARACTER]);
    let id = id.map(|(_, text)| text).filter(|text| is_plain(text))?;
    let group = group.map(|(_, text)| text);
    if group.is_some_and(|text| !is_plain(text)) {
        return None;
    }
    Some(Owner { id: id.to_owned(), group: group.map(str::to_owned) })
}
