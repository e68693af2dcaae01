//! The console as a browser asks for it: pages, forms, and who may do what there.

mod assistant;
mod audit;
mod catalogue;
mod escaping;
mod forgery;
mod inbox;
mod keys;
mod login;
mod overview;
mod people;
mod playground;
mod protection;
mod roles;
mod scene;
mod system;
mod usage;

use scene::{PASSWORD, Staff, populated};
