//! Prices as feeds write them: `12.90 EUR`, `€ 49.00`, `1 299,00 EUR`, `1'299.– CHF`, `{"value": 12.9, …}`.
//!
//! What may mean two amounts is refused, because the wrong one would be told to a shopper: `1.015 EUR` is no euro and
//! no thousand unless the feed's decimal separator is known. The amount stays decimal text: it is shown and compared,
//! never reckoned with.

use super::currency::{self, named_twice};
use super::rules::Rules;
use crate::catalog::feed::Form;
use crate::domain::store::DecimalSeparator;
use iso_currency::Currency;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// Digits before the decimal point at most.
const MAX_DIGITS: usize = 12;
/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 64;

/// What says that the tax is in the price.
const TAX: [&str; 6] = ["inkl. MwSt.", "inkl. MwSt", "incl. VAT", "TTC", "(税込)", "(税込み)"];

const NO_AMOUNT: &str = "the price is no amount with a currency";
const NO_CURRENCY: &str =
    "the price has no currency of ISO 4217; set `currency` on the connection if the feed has none";
const OTHER_WORDS: &str = "beside the amount there is something that is no currency of ISO 4217";
const UNCLEAR: &str = "the price may be thousands or decimals; set `decimal_separator` on the connection";
const TOO_FINE: &str = "the price has more decimals than its currency";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Decimal, with a point and without separators of thousands, and with as many decimals as the currency has.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

impl Price {
    /// Reads a price.
    ///
    /// # Errors
    /// Why it cannot be told what it says.
    pub fn read(text: &str, form: Form, rules: &Rules) -> Result<Self, &'static str> {
        if form == Form::Unread || text.len() > MAX_TEXT {
            return Err(NO_AMOUNT);
        }
        let text = narrow(text);
        let (number, before, behind) = parts(&text).ok_or(NO_AMOUNT)?;
        let usual = rules.currency.as_deref();
        let currency = match (before, behind) {
            ("", "") => usual.and_then(Currency::from_code).ok_or(NO_CURRENCY)?,
            ("", name) | (name, "") => {
                // "AUD $49.95"
                let twice = || name.split_once(char::is_whitespace).and_then(|(one, other)| named_twice(one, other));
                named(name, usual).or_else(twice).ok_or(OTHER_WORDS)?
            }
            (one, other) => named_twice(one, other).ok_or(NO_AMOUNT)?,
        };
        let separator = if form == Form::Number { Some(DecimalSeparator::Point) } else { rules.decimal_separator };
        let number = if currency::has_lakhs(currency) { without_lakhs(&number) } else { number };
        let amount = amount(&number, currency::minor_digits(currency), separator)?;
        Ok(Self { amount, currency: currency.code().to_owned() })
    }

    pub fn is_zero(&self) -> bool {
        !self.amount.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
    }

    /// Which is less, if both are of the same currency.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        // Amounts have no leading zeros, so the longer whole part is the larger one.
        let rank = |price: &Self| (price.amount.find('.').unwrap_or(price.amount.len()), price.amount.clone());
        (self.currency == other.currency).then(|| rank(self).cmp(&rank(other)))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// Full-width characters, and the digits of Arabic, Persian and Hindi, as the usual ones; without the star of a footnote
/// and without marks that only say in which direction text runs.
fn narrow(text: &str) -> String {
    let shifted = |c: char, from: u32, to: char| char::from_u32(u32::from(c) - from + u32::from(to)).unwrap_or(c);
    let narrow = |c: char| match c {
        '￥' => '¥',
        '\u{ff01}'..='\u{ff5e}' => shifted(c, 0xff01, '!'),
        '\u{660}'..='\u{669}' => shifted(c, 0x660, '0'),
        '\u{6f0}'..='\u{6f9}' => shifted(c, 0x6f0, '0'),
        '\u{966}'..='\u{96f}' => shifted(c, 0x966, '0'),
        '\u{66b}' => '.',
        '\u{66c}' => ',',
        c => c,
    };
    let is_direction = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}');
    let text = text.trim().trim_end_matches(['*', '¹', '²', '³']).trim_end();
    text.chars().filter(|c| !is_direction(c)).map(narrow).collect()
}

/// A currency beside an amount, alone or with the words of its tax: `12.90€ inkl. MwSt.`, `1,980円（税込）`.
fn named(name: &str, usual: Option<&str>) -> Option<Currency> {
    let bare = TAX.iter().find_map(|tax| name.strip_suffix(tax)).unwrap_or(name);
    currency::named(bare.trim_end(), usual)
}

/// `1,23,456.00` as `123456.00`: thousands, and then groups of two.
fn without_lakhs(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let [first, middle @ .., last] = groups.as_slice() else { return number.to_owned() };
    let is_so = (1..=2).contains(&first.len()) && last.len() == 3 && middle.iter().all(|group| group.len() == 2);
    if !is_so || middle.is_empty() {
        return number.to_owned();
    }
    if fraction.is_empty() { groups.concat() } else { format!("{}.{fraction}", groups.concat()) }
}

/// The number, with one kind of blank and one kind of apostrophe, and what is written before or behind it.
fn parts(text: &str) -> Option<(String, &str, &str)> {
    let text = text.trim();
    let is_number = |c: char| c.is_ascii_digit();
    let start = text.find(is_number)?;
    // ".99": no whole part.
    let bare = text.get(..start)?.strip_suffix(['.', ',']);
    let is_bare = bare.is_some_and(|before| before.chars().next_back().is_none_or(|c| c.is_whitespace() || c == '$'));
    let start = if is_bare { start - 1 } else { start };
    let end = text.rfind(is_number)? + 1;
    let (before, behind) = (text.get(..start)?.trim(), text.get(end..)?);
    // "12.-", "12,–", "12." and "12:-": no decimals. So is "12/-" of rupees.
    // A dash without a point before it is a minus: "5.00-".
    let behind = match behind.strip_prefix(['.', ',']) {
        Some(behind) => behind.trim_start_matches(['-', '–', '—']),
        None => behind.strip_prefix(":-").or_else(|| behind.strip_prefix("/-")).unwrap_or(behind),
    };
    let behind = behind.trim();
    if before.chars().chain(behind.chars()).any(|c| c.is_ascii_digit()) {
        return None;
    }
    let number = text.get(start..end)?.chars().map(|c| match c {
        '’' | '‘' | '´' | '`' | 'ʼ' => '\'',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    Some((number.collect(), before, behind))
}

fn amount(number: &str, minor: usize, separator: Option<DecimalSeparator>) -> Result<String, &'static str> {
    if !number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b' ' | b'\'')) {
        return Err(NO_AMOUNT);
    }
    let (whole, fraction) = match decimal_point(number, minor, separator)? {
        Some(at) => (number.get(..at).unwrap_or_default(), number.get(at + 1..).unwrap_or_default()),
        None => (number, ""),
    };
    let whole = if whole.is_empty() { String::new() } else { ungrouped(whole).ok_or(NO_AMOUNT)? };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NO_AMOUNT);
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > MAX_DIGITS {
        return Err(NO_AMOUNT);
    }
    // Shop systems write four decimals, of which the last two are none.
    let (kept, rest) = fraction.split_at_checked(minor).unwrap_or((fraction, ""));
    if rest.bytes().any(|digit| digit != b'0') {
        return Err(TOO_FINE);
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if minor == 0 { whole.to_owned() } else { format!("{whole}.{kept:0<minor$}") })
}

/// Where the decimals begin.
fn decimal_point(
    number: &str,
    minor: usize,
    separator: Option<DecimalSeparator>,
) -> Result<Option<usize>, &'static str> {
    let (point, comma) = (number.rfind('.'), number.rfind(','));
    let last = match (point, comma) {
        (None, None) => return Ok(None),
        // The last of both is the decimal one, and stands once.
        (Some(point), Some(comma)) => {
            let mark = if point > comma { '.' } else { ',' };
            return if number.matches(mark).count() == 1 { Ok(Some(point.max(comma))) } else { Err(NO_AMOUNT) };
        }
        (Some(at), None) | (None, Some(at)) => at,
    };
    let mark = if point.is_some() { '.' } else { ',' };
    let (before, behind) = (number.get(..last).unwrap_or_default(), number.len() - last - 1);
    let is_one = number.matches(mark).count() == 1;
    if !is_one {
        let is_decimal = separator.is_some_and(|separator| separator.as_char() == mark);
        return if is_decimal { Err(NO_AMOUNT) } else { Ok(None) };
    }
    // Blanks or apostrophes stand between the thousands already.
    let is_grouped = before.contains([' ', '\'']);
    // Three digits may be a thousand's, unless what stands before them cannot be.
    let may_be_thousands = behind == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    if !may_be_thousands || is_grouped {
        return Ok(Some(last));
    }
    match (separator, minor) {
        (Some(separator), _) => Ok((separator.as_char() == mark).then_some(last)),
        // As many decimals as the currency has; but where it has three, a comma stands between thousands, too.
        (None, 3..) if mark == '.' => Ok(Some(last)),
        // Without minor units there are no decimals that could be meant.
        (None, 0) => Ok(None),
        (None, _) => Err(UNCLEAR),
    }
}

/// The digits of a whole number whose thousands stand apart.
fn ungrouped(text: &str) -> Option<String> {
    let mark = text.chars().find(|c| !c.is_ascii_digit());
    let Some(mark) = mark else { return (!text.is_empty()).then(|| text.to_owned()) };
    let mut groups = text.split(mark);
    let first = groups.next().filter(|first| (1..=3).contains(&first.len()))?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|digit| digit.is_ascii_digit()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::{Price, Rules};
    use crate::catalog::feed::Form;
    use crate::domain::store::DecimalSeparator;
    use proptest::prelude::*;

    fn read(text: &str, rules: &Rules) -> Option<String> {
        Price::read(text, Form::Text, rules).ok().map(|price| price.to_string())
    }

    fn usual(currency: &str) -> Rules {
        Rules { currency: Some(currency.to_owned()), ..Rules::default() }
    }

    #[test]
    fn prices_are_read_as_they_are_written() {
        for (text, price) in [
            ("12.90 EUR", Some("12.90 EUR")),
            ("EUR 12.90", Some("12.90 EUR")),
            ("12,90 eur", Some("12.90 EUR")),
            ("49.00EUR", Some("49.00 EUR")),
            ("EUR49", Some("49.00 EUR")),
            ("12,90 €", Some("12.90 EUR")),
            ("€ 49.00", Some("49.00 EUR")),
            ("€49,-", Some("49.00 EUR")),
            ("49.– CHF", Some("49.00 CHF")),
            ("1,299.00 USD", Some("1299.00 USD")),
            ("1.299,00 EUR", Some("1299.00 EUR")),
            ("1.299.000,5 EUR", Some("1299000.50 EUR")),
            ("1 299,00 EUR", Some("1299.00 EUR")),
            ("1\u{a0}299,00 EUR", Some("1299.00 EUR")),
            ("1\u{202f}299,00\u{a0}€", Some("1299.00 EUR")),
            ("1\u{2009}299\u{2009}000 EUR", Some("1299000.00 EUR")),
            ("1'299.00 CHF", Some("1299.00 CHF")),
            ("1’299’000.05 CHF", Some("1299000.05 CHF")),
            ("1,299,000 USD", Some("1299000.00 USD")),
            ("1,299 JPY", Some("1299 JPY")),
            ("1299 JPY", Some("1299 JPY")),
            ("1.234 KWD", Some("1.234 KWD")),
            ("0.500 EUR", Some("0.50 EUR")),
            ("1299.000 EUR", Some("1299.00 EUR")),
            ("12.9000 EUR", Some("12.90 EUR")),
            ("15", Some("15.00 CHF")),
            ("0 EUR", Some("0.00 EUR")),
            ("007.5 EUR", Some("7.50 EUR")),
            ("$12.50", Some("12.50 USD")),
            ("12,50 zł", Some("12.50 PLN")),
            ("CHF 1'299.-", Some("1299.00 CHF")),
            (".99 EUR", Some("0.99 EUR")),
            ("$.99", Some("0.99 USD")),
            ("12,90 €*", Some("12.90 EUR")),
            ("１２.９０ EUR", Some("12.90 EUR")),
            ("￥5,000", None),
            ("1,23,456.50 INR", Some("123456.50 INR")),
            ("₹12,34,567", Some("1234567.00 INR")),
            // What may mean two amounts, or none.
            ("1.015 EUR", None),
            ("2,499 EUR", None),
            ("1,299 USD", None),
            ("12.9876 EUR", None),
            ("12.5 JPY", None),
            ("1 2 EUR", None),
            ("1 2990 EUR", None),
            ("1,29,000 EUR", None),
            ("12.90 XYZ", None),
            ("100 kr", None),
            ("EUR", None),
            ("", None),
            ("twelve EUR", None),
            ("-3 EUR", None),
            ("3.00- EUR", None),
            ("3- EUR", None),
            ("12.90 XXX", None),
            ("1 XAU", None),
            ("1,23,456 EUR", None),
            ("12.90 EUR USD", None),
            ("€ 12.90 EUR", Some("12.90 EUR")),
            ("$49.95 AUD", Some("49.95 AUD")),
            ("AUD $49.95", Some("49.95 AUD")),
            ("¥1,980 JPY", Some("1980 JPY")),
            ("kr 99,90 NOK", Some("99.90 NOK")),
            ("€ 12.90 USD", None),
            ("EUR 12.90 EUR", None),
            ("$ 12.90 €", None),
            ("1,980円（税込）", Some("1980 JPY")),
            ("12.90€ inkl. MwSt.", Some("12.90 EUR")),
            ("1 299:- SEK", Some("1299.00 SEK")),
            ("₹ 999/-", Some("999.00 INR")),
            ("١٬٢٣٤٫٥٠ SAR", Some("1234.50 SAR")),
            ("۱۲۳۴ IRR", Some("1234.00 IRR")),
            ("\u{200f}45.00 د.إ", Some("45.00 AED")),
            ("د.ك 12.500", Some("12.500 KWD")),
            // A thousand dinars, or one.
            ("1,234 KWD", None),
            ("1,234.500 KWD", Some("1234.500 KWD")),
            ("Rs. 1,999.00", None),
            ("5.00 RsX", None),
            ("12.90 EUR/m", None),
            ("12.90-15.90 EUR", None),
            (". EUR", None),
            ("99999999999999999999 EUR", None),
        ] {
            assert_eq!(read(text, &usual("CHF")).as_deref(), price, "{text}");
        }
        assert_eq!(read("15", &Rules::default()), None);
        assert_eq!(read("100 kr", &usual("SEK")).as_deref(), Some("100.00 SEK"));
        assert_eq!(read("$5", &usual("CAD")).as_deref(), Some("5.00 CAD"));
    }

    #[test]
    fn the_feeds_decimal_separator_says_what_is_meant() {
        let rules = |separator| Rules { decimal_separator: Some(separator), ..usual("EUR") };
        for (text, comma, point) in [
            ("1.015 EUR", Some("1015.00 EUR"), None),
            ("2,499 USD", None, Some("2499.00 USD")),
            // Only one reading is possible, whatever is said.
            ("12,90 EUR", Some("12.90 EUR"), Some("12.90 EUR")),
            ("12.90 EUR", Some("12.90 EUR"), Some("12.90 EUR")),
            ("1.299,00 EUR", Some("1299.00 EUR"), Some("1299.00 EUR")),
            ("1.299.000 EUR", Some("1299000.00 EUR"), None),
            ("12,900 EUR", Some("12.90 EUR"), Some("12900.00 EUR")),
            ("15 EUR", Some("15.00 EUR"), Some("15.00 EUR")),
        ] {
            assert_eq!(read(text, &rules(DecimalSeparator::Comma)).as_deref(), comma, "{text}");
            assert_eq!(read(text, &rules(DecimalSeparator::Point)).as_deref(), point, "{text}");
        }
        let number = Price::read("19.9", Form::Number, &rules(DecimalSeparator::Comma)).unwrap();
        assert_eq!(number.amount, "19.90");
        assert!(Price::read("", Form::Unread, &rules(DecimalSeparator::Comma)).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_read_the_same_again(text in "[0-9., ']{0,12} ?[A-Z€]{0,3}", usual_one in "EUR|JPY|KWD") {
            if let Ok(price) = Price::read(&text, Form::Text, &usual(&usual_one)) {
                let again = Price::read(&price.to_string(), Form::Number, &Rules::default());
                prop_assert_eq!(again.as_ref(), Ok(&price));
                prop_assert_eq!(price.compare(&price), Some(std::cmp::Ordering::Equal));
            }
        }

        #[test]
        fn an_amount_is_worth_what_it_was_written_as(cents in 0_u64..1_000_000_000, style in 0_usize..5) {
            let (whole, rest) = (cents / 100, cents % 100);
            let mut grouped = whole.to_string();
            let mark = [".", ",", "'", "\u{a0}", ""][style];
            for at in (1..grouped.len()).rev().filter(|at| (grouped.len() - at) % 3 == 0).collect::<Vec<_>>() {
                grouped.insert_str(at, mark);
            }
            let decimal = if style == 1 { "." } else { "," };
            let price = Price::read(&format!("{grouped}{decimal}{rest:02} €"), Form::Text, &Rules::default());
            prop_assert_eq!(price.map(|price| price.amount), Ok(format!("{whole}.{rest:02}")));
        }
    }
}
