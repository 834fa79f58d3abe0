use proptest::prelude::*;

use super::*;

const GOOD: &str = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: NAME}\nspec: {type: team, children: []}\n";

fn good(name: &str) -> String {
    GOOD.replace("NAME", name)
}

fn names(read: &Read) -> Vec<&str> {
    read.entities.iter().map(|entity| &*entity.name).collect()
}

fn problems(read: &Read) -> String {
    read.problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn descriptor(text: &str) -> Read {
    read("f", text.as_bytes(), Scope::Descriptor)
}

#[test]
fn several_documents_are_several_entities() {
    let text = format!(
        "# all teams\n---\n{}---\n\n---\n{}...\n# end\n",
        good("a"),
        good("b")
    );
    let read = descriptor(&text);
    assert_eq!(problems(&read), "");
    assert_eq!(names(&read), ["a", "b"]);
    assert_eq!(
        read.entities
            .iter()
            .map(|entity| entity.line)
            .collect::<Vec<_>>(),
        [3, 10]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = format!("\u{FEFF}{}---\n{}", good("a"), good("b")).replace('\n', "\r\n");
    let read = descriptor(&text);
    assert_eq!(problems(&read), "");
    assert_eq!(names(&read), ["a", "b"]);
    assert!(!read.entities[0].document.text().contains("\\r"));
}

#[test]
fn a_broken_document_leaves_the_others_alone() {
    let broken = [
        "a: [\n",
        "owner: @pay\n",
        "a: 1\na: 2\n",
        "a: \"x\n",
        "just text\n",
        "- list\n",
        "a: *none\n",
    ];
    let mut text = good("first");
    for broken in broken {
        write!(text, "---\n{broken}").expect("a string");
    }
    write!(text, "---\n{}", good("last")).expect("a string");
    let read = descriptor(&text);
    assert_eq!(names(&read), ["first", "last"]);
    insta::assert_snapshot!(problems(&read), @r#"
    f:6:4: error[yaml-syntax]: The brackets do not match: close each [ with ] and each { with }, and put a value that begins with a bracket in quotes.
    f:8:8: error[yaml-syntax]: A value cannot begin with @ unless it stands in quotes: write "@…".
    f:11:1: error[duplicate-key]: The key "a" stands here for the second time: keep one of the two.
    f:13:4: error[yaml-syntax]: This quotation is not closed: put the closing quote where the text ends.
    f:15:1: error[document-root]: This document is the text "just text": write an object with apiVersion, kind, metadata and spec.
    f:17:1: error[document-root]: This document is a list: write an object with apiVersion, kind, metadata and spec.
    f:19:4: error[yaml-syntax]: This alias stands for nothing: put its &anchor before it, or the text in quotes.
    "#);
}

#[test]
fn one_bad_reference_keeps_the_entity_with_a_warning_word() {
    let read = descriptor(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: ledger\nspec:\n  type: service\n  lifecycle: production\n  owner: pay\n  dependsOn: [db]\n",
    );
    let entity = &read.entities[0];
    assert_eq!(
        entity.owner.as_ref().map(ToString::to_string).as_deref(),
        Some("group:default/pay")
    );
    assert_eq!(entity.owner_line, Some(8));
    let refused = entity.refused.as_deref().expect("a sentence");
    assert_eq!(read.problems[0].message, refused);
    assert_eq!(read.problems[0].severity, Severity::Error);
    assert_eq!(
        read.problems[0].entity.as_deref(),
        Some("component:default/ledger")
    );
    insta::assert_snapshot!(refused, @r#"spec.dependsOn does not refer to an entity: "db" does not say its kind: write it before the name, like component:db or resource:db."#);
}

#[test]
fn a_bad_owner_drops_the_entity() {
    for owner in ["", "5", "':x'", "[pay]"] {
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{name: a}}\nspec:\n  owner: {owner}\n"
        );
        let read = descriptor(&text);
        assert!(read.entities.is_empty(), "{owner}");
        assert_eq!(
            (read.problems.len(), read.problems[0].line),
            (1, 5),
            "{owner}"
        );
    }
}

#[test]
fn a_file_merely_looked_into_is_skipped_silently() {
    let looked = |text: &[u8]| read("f", text, Scope::Looked);
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n";
    for text in [
        deployment.as_bytes(),
        b"a: [",
        b"\xFF\xFE",
        b"text backstage.io/ text",
        b"# backstage.io/\n- a\n",
        b"\0 backstage.io/",
        b"apiVersion: {{ x }} # backstage.io/",
        b"apiVersion: backstage.io/v1alpha1\nkind: {{ kind }\n",
    ] {
        let read = looked(text);
        assert_eq!((names(&read).len(), problems(&read)), (0, String::new()));
    }
    let mixed = looked(format!("{deployment}---\n{}---\n{}", good("a"), good("-b")).as_bytes());
    assert_eq!(names(&mixed), ["a"]);
    assert!(
        problems(&mixed).starts_with("f:12:18: error[name-format]"),
        "{}",
        problems(&mixed)
    );
    let broken = looked(b"apiVersion: 'backstage.io/v1alpha1'\nkind: [\n");
    assert!(
        problems(&broken).contains("error[yaml-syntax]"),
        "{}",
        problems(&broken)
    );
}

#[test]
fn what_is_not_utf8_text_is_said_once_where_it_stands() {
    let mut bytes = good("a").into_bytes();
    bytes.extend_from_slice(b"---\nkind: Gr\xC3\xBC\xFFp\xFF\n---\na: \0x\0\n---\n");
    bytes.extend_from_slice(good("b").as_bytes());
    let read = read("f", &bytes, Scope::Descriptor);
    assert_eq!(names(&read), ["a", "b"]);
    insta::assert_snapshot!(problems(&read), @"
    f:6:10: error[encoding]: This is not UTF-8 text: save the file as UTF-8.
    f:8:4: error[encoding]: There is a NUL character here: remove it, or save the file as UTF-8.
    ");
    let lone = good("a").replace("metadata:", "metadata:\r\n\r ");
    insta::assert_snapshot!(problems(&super::read("f", lone.as_bytes(), Scope::Descriptor)), @"f:4:1: error[encoding]: There is a carriage return here without a line feed behind it: remove it, or save the file with line feeds.");
    insta::assert_snapshot!(problems(&super::read("f", b"\xFF\xFEa\0", Scope::Descriptor)), @"f:1:1: error[encoding]: This file is UTF-16: save it as UTF-8.");
}

#[test]
fn a_file_has_a_size() {
    let mut text = good("a");
    text.push_str(&"#".repeat(MAX_FILE_SIZE));
    let read = descriptor(&text);
    assert!(read.entities.is_empty());
    insta::assert_snapshot!(problems(&read), @"f:1:1: error[too-large]: This file has 6 MiB, and a descriptor may have 5: move large definitions to files of their own and point to them with $text.");
    assert!(
        super::read("f", text.as_bytes(), Scope::Looked)
            .problems
            .is_empty()
    );
}

#[test]
fn an_alias_bomb_takes_only_its_own_document() {
    let mut text = good("a");
    text.push_str("---\na0: &a0 x\n");
    for level in 1..30 {
        let below = level - 1;
        writeln!(
            text,
            "a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}]"
        )
        .expect("a string");
    }
    write!(text, "---\n{}", good("b")).expect("a string");
    let read = descriptor(&text);
    assert_eq!(names(&read), ["a", "b"]);
    assert_eq!(read.problems.len(), 1);
    assert_eq!(read.problems[0].rule, "alias-bomb");
}

#[test]
fn many_problems_are_counted() {
    let tags = "A B, ".repeat(10_000);
    let read = descriptor(&good("x").replace("name: x", &format!("name: x, tags: [{tags}]")));
    assert_eq!(read.problems.len(), MAX_PROBLEMS + 1);
    insta::assert_snapshot!(read.problems[MAX_PROBLEMS].message, @"… and 9900 more problems in this file: mend these first.");
    assert_eq!(names(&read), ["x"]);
}

#[test]
fn the_document_holds_only_what_descriptors_hold() {
    let read = descriptor(&format!("{}relations: []\n", good("a")));
    let entity = &read.entities[0];
    insta::assert_snapshot!(entity.document.text(), @r#"{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"a"},"spec":{"type":"team","children":[]}}"#);
    assert!(entity.refused.is_some());
}

/// Pieces that make up something like a descriptor.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "apiVersion: backstage.io/v1alpha1",
        "kind: Component",
        "kind: Group",
        "metadata:",
        "name: a",
        "spec:",
        "owner: pay",
        "owner: ':'",
        "tags: [a, B, 5]",
        "links: [{url: x}]",
        "annotations: {a: b, c: ~}",
        "dependsOn: [x, 'component:y']",
        "type: service",
        "lifecycle: production",
        "children: []",
        "---",
        "...",
        "%YAML 1.2",
        "\n",
        "\n",
        "\n  ",
        "\n  ",
        "\n    ",
        "- ",
        "? ",
        ": ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "|",
        ">-",
        "'",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        "#",
        "\t",
        "@",
        "\u{FEFF}",
        "ü",
        "0x1F",
        "${{ x }}",
        "\r\n",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// What can be told of an entity, to compare two of them.
fn told(entity: &Entity) -> String {
    format!(
        "{entity:?} {:?} {:?}",
        entity.targets(),
        entity.fetched_folders()
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
        let _ = read("f", &bytes, Scope::Descriptor);
        let _ = read("f", &bytes, Scope::Looked);
    }

    #[test]
    fn any_soup_is_read_and_stays_as_it_is(text in soup()) {
        let source = format!("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: a\n{text}");
        for text in [&text, &source] {
            let read = read("f", text.as_bytes(), Scope::Descriptor);
            for problem in &read.problems {
                prop_assert!(problem.message.ends_with(['.', '?']), "{}", problem.message);
                let _ = super::super::problem::excerpt(text, problem);
            }
            for entity in &read.entities {
                let document = RawValue::from_string(entity.document.text()).expect("JSON");
                let again = Entity::from_document(&document, entity.line, entity.owner_line, entity.refused.clone());
                prop_assert_eq!(told(&again.expect("an entity")), told(entity));
            }
        }
    }

    #[test]
    fn every_problem_stands_inside_the_file(text in soup()) {
        let source = format!("apiVersion: backstage.io/v1alpha1\nkind: component\nmetadata:\n  name: a b\n{text}");
        let lines: Vec<&str> = source.split('\n').collect();
        for problem in read("f", source.as_bytes(), Scope::Descriptor).problems {
            let line = (problem.line as usize).checked_sub(1).and_then(|line| lines.get(line));
            let line = line.map(|line| line.chars().count());
            let inside = line.is_some_and(|length| (1..=length + 1).contains(&(problem.column as usize)));
            prop_assert!(inside, "{problem} of {source:?}");
        }
    }

    #[test]
    fn a_broken_document_leaves_its_neighbours(text in soup()) {
        let named = |name: &str| format!("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{type: team, children: []}}\n");
        let source = format!("{}---\n{text}\n---\n{}", named("first-one"), named("last-one"));
        let found = read("f", source.as_bytes(), Scope::Descriptor).entities;
        for name in ["group:default/first-one", "group:default/last-one"] {
            prop_assert!(found.iter().any(|entity| entity.reference.as_str() == name), "{name} of {source:?}");
        }
    }
}
