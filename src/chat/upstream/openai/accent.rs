//! What a service refuses of what others want: it is asked again without, and where that is answered,
//! the accent is remembered for a while. Nothing of it is stored.

use std::{collections::HashMap, time::Duration};

use crate::{chat::upstream::failure::UpstreamFailure, domain::time::Timestamp};

/// What is left out for a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Accent {
    /// `stream_options`, by which the cost is asked for.
    pub(crate) without_usage: bool,
    /// Pictures: `[image]` stands in their place.
    pub(crate) without_pictures: bool,
    /// Other files: `[file: name]` does.
    pub(crate) without_files: bool,
}

/// What a request holds that could be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Holds {
    /// `stream_options`.
    pub(crate) usage: bool,
    pub(crate) pictures: bool,
    /// Other files.
    pub(crate) files: bool,
}

impl Accent {
    /// What is left out, in words of the request.
    pub(crate) fn words(self) -> Vec<&'static str> {
        let all = [
            (self.without_usage, "stream_options"),
            (self.without_pictures, "pictures"),
            (self.without_files, "files"),
        ];
        all.into_iter().filter(|(is_left_out, _)| *is_left_out).map(|(_, word)| word).collect()
    }

    /// What a request that `holds` so much still sends.
    fn sends(self, holds: Holds) -> Holds {
        Holds {
            usage: holds.usage && !self.without_usage,
            pictures: holds.pictures && !self.without_pictures,
            files: holds.files && !self.without_files,
        }
    }

    /// What is left out the next time, after a request that `holds` so much was refused; none if
    /// asking again is of no use (contract section 10). Each thing is left out once, so a request
    /// is made three times at the most.
    pub(crate) fn after(self, refusal: &UpstreamFailure, holds: Holds) -> Option<Self> {
        let sent = self.sends(holds);
        let status = refusal.status?;
        if sent.usage && matches!(status, 400 | 422) && refusal.words.contains("stream_options") {
            return Some(Self { without_usage: true, ..self });
        }
        let may_be_media = matches!(status, 400 | 404 | 413 | 415 | 422);
        (may_be_media && (sent.pictures || sent.files)).then_some(Self {
            without_pictures: self.without_pictures || sent.pictures,
            without_files: self.without_files || sent.files,
            ..self
        })
    }
}

/// How long an accent is remembered.
const MEMORY: Duration = Duration::from_hours(1);

/// The most services that are remembered at once.
const MOST: usize = 1_000;

/// What is remembered of services, by the keys of requests to them.
#[derive(Debug, Default)]
pub(crate) struct Accents(HashMap<String, Known>);

#[derive(Debug, Clone, Copy)]
struct Known {
    accent: Accent,
    /// What it took when it was last asked, so that one bad picture doesn't blind it to all.
    took: Holds,
    ends_at: Timestamp,
}

impl Accents {
    /// What is left out for the service of this key.
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Accent {
        self.known(key, now).map(|known| known.accent).unwrap_or_default()
    }

    fn known(&self, key: &str, now: Timestamp) -> Option<Known> {
        self.0.get(key).filter(|known| now < known.ends_at).copied()
    }

    /// Takes note of an answer to a request that `holds` so much and left out what `accent` says.
    /// What the service took within the hour it can take: then it was this picture that it refused,
    /// and so it was where one was `refused` as too large.
    pub(crate) fn answered(
        &mut self,
        key: &str,
        accent: Accent,
        holds: Holds,
        refused: Option<u16>,
        now: Timestamp,
    ) {
        let is_too_large = refused == Some(413);
        let known = self.known(key, now);
        let (before, took) = known.map(|known| (known.accent, known.took)).unwrap_or_default();
        let sent = accent.sends(holds);
        let took = Holds {
            usage: took.usage || sent.usage,
            pictures: took.pictures || sent.pictures,
            files: took.files || sent.files,
        };
        let accent = Accent {
            without_usage: before.without_usage || accent.without_usage && !took.usage,
            without_pictures: before.without_pictures
                || accent.without_pictures && !took.pictures && !is_too_large,
            without_files: before.without_files
                || accent.without_files && !took.files && !is_too_large,
        };
        let is_news = known.is_none_or(|known| (known.accent, known.took) != (accent, took));
        if !is_news || (accent, took) == (Accent::default(), Holds::default()) {
            return;
        }
        if self.0.len() >= MOST {
            self.0.retain(|_, known| now < known.ends_at);
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let millis = i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
        let ends_at = Timestamp::from_millis(now.millis().saturating_add(millis));
        self.0.insert(key.to_owned(), Known { accent, took, ends_at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::upstream::failure::Head;

    const ALL: Holds = Holds { usage: true, pictures: true, files: true };
    const PICTURE: Holds = Holds { usage: true, pictures: true, files: false };
    const BLIND: Accent =
        Accent { without_usage: false, without_pictures: true, without_files: false };

    fn refusal(status: u16, words: &str) -> UpstreamFailure {
        let head = Head { status, ..Head::default() };
        UpstreamFailure::from_status(&head, words.as_bytes())
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    #[test]
    fn stream_options_are_left_out_once_where_the_refusal_names_them() {
        let plain = Holds { usage: true, ..Holds::default() };
        let words = r#"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs"}]}"#;
        let left_out = Accent { without_usage: true, ..Accent::default() };
        for status in [400, 422] {
            let next = Accent::default().after(&refusal(status, words), plain);
            assert_eq!(next, Some(left_out), "{status}");
            assert_eq!(left_out.after(&refusal(status, words), plain), None);
        }
        for (status, words) in [(401, words), (500, words), (400, "stream"), (422, "")] {
            assert_eq!(Accent::default().after(&refusal(status, words), plain), None, "{status}");
        }
        assert_eq!(Accent::default().after(&refusal(400, words), Holds::default()), None);
    }

    #[test]
    fn pictures_and_files_are_left_out_once_whatever_the_refusal_says() {
        for status in [400, 404, 413, 415, 422] {
            let next = Accent::default().after(&refusal(status, "no"), PICTURE);
            assert_eq!(next, Some(BLIND), "{status}");
            assert_eq!(BLIND.after(&refusal(status, "no"), PICTURE), None);
        }
        let both = Accent { without_files: true, ..BLIND };
        assert_eq!(Accent::default().after(&refusal(400, "no"), ALL), Some(both));
        for status in [401, 403, 429, 500, 502] {
            assert_eq!(Accent::default().after(&refusal(status, "no"), ALL), None, "{status}");
        }
        // Both kinds, one after the other: three requests, and no fourth.
        let mute = Accent::default().after(&refusal(400, "stream_options"), PICTURE).unwrap();
        let last = mute.after(&refusal(400, "stream_options"), PICTURE).unwrap();
        assert_eq!(last, Accent { without_usage: true, ..BLIND });
        assert_eq!(last.after(&refusal(400, "stream_options"), PICTURE), None);
    }

    #[test]
    fn what_was_left_out_is_remembered_for_an_hour_for_that_service_alone() {
        let mut accents = Accents::default();
        accents.answered("a", BLIND, PICTURE, None, at(0));
        assert_eq!(accents.get("a", at(59)), BLIND);
        assert_eq!((accents.get("a", at(60)), accents.get("b", at(0))), Default::default());
        // Requests without pictures leave it as it is, for no longer than the hour.
        accents.answered("a", BLIND, Holds { usage: true, ..Holds::default() }, None, at(30));
        assert_eq!(accents.get("a", at(30)), BLIND);
        assert_eq!(accents.get("a", at(91)), Accent::default());
    }

    #[test]
    fn one_bad_picture_doesnt_blind_a_model_that_has_seen() {
        let mut accents = Accents::default();
        accents.answered("a", Accent::default(), PICTURE, None, at(0));
        accents.answered("a", BLIND, PICTURE, None, at(1));
        assert_eq!(accents.get("a", at(1)), Accent::default());
        accents.answered("a", BLIND, PICTURE, None, at(61));
        assert_eq!(accents.get("a", at(61)), BLIND);
    }

    #[test]
    fn one_that_is_too_large_says_nothing_of_others() {
        let mut accents = Accents::default();
        accents.answered("a", BLIND, PICTURE, Some(413), at(0));
        assert_eq!(accents.get("a", at(0)), Accent::default());
        let mute = Accent { without_usage: true, ..BLIND };
        accents.answered("b", mute, PICTURE, Some(413), at(0));
        assert_eq!(accents.get("b", at(0)), Accent { without_usage: true, ..Accent::default() });
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut accents = Accents::default();
        for n in 0..3 * MOST {
            accents.answered(&n.to_string(), BLIND, PICTURE, None, at(0));
        }
        assert!(accents.0.len() <= MOST);
        assert_eq!(accents.get(&(3 * MOST - 1).to_string(), at(0)), BLIND);
    }
}
