//! What Vestibule knows of AnythingLLM: its streams, and how to read them. Imports nothing but `domain`.

pub mod frames;
