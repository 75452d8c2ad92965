//! Where the messages of a thread are kept, so that an execution hears the same ones again after a
//! pause.

use serde::{Deserialize, Serialize};

use crate::{
    chat::message::{Content, Message},
    domain::message::HeardMessage,
};

/// Stored as an array of its fields, in order: statements read the first two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "StoredPlace")]
pub(crate) struct Place {
    /// The id that it is stored under.
    pub(crate) stored: String,
    /// Whether names stand in place of pictures and files.
    pub(crate) is_brief: bool,
    /// The id and the part of its text, from byte to byte, if it is a piece.
    pub(crate) piece: Option<(String, usize, usize)>,
}

/// What the fields of a [`Place`] are read from, too.
type StoredPlace = (String, bool, Option<(String, usize, usize)>);

impl From<Place> for StoredPlace {
    fn from(Place { stored, is_brief, piece }: Place) -> Self {
        (stored, is_brief, piece)
    }
}

/// The messages at `places` as they are stored now.
pub(crate) fn recall(places: &[Place], heard: &[HeardMessage]) -> Vec<Message> {
    let message = |(at, place): (usize, &Place)| {
        let heard = heard.iter().find(|heard| heard.place as usize == at)?;
        let content = Content::from_stored(&heard.content)?;
        let (id, content) = match &place.piece {
            Some((id, from, to)) => {
                let text = content.text().get(*from..*to)?.to_owned();
                (id.clone(), Content::Text(text))
            }
            None => (place.stored.clone(), content),
        };
        Some(Message { id, role: heard.role, content })
    };
    places.iter().enumerate().filter_map(message).collect()
}
