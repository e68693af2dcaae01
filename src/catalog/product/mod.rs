//! From records of a feed to documents for retrieval.

mod availability;
mod currency;
mod document;
mod html;
mod item;
mod price;
mod rules;
mod sale;

pub use availability::Availability;
pub use document::{Document, FORMAT_VERSION, MAX_VARIANTS};
pub use item::{BadItem, Item, Note};
pub use price::Price;
pub use rules::Rules;
