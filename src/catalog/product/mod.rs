//! From records of a feed to documents for retrieval.

mod document;
mod html;
mod item;
mod price;

pub use document::{Document, FORMAT_VERSION, MAX_VARIANTS};
pub use item::{Availability, BadItem, Item};
pub use price::Price;
