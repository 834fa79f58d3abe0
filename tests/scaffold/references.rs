//! What a template refers to.

use callboard::scaffold::expression::{Options, Referred, Template};

fn listed(template: &str) -> String {
    let template = Template::parse(template, Options::default()).expect("a template");
    let line = |reference: callboard::scaffold::expression::Reference| {
        let what = match reference.what {
            Referred::Value {
                path,
                called: false,
            } => path.join("."),
            Referred::Value { path, called: true } => format!("{}()", path.join(".")),
            Referred::Filter(name) => format!("|{name}"),
            Referred::Test(name) => format!("is {name}"),
        };
        format!("{}:{} {what}\n", reference.line, reference.column)
    };
    template.references().into_iter().map(line).collect()
}

#[test]
fn values_filters_and_tests_are_listed_with_their_places() {
    let template = "${{ parameters.name | lower }}\n{% if steps['fetch'].output.path is defined %}${{ parameters.url.split('/')[0] }}{% endif %}";
    assert_eq!(
        listed(template),
        "1:5 parameters.name\n1:23 |lower\n2:7 steps.fetch.output.path\n2:37 is defined\n2:51 parameters.url.split()\n"
    );
}

#[test]
fn what_a_template_sets_itself_is_not_listed() {
    let template = "{% set a = values.x %}${{ a.b }}{% for v in values.list %}${{ v.name }}${{ loop.index }}{% endfor %}${{ v }}\
        {% macro m(p, q=values.d) %}${{ p }}${{ q }}${{ r }}{% endmacro %}${{ m(range(3)) }}";
    assert_eq!(
        listed(template),
        "1:12 values.x\n1:45 values.list\n1:105 v\n1:125 values.d\n1:157 r\n"
    );
}
