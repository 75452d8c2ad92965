//! The columns of a row, as statements list them.

/// The column that holds a packed row.
pub const PACKED: &str = "packed";

/// The columns of a row in the order in which it is read, each with its SQL: that of its own, or its
/// name.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    all: &'static [(&'static str, &'static [&'static str])],
    table: Option<&'static str>,
    instead: Option<(&'static str, &'static str)>,
}

impl Columns {
    pub(super) const fn new(all: &'static [(&'static str, &'static [&'static str])]) -> Self {
        Self { all, table: None, instead: None }
    }

    /// The columns of one of the tables of a join.
    pub(super) const fn of_table(self, table: &'static str) -> Self {
        Self { table: Some(table), ..self }
    }

    /// The same with other SQL for one column.
    pub(super) const fn with(self, name: &'static str, sql: &'static str) -> Self {
        Self { instead: Some((name, sql)), ..self }
    }

    /// A row as an object of its columns.
    pub(super) fn select(self) -> String {
        self.list(|name, sql| match self.table {
            Some(table) if name == sql => format!("{table}.{name}"),
            _ if name == sql => sql.to_owned(),
            _ => format!("{sql} as {name}"),
        })
    }

    /// A row as a JSON array of its columns: at most 32, which is how many arguments D1 gives a
    /// function.
    pub(super) fn array(self) -> String {
        let columns = self.list(|name, sql| match self.table {
            Some(table) if name == sql => format!("{table}.{name}"),
            _ => sql.to_owned(),
        });
        format!("json_array({columns})")
    }

    /// What a statement selects or returns to give its rows packed.
    pub(super) fn packed(self) -> String {
        format!("{} as {PACKED}", self.array())
    }

    fn list(self, column: impl Fn(&str, &str) -> String) -> String {
        let sql = |name, own: &[&'static str]| match self.instead {
            Some((other, sql)) if other == name => sql,
            _ => own.first().copied().unwrap_or(name),
        };
        let columns = self.all.iter().map(|(name, own)| column(name, sql(name, own)));
        columns.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns::new(&[("id", &[]), ("age", &["coalesce(age, 0)"])]);

    #[test]
    fn a_list_has_each_column_in_order_by_its_own_sql() {
        assert_eq!(COLUMNS.select(), "id, coalesce(age, 0) as age");
        assert_eq!(COLUMNS.packed(), "json_array(id, coalesce(age, 0)) as packed");
        assert_eq!(COLUMNS.of_table("pets").select(), "pets.id, coalesce(age, 0) as age");
        assert_eq!(COLUMNS.with("age", "null").array(), "json_array(id, null)");
        assert_eq!(
            COLUMNS.with("id", "?1").of_table("pets").array(),
            "json_array(?1, coalesce(age, 0))"
        );
    }
}
