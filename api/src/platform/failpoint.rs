//! Places at which a test lets the process die as by a power cut: nothing is said or cleaned up.
//!
//! A build without debug assertions has nothing of this.

#[cfg(debug_assertions)]
use std::sync::OnceLock;
#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable that names the place: `crash_point_12`, or `crash_point_12:2` for the second time
/// that it is passed.
#[cfg(debug_assertions)]
const VARIABLE: &str = "ATTACHE_CRASH_AT";

#[cfg(debug_assertions)]
struct Armed {
    place: String,
    left: AtomicU32,
}

#[cfg(debug_assertions)]
static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// Passes a place that goes by these names.
#[cfg(debug_assertions)]
pub fn passed(names: &[&str]) {
    let Some(armed) = ARMED.get_or_init(|| read(std::env::var(VARIABLE).ok()?)) else { return };
    if names.contains(&armed.place.as_str()) && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        die();
    }
}

#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn passed(_names: &[&str]) {}

#[cfg(debug_assertions)]
fn read(wish: String) -> Option<Armed> {
    let (place, times) = wish.split_once(':').unwrap_or((&wish, "1"));
    Some(Armed { place: place.to_owned(), left: AtomicU32::new(times.parse().ok()?) })
}

/// `kill -9` of this process; nothing of it runs on.
#[cfg(debug_assertions)]
fn die() {
    use rustix::process::{Signal, getpid, kill_process};
    if kill_process(getpid(), Signal::KILL).is_err() {
        std::process::abort();
    }
    loop {
        std::thread::park();
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn a_wish_names_a_place_and_which_time() {
        let of = |wish: &str| read(wish.to_owned()).map(|a| (a.place, a.left.into_inner()));
        assert_eq!(of("crash_point_12"), Some(("crash_point_12".to_owned(), 1)));
        assert_eq!(of("crash_point_12:2"), Some(("crash_point_12".to_owned(), 2)));
        assert!(of("crash_point_12:soon").is_none());
    }
}
