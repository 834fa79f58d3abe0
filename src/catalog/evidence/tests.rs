use std::fmt::Write as _;
use std::sync::Arc;

use super::super::codeowners::CodeOwners;
use super::super::descriptor::{Scope, read};
use super::super::file::SourceFile;
use super::super::source::BlobId;
use super::super::state::{Facts, SourceState};
use super::*;

const ORG: &str = "apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: finance}
spec: {type: department, children: [pay]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: pay}
spec: {type: team, children: [], members: [ana, bo]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: web}
spec: {type: team, children: [], members: [cy, di, ed]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: empty}
spec: {type: team, children: []}
";

fn catalog(owner: &str, codeowners: &str) -> Catalog {
    let users = ["ana", "bo", "cy", "di", "ed"].map(|name| {
        format!("---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: {name}}}\nspec: {{memberOf: [], profile: {{email: {name}@acme.example}}}}\n")
    });
    let component = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: till}}\nspec: {{type: service, lifecycle: production{owner}}}\n"
    );
    let files = [
        ("org.yaml", format!("{ORG}{}", users.concat())),
        ("till/catalog-info.yaml", component),
    ];
    let files = files.map(|(path, text)| {
        let read = read(path, text.as_bytes(), Scope::Descriptor);
        let blob = BlobId::UNREAD;
        Arc::new(SourceFile::new(
            path,
            blob,
            Scope::Descriptor,
            read,
            None,
            0,
        ))
    });
    let facts = Facts {
        codeowners: (!codeowners.is_empty())
            .then(|| Arc::new(CodeOwners::read("CODEOWNERS", codeowners.as_bytes()))),
        ..Facts::default()
    };
    let state = SourceState {
        facts,
        files: files.to_vec(),
    };
    Catalog::new(vec![Arc::new(state)])
}

/// The past in which these people committed, the newest first.
fn past(people: &str) -> Past {
    let commits = people.split_whitespace().map(|name| Commit {
        id: "a".repeat(40),
        author: Author {
            name: name.to_owned(),
            mail: format!("{name}@acme.example"),
        },
        time: 0,
    });
    Past {
        commits: commits.collect(),
        ..Past::default()
    }
}

fn told(owner: &str, codeowners: &str, people: &str) -> String {
    let catalog = catalog(owner, codeowners);
    let till = EntityRef::new("component", "default", "till");
    let listed = catalog.get(&till).expect("it is there");
    let past = past(people);
    let found = weigh(&catalog, listed, (!people.is_empty()).then_some(&past));
    let mut told = format!("{:?}", found.verdict);
    if let Some(committers) = &found.committers {
        let Committers {
            of,
            known,
            within,
            other,
        } = committers;
        let other = other
            .as_ref()
            .map(|(group, count)| format!("{group} {count}"));
        let other = other.unwrap_or_default();
        let _ = write!(told, "; {within} of {of} ({known} known), {other}");
    }
    for likely in &found.likely {
        let _ = write!(told, "; perhaps {} ({})", likely.owner, likely.committers);
    }
    told
}

#[test]
fn codeowners_agrees_or_does_not() {
    let owner = ", owner: pay";
    assert_eq!(told(owner, "", ""), "Alone");
    for (codeowners, verdict) in [
        ("/till/ @acme/pay\n", "Agreed"),
        ("/till/ @acme/web\n", "Disputed"),
        ("/till/ @acme/web @acme/pay\n", "Agreed"),
        // A member, the department, and a rule for all.
        ("/till/ @ana\n", "Agreed"),
        ("/till/ @acme/finance\n", "Agreed"),
        ("* @acme/web\n", "Alone"),
        ("* @acme/pay\n", "Agreed"),
        // Whom nobody knows says nothing, and nobody says nothing.
        ("/till/ @acme/pay-devs\n", "Alone"),
        ("/till/\n", "Alone"),
        // Who reviews all descriptors does not own them, who reviews this one does.
        ("/till/ @acme/pay\ncatalog-info.yaml @acme/web\n", "Agreed"),
        (
            "/till/ @acme/pay\n/till/catalog-info.yaml @acme/web\n",
            "Disputed",
        ),
    ] {
        assert_eq!(told(owner, codeowners, ""), verdict, "{codeowners}");
    }
    // A file that lists things of several owners belongs to none of them by that.
    let listing = ", owner: pay}\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\nspec: {type: service, lifecycle: production, owner: web";
    assert_eq!(told(listing, "/till/ @acme/web\n", "cy di ed"), "Alone");
    assert_eq!(told(listing, "/till/ @acme/pay\n", ""), "Agreed");
}

#[test]
fn committers_bear_the_owner_out_or_not() {
    let owner = ", owner: pay";
    assert_eq!(
        told(owner, "", "ana bo ana cy stranger"),
        "Agreed; 2 of 4 (3 known), group:default/web 1"
    );
    assert_eq!(
        told(owner, "", "cy di ed"),
        "Disputed; 0 of 3 (3 known), group:default/web 3"
    );
    assert_eq!(
        told(owner, "/till/ @acme/pay\n", "cy di ed"),
        "Agreed; 0 of 3 (3 known), group:default/web 3"
    );
    // Too few to say so; and one person alone is no crowd.
    assert_eq!(
        told(owner, "", "cy di"),
        "Alone; 0 of 2 (2 known), group:default/web 2"
    );
    assert_eq!(told(owner, "", "cy"), "Alone");
    assert_eq!(
        told(owner, "", "dependabot[bot] ana bo renovate"),
        "Agreed; 2 of 2 (2 known), "
    );
    let many: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    assert_eq!(
        told(owner, "", &format!("ana {}", many.join(" "))),
        "Agreed; 1 of 10 (1 known), "
    );
}

#[test]
fn the_others_are_told_as_they_are() {
    assert_eq!(told(", owner: empty", "", ""), "EmptyGroup");
    assert_eq!(told(", owner: gone", "", ""), "UnknownGroup");
    assert_eq!(
        told(", owner: gone", "", "cy di ana ana"),
        "UnknownGroup; 0 of 3 (3 known), group:default/web 2; perhaps group:default/web (2); perhaps group:default/pay (1)"
    );
    assert_eq!(
        told("", "", "ana ana ana cy stranger"),
        "Nobody; 0 of 3 (2 known), group:default/pay 1; perhaps group:default/pay (1); perhaps group:default/web (1)"
    );
    assert_eq!(told("", "", "stranger"), "Nobody");
}
