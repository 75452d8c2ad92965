//! Cuts a stream that passes through into its frames.
//!
//! The frames stay as they are, but for their line ends: the widget splits on two LFs and shows
//! nothing of a stream that has CRLF or CR.

use crate::chat::stream::decoder::{MAX_EVENT_BYTES, TooLong};

/// The frame that has begun.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    frame: Vec<u8>,
    after_cr: bool,
}

impl Cutter {
    /// Takes the next bytes and adds the frames that they complete, each with the blank line
    /// that ends it. A frame of more than [`MAX_EVENT_BYTES`] is given up; those before it have been
    /// added.
    pub(crate) fn push(&mut self, bytes: &[u8], frames: &mut Vec<Vec<u8>>) -> Result<(), TooLong> {
        for byte in bytes {
            let ends_crlf = *byte == b'\n' && self.after_cr;
            self.after_cr = *byte == b'\r';
            if ends_crlf {
                continue;
            }
            self.frame.push(if self.after_cr { b'\n' } else { *byte });
            if self.frame.len() > MAX_EVENT_BYTES {
                self.frame = Vec::new();
                return Err(TooLong);
            }
            if is_whole(&self.frame) {
                frames.push(std::mem::take(&mut self.frame));
            }
        }
        Ok(())
    }

    /// A frame that never ended, with the blank line that it lacks; nothing if there is none.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.frame);
        while !rest.is_empty() && !is_whole(&rest) {
            rest.push(b'\n');
        }
        rest
    }
}

/// Whether a frame ends with a blank line; one may consist of nothing else.
fn is_whole(frame: &[u8]) -> bool {
    frame == b"\n" || frame.ends_with(b"\n\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(pieces: &[&[u8]]) -> (Vec<String>, Result<(), TooLong>) {
        let (mut cutter, mut frames) = (Cutter::default(), Vec::new());
        let end = pieces.iter().try_for_each(|piece| cutter.push(piece, &mut frames));
        frames.push(cutter.rest());
        (frames.into_iter().map(|frame| String::from_utf8(frame).unwrap()).collect(), end)
    }

    #[test]
    fn frames_are_cut_whole_wherever_the_bytes_are() {
        let stream = b"\nevent: a\ndata: 1\n\n: ping\n\n\ndata: half";
        for size in 1..stream.len() {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            let (frames, end) = cut(&pieces);
            let whole = ["\n", "event: a\ndata: 1\n\n", ": ping\n\n", "\n", "data: half\n\n"];
            assert_eq!((frames.as_slice(), end), (&whole.map(str::to_owned)[..], Ok(())), "{size}");
        }
    }

    #[test]
    fn a_line_may_end_with_crlf_or_cr_and_leaves_with_lf() {
        let stream = b"event: a\ndata: 1\n\n: ping\n\ndata: 2\n\n";
        let (expected, _) = cut(&[stream]);
        for end in ["\r\n", "\r"] {
            let theirs = String::from_utf8_lossy(stream).replace('\n', end);
            for size in 1..theirs.len() {
                let pieces: Vec<&[u8]> = theirs.as_bytes().chunks(size).collect();
                assert_eq!(cut(&pieces).0, expected, "{end:?} in pieces of {size}");
            }
        }
        assert_eq!(cut(&[b"data: 1\r\n\rdata: 2\n\r\n"]).0, ["data: 1\n\n", "data: 2\n\n", ""]);
    }

    #[test]
    fn a_frame_may_reach_the_limit_but_not_pass_it() {
        let longest = "x".repeat(MAX_EVENT_BYTES - 2) + "\n\n";
        let (frames, end) = cut(&[b"data: 1\n\n", longest.as_bytes(), b"data: 2\n\n"]);
        assert_eq!((frames.len(), end), (4, Ok(())));
        let (frames, end) = cut(&[b"data: 1\n\n", b"x", longest.as_bytes()]);
        assert_eq!((frames, end), (vec!["data: 1\n\n".to_owned(), String::new()], Err(TooLong)));
    }

    #[test]
    fn what_lacks_its_blank_line_gets_it() {
        for (cut_off, whole) in [("a", "a\n\n"), ("a\n", "a\n\n"), ("", ""), ("a\r", "a\n\n")] {
            assert_eq!(cut(&[cut_off.as_bytes()]).0.last().unwrap(), whole);
        }
    }

    #[test]
    fn each_line_end_is_one() {
        for (theirs, ours) in [("\r\r\n", "\n\n"), ("\r\n\n", "\n\n"), ("\n\r", "\n\n")] {
            assert_eq!(cut(&[theirs.as_bytes()]).0.concat(), ours, "{theirs:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_line_ends_changes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut cutter, mut frames) = (Cutter::default(), Vec::new());
            cutter.push(&bytes, &mut frames).unwrap();
            frames.push(cutter.frame);
            // A CR ends a line, and so does a LF, but for one behind a CR.
            let ends_crlf = |at: usize| at > 0 && bytes[at - 1..=at] == *b"\r\n";
            let kept = bytes.iter().enumerate().filter(|(at, _)| !ends_crlf(*at));
            let lines: Vec<u8> = kept.map(|(_, b)| if *b == b'\r' { b'\n' } else { *b }).collect();
            prop_assert_eq!(frames.concat(), lines);
        }
    }
}
