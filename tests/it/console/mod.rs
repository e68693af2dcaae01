//! The console as a browser asks for it: pages, forms, and who may do what there.

mod assistant;
mod audit;
mod catalogue;
mod escaping;
mod every_page;
mod forgery;
mod forms;
mod inbox;
mod keys;
mod login;
mod long_forms;
mod neighbours;
mod overview;
mod people;
mod playground;
mod privacy;
mod protection;
mod roles;
mod scene;
mod silence;
mod system;
mod usage;
mod webhooks;

use scene::{PASSWORD, Staff, as_read, foreign_workspace, populated};
