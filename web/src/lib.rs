//! The pages of Attaché: what people see, rendered on the server.
//! A page is one context struct, one template and its samples; it gets finished words and never
//! calculates. Nothing here holds state: the outside world comes in as arguments.
//! The look is told in docs/LOOK.md, how to write a page in web/README.md.

pub mod assets;
pub mod compress;
pub mod docs;
pub mod error_page;
pub mod format;
pub mod gallery;
pub mod headers;
pub mod pages;
pub mod render;
pub mod samples;
pub mod shell;
pub mod site;
pub mod view;
