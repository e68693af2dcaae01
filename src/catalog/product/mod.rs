//! From records of a feed to documents for retrieval.

mod availability;
mod card;
mod currency;
mod document;
mod html;
mod item;
mod mark;
mod offer;
mod price;
mod rules;
mod sale;

pub use availability::Availability;
pub use card::card;
pub use document::{Document, FORMAT_VERSION, MAX_VARIANTS};
pub use item::{BadItem, Item, Note};
pub use mark::{author, authors_of, product_of, workspace_of};
pub use offer::offer;
pub use price::Price;
pub use rules::Rules;
