use super::*;
use crate::api::{reply::Reply, values};

fn faults_of(result: Result<(), Error>) -> Vec<String> {
    let Err(Error::Invalid(faults)) = result else { panic!("{result:?}") };
    faults
        .into_details()
        .into_iter()
        .map(|d| format!("{} {:?}", d.path.unwrap_or_default(), d.code))
        .collect()
}

fn read_leniently(body: &str) -> Result<(), Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open_page(body.as_bytes(), &mut faults)?;
    fields.required("name", values::text);
    fields.optional("more", values::text);
    settle(faults)
}

/// The faults of a management body in which no member is known but `known`.
fn faults_of_unknown(body: &[u8], known: &[&'static str]) -> Result<Faults, Error> {
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults)?;
    for name in known {
        fields.take(name);
    }
    fields.finish();
    Ok(faults)
}

fn answer(error: Error) -> String {
    Reply::from(error).body
}

#[test]
fn a_page_may_repeat_what_nobody_reads() {
    assert_eq!(read_leniently(r#"{"x":1,"name":"a","x":2,"y":{"z":1,"z":2}}"#), Ok(()));
    for body in [
        r#"{"name":"a","name":"a"}"#,
        r#"{"name":"a","x":1,"name":null}"#,
        r#"{"na\u006de":"a","name":"b"}"#,
    ] {
        assert_eq!(faults_of(read_leniently(body))[0], "name Some(DuplicateField)", "{body}");
    }
}

#[test]
fn what_a_page_repeats_within_a_list_is_told_where_it_is_read() {
    let entry = |value, path: &str, faults: &mut Faults| {
        Fields::within_page(value, path, faults)?.required("role", values::text)
    };
    let read = |body: &str| {
        let mut faults = Faults::default();
        let mut fields = Fields::open_page(body.as_bytes(), &mut faults)?;
        fields.optional("list", |value, path, faults| values::array(value, path, faults, entry));
        settle(faults)
    };
    let long = "k".repeat(1000);
    let unread = format!(r#"[{{"role":"a"}},{{"role":"a","{long}":[{{"role":1,"role":2}}]}}]"#);
    assert_eq!(read(&format!("{{\"list\":{unread},\"x\":{{\"role\":1,\"role\":2}}}}")), Ok(()));
    let faults = faults_of(read(r#"{"list":[{"role":"a"},{"role":"a","role":"b"}]}"#));
    assert_eq!(faults, ["list.1.role Some(DuplicateField)"]);
}

#[test]
fn null_is_absence_to_a_page() {
    assert_eq!(read_leniently(r#"{"name":"a","more":null}"#), Ok(()));
    let faults = faults_of(read_leniently(r#"{"name":null}"#));
    assert_eq!(faults, ["name Some(MissingRequiredField)"]);
}

#[test]
fn an_answer_to_many_repeated_members_below_a_long_key_has_at_most_64_kib() {
    let members: Vec<String> = (0..100).map(|n| format!("\"{n}\":1,\"{n}\":2")).collect();
    let body = |key: &str| format!("{{\"{key}\":{{{}}}}}", members.join(","));
    // The longest key of a body, of the characters that JSON makes longest.
    for key in ["k".repeat(1024), "\\u0001".repeat(1024), "\u{1f980}".repeat(256)] {
        let faults = faults_of_unknown(body(&key).as_bytes(), &[]).unwrap();
        let answer = answer(Error::Invalid(faults));
        assert!((20_000..64 * 1024).contains(&answer.len()), "{}", answer.len());
    }
    // And one that is too long.
    let error = faults_of_unknown(body(&"k".repeat(900_000)).as_bytes(), &[]).unwrap_err();
    let answer = answer(error);
    assert!(answer.len() < 1024, "{answer}");
}

#[test]
fn unknown_members_beyond_the_hundredth_are_counted() {
    let members: Vec<String> = (0..1000).map(|n| format!("\"nam{n}\":1")).collect();
    let body = format!("{{{}}}", members.join(","));
    let details = faults_of_unknown(body.as_bytes(), &["name"]).unwrap().into_details();
    assert_eq!(details.len(), 101);
    assert_eq!(details[100].message, "and 900 more");
}

#[test]
fn members_are_taken_once_and_the_rest_stays_in_order() {
    let body = br#"{"d":1,"b":2,"c":3,"b":4,"a":null}"#;
    let mut faults = Faults::default();
    let mut fields = Fields::open(body, &mut faults).unwrap();
    assert_eq!(fields.take("b"), Some(Value::Number(2_u32.into())));
    assert_eq!(fields.take("b"), None);
    assert_eq!(fields.take("a"), Some(Value::Null));
    fields.finish();
    let details = faults.into_details();
    let paths: Vec<_> = details.iter().filter_map(|detail| detail.path.as_deref()).collect();
    assert_eq!(paths, ["b", "d", "c"]);
}
