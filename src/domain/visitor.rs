//! Visitors: browsers that were given a visitor token, and the customers that some of them turn out to be.
//!
//! Nothing of a visitor is stored before the first message: the id that a browser keeps proves by itself that it was
//! made here, and the token says the rest.

mod id;
mod subject;
mod token;

pub use id::{NotAVisitorId, VisitorId, VisitorKeys};
pub use subject::{MAX_SUBJECT_CHARS, SubjectKey, SubjectRef};
pub use token::{Visitor, VisitorToken, Withdrawn};
