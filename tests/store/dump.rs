//! A dump that is loaded into an empty database, as exporters write it: the tables with their rows first, so that no
//! trigger runs for them, then the indexes and the triggers. D1 sorts these by their kind, SQLite's own program takes
//! them as they were made.

use rusqlite::{Connection, types::Value};

use ::client_tokens::domain::environment::Environment::Live;

use crate::database::{Database, conversation_id, new_token};

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Every table with its rows, and then what is made in this `order`.
fn dump(connection: &Connection, order: &str) -> Vec<String> {
    let schema = "select sql from sqlite_schema where sql is not null and type";
    let mut dump = vec!["pragma defer_foreign_keys = true".to_owned()];
    let names =
        "select name from sqlite_schema where sql is not null and type = 'table' order by rowid";
    for table in texts(connection, names) {
        dump.extend(texts(connection, &format!("{schema} = 'table' and name = '{table}'")));
        let columns =
            texts(connection, &format!("select name from pragma_table_info('{table}')")).join(", ");
        let mut rows = connection.prepare(&format!("select {columns} from {table}")).unwrap();
        let count = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..count).map(|at| literal(row.get(at).unwrap())).collect();
            dump.push(format!("insert into {table} ({columns}) values ({})", values.join(", ")));
        }
    }
    dump.extend(texts(connection, &format!("{schema} <> 'table' order by {order}")));
    dump
}

fn literal(value: Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        other => panic!("{other:?}"),
    }
}

fn load(dump: &[String]) -> Database {
    let connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection.execute_batch(&format!("begin; {}; commit;", dump.join(";\n"))).unwrap();
    Database(connection)
}

#[test]
fn a_dump_loads_into_an_empty_database_and_that_one_goes_on() {
    let database = Database::migrated();
    let caller = database.caller("acme", Live, 1);
    let token = new_token(1, Live);
    database.insert(&caller, &token);
    database.conversation(token.id, 1, "flow_a");
    database.fill(1, 3);
    for order in ["type", "rowid"] {
        let statements = dump(&database.0, order);
        let loaded = load(&statements);
        assert_eq!(dump(&loaded.0, order), statements, "{order}: nothing is lost or counted twice");
        let run = |sql: &str| loaded.0.execute(sql, []).unwrap();
        run("update client_tokens set name = 'Renamed'");
        let entries = "select count(*) from audit_log where action = 'client_token.update'
                       and fields_after ->> 'name' = 'Renamed'";
        assert_eq!(loaded.count(entries), 1, "{order}");
        let other = new_token(2, Live);
        loaded.insert(&caller, &other);
        assert_eq!(loaded.count("select token_count from tenants"), 2);
        loaded.conversation(other.id, 2, "flow_a");
        loaded.fill(2, 1);
        run("update conversations set deleted_at = 1 where message_count = 3");
        assert_eq!(loaded.count("select count(*) from messages"), 1);
        let erased = "select byte_count from conversations where deleted_at is not null";
        assert_eq!(loaded.count(erased), 0, "{order}");
        assert_eq!(loaded.count("select count(*) from audited"), 0);
        let late = "insert into messages (conversation_id, id, position, role, content, created_at)
                    values (?1, 'm9', 9, 'user', '1', 1)";
        assert!(loaded.0.execute(late, [conversation_id(1).to_string()]).is_err());
    }
}

#[test]
fn nothing_in_the_schema_keeps_a_dump_from_being_made_or_loaded() {
    let database = Database::migrated();
    let kinds = texts(&database.0, "select distinct type from sqlite_schema order by type");
    assert_eq!(kinds, ["index", "table", "trigger"], "no view: it is loaded behind its triggers");
    let tables = texts(&database.0, "select sql from sqlite_schema where type = 'table'");
    assert!(tables.iter().all(|sql| !sql.to_lowercase().contains("virtual")));
}
