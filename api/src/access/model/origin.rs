//! Where a call came from, as coarsely as it is kept.

/// Neither can be led back to an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's network under a key of the installation and of the letter.
    pub network: Option<[u8; 8]>,
    /// The code of the country that the proxy told.
    pub country: Option<&'static str>,
}
