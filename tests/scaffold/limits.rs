//! What a template must not be able to do.

use std::time::{Duration, Instant};

use callboard::scaffold::expression::{ExpressionError, Options, Surroundings, Template};
use serde_json::{Map, json};

fn render(template: &str) -> Result<String, ExpressionError> {
    let mut context = Map::new();
    context.insert("list".to_owned(), json!([1, 2, 3]));
    Template::parse(template, Options::default())?.render(&context, &Surroundings::default())
}

/// Renders with little stack and tells how it was refused; it must be quick.
fn refused(template: &str) -> String {
    let text = template.to_owned();
    let start = Instant::now();
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let result = thread
        .spawn(move || render(&text))
        .expect("a thread")
        .join()
        .expect("no overflow");
    let took = start.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "{took:?} is too slow: {template:.100}"
    );
    result.expect_err("refused").message
}

#[test]
fn a_loop_that_would_never_end_ends() {
    let loops = [
        "{% for a in range(100000) %}{% for b in range(100000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
        "${{ range(1000000000) | length }}",
        "${{ range(0, 1, 0.0000000001) | length }}",
        "{% set a = 'xxxxxxxxxx' %}{% for i in range(60) %}{% set a = a ~ a %}{% endfor %}${{ a }}",
        "{% set a = [1] %}{% for i in range(60) %}{% set a = [a, a] %}{% endfor %}${{ a }}",
        "{% set a = [1] %}{% for i in range(60) %}{% set a = [a, a] %}{% endfor %}${{ a | dump }}",
        "{% set a = 'x' %}{% for i in range(60) %}{% set a = a.replace('x', 'xx') %}{% set a = a | replace('x', 'xx') %}{% endfor %}",
        "${{ 'x'.repeat(1000000000) }}",
        "${{ 'x'.padStart(1000000000) }}",
        "${{ 'x' | center(1000000000) }}",
        "${{ 'x' | indent(1000000000, true) }}",
        "${{ {length: 1000000000} | list | sort }}${{ {length: 1000000000} | sort }}",
        "{% for i in {length: 1000000000} %}x{% endfor %}",
        "{% set l = [] %}{% for i in range(100000) %}{% set n = l.push(l.slice()) %}{% endfor %}",
        "{% set l = range(100000) %}{% for i in range(100000) %}${{ l.includes(-1) }}{% endfor %}",
        "{% set s = 'a' | center(1000000) %}{% for i in range(100000) %}${{ s.indexOf('b') }}{% endfor %}",
        "{% set s = 'a' | center(1000000) %}{% for i in range(100000) %}${{ s.length }}{% if s is lower %}{% endif %}{% endfor %}",
    ];
    for template in loops {
        let message = refused(template);
        assert!(
            message.contains("more than") || message.contains("not possible"),
            "{template}: {message}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = 100_000;
    let nested = [
        format!("${{{{ {}1{} }}}}", "(".repeat(deep), ")".repeat(deep)),
        format!("${{{{ {}1{} }}}}", "[".repeat(deep), "]".repeat(deep)),
        format!("${{{{ {}1 }}}}", "not ".repeat(deep)),
        format!("${{{{ {}1 }}}}", "-+".repeat(deep)),
        format!("${{{{ 1{} }}}}", " + 1".repeat(deep)),
        format!("${{{{ 1{} }}}}", " ** 1".repeat(deep)),
        format!("${{{{ 'a'{} }}}}", " | upper".repeat(deep)),
        format!("${{{{ a{} }}}}", ".b".repeat(deep)),
        format!("${{{{ a{} }}}}", "[0]".repeat(deep)),
        format!("${{{{ a{} }}}}", "()".repeat(deep)),
        format!(
            "{}{}",
            "{% if 1 %}".repeat(deep),
            "{% endif %}".repeat(deep)
        ),
        format!("{}x", "{% for a in b %}".repeat(deep)),
        "{% macro m(x) %}${{ m(x) }}{% endmacro %}${{ m(1) }}".to_owned(),
        "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}${{ m() }}".to_owned(),
    ];
    for template in nested {
        let message = refused(&template);
        assert!(
            message.contains("deep") || message.contains("row"),
            "{template:.60}: {message}"
        );
    }
}

#[test]
fn what_may_be_nested_fits_the_stack() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("'a'.concat(", ")"),
        ("not(", ")"),
        ("{a: ", "} "),
    ] {
        let template = format!("${{{{ {}1{} }}}}", open.repeat(45), close.repeat(45));
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        thread
            .spawn(move || render(&template))
            .expect("a thread")
            .join()
            .expect("no overflow")
            .expect("rendered");
    }
}

#[test]
fn regular_expressions_do_not_hang() {
    let text = "a".repeat(5000);
    for pattern in ["(a+)+b", "(a|aa)+$b", "(a*)*b", "(.*)(.*)(.*)(.*)(.*)b"] {
        let start = Instant::now();
        let template = format!("${{{{ '{text}' | replace(r/{pattern}/g, 'x') | length }}}}");
        assert_eq!(render(&template).expect("rendered"), "5000");
        assert!(start.elapsed() < Duration::from_secs(5), "{pattern}");
    }
    assert!(refused("${{ 'a' | replace(r/(?=a)/, '') }}").contains("Looking ahead"));
    assert!(refused("${{ 'a' | replace(r/(a)\\1/, '') }}").contains("Referring to a group"));
    assert!(
        refused("${{ 'a' | replace(r/((a{0,500}){0,500}){0,500}/, '') }}").contains("too large")
    );
}

#[test]
fn lists_cannot_hold_themselves() {
    assert!(refused("{% set n = list.push(list) %}").contains("cannot hold itself"));
    assert!(
        refused("{% set a = [list] %}{% set n = list.push(a) %}").contains("cannot hold itself")
    );
    assert!(
        refused("{% set a = [] %}{% for i in range(1000) %}{% set a = [a] %}{% endfor %}${{ a }}")
            .contains("nested")
    );
}

#[test]
fn only_steps_are_told_how_those_before_went() {
    let template = Template::parse("${{ always() }} ${{ failure() }}", Options::default())
        .expect("a template");
    let given = |failed| {
        template.render(
            &Map::new(),
            &Surroundings {
                failed,
                ..Surroundings::default()
            },
        )
    };
    assert_eq!(given(Some(true)).expect("rendered"), "true true");
    assert_eq!(given(Some(false)).expect("rendered"), "true false");
    assert!(given(None).is_err());
}

#[test]
fn faults_say_where_and_what_to_do() {
    let faults = [
        (
            "a\n  ${{ name | uper }}",
            "2:14: There is no filter `uper`; did you mean `upper`?",
        ),
        (
            "${{ x is definde }}",
            "1:10: There is no test `definde`; did you mean `defined`?",
        ),
        (
            "{% fi a %}",
            "1:1: There is no tag `fi`. Put `{% raw %}` and `{% endraw %}` around text that must stay as it is.",
        ),
        (
            "\n{% if a %}",
            "2:1: `{% if %}` is not closed: `{% endif %}` is missing.",
        ),
        (
            "${{ a b }}",
            "1:7: The expression should end here, but there is `b`.",
        ),
        (
            "${{ a && b }}",
            "1:7: `&` has no meaning in an expression. Write `and` for `&&`.",
        ),
        (
            "a #} b",
            "1:3: A comment ends here that does not begin: `#}` has no `{#`. Put `{% raw %}` and `{% endraw %}` around text that must stay as it is.",
        ),
        (
            "${{ list.length.foo() }}",
            "1:17: `list.length.foo` is undefined and cannot be called.",
        ),
        (
            "${{ nothing() }}",
            "1:5: `nothing` is undefined and cannot be called.",
        ),
        (
            "${{ nothing.here.split('/') }}",
            "1:18: `nothing.here.split` is undefined and cannot be called. Already `nothing.here` is undefined: give it a value, or ask for it with `if` first.",
        ),
        (
            "${{ 5 | join }}",
            "1:9: `join` takes a list, but this is a number. Does it need `| default([])` in front of it?",
        ),
        (
            "{% include 'a' %}",
            "1:1: `{% include %}` is not possible: a file of a template cannot use another one. Put what it needs into this file, as a macro for example.",
        ),
    ];
    for (template, wanted) in faults {
        let message = render(template).expect_err("refused").to_string();
        assert!(message.starts_with(wanted), "{template}\n  {message}");
    }
}
