//! Stand-in for AnythingLLM.
