//! The console as a browser asks for it: pages, forms, and who may do what there.

mod forgery;
mod keys;
mod login;
mod scene;

use scene::{PASSWORD, Staff, populated};
