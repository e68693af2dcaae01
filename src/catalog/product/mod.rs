//! From records of a feed to documents for retrieval.

mod document;
mod html;
mod item;
mod mark;
mod offer;
mod price;

pub use document::{Document, FORMAT_VERSION, MAX_VARIANTS};
pub use item::{Availability, BadItem, Item};
pub use mark::{author, authors_of, product_of, workspace_of};
pub use offer::offer;
pub use price::Price;
