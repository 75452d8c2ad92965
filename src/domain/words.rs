//! Closed lists of words: enums whose variants are one word each, on the wire and in the database.

/// Writes such an enum. Of
///
/// ```text
/// words! {
///     /// How it went.
///     pub enum Outcome {
///         Good = "good",
///         Bad = "bad",
///     }
/// }
/// ```
///
/// it makes the following; docs and other attributes are taken over.
///
/// ```text
/// /// How it went.
/// #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
/// pub enum Outcome {
///     #[serde(rename = "good")]
///     Good,
///     #[serde(rename = "bad")]
///     Bad,
/// }
///
/// impl Outcome {
///     pub const ALL: [Self; 2] = [Self::Good, Self::Bad];
///     pub const fn as_str(self) -> &'static str { … }
///     pub fn parse(word: &str) -> Option<Self> { … }
/// }
/// ```
macro_rules! words {
    ($(#[$of_enum:meta])* $vis:vis enum $name:ident {
        $($(#[$of_variant:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$of_enum])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        $vis enum $name {
            $($(#[$of_variant])* #[serde(rename = $word)] $variant),+
        }

        #[allow(dead_code, reason = "not every list needs all of it")]
        impl $name {
            /// In the order of the list, in which messages tell them.
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word, as it is spoken and stored.
            $vis const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word as it is spelled, upper and lower case told apart.
            $vis fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// How it went.
        #[derive(Default)]
        enum Outcome {
            #[default]
            Good = "good",
            NotSoBad = "notSoBad",
        }
    }

    #[test]
    fn each_word_is_read_back_and_no_other_text() {
        assert_eq!(Outcome::ALL.map(Outcome::as_str), ["good", "notSoBad"]);
        assert_eq!(Outcome::ALL.map(|o| Outcome::parse(o.as_str())), Outcome::ALL.map(Some));
        for text in ["", "Good", "good ", "not_so_bad", "NotSoBad"] {
            assert_eq!(Outcome::parse(text), None, "{text}");
        }
        assert_eq!(Outcome::default(), Outcome::Good);
    }

    #[test]
    fn json_has_the_word_and_what_is_none_tells_all_of_them() {
        assert_eq!(serde_json::to_string(&Outcome::ALL).unwrap(), r#"["good","notSoBad"]"#);
        assert_eq!(serde_json::from_str::<Outcome>(r#""notSoBad""#).unwrap(), Outcome::NotSoBad);
        let fault = serde_json::from_str::<Outcome>(r#""bad""#).unwrap_err().to_string();
        assert!(
            fault.starts_with("unknown variant `bad`, expected `good` or `notSoBad`"),
            "{fault}"
        );
    }
}
