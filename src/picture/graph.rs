//! A graph of boxes and arrows.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::layout::{Point, Size, lay_out};
use super::png::{FONT, png, widths};
use crate::message::{Picture, markdown};

/// How many boxes are drawn; more are counted.
const MOST_NODES: usize = 60;

/// How many arrows are drawn.
const MOST_EDGES: usize = 240;

/// How many characters of a text are drawn, the smaller ones being more.
const LONGEST: usize = 34;
const LONGEST_SMALL: usize = 44;

/// Around everything, and inside of a box at its sides.
const MARGIN: f32 = 24.0;
const PADDING: f32 = 14.0;

/// The height of a box, and the height that the title takes.
const HEIGHT: f32 = 44.0;
const HEAD: f32 = 34.0;

/// Sizes of writing.
const TITLE: f32 = 16.0;
const LABEL: f32 = 14.0;
const SUBLABEL: f32 = 11.0;

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// What the picture shows; also for those who cannot see it.
    pub title: String,
    /// The boxes, the most important ones first.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
    /// How many more boxes there would be.
    pub more: usize,
}

/// A box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub label: String,
    /// What it is, in small letters.
    pub sublabel: String,
    /// Its colour.
    pub tint: Tint,
    /// Whether it is the one that the picture is about.
    pub marked: bool,
}

/// An arrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The number of the box where it begins.
    pub from: usize,
    /// The number of the box it points to.
    pub to: usize,
    /// What is written at it.
    pub label: String,
    /// Whether its line is dashed.
    pub dashed: bool,
}

/// Colours that can be told apart, with writing on them that can be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // they are what they are called
pub enum Tint {
    Blue,
    Green,
    Violet,
    Amber,
    Red,
    #[default]
    Grey,
}

impl Tint {
    /// The line and the filling.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Blue => ("#1d5fa8", "#e6f0fa"),
            Self::Green => ("#1e7a46", "#e5f5eb"),
            Self::Violet => ("#6b3fa0", "#f1eafa"),
            Self::Amber => ("#9a5b00", "#fdf2dd"),
            Self::Red => ("#b3261e", "#fdeceb"),
            Self::Grey => ("#52606d", "#eef1f4"),
        }
    }
}

impl Graph {
    /// Draws it.
    pub fn draw(&self) -> anyhow::Result<Picture> {
        Ok(Picture {
            png: png(&self.svg()?)?,
            alt: self.title.clone(),
        })
    }

    /// Writes it as SVG, on a light card of its own, so that it can be read whatever is behind it.
    pub fn svg(&self) -> anyhow::Result<String> {
        let shown = self.nodes.len().min(MOST_NODES);
        let nodes = &self.nodes[..shown];
        let all: Vec<&Edge> = self
            .edges
            .iter()
            .filter(|edge| edge.from < shown && edge.to < shown && edge.from != edge.to)
            .collect();
        let edges = &all[..all.len().min(MOST_EDGES)];
        let measured = measure(&self.title, nodes, edges)?;
        let sizes: Vec<Size> = measured
            .nodes
            .iter()
            .map(|width| Size {
                width: width + PADDING * 2.0,
                height: HEIGHT,
            })
            .collect();
        let pairs: Vec<(usize, usize)> = edges.iter().map(|edge| (edge.from, edge.to)).collect();
        let layout = lay_out(&sizes, &pairs, &measured.edges);
        let more = self.more + self.nodes.len() - shown;
        let foot = footnote(more, all.len() - edges.len());
        let body = Size {
            width: layout.size.width.max(measured.title),
            height: layout.size.height + HEAD + if foot.is_empty() { 0.0 } else { HEAD },
        };
        let (width, height) = (body.width + MARGIN * 2.0, body.height + MARGIN * 2.0);
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" font-family="{FONT}">
<rect width="100%" height="100%" rx="10" fill="#ffffff"/>
<rect x="0.5" y="0.5" width="{:.0}" height="{:.0}" rx="10" fill="none" stroke="#d5dae0"/>
"##,
            width - 1.0,
            height - 1.0
        );
        let mut title = Writing::at(MARGIN, MARGIN + TITLE * 0.8, TITLE, "#1f2933");
        title.write(&mut svg, &self.title);
        let _ = writeln!(
            svg,
            r#"<g transform="translate({MARGIN} {:.0})">"#,
            MARGIN + HEAD
        );
        // Arrows first: boxes and writing stand above them.
        for (edge, path) in edges.iter().zip(&layout.paths) {
            arrow(&mut svg, edge, path);
        }
        for (edge, path) in edges.iter().zip(&layout.paths) {
            let leaving = pairs.iter().filter(|(from, _)| *from == edge.from).count();
            let coming = pairs.iter().filter(|(_, to)| *to == edge.to).count();
            inscription(&mut svg, edge, path, leaving >= coming);
        }
        for (node, (at, size)) in nodes.iter().zip(layout.places.iter().zip(&sizes)) {
            draw_box(&mut svg, node, *at, *size);
        }
        svg.push_str("</g>\n");
        let mut writing = Writing::at(MARGIN, height - MARGIN, LABEL, "#52606d");
        writing.write(&mut svg, &foot);
        svg.push_str("</svg>\n");
        Ok(svg)
    }
}

fn footnote(nodes: usize, edges: usize) -> String {
    match (nodes, edges) {
        (0, 0) => String::new(),
        (0, edges) => format!("{edges} more arrows are not drawn."),
        (1, _) => "One more is not drawn.".to_owned(),
        (nodes, _) => format!("{nodes} more are not drawn."),
    }
}

/// A text with its place and look.
struct Writing {
    at: Point,
    size: f32,
    colour: &'static str,
    look: &'static str,
}

impl Writing {
    fn at(x: f32, y: f32, size: f32, colour: &'static str) -> Self {
        Self {
            at: Point { x, y },
            size,
            colour,
            look: "",
        }
    }

    // Writing into a string cannot fail.
    fn write(&mut self, svg: &mut String, text: &str) {
        if !text.is_empty() {
            let Self {
                at,
                size,
                colour,
                look,
            } = self;
            let text = escaped(&cut(text, *size));
            let _ = writeln!(
                svg,
                r#"<text x="{:.1}" y="{:.1}" font-size="{size}" fill="{colour}"{look}>{text}</text>"#,
                at.x, at.y
            );
        }
    }
}

fn draw_box(svg: &mut String, node: &Node, at: Point, size: Size) {
    let (line, filling) = node.tint.colours();
    let (filling, ink, pale) = if node.marked {
        (line, "#ffffff", "#ffffff")
    } else {
        (filling, "#1f2933", "#46525e")
    };
    let dashes = if node.tint == Tint::Red && !node.marked {
        r#" stroke-dasharray="4 3""#
    } else {
        ""
    };
    let _ = writeln!(
        svg,
        r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="7" fill="{filling}" stroke="{line}" stroke-width="1.4"{dashes}/>"#,
        at.x, at.y, size.width, size.height
    );
    let x = at.x + PADDING;
    let (upper, lower) = if node.sublabel.is_empty() {
        (27.0, 0.0)
    } else {
        (19.0, 35.0)
    };
    Writing::at(x, at.y + upper, LABEL, ink).write(svg, &node.label);
    Writing::at(x, at.y + lower, SUBLABEL, pale).write(svg, &node.sublabel);
}

fn arrow(svg: &mut String, edge: &Edge, path: &[Point]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    let mut data = format!("M{:.1} {:.1}", first.x, first.y);
    let mut last = *first;
    for point in rest {
        let middle = f32::midpoint(last.x, point.x);
        let _ = write!(
            data,
            " C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}",
            last.y, point.y, point.x, point.y
        );
        last = *point;
    }
    let dashes = if edge.dashed {
        r#" stroke-dasharray="5 4""#
    } else {
        ""
    };
    let before = path[path.len().saturating_sub(2)];
    let back = if before.x > last.x { 8.0 } else { -8.0 };
    let _ = writeln!(
        svg,
        r##"<path d="{data}" fill="none" stroke="#7b8794" stroke-width="1.3"{dashes}/>"##
    );
    let _ = writeln!(
        svg,
        r##"<path d="M{:.1} {:.1} l{back} -4 v8 z" fill="#52606d"/>"##,
        last.x, last.y
    );
}

/// What is written at an arrow, at the end where fewer arrows come together.
fn inscription(svg: &mut String, edge: &Edge, path: &[Point], at_tip: bool) {
    let [.., from, to] = path else {
        return;
    };
    let t = if at_tip { 0.6_f32 } else { 0.4 };
    // The same curve as the arrow's last one.
    let x = 1.5 * t - 1.5 * t * t + t * t * t;
    let y = 3.0 * t * t - 2.0 * t * t * t;
    let at = Point {
        x: from.x + (to.x - from.x) * x,
        y: from.y + (to.y - from.y) * y + SUBLABEL * 0.35,
    };
    let mut writing = Writing::at(at.x, at.y, SUBLABEL, "#3e4c59");
    // The writing has an edge of the colour of the card, so that lines do not run through it.
    writing.look = r##" text-anchor="middle" stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke""##;
    writing.write(svg, &edge.label);
}

/// How wide everything is that is written.
struct Measured {
    title: f32,
    nodes: Vec<f32>,
    edges: Vec<f32>,
}

fn measure(title: &str, nodes: &[Node], edges: &[&Edge]) -> anyhow::Result<Measured> {
    let mut texts = vec![(title, TITLE)];
    for node in nodes {
        texts.push((&node.label, LABEL));
        texts.push((&node.sublabel, SUBLABEL));
    }
    texts.extend(edges.iter().map(|edge| (edge.label.as_str(), SUBLABEL)));
    let mut svg =
        String::from(r#"<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="9999">"#);
    for (number, (text, size)) in texts.iter().enumerate() {
        let text = escaped(&cut(text, *size));
        let _ = write!(
            svg,
            r#"<text id="t{number}" x="0" y="99" font-family="{FONT}" font-size="{size}">{text}</text>"#
        );
    }
    svg.push_str("</svg>");
    let widths = widths(&svg, texts.len())?;
    let (head, rest) = widths.split_at(1);
    let (pairs, edges) = rest.split_at(nodes.len() * 2);
    Ok(Measured {
        title: head[0],
        nodes: pairs.chunks(2).map(|pair| pair[0].max(pair[1])).collect(),
        edges: edges.to_vec(),
    })
}

fn cut(text: &str, size: f32) -> String {
    let longest = if size < LABEL { LONGEST_SMALL } else { LONGEST };
    let text = markdown::plain(text);
    if text.chars().count() <= longest {
        return text;
    }
    let short: String = text.chars().take(longest - 1).collect();
    format!("{}…", short.trim_end())
}

/// Text as XML takes it: no markup comes of it, and no character that XML has not.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
