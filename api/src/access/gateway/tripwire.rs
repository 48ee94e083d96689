//! Watches that our token is not among the bytes of an answer.

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

/// Looks through a body that comes in pieces. The last bytes of each are held back, since the
/// token may begin in one piece and end in the next: nobody ever gets all of it.
pub struct Tripwire {
    finder: Finder<'static>,
    held: Bytes,
}

impl Tripwire {
    pub fn new(secret: &[u8]) -> Self {
        Self { finder: Finder::new(secret).into_owned(), held: Bytes::new() }
    }

    /// What of this piece and the one before may go on; `None` when the token is in them.
    pub fn pass(&mut self, piece: Bytes) -> Option<Bytes> {
        let mut whole = if self.held.is_empty() {
            piece
        } else {
            let mut both = BytesMut::with_capacity(self.held.len() + piece.len());
            both.extend_from_slice(&self.held);
            both.extend_from_slice(&piece);
            both.freeze()
        };
        if !self.finder.needle().is_empty() && self.finder.find(&whole).is_some() {
            return None;
        }
        let hold = self.finder.needle().len().saturating_sub(1);
        self.held = whole.split_off(whole.len().saturating_sub(hold));
        Some(whole)
    }

    /// What was held back, once nothing more comes.
    pub fn rest(self) -> Bytes {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let mut tripwire = Tripwire::new(b"lka_canary");
        let mut passed = Vec::new();
        for piece in pieces {
            passed.extend(tripwire.pass(Bytes::copy_from_slice(piece))?);
            assert!(!passed.windows(10).any(|window| window == b"lka_canary"));
        }
        passed.extend(tripwire.rest());
        Some(passed)
    }

    #[test]
    fn attack_19_a_token_in_pieces_is_found() {
        assert_eq!(through(&[b"x lka_canary y"]), None);
        assert_eq!(through(&[b"x lka_", b"canary y"]), None);
        let single: Vec<&[u8]> = b"..lka_canary..".chunks(1).collect();
        assert_eq!(through(&single), None);
        assert_eq!(through(&[b"lka_", b"canar", b""]).unwrap(), b"lka_canar");
    }

    #[test]
    fn everything_else_passes_byte_by_byte() {
        let text = b"id,email\r\nlka_other,ada@fjordhaus.example\r\n";
        for size in 1..text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(through(&pieces).unwrap(), text);
        }
        assert_eq!(through(&[]).unwrap(), b"");
    }
}
