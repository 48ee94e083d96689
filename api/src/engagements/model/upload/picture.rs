//! PNG and JPEG, part by part: metadata is left out, size is bounded, nothing is decoded.

use crate::engagements::EngagementError;

/// A picture of more pixels exhausts the viewer's memory when it is opened.
const MOST_PIXELS: u64 = 100_000_000;

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Text, time and camera; the picture itself needs none of them.
const PNG_METADATA: &[&[u8]] = &[b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"];

/// Errors: `file-broken` when it is no PNG to its end, `picture-too-large`.
pub fn clean_png(bytes: &[u8]) -> Result<Vec<u8>, EngagementError> {
    let mut rest = bytes.strip_prefix(PNG_SIGNATURE).ok_or(EngagementError::FileBroken)?;
    let mut clean = PNG_SIGNATURE.to_vec();
    loop {
        let length = usize::try_from(big_endian(rest, 4)?).unwrap_or(usize::MAX);
        let whole = length.checked_add(12).ok_or(EngagementError::FileBroken)?;
        let (chunk, after) = rest.split_at_checked(whole).ok_or(EngagementError::FileBroken)?;
        let kind = chunk.get(4..8).unwrap_or_default();
        if kind == b"IHDR" {
            let size = chunk.get(8..).unwrap_or_default();
            let height = size.get(4..).unwrap_or_default();
            bounded(big_endian(size, 4)?, big_endian(height, 4)?)?;
        }
        if !PNG_METADATA.contains(&kind) {
            clean.extend_from_slice(chunk);
        }
        if kind == b"IEND" {
            return Ok(clean);
        }
        rest = after;
    }
}

/// Errors: `file-broken` when its segments do not lead to a picture, `picture-too-large`.
pub fn clean_jpeg(bytes: &[u8]) -> Result<Vec<u8>, EngagementError> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).ok_or(EngagementError::FileBroken)?;
    let mut clean = vec![0xff, 0xd8];
    loop {
        let [0xff, marker, after @ ..] = rest else { return Err(EngagementError::FileBroken) };
        if *marker == 0xff {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let length = usize::try_from(big_endian(after, 2)?).unwrap_or(usize::MAX);
        let whole = length.checked_add(2).ok_or(EngagementError::FileBroken)?;
        let (segment, after) = rest.split_at_checked(whole).ok_or(EngagementError::FileBroken)?;
        match marker {
            // Start of scan: what follows is the picture.
            0xda => {
                clean.extend_from_slice(rest);
                return Ok(clean);
            }
            // Frame headers, which carry the size.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let height = segment.get(5..).unwrap_or_default();
                let width = segment.get(7..).unwrap_or_default();
                bounded(big_endian(width, 2)?, big_endian(height, 2)?)?;
                clean.extend_from_slice(segment);
            }
            // Exif and XMP, Photoshop, comments.
            0xe1 | 0xed | 0xfe => {}
            _ => clean.extend_from_slice(segment),
        }
        rest = after;
    }
}

fn big_endian(bytes: &[u8], places: usize) -> Result<u64, EngagementError> {
    let bytes = bytes.get(..places).ok_or(EngagementError::FileBroken)?;
    Ok(bytes.iter().fold(0, |sum, byte| sum * 256 + u64::from(*byte)))
}

fn bounded(width: u64, height: u64) -> Result<(), EngagementError> {
    if width.saturating_mul(height) > MOST_PIXELS {
        return Err(EngagementError::PictureTooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend_from_slice(kind);
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(&[1, 2, 3, 4]);
        bytes
    }

    fn png(width: u32, height: u32, extra: &[u8]) -> Vec<u8> {
        let mut size = width.to_be_bytes().to_vec();
        size.extend_from_slice(&height.to_be_bytes());
        size.extend_from_slice(&[8, 2, 0, 0, 0]);
        let parts =
            [chunk(b"IHDR", &size), extra.to_vec(), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")];
        [PNG_SIGNATURE, &parts.concat()].concat()
    }

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), body].concat()
    }

    fn jpeg(width: u16, height: u16, extra: &[u8]) -> Vec<u8> {
        let frame = [&[8], height.to_be_bytes().as_slice(), &width.to_be_bytes(), &[3]].concat();
        let scan = [segment(0xda, &[1, 2]), b"picture\xff\xd9".to_vec()].concat();
        [&[0xff, 0xd8], extra, &segment(0xc0, &frame), &scan].concat()
    }

    #[test]
    fn metadata_and_what_is_glued_behind_are_left_out() {
        let place = chunk(b"eXIf", b"59.91N 10.75E");
        let glued = [png(4, 4, &place), b"PK\x03\x04".to_vec()].concat();
        assert_eq!(clean_png(&glued), Ok(png(4, 4, &[])));
        let place = [segment(0xe1, b"Exif 59.91N"), segment(0xfe, b"by Kari")].concat();
        assert_eq!(clean_jpeg(&jpeg(4, 4, &place)), Ok(jpeg(4, 4, &[])));
        let colours = segment(0xe2, b"ICC_PROFILE");
        assert_eq!(clean_jpeg(&jpeg(4, 4, &colours)), Ok(jpeg(4, 4, &colours)));
    }

    #[test]
    fn floods_and_broken_pictures_are_refused() {
        assert_eq!(clean_png(&png(50_000, 50_000, &[])), Err(EngagementError::PictureTooLarge));
        assert_eq!(clean_jpeg(&jpeg(50_000, 50_000, &[])), Err(EngagementError::PictureTooLarge));
        let whole = png(4, 4, &[]);
        for length in 0..whole.len() {
            assert!(clean_png(&whole[..length]).is_err(), "{length}");
        }
        for broken in [b"\xff\xd8\xff".as_slice(), b"\xff\xd8\xff\xe0\xff\xff", b"\xff\xd8no"] {
            assert_eq!(clean_jpeg(broken), Err(EngagementError::FileBroken));
        }
    }
}
