//! The table of all rules: what each asks for, why, and how it looks wrong and right. `docs/rules.md` is made from it.

use super::Severity;

/// A rule that files are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The stable name.
    pub name: &'static str,
    /// How bad it is unless the configuration says otherwise.
    pub severity: Severity,
    /// Whether `callboard check --fix` mends what can be mended safely.
    pub fixable: bool,
    /// What it asks for, as a full sentence.
    pub says: &'static str,
    /// What happens otherwise.
    pub why: &'static str,
    /// How it looks wrong.
    pub wrong: &'static str,
    /// How it looks right.
    pub right: &'static str,
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// Names every rule once, as a constant and as a row of [`RULES`].
macro_rules! rules {
    ($($constant:ident $severity:ident $fixable:literal $name:literal
        $says:literal
        $why:literal
        $wrong:literal => $right:literal;)*) => {
        $(#[doc = $says] pub const $constant: &str = $name;)*
        /// Every rule there is, in the order of the documentation.
        pub const RULES: &[Rule] = &[$(Rule {
            name: $name,
            severity: Severity::$severity,
            fixable: $fixable,
            says: $says,
            why: $why,
            wrong: $wrong,
            right: $right,
        }),*];
    };
}

rules! {
    TOO_LARGE Error false "too-large"
        "A descriptor file has at most 5 MiB."
        "Larger files are not read, so that one file cannot take all memory."
        "definition: (six megabytes of OpenAPI)" => "definition:\n  $text: ./openapi.yaml";
    ENCODING Error false "encoding"
        "A descriptor file is UTF-8 text without NUL characters, and its lines end in line feeds."
        "Anything else is not read by Backstage, or read as something else."
        "(a file saved as UTF-16)" => "(the same file saved as UTF-8)";
    UNREADABLE Error false "unreadable"
        "A descriptor file can be read."
        "Its entities keep their last good version until it can."
        "(a device, or a file without permission)" => "(a regular file)";
    YAML_SYNTAX Error false "yaml-syntax"
        "A document is well-formed YAML."
        "A document that cannot be read is lost; the others of its file are not."
        "owner: @payments" => "owner: payments";
    DUPLICATE_KEY Error false "duplicate-key"
        "A key stands only once in its object."
        "Nobody can tell which of the two is meant."
        "name: a\nname: b" => "name: b";
    TOO_DEEP Error false "too-deep"
        "Lists and objects are nested at most 100 deep."
        "Deeper documents are attacks or accidents."
        "[[[[…]]]]" => "[a, b]";
    ALIAS_BOMB Error false "alias-bomb"
        "A document stays small when its aliases are written out."
        "A few lines of aliases of aliases could fill all memory."
        "b: [*a, *a, *a, …]" => "b: [x]";
    MERGE_KEY Warning false "merge-key"
        "Merge keys (`<<`) are not applied, as in Backstage."
        "What they would bring in is missing without a word."
        "<<: *defaults" => "type: service";
    DOCUMENT_ROOT Error false "document-root"
        "A document is an object."
        "An entity has fields; a list or a text is none."
        "- name: a" => "apiVersion: backstage.io/v1alpha1\nkind: Component";
    ROOT_FIELD Error false "root-field"
        "A document has apiVersion, kind, metadata and spec, and nothing else."
        "Backstage refuses the entity."
        "kind: Component\ntags: [java]" => "kind: Component\nmetadata:\n  tags: [java]";
    MISSING_FIELD Error false "missing-field"
        "A required field is there."
        "Backstage refuses the entity."
        "spec: {owner: payments}" => "spec: {type: service, lifecycle: production, owner: payments}";
    MISSING_OWNER Error false "missing-owner"
        "A component, API, resource, system or domain says who owns it."
        "Backstage refuses the entity. Callboard keeps it and answers that nobody owns it. An owner in CODEOWNERS will do."
        "spec: {type: service, lifecycle: production}" => "spec: {type: service, lifecycle: production, owner: payments}";
    FIELD_TYPE Error true "field-type"
        "A field has the type that Backstage asks for, and is not empty."
        "Backstage refuses the entity."
        "title: 5" => "title: \"5\"";
    FIELD_SPELLING Warning false "field-spelling"
        "A field is not spelled nearly like a known one."
        "Backstage overlooks fields that it does not know, so a slip is silent."
        "dependson: [component:ledger]" => "dependsOn: [component:ledger]";
    API_VERSION Error true "api-version"
        "The apiVersion is one that Backstage takes for the kind."
        "Backstage refuses the entity."
        "apiVersion: backstage.io/v1" => "apiVersion: backstage.io/v1alpha1";
    KIND_FORMAT Error false "kind-format"
        "A kind is a letter followed by letters and digits, at most 63."
        "Backstage refuses the entity."
        "kind: My-Kind" => "kind: MyKind";
    KIND_SPELLING Error true "kind-spelling"
        "A kind is not spelled nearly like a built-in one."
        "Backstage tells kinds apart by case, and refuses those it does not know."
        "kind: component" => "kind: Component";
    NAME_FORMAT Error false "name-format"
        "A name is made of letters and digits separated by - _ or ., at most 63."
        "Backstage refuses the entity."
        "name: Payments API" => "name: payments-api";
    NAMESPACE_FORMAT Error false "namespace-format"
        "A namespace is made of lower-case letters and digits separated by -, at most 63."
        "Backstage refuses the entity."
        "namespace: Shop_EU" => "namespace: shop-eu";
    LABEL_FORMAT Error false "label-format"
        "Label keys and values have Backstage's form."
        "Backstage refuses the entity."
        "labels: {tier: \"one or two\"}" => "labels: {tier: one}";
    ANNOTATION_FORMAT Error true "annotation-format"
        "Annotation keys have Backstage's form and their values are text."
        "Backstage refuses the entity."
        "annotations: {acme.com/cost-centre: 4711}" => "annotations: {acme.com/cost-centre: \"4711\"}";
    TAG_FORMAT Error true "tag-format"
        "A tag is made of a-z, 0-9, :, + and # separated by -, at most 63."
        "Backstage refuses the entity."
        "tags: [Java]" => "tags: [java]";
    LINK_FORMAT Error false "link-format"
        "A link has a full web address."
        "Backstage refuses the entity."
        "url: grafana.acme.example/d/1" => "url: https://grafana.acme.example/d/1";
    REFERENCE_FORMAT Error false "reference-format"
        "A reference has the form `[kind:][namespace/]name`."
        "Backstage drops the whole entity for one bad reference."
        "dependsOn: [ledger]" => "dependsOn: [component:ledger]";
    LIFECYCLE_SPELLING Warning true "lifecycle-spelling"
        "A lifecycle is not spelled nearly like a known one."
        "Filters and reports by lifecycle miss the entity."
        "lifecycle: Production" => "lifecycle: production";
    PLACEHOLDER Error false "placeholder"
        "What a placeholder like `$text` points to is there, within the repository, and of the right form."
        "Backstage refuses the entity."
        "definition: {$text: [a, b]}" => "definition: {$text: ./openapi.yaml}";
    TEMPLATE_STEPS Error false "template-steps"
        "Every step of a template names its action."
        "Backstage refuses the entity."
        "steps: [{id: fetch}]" => "steps: [{id: fetch, action: fetch:template}]";
    TEMPLATE_FILE Error false "template-file"
        "A template's file holds one document of kind Template."
        "Nothing can be created from a file without one, and of several only the first is taken."
        "kind: Component" => "kind: Template";
    TEMPLATE_STEP Warning false "template-step"
        "The steps of a template have ids of their own."
        "The output of the later step stands in the place of the earlier one's."
        "steps: [{id: fetch, action: fetch:plain}, {id: fetch, action: fetch:template}]" => "steps: [{id: base, action: fetch:plain}, {id: code, action: fetch:template}]";
    TEMPLATE_ACTION Warning false "template-action"
        "An action of a template is one that Callboard knows."
        "Nobody can create from the template here; in a Backstage that has the action it works."
        "action: fetch:tempalte" => "action: fetch:template";
    TEMPLATE_INPUT Error false "template-input"
        "A step's input is what its action takes."
        "Backstage refuses the input, and the step fails."
        "action: debug:log\ninput: {text: Hello}" => "action: debug:log\ninput: {message: Hello}";
    TEMPLATE_EXPRESSION Error false "template-expression"
        "An expression of a template or of its skeletons can be read, and its filters and tests are known."
        "In a skeleton the step fails; in the template's own file the expression is left as it is written."
        "name: ${{ parameters.name | lowercase }}" => "name: ${{ parameters.name | lower }}";
    TEMPLATE_REFERENCE Warning false "template-reference"
        "What an expression refers to is there: a parameter, an output of an earlier step, a value given to the skeleton."
        "It comes to nothing, without a word."
        "name: ${{ parameters.nmae }}" => "name: ${{ parameters.name }}";
    TEMPLATE_PARAMETER Warning false "template-parameter"
        "A parameter of a template is used."
        "People are asked for something that changes nothing."
        "properties: {name: {type: string}}\n(and no parameters.name anywhere)" => "values: {name: '${{ parameters.name }}'}";
    TEMPLATE_SCHEMA Error false "template-schema"
        "The parameters of a template are JSON Schemas that a form can be made of."
        "The form refuses every answer, or is not shown."
        "properties: {name: {type: text}}" => "properties: {name: {type: string}}";
    TEMPLATE_SOURCE Error false "template-source"
        "What a template fetches from beside it is there."
        "The step fails."
        "url: ./skelton" => "url: ./skeleton";
    TOO_MANY_PROBLEMS Error false "too-many-problems"
        "A file has at most 100 problems before the rest is only counted."
        "Nobody reads the second hundred."
        "(a file with a thousand slips)" => "(the first hundred mended)";
    UNKNOWN_OWNER Warning false "unknown-owner"
        "An owner exists in the catalog."
        "Backstage shows such an entity without an owner; nobody can be asked."
        "owner: team-paymnets" => "owner: team-payments";
    UNKNOWN_REFERENCE Warning false "unknown-reference"
        "What an entity refers to exists in the catalog."
        "The relation leads nowhere."
        "system: shpo" => "system: shop";
    CONFLICT Error false "conflict"
        "A reference is defined once."
        "Of two definitions one is never seen."
        "(two files that both define component:default/pay)" => "(one of them renamed or removed)";
    LOCATION_TARGET Error false "location-target"
        "A target of a Location is there, unless its presence is optional."
        "What it should bring in is missing from the catalog."
        "target: ./servces/*.yaml" => "target: ./services/*.yaml";
    LOCATION_ELSEWHERE Warning false "location-elsewhere"
        "A target of a Location can be read."
        "Targets on hosts that no source has are not read."
        "target: https://evil.example/x.yaml" => "target: ./services/pay/catalog-info.yaml";
    PEOPLE_UNSEEN Warning false "people-unseen"
        "The credentials of an organisation may see its people and teams."
        "Otherwise owners are teams that the catalog does not know."
        "(a token without the right to read members)" => "(the same token with it, or teams = false)";
    SYMBOLIC_LINK Warning false "symbolic-link"
        "A descriptor is a file, not a symbolic link."
        "Links are not followed, since they could lead out of the repository."
        "catalog-info.yaml -> ../shared.yaml" => "catalog-info.yaml (a file)";
    NO_DESCRIPTOR Warning false "no-descriptor"
        "There is a descriptor where one is looked for."
        "An empty check is mostly a wrong path."
        "callboard check docs/" => "callboard check .";
    CODEOWNERS_PATTERN Warning false "codeowners-pattern"
        "A line of CODEOWNERS begins with a pattern that forges understand."
        "The forge overlooks the line."
        "!docs/ @acme/docs" => "/docs/ @acme/docs";
    CODEOWNERS_OWNER Warning false "codeowners-owner"
        "An owner in CODEOWNERS is @user, @organisation/team or an e-mail address."
        "The forge overlooks the owner."
        "/docs/ docs-team" => "/docs/ @acme/docs-team";
    CODEOWNERS_UNMATCHED Warning false "codeowners-unmatched"
        "A pattern in CODEOWNERS matches a file."
        "The line is left over, or misspelt, and protects nothing."
        "/servces/ @acme/pay" => "/services/ @acme/pay";
    CODEOWNERS_SHADOWED Warning false "codeowners-shadowed"
        "A line of CODEOWNERS decides about some file."
        "The last line that matches wins, so this one never does."
        "/docs/ @acme/docs\n* @acme/all" => "* @acme/all\n/docs/ @acme/docs";
    CODEOWNERS_UNKNOWN_OWNER Warning false "codeowners-unknown-owner"
        "A team or user in CODEOWNERS exists in the catalog."
        "Who reviews and who owns cannot be brought together."
        "/docs/ @acme/dcos" => "/docs/ @acme/docs";
    COMMAND_ACTION Error false "command-action"
        "A command names an action that exists."
        "The command is not taken, so nobody can say it."
        "action = \"catalog.ownr\"" => "action = \"catalog.owner\"";
    COMMAND_ASKS Error false "command-asks"
        "The sentences of a command can be told apart and name its arguments."
        "The command is not taken, so nobody can say it."
        "asks = [\"who owns {thng}\"]" => "asks = [\"who owns {thing}\"]";
    COMMAND_AUDIENCE Error false "command-audience"
        "The audience of a command is one that exists."
        "The command is not taken, so nobody can say it."
        "audience = \"everbody\"" => "audience = \"everybody\"";
    COMMAND_BODY Error false "command-body"
        "The body of a command is a template that can be rendered."
        "The command is not taken, so nobody can say it."
        "{{ entity.title|cod }}" => "{{ entity.title|code }}";
    COMMAND_CHOICES Error false "command-choices"
        "The choices of a command are written as Callboard reads them."
        "The command is not taken, so nobody can say it."
        "choices = \"yes\"" => "choices = [\"yes\", \"no\"]";
    COMMAND_FILE Error false "command-file"
        "A command file can be read."
        "The command is not taken, so nobody can say it."
        "(a file that is not UTF-8)" => "(the same file saved as UTF-8)";
    COMMAND_FIXED Error false "command-fixed"
        "What a command fixes is an argument of its action."
        "The command is not taken, so nobody can say it."
        "fixed = { thng = \"x\" }" => "fixed = { thing = \"x\" }";
    COMMAND_FRONT_MATTER Error false "command-front-matter"
        "A command file begins with front matter between two lines of +++."
        "The command is not taken, so nobody can say it."
        "says = \"Who owns it\"" => "+++\nsays = \"Who owns it\"\n+++";
    COMMAND_KEY Error false "command-key"
        "The front matter has only keys that exist."
        "The command is not taken, so nobody can say it."
        "slahs = true" => "slash = true";
    COMMAND_NAME Error false "command-name"
        "The name of a command is made of lower-case letters, digits and -, and no other has it."
        "The command is not taken, so nobody can say it."
        "Owner_Of.md" => "owner-of.md";
    COMMAND_SAYS Error false "command-says"
        "A command says what it does."
        "The command is not taken, so nobody can say it."
        "says = \"\"" => "says = \"Who owns a service\"";
    COMMAND_TAKES Error false "command-takes"
        "The arguments of a command have names and kinds that exist."
        "The command is not taken, so nobody can say it."
        "kind = \"entty\"" => "kind = \"entity\"";
    COMMAND_TOML Error false "command-toml"
        "The front matter is TOML."
        "The command is not taken, so nobody can say it."
        "says = Who owns it" => "says = \"Who owns it\"";
    COMMAND_TRY Error false "command-try"
        "The examples of a command can be read as the command itself."
        "The command is not taken, so nobody can say it."
        "try = [\"whoowns pay\"]" => "try = [\"who-owns pay\"]";
    COMMAND_TYPE Error false "command-type"
        "A key of the front matter has its type."
        "The command is not taken, so nobody can say it."
        "slash = \"yes\"" => "slash = true";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_once() {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        assert!(find("name-format").is_some() && find("nothing").is_none());
    }
}
