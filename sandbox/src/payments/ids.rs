//! Ids that sort in the order in which they were made, and that a seed repeats.

use sha2::{Digest, Sha256};

/// In the order of their bytes, so that text order is number order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id number `serial` of this seed: the prefix, the serial in seven digits, 17 of a digest.
pub(super) fn mint(seed: u64, serial: u64, prefix: &str) -> String {
    let digest = Sha256::digest(format!("{seed}:{serial}:{prefix}"));
    let tail: String = digest.iter().take(17).map(|byte| digit(u64::from(*byte))).collect();
    let mut head = String::new();
    let mut rest = serial;
    for _ in 0..7 {
        head.insert(0, digit(rest));
        rest /= 62;
    }
    format!("{prefix}_{head}{tail}")
}

/// A number of this seed and serial, as good as drawn.
pub(super) fn number(seed: u64, serial: u64) -> u64 {
    let digest = Sha256::digest(format!("{seed}:{serial}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn digit(number: u64) -> char {
    let place = usize::try_from(number % 62).unwrap_or(0);
    DIGITS.get(place).copied().map_or('0', char::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_serial_and_repeat_by_seed() {
        let ids: Vec<String> = (0..500).map(|serial| mint(7, serial, "ch")).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[3], mint(7, 3, "ch"));
        assert_ne!(ids[3], mint(8, 3, "ch"));
        assert_eq!(ids[0].len(), 27);
    }
}
