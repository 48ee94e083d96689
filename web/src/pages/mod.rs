//! The pages of the product, one file (or folder) a feature of the API crate.
//! Each page is one context struct with `impl Page`, one template under `templates/<feature>/` and
//! its samples; `samples()` lists them all, and a template that no sample renders fails a test.

use crate::samples::Sample;

/// The samples of every page below, in the order of the modules.
pub fn samples() -> Vec<Sample> {
    Vec::new()
}
