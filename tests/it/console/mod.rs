//! The console as a browser asks for it: pages, forms, and who may do what there.

mod audit;
mod catalogue;
mod forgery;
mod keys;
mod login;
mod people;
mod playground;
mod scene;
mod system;
mod usage;

use scene::{PASSWORD, Staff, populated};
