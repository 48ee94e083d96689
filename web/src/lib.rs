//! The pages of Attaché.
