//! What an entity depends on, and what breaks when it breaks.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{Action, Call, Context, Kind, Param, card};
use crate::catalog::dependency::{Dependencies, Direction, Why};
use crate::catalog::{Catalog, EntityRef};
use crate::failure::Failure;
use crate::message::markdown;
use crate::picture::{Edge, Graph, Node, Tint};

/// `catalog.dependencies`: takes `thing`, an entity; `reverse`, to ask what depends on it; `depth`, how many steps far.
pub struct ShowDependencies;

/// How many steps are gone when nobody says it, and how many at most.
const DEPTH: (usize, usize) = (3, 10);

/// How many lines are shown of one branch and in all; all are counted.
const LINES: (usize, usize) = (12, 40);

/// How many teams are named.
const TEAMS: usize = 12;

#[async_trait]
impl Action for ShowDependencies {
    fn name(&self) -> &'static str {
        "catalog.dependencies"
    }

    fn takes(&self) -> &'static [Param] {
        &[
            Param {
                name: "thing",
                kind: Kind::Entity,
                required: true,
            },
            Param {
                name: "reverse",
                kind: Kind::Flag,
                required: false,
            },
            Param {
                name: "depth",
                kind: Kind::Number,
                required: false,
            },
        ]
    }

    async fn run(&self, call: &Call, context: &Context) -> Result<Value, Failure> {
        let catalog = context.catalog();
        let root = call.entity("thing")?;
        let (usual, most) = DEPTH;
        let depth = call.number("depth").unwrap_or(usual);
        if !(1..=most).contains(&depth) {
            let says = format!(
                "I go from 1 to {most} steps, not {depth}. Without {} it is {usual}.",
                markdown::code("--depth")
            );
            return Err(Failure::user(says));
        }
        if matches!(root.kind(), "group" | "user") {
            let owns = markdown::code(&format!("owns {}", root.name()));
            let says = format!(
                "{} is a {}, and only what runs has dependencies.",
                markdown::code(root.name()),
                if root.kind() == "group" {
                    "team"
                } else {
                    "person"
                },
            );
            return Err(Failure::user(says).hint(format!(
                "{owns} lists what they own; ask for the dependencies of one of these."
            )));
        }
        let reverse = call.flag("reverse");
        let direction = if reverse {
            Direction::NeededBy
        } else {
            Direction::Needs
        };
        let found = Dependencies::of(&catalog, root, direction, depth);
        let mut outline = Outline::new(&catalog, &found);
        outline.branch(0, 0);
        let shown = outline.shown();
        let beyond = found.nodes.iter().any(|node| node.beyond > 0);
        let teams = teams(&catalog, &found);
        let listed = catalog.get(root);
        Ok(json!({
            "entity": card::reference(&catalog, root),
            "reverse": reverse,
            "depth": depth,
            "direct": found.direct(),
            "total": found.total(),
            "whole": matches!(root.kind(), "system" | "domain"),
            "beyond": beyond,
            "cut": found.cut,
            "lines": outline.lines,
            "more": found.total().saturating_sub(shown),
            "teams": teams.iter().take(TEAMS).collect::<Vec<_>>(),
            "more_teams": teams.len().saturating_sub(TEAMS),
            "graph": graph(&catalog, &found, direction),
            "evidence": listed.map(|listed| card::evidence(listed, listed.entity.line, &context.clock)),
        }))
    }

    fn picture(&self, data: &Value) -> Option<Graph> {
        let graph = Graph::deserialize(&data["graph"]).ok()?;
        // One box alone says nothing that the words do not say.
        (!graph.edges.is_empty()).then_some(graph)
    }
}

/// The dependencies as indented lines. Each entity is unfolded once, where it is nearest.
struct Outline<'a> {
    catalog: &'a Catalog,
    found: &'a Dependencies,
    /// Under which node each one is unfolded.
    homes: Vec<Option<usize>>,
    written: Vec<bool>,
    path: Vec<usize>,
    lines: Vec<Value>,
}

impl<'a> Outline<'a> {
    fn new(catalog: &'a Catalog, found: &'a Dependencies) -> Self {
        let mut homes = vec![None; found.nodes.len()];
        for (number, node) in found.nodes.iter().enumerate() {
            for step in &node.steps {
                if step.to != 0 {
                    homes[step.to].get_or_insert(number);
                }
            }
        }
        Self {
            catalog,
            found,
            homes,
            written: vec![false; found.nodes.len()],
            path: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Writes what stands below a node.
    fn branch(&mut self, number: usize, level: usize) {
        let found = self.found;
        self.path.push(number);
        let steps = &found.nodes[number].steps;
        for (position, step) in steps.iter().enumerate() {
            if self.lines.len() >= LINES.1 {
                break;
            }
            if position == LINES.0 {
                let more = steps.len() - position;
                self.lines.push(json!({ "level": level, "more": more }));
                break;
            }
            let node = &found.nodes[step.to];
            let is_home = self.homes[step.to] == Some(number);
            let leaf = node.steps.is_empty() && node.beyond == 0;
            let again = if self.path.contains(&step.to) {
                Some("cycle")
            } else if is_home || leaf {
                None
            } else if self.written[step.to] {
                Some("above")
            } else {
                Some("below")
            };
            let mut line = entry(self.catalog, &node.reference, &step.why);
            line["level"] = json!(level);
            line["again"] = json!(again);
            line["beyond"] = json!(again.map_or(node.beyond, |_| 0));
            self.lines.push(line);
            self.written[step.to] |= again.is_none();
            if again.is_none() {
                self.branch(step.to, level + 1);
            }
        }
        self.path.pop();
    }

    /// How many entities stand in the lines.
    fn shown(&self) -> usize {
        self.written.iter().filter(|written| **written).count()
    }
}

/// One entity in the outline: what [`card::reference()`] gives, `owner, lifecycle, apis, part`.
fn entry(catalog: &Catalog, reference: &EntityRef, why: &Why) -> Value {
    let mut card = card::reference(catalog, reference);
    let entity = catalog.get(reference).map(|listed| listed.entity);
    let owner = entity.and_then(|entity| entity.owner.as_ref());
    card["owner"] = json!(owner.map(|owner| card::reference(catalog, owner)));
    card["lifecycle"] = json!(entity.and_then(|entity| entity.lifecycle.as_deref()));
    card["apis"] = json!(titles(catalog, why));
    card["part"] = json!(why.part);
    card
}

fn titles(catalog: &Catalog, why: &Why) -> Vec<String> {
    let title = |api: &EntityRef| {
        let entity = catalog.get(api).map(|listed| listed.entity);
        card::cut(entity.map_or_else(|| api.name(), |entity| entity.display_name()))
    };
    why.apis.iter().map(title).collect()
}

/// The owners of what was found, with how much of it is theirs; the root is not counted.
fn teams(catalog: &Catalog, found: &Dependencies) -> Vec<Value> {
    let mut counts: BTreeMap<&EntityRef, usize> = BTreeMap::new();
    for node in found.nodes.iter().skip(1) {
        let entity = catalog.get(&node.reference).map(|listed| listed.entity);
        if let Some(owner) = entity.and_then(|entity| entity.owner.as_ref()) {
            *counts.entry(owner).or_default() += 1;
        }
    }
    let mut counts: Vec<(&EntityRef, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let cards = counts.into_iter().map(|(owner, count)| {
        let mut card = card::contact(catalog, owner);
        card["count"] = json!(count);
        card
    });
    cards.collect()
}

/// The same as a picture; its arrows lead from who needs to what is needed, whichever way was asked.
fn graph(catalog: &Catalog, found: &Dependencies, direction: Direction) -> Graph {
    let nodes: Vec<Node> = found
        .nodes
        .iter()
        .map(|node| draw(catalog, &node.reference, node.distance == 0))
        .collect();
    let mut edges = Vec::new();
    for (number, node) in found.nodes.iter().enumerate() {
        for step in &node.steps {
            let (from, to) = match direction {
                Direction::Needs => (number, step.to),
                Direction::NeededBy => (step.to, number),
            };
            edges.push(Edge {
                from,
                to,
                label: titles(catalog, &step.why).join(", "),
                dashed: !step.why.says,
            });
        }
    }
    let name = nodes.first().map_or("", |node| node.label.as_str());
    let title = match direction {
        Direction::Needs => format!("What {name} depends on"),
        Direction::NeededBy => format!("What depends on {name}"),
    };
    Graph {
        title,
        nodes,
        edges,
        more: 0,
    }
}

/// One entity as a box: its title, and what it is and whose.
fn draw(catalog: &Catalog, reference: &EntityRef, marked: bool) -> Node {
    let Some(listed) = catalog.get(reference) else {
        return Node {
            label: reference.name().to_owned(),
            sublabel: format!("{} · not in the catalog", reference.kind()),
            tint: Tint::Red,
            marked,
        };
    };
    let entity = listed.entity;
    let owner = entity.owner.as_ref().map(|owner| {
        let group = catalog.get(owner).map(|listed| listed.entity);
        group.map_or_else(|| owner.name(), |group| group.display_name())
    });
    let parts = [Some(&*entity.kind), owner];
    Node {
        label: card::cut(entity.display_name()),
        sublabel: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        tint: match reference.kind() {
            "component" => Tint::Blue,
            "resource" => Tint::Green,
            "api" => Tint::Violet,
            "system" | "domain" => Tint::Amber,
            _ => Tint::Grey,
        },
        marked,
    }
}
