//! People: AnythingLLM's users. Logging in and out, refreshing, guessing of passwords, and who is a member of a
//! workspace.

mod console;
mod managing_members;
mod members;
mod sessions;
mod throttle;

pub use console::{ConsoleSessions, PATIENCE, Staff};
pub use members::{Members, ReachableWorkspaces};
pub use sessions::{Granted, LoginAttempt, SessionRules, Sessions, SessionsParts, reseal_sessions};
pub use throttle::LoginThrottle;
