//! One value against one [`Kind`]: from the file it has a type of its own, from a variable it is text.

use crate::domain::usage::price::ModelPrice;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use toml::Value;
use toml::de::DeValue;

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// Any text; never repeated in a message.
    Secret,
    /// Name of a file.
    File,
    /// IP address and port.
    Address,
    /// A whole number within these bounds.
    Whole(i64, i64),
    /// A number from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Flag,
    /// A list of networks.
    Networks,
    /// A list of prices, one for a model.
    Prices,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A value as found, not yet checked.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    /// In a file.
    Toml(&'a DeValue<'a>),
    /// In a variable, or in the file it names.
    Text(&'a str),
}

impl<'a> Given<'a> {
    fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text.trim()),
            Self::Toml(DeValue::String(text)) => Some(text),
            Self::Toml(_) => None,
        }
    }

    fn whole(self) -> Option<i64> {
        match self {
            // Underscores as TOML allows them, so that a value can be moved from the file to a variable.
            Self::Text(text) => text.trim().replace('_', "").parse().ok(),
            Self::Toml(DeValue::Integer(whole)) => i64::from_str_radix(whole.as_str(), whole.radix()).ok(),
            Self::Toml(_) => None,
        }
    }

    fn number(self) -> Option<f64> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Toml(DeValue::Integer(number)) => number.as_str().parse().ok(),
            Self::Toml(DeValue::Float(number)) => number.as_str().parse().ok(),
            Self::Toml(_) => None,
        }
    }

    fn flag(self) -> Option<bool> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            Self::Toml(DeValue::Boolean(flag)) => Some(*flag),
            Self::Toml(_) => None,
        }
    }

    fn list(self) -> Option<Vec<&'a str>> {
        match self {
            Self::Text(text) => Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()),
            Self::Toml(DeValue::Array(items)) => items.iter().map(|item| Given::Toml(item.get_ref()).text()).collect(),
            Self::Toml(_) => None,
        }
    }

    /// What stands there, for the message. Only asked for kinds that hold no secrets.
    fn describe(self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::Toml(DeValue::String(text)) => quote(text),
            Self::Toml(DeValue::Integer(whole)) => whole.to_string(),
            Self::Toml(DeValue::Float(number)) => number.to_string(),
            Self::Toml(DeValue::Boolean(flag)) => flag.to_string(),
            Self::Toml(DeValue::Datetime(_)) => "a date".into(),
            Self::Toml(DeValue::Array(_)) => "a list".into(),
            Self::Toml(DeValue::Table(_)) => "a table".into(),
        }
    }
}

/// Long values are cut: they are no better as a hint, and more likely something that was not meant to be here.
fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("\"{}\"", short.escape_debug())
}

/// The value in its final form, or what was expected instead.
pub(crate) fn check(kind: Kind, found: Given<'_>) -> Result<Value, String> {
    let wrong = |expected: &str| format!("expected {expected}, found {}", found.describe());
    match kind {
        Kind::Text => found.text().map(|text| Value::String(text.to_owned())).ok_or_else(|| wrong("text")),
        Kind::File => {
            found.text().map(|text| Value::String(text.to_owned())).ok_or_else(|| wrong("the name of a file"))
        }
        Kind::Secret => {
            found.text().map(|text| Value::String(text.to_owned())).ok_or_else(|| "expected text".to_owned())
        }
        Kind::Address => match found.text().and_then(|text| text.parse::<SocketAddr>().ok()) {
            Some(address) => Ok(Value::String(address.to_string())),
            None => Err(wrong("an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080")),
        },
        Kind::Whole(least, most) => match found.whole() {
            Some(whole) if (least..=most).contains(&whole) => Ok(Value::Integer(whole)),
            _ => Err(wrong(&format!("a whole number from {least} to {most}"))),
        },
        Kind::Ratio => match found.number() {
            Some(number) if (0.0..=1.0).contains(&number) => Ok(Value::Float(number)),
            _ => Err(wrong("a number from 0 to 1")),
        },
        Kind::Flag => found.flag().map(Value::Boolean).ok_or_else(|| wrong("true or false")),
        Kind::Networks => networks(found),
        Kind::Prices => prices(found),
        Kind::OneOf(words) => match found.text().filter(|text| words.contains(text)) {
            Some(word) => Ok(Value::String(word.to_owned())),
            None => Err(wrong(&format!("one of {}", words.join(", ")))),
        },
    }
}

fn prices(found: Given<'_>) -> Result<Value, String> {
    const EXPECTED: &str = "a list of prices, such as gpt-4o-mini=0.15/0.60";
    let items = found.list().ok_or_else(|| format!("expected {EXPECTED}, found {}", found.describe()))?;
    let price = |item: &str| match item.parse::<ModelPrice>() {
        Ok(price) => Ok(Value::String(price.to_string())),
        Err(_) => Err(format!("expected {EXPECTED}, found {} in it", quote(item))),
    };
    items.into_iter().map(price).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn networks(found: Given<'_>) -> Result<Value, String> {
    const EXPECTED: &str = "a list of networks, such as 10.0.0.0/8 or 192.0.2.7";
    let items = found.list().ok_or_else(|| format!("expected {EXPECTED}, found {}", found.describe()))?;
    let network = |item: &str| {
        // A single address is a network of one.
        item.parse::<IpNet>().or_else(|_| item.parse::<IpAddr>().map(IpNet::from)).map_or_else(
            |_| Err(format!("expected {EXPECTED}, found {} in it", quote(item))),
            |network| Ok(Value::String(network.to_string())),
        )
    };
    items.into_iter().map(network).collect::<Result<Vec<_>, _>>().map(Value::Array)
}
