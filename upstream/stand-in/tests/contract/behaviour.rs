//! Behaviour beyond the recordings.
