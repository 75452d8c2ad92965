//! Rows on their way up: from columns to what is true. A stored row is parsed like any other input;
//! what doesn't parse is corruption, and a 500.
//!
//! A row comes in one of two forms. Usually each column has its name. A statement whose rows have
//! many columns gives them *packed*: SQL itself writes one JSON array a row, and the names are those
//! of the query's own list. That spares the database's side an object of so many members, and both
//! sides the names.

use crate::domain::{json::Json, time::Timestamp};

/// The column that holds a packed row.
pub const PACKED: &str = "packed";

/// The names of the columns of a packed row, in order: at most 32, which is how many arguments D1
/// gives a function.
pub(super) type Columns = &'static [&'static str];

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    names: Names,
    values: Vec<Json>,
    /// The place behind the column that was read last. Columns are mostly read in their order, and
    /// so found at the first look.
    next: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Names {
    Own(Vec<String>),
    Listed(Columns),
}

impl Names {
    fn get(&self, at: usize) -> Option<&str> {
        match self {
            Self::Own(names) => names.get(at).map(String::as_str),
            Self::Listed(names) => names.get(at).copied(),
        }
    }
}

/// A column that holds what no statement of ours writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored row is corrupt in column {0}")]
pub struct CorruptRow(pub &'static str);

impl Row {
    /// The row that `json` is: an object, or an array of values for `columns`.
    pub(super) fn of(json: Json, columns: Columns) -> Result<Self, CorruptRow> {
        let (names, values) = match json {
            Json::Object(members) => {
                let (names, values) = members.into_iter().unzip();
                (Names::Own(names), values)
            }
            Json::Array(values) if values.len() == columns.len() => {
                (Names::Listed(columns), values)
            }
            _ => return Err(CorruptRow(PACKED)),
        };
        Ok(Self { names, values, next: 0 })
    }

    fn column(&mut self, name: &str) -> Option<&mut Json> {
        let from_here = self.next..self.values.len();
        let mut places = from_here.chain(0..self.next);
        let at = places.find(|at| self.names.get(*at) == Some(name))?;
        self.next = at + 1;
        self.values.get_mut(at)
    }

    /// Text; it is taken out, so a column is read once.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, CorruptRow> {
        self.text_or_null(name)?.ok_or(CorruptRow(name))
    }

    pub(super) fn text_or_null(
        &mut self,
        name: &'static str,
    ) -> Result<Option<String>, CorruptRow> {
        match self.column(name) {
            Some(Json::String(text)) => Ok(Some(std::mem::take(text))),
            Some(Json::Null) => Ok(None),
            _ => Err(CorruptRow(name)),
        }
    }

    pub(super) fn int(&mut self, name: &'static str) -> Result<i64, CorruptRow> {
        self.int_or_null(name)?.ok_or(CorruptRow(name))
    }

    pub(super) fn int_or_null(&mut self, name: &'static str) -> Result<Option<i64>, CorruptRow> {
        match self.column(name) {
            Some(Json::Null) => Ok(None),
            Some(Json::Number(number)) => number.as_i64().map(Some).ok_or(CorruptRow(name)),
            _ => Err(CorruptRow(name)),
        }
    }

    /// A count, which is never negative.
    pub(super) fn count(&mut self, name: &'static str) -> Result<u32, CorruptRow> {
        self.count_or_null(name)?.ok_or(CorruptRow(name))
    }

    pub(super) fn count_or_null(&mut self, name: &'static str) -> Result<Option<u32>, CorruptRow> {
        self.int_or_null(name)?.map(|number| column(name, u32::try_from(number))).transpose()
    }

    pub(super) fn moment(&mut self, name: &'static str) -> Result<Timestamp, CorruptRow> {
        self.int(name).map(Timestamp::from_millis)
    }

    pub(super) fn moment_or_null(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Timestamp>, CorruptRow> {
        Ok(self.int_or_null(name)?.map(Timestamp::from_millis))
    }

    pub(super) fn json(&mut self, name: &'static str) -> Result<Json, CorruptRow> {
        column(name, Json::parse(self.text(name)?.as_bytes()))
    }

    pub(super) fn json_or_null(&mut self, name: &'static str) -> Result<Option<Json>, CorruptRow> {
        let text = self.text_or_null(name)?;
        text.map(|text| column(name, Json::parse(text.as_bytes()))).transpose()
    }

    /// A JSON array of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, CorruptRow> {
        let Json::Array(items) = self.json(name)? else { return Err(CorruptRow(name)) };
        let text = |item| match item {
            Json::String(text) => Ok(text),
            _ => Err(CorruptRow(name)),
        };
        items.into_iter().map(text).collect()
    }
}

/// The parsed column, or the fault that names it.
pub(super) fn column<T, E>(name: &'static str, parsed: Result<T, E>) -> Result<T, CorruptRow> {
    parsed.map_err(|_| CorruptRow(name))
}

/// Lets rows be read that aren't written by `row!` yet.
macro_rules! old {
    ($($row:ty $([$columns:expr])?),+ $(,)?) => {
        $(impl<'de> serde::Deserialize<'de> for $row {
            fn deserialize<D: serde::Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
                let columns: &[crate::store::old_row::Columns] = &[$($columns)?];
                let json = crate::domain::json::Json::deserialize(row)?;
                let row = crate::store::old_row::Row::of(json, columns.first().copied().unwrap_or_default());
                row.and_then(<$row>::try_from).map_err(serde::de::Error::custom)
            }
        })+
    };
}

pub(crate) use old;

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row {
        Row::of(Json::parse(json.as_bytes()).unwrap(), &["a", "b", "c", "d"]).unwrap()
    }

    #[test]
    fn columns_are_read_by_name_and_kind_in_any_order_and_either_form() {
        for json in
            [r#"{"a":"x","b":7,"c":null,"d":"[\"p\",\"q\"]"}"#, r#"["x",7,null,"[\"p\",\"q\"]"]"#]
        {
            let mut row = row(json);
            assert_eq!(row.int("b"), Ok(7));
            assert_eq!(row.text("a"), Ok("x".into()));
            assert_eq!(row.moment_or_null("c"), Ok(None));
            assert_eq!(row.texts("d"), Ok(vec!["p".into(), "q".into()]));
            assert_eq!(row.int("e"), Err(CorruptRow("e")));
            assert_eq!(row.int("b"), Ok(7));
        }
    }

    #[test]
    fn a_packed_row_has_as_many_values_as_there_are_columns() {
        for json in ["[]", "[1]", "[1,2,3]", "null", "7", "\"[1,2]\""] {
            let json = Json::parse(json.as_bytes()).unwrap();
            assert_eq!(Row::of(json, &["a", "b"]), Err(CorruptRow(PACKED)));
        }
    }

    #[test]
    fn another_kind_is_corruption_and_names_its_column() {
        for json in ["{}", r#"{"a":null}"#, r#"{"a":-1}"#, r#"{"a":"x"}"#, r#"{"a":1.5}"#] {
            assert_eq!(row(json).count("a"), Err(CorruptRow("a")), "{json}");
        }
        for json in ["{}", r#"{"a":1}"#, r#"{"a":"{}"}"#, r#"{"a":"[1]"}"#] {
            assert_eq!(row(json).texts("a"), Err(CorruptRow("a")), "{json}");
        }
    }
}
