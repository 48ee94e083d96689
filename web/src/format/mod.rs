//! Figures and times as people read them. Templates never calculate and never format: they get
//! finished words from here.
//! Nothing here reads a clock or a locale: the moment, the zone and "today" are arguments.

mod amounts;
mod places;
mod times;

pub use amounts::{basis_points, bytes, count, money_whole, number};
pub use places::place;
pub use times::{
    ago, date, day, day_in, day_word, hour, in_days, instant, machine_date, machine_time,
    span_words, span_work, weekday, zone_city, zone_label,
};
