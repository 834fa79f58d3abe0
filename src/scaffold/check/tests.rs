use std::fs;

use super::*;
use crate::scaffold::source::Local;

/// A template in a folder with a skeleton, and what is wrong with it.
async fn told(spec: &str, skeleton: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    write(
        "template.yaml",
        &format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: x}}\nspec:\n  type: service\n{spec}"
        ),
    );
    for (path, text) in skeleton {
        write(&format!("skeleton/{path}"), text);
    }
    let read = Template::in_folder(folder.path()).expect("readable");
    assert_eq!(read.problems, []);
    let source = Local::new(folder.path()).expect("a source");
    let found = check(&read.template.expect("a template"), &source).await;
    found.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_template_without_slips_is_left_alone() {
    let spec = r"
  parameters:
    - properties: {name: {type: string}, ci: {enum: [a, b]}}
      dependencies: {ci: {oneOf: [{properties: {ci: {const: a}, more: {type: string}}}]}}
  steps:
    - id: fetch
      action: fetch:template
      input: {url: ./skeleton, values: {name: '${{ parameters.name }}', more: '${{ parameters.more }}'}}
    - id: publish
      action: publish:github
      each: ['a', 'b']
      input: {repoUrl: 'github.com?owner=${{ each.value }}&repo=${{ parameters.name }}', token: '${{ secrets.token }}'}
    - {id: clean, if: '${{ failure() }}', action: debug:log, input: {message: '${{ user.ref }}'}}
  output: {links: [{url: '${{ steps.publish.output.remoteUrl }}'}]}
";
    let skeleton = [(
        "${{ values.name }}.md",
        "{% for x in values.more %}${{ x | upper }}{% endfor %}",
    )];
    assert_eq!(told(spec, &skeleton).await, [""; 0]);
}

#[tokio::test]
async fn slips_in_the_steps_are_told_with_their_places() {
    let spec = r"
  parameters:
    properties: {name: {type: string}, colour: {type: string}}
  steps:
    - id: fetch
      action: fetch:tempalte
      input: {url: ./skeleton}
    - id: log
      action: debug:log
      input: {message: 5, text: x, listWorkspace: '${{ parameters.nmae }}'}
    - id: write
      action: roadiehq:utils:fs:write
      if: ${{ steps.later.output.path }}
      input: {path: '${{ steps.fecth.output.path }}', content: '${{ steps.log.output.path }} ${{ secrets.a }}'}
    - id: later
      action: roadiehq:utils:fs:write
      if: ${{ secrets.a }}
      input:
        path: ${{ each.value }}
        content: |
          ${{ values.name }}
          ${{ steps.write.output.paht | uper }}
          ${{ steps.write.path }}
    - {id: plain, action: 'fetch:plain', input: {url: ./nothing}}
  output: {text: [{title: '${{ parameters.name }}'}]}
";
    assert_eq!(
        told(spec, &[]).await,
        [
            "template.yaml:8:40: warning[template-parameter]: The parameter `colour` is asked for and used nowhere: use it, or take it out.",
            "template.yaml:11:15: warning[template-action]: Callboard has no action \"fetch:tempalte\". Did you mean fetch:template?",
            "template.yaml:15:15: error[template-input]: The input `message` of debug:log must be a text, not a number.",
            "template.yaml:15:27: error[template-input]: debug:log has no input `text`; it takes `message`, `listWorkspace`.",
            "template.yaml:15:55: warning[template-reference]: There is no parameter `nmae`; did you mean `name`?",
            "template.yaml:18:15: warning[template-reference]: The step `later` has not been done by then: only outputs of earlier steps can be used.",
            "template.yaml:19:25: warning[template-reference]: No step has the id `fecth`; did you mean `fetch`?",
            "template.yaml:19:68: warning[template-reference]: debug:log puts nothing out, so `steps.log.output.path` comes to nothing.",
            "template.yaml:22:15: warning[template-reference]: Secrets are seen by the inputs of steps only; here this comes to nothing.",
            "template.yaml:24:19: warning[template-reference]: Only a step with `each` has `each.key` and `each.value`.",
            "template.yaml:26:1: warning[template-reference]: Nothing is called `values` here; there are `parameters`, `steps`, `secrets`, `user`, `each`, `context`, `environment`.",
            "template.yaml:27:1: warning[template-expression]: There is no filter `uper`; did you mean `upper`? As it stands it is taken for plain text.",
            "template.yaml:27:1: warning[template-reference]: roadiehq:utils:fs:write puts out nothing called `paht`; did you mean `path`?",
            "template.yaml:28:1: warning[template-reference]: A step has nothing but its output: write `steps.write.output.…`.",
            "template.yaml:29:55: error[template-source]: There is nothing at \"./nothing\" beside the template.",
        ]
    );
}

#[tokio::test]
async fn an_expression_that_cannot_be_read_is_told_and_nothing_is_guessed_from_it() {
    let spec = r"
  parameters: {properties: {name: {type: string}}}
  steps: [{action: 'debug:log', input: {message: '${{ parameters.name'}}]
";
    assert_eq!(
        told(spec, &[]).await,
        [
            "template.yaml:8:50: error[template-expression]: `${{` opens something that `}}` does not close. As it stands it is taken for plain text."
        ]
    );
}

#[tokio::test]
async fn a_minus_in_the_id_of_a_step_and_blank_lines_are_told_where_they_stand() {
    let spec = r"
  steps:
    - {id: fetch-it, action: 'publish:github', input: {repoUrl: github.com?owner=a&repo=b}}
    - id: log
      action: debug:log
      input:
        message: |

          Made ${{ parameters.name }}.
          At ${{ steps.fetch-it }}.
";
    assert_eq!(
        told(spec, &[]).await,
        [
            "template.yaml:14:1: warning[template-reference]: There is no parameter `name`; there are none.",
            "template.yaml:15:1: warning[template-reference]: No step has the id `fetch`, and a `-` is a minus: write `steps['fetch-it']`.",
            "template.yaml:15:1: warning[template-reference]: Nothing is called `it` here; there are `parameters`, `steps`, `secrets`, `user`, `each`, `context`, `environment`.",
        ]
    );
}

#[tokio::test]
async fn slips_in_the_schemas_are_told() {
    let spec = r"
  parameters:
    - required: [name]
      properties:
        name: {type: text, required: true}
        port: {type: integer, maximum: 9, default: 10}
        code: {type: string, pattern: '('}
        cloud: {type: object, properties: {region: {type: string}}}
        odd: {type: string, 'ui:field': AcmePicker}
  steps:
    - action: debug:log
      input: {message: '${{ parameters.name }} ${{ parameters.port }} ${{ parameters.code.length }} ${{ parameters.cloud.regoin }} ${{ parameters.cloud.region }} ${{ parameters.odd }}'}
";
    assert_eq!(
        told(spec, &[]).await,
        [
            "template.yaml:10:16: error[template-schema]: `type` cannot be \"text\": a type is string, number, integer, boolean, array, object or null, or a list of several.",
            "template.yaml:10:28: error[template-schema]: `required` cannot be true: it lists the names that must be there, and stands beside `properties`, not at a property itself.",
            "template.yaml:11:9: warning[template-schema]: The default is not offered, because it does not fit: Port must be 9 or less, not 10.",
            "template.yaml:12:9: warning[template-schema]: No answer can be checked against the pattern \"(\": write it without what is JavaScript's own.",
            "template.yaml:12:30: error[template-schema]: `pattern` cannot be \"(\": it is a regular expression.",
            "template.yaml:14:9: warning[template-schema]: There is no field AcmePicker here: an answer of its type is asked for instead.",
            "template.yaml:17:104: warning[template-reference]: There is no parameter `cloud.regoin`; did you mean `region`?",
        ]
    );
}

#[tokio::test]
async fn slips_in_a_skeleton_are_told_with_file_and_place() {
    let spec = r"
  steps:
    - id: fetch
      action: fetch:template
      input: {url: ./skeleton/, values: {name: x}, copyWithoutTemplating: [plain/**]}
";
    let skeleton = [
        (
            "README.md",
            "one\ntwo ${{ values.nmae }} ${{ values.nmae }}\n${{ parameters.name }}",
        ),
        ("bad.md", "a\n  {% if values.name %}"),
        ("filter.md", "${{ values.name | uper }}"),
        ("${{ values.name | uper }}.md", ""),
        ("plain/any.md", "{% if %}"),
    ];
    assert_eq!(
        told(spec, &skeleton).await,
        [
            "skeleton/${{ values.name | uper }}.md:1:1: warning[template-expression]: In the name of this file: There is no filter `uper`; did you mean `upper`?",
            "skeleton/README.md:2:9: warning[template-reference]: The step `fetch` gives no value `nmae`; did you mean `name`?",
            "skeleton/README.md:3:5: warning[template-reference]: A skeleton is given nothing called `parameters`, only `values`: give it as a value of the step `fetch`.",
            "skeleton/bad.md:2:3: error[template-expression]: `{% if %}` is not closed: `{% endif %}` is missing.",
            "skeleton/filter.md:1:19: warning[template-expression]: There is no filter `uper`; did you mean `upper`?",
        ]
    );
}
