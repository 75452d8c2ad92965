//! Rows on their way up: from the database's text into their types, without a tree between. A stored
//! row is parsed like any other input; what doesn't parse is corruption, and a 500.
//!
//! A row comes in one of two forms. Usually it is an object of its columns. A statement whose rows
//! have many columns gives them *packed*: SQL itself writes one JSON array a row. That spares the
//! database's side an object of so many members, and both sides the names.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use crate::domain::json;

/// What the words of a corrupt row begin with.
const CORRUPT: &str = "a stored row is corrupt";

/// A column that holds what no statement of ours writes. Nobody is told what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{CORRUPT}: {0}")]
pub struct CorruptRow(pub &'static str);

/// Reads the rows of a statement.
pub fn read_all<R: DeserializeOwned>(rows: &str) -> Result<Vec<R>, String> {
    serde_json::from_str(rows).map_err(|fault| words(&fault.to_string()))
}

/// What a log may have of the words of a fault. Those of serde quote the value that they are about;
/// ours name its column.
fn words(fault: &str) -> String {
    let own = fault.starts_with(CORRUPT).then(|| fault.split(" at line ").next()).flatten();
    own.unwrap_or(CORRUPT).to_owned()
}

/// Writes what reads a row into a struct, by its fields in the order of the columns, and the list of
/// those. Behind a field may stand the type that it is read by, and its column's SQL. The struct may
/// be written here, too, and one that only serves to read becomes another by `TryFrom`. For
///
/// ```ignore
/// row!(Owner { name, is_new as Flag = "created_at = updated_at" });
/// ```
///
/// that is
///
/// ```ignore
/// impl Owner {
///     const COLUMNS: Columns =
///         Columns::new(&[("name", &[]), ("is_new", &["created_at = updated_at"])]);
/// }
///
/// impl<'de> Read<'de> for Owner {
///     fn read<C: Cells<'de>>(row: &mut C) -> Result<Self, C::Error> {
///         let name = row.next("Owner.name")?;
///         Ok(Self { name, is_new: Flag::into(row.next("Owner.is_new")?) })
///     }
/// }
///
/// impl<'de> Deserialize<'de> for Owner { /* from an array or an object, by Read */ }
/// ```
///
/// and `row! { struct PetRow for Pet { id: PetId, age: u32 } }` is the struct, the same for it, and
///
/// ```ignore
/// impl<'de> Deserialize<'de> for Pet { /* Pet::try_from(PetRow::deserialize(row)?) */ }
/// ```
///
/// What serde derives would quote a value that it can't read, and not say where it stood.
macro_rules! row {
    ($(#[$of_row:meta])* $vis:vis struct $row:ident $(for $($truth:ty),+)? {
        $($(#[$of_field:meta])* $field_vis:vis $field:ident: $type:ty $(= $sql:literal)?),+ $(,)?
    }) => {
        $(#[$of_row])*
        $vis struct $row { $($(#[$of_field])* $field_vis $field: $type),+ }

        crate::store::row::row!($row { $($field $(= $sql)?),+ });

        $($(impl<'de> serde::Deserialize<'de> for $truth {
            fn deserialize<D: serde::Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
                Self::try_from($row::deserialize(row)?).map_err(serde::de::Error::custom)
            }
        })+)?
    };
    ($row:ident $(<$T:ident>)? {
        $($field:ident $(as $stored:ty)? $(= $sql:literal)?),+ $(,)?
    }) => {
        impl $(<$T>)? $row $(<$T>)? {
            #[allow(dead_code, reason = "not every row's columns are listed")]
            pub(crate) const COLUMNS: crate::store::columns::Columns =
                crate::store::columns::Columns::new(&[$((stringify!($field), &[$($sql)?])),+]);
        }

        impl<'de $(, $T: serde::de::DeserializeOwned)?> crate::store::row::Read<'de> for $row $(<$T>)? {
            fn read<C: crate::store::row::Cells<'de>>(row: &mut C) -> Result<Self, C::Error> {
                Ok(Self { $($field: $(<$stored>::into)? (
                    row.next(concat!(stringify!($row), ".", stringify!($field)))?
                )),+ })
            }
        }

        impl<'de $(, $T: serde::de::DeserializeOwned)?> serde::Deserialize<'de> for $row $(<$T>)? {
            fn deserialize<D: serde::Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
                row.deserialize_struct("", &[], crate::store::row::Reader::new())
            }
        }
    };
}

pub(crate) use row;

/// What [`row!`] writes for a row.
pub(crate) trait Read<'de>: Sized {
    fn read<C: Cells<'de>>(row: &mut C) -> Result<Self, C::Error>;
}

/// The cells of a row in either form, one after the other.
pub(crate) trait Cells<'de> {
    type Error: Error;

    /// Reads the next cell, which is that of `column`: the row's name, a dot and its own.
    fn next<T: Deserialize<'de>>(&mut self, column: &'static str) -> Result<T, Self::Error>;
}

/// A row as an array of its cells.
struct Packed<A>(A);

impl<'de, A: SeqAccess<'de>> Cells<'de> for Packed<A> {
    type Error = A::Error;

    fn next<T: Deserialize<'de>>(&mut self, column: &'static str) -> Result<T, A::Error> {
        let cell = self.0.next_element().map_err(|fault| of_column(fault, column))?;
        cell.ok_or_else(|| Error::custom(CorruptRow(column)))
    }
}

/// A row as an object of its columns, in their order.
struct Named<A>(A);

impl<'de, A: MapAccess<'de>> Cells<'de> for Named<A> {
    type Error = A::Error;

    fn next<T: Deserialize<'de>>(&mut self, column: &'static str) -> Result<T, A::Error> {
        let name: Option<&str> = self.0.next_key()?;
        if name != column.split('.').next_back() {
            return Err(Error::custom(CorruptRow(column)));
        }
        self.0.next_value().map_err(|fault| of_column(fault, column))
    }
}

/// The fault of a column; that of a row inside it names its own.
fn of_column<E: Error>(fault: E, column: &'static str) -> E {
    let is_named = fault.to_string().starts_with(CORRUPT);
    if is_named { fault } else { E::custom(CorruptRow(column)) }
}

/// Reads a row in the form that it has.
pub(crate) struct Reader<R>(PhantomData<R>);

impl<R> Reader<R> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, R: Read<'de>> Visitor<'de> for Reader<R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, row: A) -> Result<R, A::Error> {
        R::read(&mut Packed(row))
    }

    fn visit_map<A: MapAccess<'de>>(self, row: A) -> Result<R, A::Error> {
        R::read(&mut Named(row))
    }
}

/// What SQL tells by a number: 0 is no.
pub(crate) struct Flag(bool);

impl Flag {
    pub(crate) fn into(self) -> bool {
        self.0
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(cell: D) -> Result<Self, D::Error> {
        i64::deserialize(cell).map(|number| Self(number != 0))
    }
}

/// JSON in a text.
pub(crate) struct JsonText<T>(T);

impl<T> JsonText<T> {
    pub(crate) fn into(self) -> T {
        self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for JsonText<T> {
    fn deserialize<D: Deserializer<'de>>(cell: D) -> Result<Self, D::Error> {
        let text = String::deserialize(cell)?;
        serde_json::from_str(&text).map(Self).map_err(Error::custom)
    }
}

/// A JSON value in a text, by the one reader of values.
pub(crate) struct JsonValue(Value);

impl JsonValue {
    pub(crate) fn into(self) -> Value {
        self.0
    }
}

impl<'de> Deserialize<'de> for JsonValue {
    fn deserialize<D: Deserializer<'de>>(cell: D) -> Result<Self, D::Error> {
        let text = String::deserialize(cell)?;
        json::parse(text.as_bytes()).map(Self).map_err(Error::custom)
    }
}

/// Proof that a statement found the row it looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "IgnoredAny")]
pub struct Exists;

impl From<IgnoredAny> for Exists {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    row! {
        #[derive(Debug, PartialEq)]
        struct PetRow { id: u32, name: String, age: Option<u32> }
    }

    #[derive(Debug, PartialEq)]
    struct Pet(String);

    row! {
        struct NamedPet for Pet { kind: String, pet: Option<PetRow>, names: JsonText<Vec<String>> }
    }

    impl TryFrom<NamedPet> for Pet {
        type Error = CorruptRow;

        fn try_from(row: NamedPet) -> Result<Self, CorruptRow> {
            if row.kind == "secret" {
                return Err(CorruptRow("NamedPet.kind"));
            }
            let name = row.pet.map(|pet| pet.name).unwrap_or_default();
            Ok(Self([row.kind, name, row.names.into().concat()].concat()))
        }
    }

    struct Owner {
        is_new: bool,
    }

    row!(Owner { is_new as Flag });

    fn corrupt<R: DeserializeOwned>(rows: &str) -> String {
        read_all::<R>(rows).map(drop).unwrap_err()
    }

    #[test]
    fn a_row_is_an_array_or_an_object_of_its_columns_in_order() {
        let rows = r#"[[1,"a",null],{"id":2,"name":"b\"","age":3}]"#;
        let pet = |id, name: &str, age| PetRow { id, name: name.to_owned(), age };
        assert_eq!(read_all(rows), Ok(vec![pet(1, "a", None), pet(2, "b\"", Some(3))]));
        assert_eq!(read_all::<PetRow>("[]"), Ok(vec![]));
    }

    #[test]
    fn a_row_inside_another_is_null_where_there_is_none() {
        let rows = r#"[["a",null,"[]"],["b",[1,"c",2],"[\"d\",\"e\"]"]]"#;
        assert_eq!(read_all(rows), Ok(vec![Pet("a".to_owned()), Pet("bcde".to_owned())]));
    }

    #[test]
    fn a_number_is_a_flag() {
        let flags: Vec<Owner> = read_all(r#"[[0],[1],{"is_new":2}]"#).unwrap();
        assert_eq!(flags.iter().map(|flag| flag.is_new).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn whatever_a_statement_found_is_there() {
        assert_eq!(read_all(r#"[{"id":"a"},{"n":1,"m":null}]"#), Ok(vec![Exists, Exists]));
    }

    #[test]
    fn a_corrupt_column_is_named_and_what_it_holds_is_not() {
        for (rows, column) in [
            (r#"[[1,"a",2],["secret","a",2]]"#, "PetRow.id"),
            (r#"[["secret"]]"#, "PetRow.id"),
            (r#"[[1,["secret"],2]]"#, "PetRow.name"),
            (r#"[[1,{"secret":"secret"},2]]"#, "PetRow.name"),
            (r#"[[1,"secret",-1]]"#, "PetRow.age"),
            (r#"[[1,"secret","secret"]]"#, "PetRow.age"),
            (r#"[[1,"secret"]]"#, "PetRow.age"),
            (r#"[{"id":"secret","name":"secret","age":1}]"#, "PetRow.id"),
            (r#"[{"id":1,"name":null,"age":1}]"#, "PetRow.name"),
            (r#"[{"id":1,"secret":"secret"}]"#, "PetRow.name"),
            (r#"[{"id":1}]"#, "PetRow.name"),
        ] {
            assert_eq!(corrupt::<PetRow>(rows), format!("a stored row is corrupt: {column}"));
        }
        for (rows, column) in [
            (r#"[["a",[1,"secret","secret"],"[]"]]"#, "PetRow.age"),
            (r#"[["a","secret","[]"]]"#, "NamedPet.pet"),
            (r#"[["a",null,"[\"secret\",7]"]]"#, "NamedPet.names"),
            (r#"[["a",null,"secret"]]"#, "NamedPet.names"),
            (r#"[["secret",null,"[]"]]"#, "NamedPet.kind"),
        ] {
            assert_eq!(corrupt::<Pet>(rows), format!("a stored row is corrupt: {column}"));
        }
    }

    #[test]
    fn what_is_no_row_at_all_is_told_without_its_content() {
        for rows in [
            "",
            "secret",
            r#""secret""#,
            r#"["secret"]"#,
            r#"{"secret":1}"#,
            r#"[[1,"secret",2,3]]"#,
            r#"[{"id":1,"name":"secret","age":1,"secret":1}]"#,
            r#"[[1,"secret",2],"a stored row is corrupt: secret"]"#,
            r#"[{"secr\u0065t":1}]"#,
        ] {
            assert_eq!(corrupt::<PetRow>(rows), "a stored row is corrupt", "{rows}");
        }
    }
}
