//! Rows on their way up: from columns to what is true.
//!
//! It is here because a stored row is parsed like any other input; what doesn't parse is
//! corruption, and a 500.

use std::fmt;

use crate::domain::{json::Json, time::Timestamp};

/// A row as the database gave it: columns by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(Vec<(String, Json)>);

/// A column that holds what no statement of ours writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorruptRow(pub &'static str);

impl fmt::Display for CorruptRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stored row is corrupt in column {}", self.0)
    }
}

impl Row {
    /// The row with these columns.
    #[must_use]
    pub fn from_columns(columns: Vec<(String, Json)>) -> Self {
        Self(columns)
    }

    /// The rows of a JSON array, whose objects they are; `None` for any other JSON.
    #[must_use]
    pub fn list(json: Json) -> Option<Vec<Self>> {
        let Json::Array(rows) = json else { return None };
        let row = |row| if let Json::Object(columns) = row { Some(Self(columns)) } else { None };
        Some(rows.into_iter().filter_map(row).collect())
    }

    fn column(&mut self, name: &str) -> Option<&mut Json> {
        self.0.iter_mut().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// Text; it is taken out, so a column is read once.
    pub(super) fn text(&mut self, name: &'static str) -> Result<String, CorruptRow> {
        self.text_or_null(name)?.ok_or(CorruptRow(name))
    }

    /// Text, or null.
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

    /// An integer.
    pub(super) fn int(&mut self, name: &'static str) -> Result<i64, CorruptRow> {
        self.int_or_null(name)?.ok_or(CorruptRow(name))
    }

    /// An integer, or null.
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

    /// A count, or null.
    pub(super) fn count_or_null(&mut self, name: &'static str) -> Result<Option<u32>, CorruptRow> {
        self.int_or_null(name)?.map(|number| column(name, u32::try_from(number))).transpose()
    }

    /// A moment.
    pub(super) fn moment(&mut self, name: &'static str) -> Result<Timestamp, CorruptRow> {
        self.int(name).map(Timestamp::from_millis)
    }

    /// A moment, or null.
    pub(super) fn moment_or_null(
        &mut self,
        name: &'static str,
    ) -> Result<Option<Timestamp>, CorruptRow> {
        Ok(self.int_or_null(name)?.map(Timestamp::from_millis))
    }

    /// JSON.
    pub(super) fn json(&mut self, name: &'static str) -> Result<Json, CorruptRow> {
        column(name, Json::parse(self.text(name)?.as_bytes()))
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

/// Proof that a statement found the row it looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found;

impl TryFrom<Row> for Found {
    type Error = CorruptRow;

    fn try_from(_: Row) -> Result<Self, CorruptRow> {
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row {
        let Json::Object(columns) = Json::parse(json.as_bytes()).unwrap() else { panic!() };
        Row(columns)
    }

    #[test]
    fn columns_are_read_by_name_and_kind() {
        let mut row = row(r#"{"a":"x","b":7,"c":null,"d":"[\"p\",\"q\"]"}"#);
        assert_eq!(row.int("b"), Ok(7));
        assert_eq!(row.text("a"), Ok("x".into()));
        assert_eq!(row.moment_or_null("c"), Ok(None));
        assert_eq!(row.texts("d"), Ok(vec!["p".into(), "q".into()]));
    }

    #[test]
    fn only_a_json_array_lists_rows() {
        let list = |json: &str| Row::list(Json::parse(json.as_bytes()).unwrap());
        assert_eq!(list(r#"[{"a":1},{}]"#), Some(vec![row(r#"{"a":1}"#), row("{}")]));
        assert_eq!((list("[]"), list("{}"), list("null")), (Some(Vec::new()), None, None));
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
