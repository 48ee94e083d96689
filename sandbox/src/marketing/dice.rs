//! Repeatable chance for sample figures. Not for secrets.

/// Draws that depend on the seed alone and stay the same in every version of every library:
/// the SplitMix64 sequence.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice of their own for each thing, so that one more draw here changes nothing there.
    pub(crate) fn of(seed: u64, thing: &str) -> Self {
        let mut dice = Self(seed);
        for byte in thing.bytes() {
            dice.0 = dice.draw() ^ u64::from(byte);
        }
        dice
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.draw() % (high.saturating_sub(low) + 1)
    }

    /// One of the things, or `None` where there is none.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let last = u64::try_from(things.len()).ok()?.checked_sub(1)?;
        things.get(usize::try_from(self.between(0, last)).ok()?)
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_thing_draw_the_same() {
        let draws = |thing| {
            let mut dice = Dice::of(7, thing);
            [dice.between(0, 1000), dice.between(0, 1000), dice.between(0, 1000)]
        };
        assert_eq!(draws("a"), draws("a"));
        assert_ne!(draws("a"), draws("b"));
        assert_eq!(Dice::of(1, "x").pick::<u8>(&[]), None);
        assert!((0..200).all(|_| Dice::of(3, "y").between(5, 9) >= 5));
    }
}
