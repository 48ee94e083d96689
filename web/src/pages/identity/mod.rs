//! Pages of accounts: signing up and in, forgotten passwords, joining, settings, members.
//!
//! What a mail's link does is done by a form on its page, never by opening it: mail programs open
//! links on their own. Pages that anyone may ask for say the same whether or not an account exists.

mod choices;
mod join;
mod letters;
mod members;
mod people;
mod reset;
pub mod send_again;
mod settings;
mod sign_in;
mod sign_up;
mod tokens;

use poem::Route;

use crate::samples::Sample;

pub use choices::zones;
pub use settings::tabs as settings_tabs;

pub fn samples() -> Vec<Sample> {
    let all = [
        send_again::samples(),
        sign_in::samples(),
        sign_up::samples(),
        letters::samples(),
        reset::samples(),
        join::samples(),
        settings::samples(),
        tokens::samples(),
        members::samples(),
        people::samples(),
    ];
    all.into_iter().flatten().collect()
}

pub fn routes(routes: Route) -> Route {
    let routes = sign_up::routes(sign_in::routes(routes));
    let routes = join::routes(reset::routes(letters::routes(routes)));
    people::routes(members::routes(tokens::routes(settings::routes(routes))))
}
