//! The domain of Attaché.
