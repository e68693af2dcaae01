//! A secret at rest, as it is stored. Only `crypto::seal` makes and opens one.

use std::fmt;

/// A sealed secret as it is stored, with the name of the root key that opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Names the root key, so that a value sealed under an earlier one is recognised and can be sealed anew.
    pub key_id: String,
    /// Version, salt, ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.key_id)
    }
}
