//! Event streams: however the bytes are cut, they say the same.

use proptest::{prelude::*, sample::Index};

use super::{corpus, fuzz, mutated};
use crate::chat::stream::{cutter::Cutter, decoder::Decoder};

/// A stream and where it is cut.
fn cut() -> impl Strategy<Value = (Vec<u8>, Vec<Index>)> {
    (mutated(corpus("streams")), prop::collection::vec(any::<Index>(), 0..6))
}

/// The pieces between the cuts.
fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    places.push(bytes.len());
    let mut from = 0;
    let piece = |to| {
        let piece = &bytes[from..to];
        from = to;
        piece
    };
    places.into_iter().map(piece).collect()
}

#[test]
fn a_stream_in_pieces_has_the_events_of_the_whole() {
    fuzz("event-decoder", &cut(), |(bytes, cuts)| {
        let whole = Decoder::default().push(&bytes);
        let mut decoder = Decoder::default();
        let cut: Vec<_> =
            pieces(&bytes, &cuts).into_iter().flat_map(|piece| decoder.push(piece)).collect();
        prop_assert_eq!(&cut, &whole);
        for event in whole.into_iter().flatten() {
            prop_assert!(!event.name.is_empty() && !event.name.contains(['\n', '\r']));
            prop_assert!(!event.data.contains('\r'));
        }
        Ok(())
    });
}

#[test]
fn frames_have_lf_alone_end_blank_and_say_what_the_stream_says() {
    fuzz("frame-cutter", &cut(), |(bytes, cuts)| {
        let frames_of = |pieces: Vec<&[u8]>| {
            let (mut cutter, mut frames) = (Cutter::default(), Vec::new());
            let is_short = pieces.into_iter().all(|piece| cutter.push(piece, &mut frames).is_ok());
            assert!(is_short, "no case is as long as a frame may be");
            let rest = cutter.rest();
            (frames, rest)
        };
        let (whole, rest) = frames_of(vec![&bytes]);
        prop_assert_eq!(&frames_of(pieces(&bytes, &cuts)), &(whole.clone(), rest.clone()));
        for frame in whole.iter().chain((!rest.is_empty()).then_some(&rest)) {
            prop_assert!(frame.ends_with(b"\n\n") || frame == b"\n");
            prop_assert!(!frame.contains(&b'\r'));
        }
        // A blank line more passes as it is.
        // A last frame without its blank line is given one, so it may say one event more.
        let said = Decoder::default().push(&bytes);
        let passed = Decoder::default().push(&whole.concat());
        prop_assert_eq!(said, passed);
        Ok(())
    });
}
