//! Where the messages of a thread are kept, so that an execution hears the same ones again after a
//! pause.

use crate::{
    chat::message::{Content, Message},
    domain::{
        json::{Json, Number},
        message::HeardMessage,
    },
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The id that it is stored under.
    pub(crate) stored: String,
    /// Whether names stand in place of pictures and files.
    pub(crate) is_brief: bool,
    /// The id and the part of its text, from byte to byte, if it is a piece.
    pub(crate) piece: Option<(String, usize, usize)>,
}

impl Place {
    /// JSON: the id and whether it is brief, which statements read, and then the piece.
    pub(crate) fn to_json(&self) -> Json {
        let number = |n: usize| Json::Number((n as u64).into());
        let text = |text: &String| Json::String(text.clone());
        let mut items = vec![text(&self.stored), number(self.is_brief.into())];
        if let Some((id, from, to)) = &self.piece {
            items.extend([text(id), number(*from), number(*to)]);
        }
        Json::Array(items)
    }

    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        let Json::Array(items) = json else { return None };
        let (Json::String(stored), Json::Number(brief)) = (items.first()?, items.get(1)?) else {
            return None;
        };
        let piece = match (items.get(2), items.get(3), items.get(4)) {
            (Some(Json::String(id)), Some(Json::Number(from)), Some(Json::Number(to))) => {
                let number = |n: &Number| usize::try_from(n.as_u64()?).ok();
                Some((id.clone(), number(from)?, number(to)?))
            }
            _ => None,
        };
        Some(Self { stored: stored.clone(), is_brief: brief.as_u64() != Some(0), piece })
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
