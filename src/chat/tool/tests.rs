use super::*;

/// A list as it is stored, each tool with nothing but its name.
fn stored(names: &[&str]) -> String {
    let tool = |name: &&str| {
        format!(r#"{{"name":"{name}","description":"","parametersSchema":{{}},"origin":"webmcp"}}"#)
    };
    format!("[{}]", names.iter().map(tool).collect::<Vec<_>>().join(","))
}

fn named(names: &[&str]) -> Vec<String> {
    function_names(ClientTools::from_stored(&stored(names)).unwrap().list())
}

#[test]
fn a_tool_keeps_every_member_in_storage() {
    let text = r#"[{"name":"add","description":"Adds","parametersSchema":{"type":"object"},"origin":"sdk","pageOrigin":"https://a.example","annotations":{"readOnlyHint":true}}]"#;
    assert_eq!(ClientTools::from_stored(text).unwrap().json().get(), text);
    for other in ["{}", "[{}]", "[1]", r#"[{"name":"a","description":"","origin":"x"}]"#, "["] {
        assert!(ClientTools::from_stored(other).is_none(), "{other}");
    }
}

#[test]
fn functions_have_names_that_models_may_use() {
    assert_eq!(named(&["add_to-cart", "shop.add/é"]), ["add_to-cart", "shop_add__"]);
    assert_eq!(named(&[&"a".repeat(128)]), ["a".repeat(64)]);
}

#[test]
fn no_two_functions_have_the_same_name() {
    assert_eq!(named(&["a.b", "a_b", "a_b_2", "a b"]), ["a_b", "a_b_2", "a_b_2_2", "a_b_3"]);
    let long = "a".repeat(65);
    assert_eq!(named(&[&long, &long]), ["a".repeat(64), "a".repeat(62) + "_2"]);
}

fn sent(list: Option<&[&str]>, fingerprint: Option<&str>) -> ToolsSent {
    ToolsSent {
        list: list.map(|names| ClientTools::from_stored(&stored(names)).unwrap()),
        fingerprint: fingerprint.map(str::to_owned),
    }
}

/// The names of the tools in force.
fn in_force(tools: Result<ClientTools, Refused>) -> Result<Vec<String>, Refused> {
    tools.map(|tools| tools.list().iter().map(|tool| tool.name.clone()).collect())
}

#[test]
fn a_list_that_is_sent_is_in_force_and_stored() {
    let list = stored(&["old"]);
    let known = ToolsStored { list: Some(&list), fingerprint: Some("f") };
    for fingerprint in [None, Some("f"), Some("g")] {
        let sent = sent(Some(&["new"]), fingerprint);
        assert_eq!(sent.to_store(), Some(stored(&["new"]).as_str()));
        let expected = Ok(vec!["new".to_owned()]);
        assert_eq!(in_force(sent.resolve(known)), expected);
        assert_eq!(in_force(sent.resolve_after_pause(known)), expected);
    }
}

#[test]
fn a_fingerprint_means_the_stored_list_or_is_refused() {
    let list = stored(&["old"]);
    let known = ToolsStored { list: Some(&list), fingerprint: Some("f") };
    let meant = sent(None, Some("f"));
    assert_eq!(in_force(meant.resolve(known)), Ok(vec!["old".to_owned()]));
    for (sent, stored) in [
        (sent(None, Some("g")), known),
        (meant.clone(), ToolsStored { fingerprint: None, ..known }),
        (meant, ToolsStored::default()),
    ] {
        assert_eq!(in_force(sent.resolve(stored)), Err(Refused::ToolsUnknown));
        assert_eq!(in_force(sent.resolve_after_pause(stored)), Err(Refused::ToolsUnknown));
    }
}

#[test]
fn without_a_word_a_chat_has_no_tools_and_a_resumption_those_stored() {
    let list = stored(&["old"]);
    let known = ToolsStored { list: Some(&list), fingerprint: None };
    let silent = ToolsSent::default();
    assert_eq!(silent.to_store(), None);
    assert_eq!(in_force(silent.resolve(known)), Ok(Vec::new()));
    assert_eq!(in_force(silent.resolve_after_pause(known)), Ok(vec!["old".to_owned()]));
    assert_eq!(in_force(silent.resolve_after_pause(ToolsStored::default())), Ok(vec![]));
}
