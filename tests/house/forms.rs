//! Who reads the JSON values within other forms. `serde_json` alone would read the text behind one certain name as JSON of
//! its own, so that a stranger's object comes out of storage as another one.

use crate::source::sources;

#[test]
fn values_within_forms_are_read_by_the_one_reader() {
    let mut broken = Vec::new();
    for source in sources() {
        let (mut is_read, mut is_told) = (false, false);
        for (line, text) in &source.lines {
            let code = text.trim();
            if code.starts_with("#[derive(") {
                is_read = code.contains("Deserialize");
            }
            is_told |= code.contains("deserialize_with = \"stored::");
            let is_field = code.contains(": ") && code.ends_with(',') && !code.starts_with('#');
            if is_read && (is_field || code.contains("struct ")) {
                let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
                if words.into_iter().any(|word| word == "Value") && !is_told {
                    broken.push(format!("{}:{line}: {code}", source.file));
                }
                is_told = false;
            }
            is_read &= text != "}" && !code.ends_with(");");
        }
        let reads = ["::<Value>(", ": Value = serde_json::", "from_value(", "JsonText<Value>"];
        let is_reader = source.module.starts_with("domain/json");
        for (line, text) in source.lines.iter().filter(|_| !is_reader) {
            if reads.iter().any(|word| text.contains(word)) {
                broken.push(format!("{}:{line}: {}", source.file, text.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "read by serde_json alone:\n{}", broken.join("\n"));
}
