//! Statements and what binds to them: values, which are run elsewhere.

use std::marker::PhantomData;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    Null,
    /// An integer within ±2⁵³, since D1 speaks in doubles.
    Int(i64),
    Text(String),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Param {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl<T: Into<Param>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// SQL text with `?1`, `?2`, … and as many parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until it is run"]
pub struct Statement {
    pub sql: String,
    /// Every one is used.
    pub params: Vec<Param>,
    /// Whether it can change anything.
    pub writes: bool,
}

impl Statement {
    pub fn read(sql: impl Into<String>, params: Vec<Param>) -> Self {
        Self { sql: sql.into(), params, writes: false }
    }

    pub fn write(sql: impl Into<String>, params: Vec<Param>) -> Self {
        Self { sql: sql.into(), params, writes: true }
    }

    /// The text with its parameters written into it, for a shell that can't bind any.
    pub fn to_literal_sql(&self) -> String {
        let mut sql = String::with_capacity(self.sql.len() + 256);
        let mut rest = self.sql.as_str();
        while let Some((head, tail)) = rest.split_once('?') {
            let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = tail.split_at(digits);
            let param =
                number.parse::<usize>().ok().and_then(|n| self.params.get(n.checked_sub(1)?));
            sql.push_str(head);
            sql.push_str(&param.map_or_else(|| "?".to_owned(), literal));
            rest = tail;
        }
        sql + rest
    }
}

fn literal(param: &Param) -> String {
    match param {
        Param::Null => "null".to_owned(),
        Param::Int(number) => number.to_string(),
        Param::Text(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

/// A statement whose rows read as `R`, `N` of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a statement does nothing until it is run"]
pub struct Query<R, N = Any> {
    pub statement: Statement,
    rows: PhantomData<(R, N)>,
}

/// Any number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Any;

/// One row or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtMostOne;

/// A statement that finds one row or none.
pub type First<R> = Query<R, AtMostOne>;

impl<R> Query<R> {
    pub fn read(sql: impl Into<String>, params: Vec<Param>) -> Self {
        Self::new(Statement::read(sql, params))
    }

    pub fn write(sql: impl Into<String>, params: Vec<Param>) -> Self {
        Self::new(Statement::write(sql, params))
    }

    fn new(statement: Statement) -> Self {
        Self { statement, rows: PhantomData }
    }

    /// The same statement, which finds one row or none.
    pub(super) fn first(self) -> First<R> {
        First { statement: self.statement, rows: PhantomData }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_quoted_and_never_read_again() {
        let params = vec![Param::from("o'?2"), Param::Int(-1), Param::Null];
        let statement = Statement::read("values (?1, ?2, ?3, ?1)", params);
        assert_eq!(statement.to_literal_sql(), "values ('o''?2', -1, null, 'o''?2')");
    }
}
