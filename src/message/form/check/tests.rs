use serde_json::json;

use super::*;

fn said(kind: FieldKind, typed: &str) -> String {
    match Field::new("x", "Size", kind).read(typed) {
        Ok(Checked::Value(value)) => value.to_string(),
        Ok(Checked::Secret(_)) => "a secret".to_owned(),
        Err(sentence) => sentence,
    }
}

fn sizes() -> Vec<Offered> {
    [("s", "Small"), ("l", "Large"), ("2", "Double")]
        .map(|(value, label)| Offered {
            value: json!(value),
            label: label.to_owned(),
        })
        .to_vec()
}

#[test]
fn texts_keep_their_length_and_pattern() {
    let kind = |says: Option<&str>| FieldKind::Text {
        pattern: Some(Pattern {
            expression: "^[a-z-]+$".to_owned(),
            says: says.map(str::to_owned),
        }),
        min_length: Some(3),
        max_length: Some(5),
    };
    assert_eq!(said(kind(None), "abc"), "\"abc\"");
    assert_eq!(
        said(kind(None), "äb"),
        "Size must have at least 3 characters; this has 2."
    );
    assert_eq!(
        said(kind(None), "abcdef"),
        "Size may have at most 5 characters; this has 6."
    );
    assert_eq!(
        said(kind(None), "ABC"),
        "Size must match the pattern ^[a-z-]+$."
    );
    assert_eq!(
        said(kind(Some("be lower-case")), "ABC"),
        "Size must be lower-case."
    );
    assert_eq!(said(FieldKind::text(), "\"back\""), "\"back\"");
    assert_eq!(said(FieldKind::text(), "a\nb"), "Size must be one line.");
    assert_eq!(
        said(FieldKind::text(), &"x".repeat(20_000)),
        "Size is too long: at most 16000 characters are taken."
    );
}

#[test]
fn a_pattern_that_cannot_be_checked_lets_nothing_pass() {
    for expression in ["(", "[z-a]", "((((a{1000}){1000}){1000}))"] {
        let pattern = Some(Pattern {
            expression: expression.to_owned(),
            says: None,
        });
        let kind = FieldKind::Text {
            pattern,
            min_length: None,
            max_length: None,
        };
        assert!(
            said(kind, "a").contains("cannot be checked"),
            "{expression}"
        );
    }
}

#[test]
fn numbers_keep_their_bounds() {
    let number = |minimum, maximum| FieldKind::Number { minimum, maximum };
    assert_eq!(said(number(None, None), "2.5"), "2.5");
    assert_eq!(said(number(None, None), "3"), "3");
    assert_eq!(
        said(number(None, None), "NaN"),
        "Size must be a number, like 3 or 2.5, not \"NaN\"."
    );
    assert_eq!(
        said(number(Some(1.0), Some(2.5)), "3"),
        "Size must be between 1 and 2.5, not 3."
    );
    let integer = |minimum, maximum| FieldKind::Integer { minimum, maximum };
    assert_eq!(
        said(integer(Some(1), None), "0"),
        "Size must be 1 or more, not 0."
    );
    assert_eq!(
        said(integer(None, Some(9)), "10"),
        "Size must be 9 or less, not 10."
    );
    assert_eq!(
        said(integer(None, None), "2.5"),
        "Size must be a whole number, like 3, not \"2.5\"."
    );
}

#[test]
fn choices_go_by_value_label_or_number() {
    let choice = || FieldKind::Choice { options: sizes() };
    assert_eq!(said(choice(), "l"), "\"l\"");
    assert_eq!(said(choice(), "LARGE"), "\"l\"");
    assert_eq!(said(choice(), "1"), "\"s\"");
    assert_eq!(said(choice(), "2"), "\"2\"", "a value goes before a number");
    assert_eq!(
        said(choice(), "lareg"),
        "Size has no choice \"lareg\". Did you mean \"Large\"?"
    );
    assert_eq!(
        said(choice(), "0"),
        "Size has no choice \"0\"; it is one of: Small, Large, Double."
    );
    let many = || FieldKind::ManyChoices { options: sizes() };
    assert_eq!(said(many(), "large, 1, l"), "[\"l\",\"s\"]");
    assert_eq!(
        said(many(), "none"),
        "Size needs at least one of its choices."
    );
}

#[test]
fn entities_are_names_of_the_right_kind() {
    let entity = || FieldKind::entity(["group", "user"]);
    assert_eq!(said(entity(), "team-a"), "\"team-a\"");
    assert_eq!(
        said(entity(), "Group:default/team-a"),
        "\"Group:default/team-a\""
    );
    assert_eq!(
        said(entity(), "component:x"),
        "Size must be a group or user, not a component."
    );
    for bad in ["team a", "group:", "/x"] {
        assert_eq!(
            said(entity(), bad),
            "Size must be a name from the catalog, like team-a or group:default/team-a."
        );
    }
}

#[test]
fn dates_are_days_of_the_calendar() {
    assert_eq!(said(FieldKind::Date, "2028-02-29"), "\"2028-02-29\"");
    for bad in [
        "2027-02-29",
        "20261125",
        "25.11.2026",
        "tomorrow",
        "2026-11-25T",
    ] {
        assert_eq!(
            said(FieldKind::Date, bad),
            format!("Size must be a date, like 2026-11-25, not {bad:?}.")
        );
    }
}

#[test]
fn people_are_named_or_picked() {
    assert_eq!(said(FieldKind::Person, "@ana"), "\"ana\"");
    assert_eq!(
        said(FieldKind::Person, "user:default/ana"),
        "\"user:default/ana\""
    );
    assert_eq!(
        said(FieldKind::Person, "slack/U012AB3CD"),
        "\"slack/U012AB3CD\""
    );
    assert_eq!(
        said(FieldKind::Person, "group:pay"),
        "Size must be a user, not a group."
    );
    assert_eq!(
        said(FieldKind::Person, "Ana May"),
        "Size must be the name of a person in the catalog, like ana or user:default/ana."
    );
}

#[test]
fn forms_of_platforms_may_give_text_for_anything() {
    let checked = |kind, value| Field::new("x", "Size", kind).check(&value);
    let value = |value| Ok(Checked::Value(value));
    assert_eq!(
        checked(FieldKind::Boolean, json!("yes")),
        value(json!(true))
    );
    assert_eq!(
        checked(
            FieldKind::Integer {
                minimum: None,
                maximum: None
            },
            json!("7")
        ),
        value(json!(7))
    );
    assert_eq!(
        checked(FieldKind::Choice { options: sizes() }, json!("Small")),
        value(json!("s"))
    );
    assert_eq!(
        checked(FieldKind::Boolean, json!([1])),
        Err("Size cannot be 1.".to_owned())
    );
    assert_eq!(
        checked(FieldKind::text(), json!(1)),
        Err("Size cannot be 1.".to_owned())
    );
}

#[test]
fn patterns_may_look_around() {
    let pattern = |expression: &str| Pattern {
        expression: expression.to_owned(),
        says: None,
    };
    let no_double = pattern("^(?!.*--)[a-z-]+$");
    assert_eq!(no_double.matches("a-b"), Some(true));
    assert_eq!(no_double.matches("a--b"), Some(false));
}

#[test]
fn what_a_pattern_asks_for_is_shown_by_an_example() {
    let kind = || FieldKind::Text {
        pattern: Some(Pattern {
            expression: "^[a-z-]+$".to_owned(),
            says: None,
        }),
        min_length: None,
        max_length: None,
    };
    let mut field = Field::new("x", "Size", kind());
    field.example = Some("very-large".to_owned());
    let fault = field.fault(&json!("Large"));
    assert_eq!(
        fault.as_deref(),
        Some("Size must match the pattern ^[a-z-]+$; for example very-large.")
    );
    field.example = Some("An example that does not match".to_owned());
    let fault = field.fault(&json!("Large"));
    assert_eq!(
        fault.as_deref(),
        Some("Size must match the pattern ^[a-z-]+$.")
    );
    assert_eq!(field.fault(&json!("large")), None);
}

#[test]
fn lists_have_commas_or_lines_between_their_entries() {
    let list = |of| FieldKind::List {
        of: Box::new(of),
        min_items: None,
        max_items: Some(3),
    };
    let texts = || list(FieldKind::text());
    assert_eq!(said(texts(), "a, b,,a\nc"), r#"["a","b","c"]"#);
    assert_eq!(said(texts(), "none"), "Size needs at least one entry.");
    assert_eq!(
        said(texts(), "a,b,c,d"),
        "Size may have at most 3 entries; this has 4."
    );
    let whole = || {
        list(FieldKind::Integer {
            minimum: Some(1),
            maximum: None,
        })
    };
    assert_eq!(said(whole(), "1, 2"), "[1,2]");
    assert_eq!(said(whole(), "1, 0"), "Size must be 1 or more, not 0.");
    let groups = || list(FieldKind::entity(["group"]));
    assert_eq!(said(groups(), "pay, risk"), r#"["pay","risk"]"#);
    assert_eq!(
        said(groups(), "pay, user:ana"),
        "Size must be a group, not a user."
    );
    let fault = |value| Field::new("x", "Size", texts()).fault(&value);
    assert_eq!(fault(json!(["a", "b"])), None);
    assert_eq!(fault(json!("a, b")), None);
    assert_eq!(fault(json!([1])).as_deref(), Some("Size cannot be 1."));
    assert_eq!(fault(json!({})).as_deref(), Some("Size cannot be {}."));
}
