//! The console as a browser asks for it: pages, forms, and who may do what there.

mod assistant;
mod escaping;
mod forgery;
mod keys;
mod login;
mod overview;
mod protection;
mod roles;
mod scene;

use scene::{PASSWORD, Staff, populated};
