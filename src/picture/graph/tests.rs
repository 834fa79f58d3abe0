//! Facts about pictures: what is on them, how large they are, that names stay names.

use proptest::prelude::*;
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8};

use super::*;

fn specimen(count: usize, edges: &[(usize, usize)]) -> Graph {
    let tints = [Tint::Blue, Tint::Green, Tint::Violet, Tint::Red];
    let node = |number: usize| Node {
        label: format!("service-{number}"),
        sublabel: "Component · Zahlungsverkehr".to_owned(),
        tint: tints[number % 4],
        marked: number == 0,
    };
    let edge = |(from, to): &(usize, usize)| Edge {
        from: *from,
        to: *to,
        label: if (from + to) % 3 == 0 {
            "Orders API".to_owned()
        } else {
            String::new()
        },
        dashed: (from + to) % 3 == 0,
    };
    Graph {
        title: format!("What {count} things depend on"),
        nodes: (0..count).map(node).collect(),
        edges: edges.iter().map(edge).collect(),
        more: 0,
    }
}

fn tree(count: usize, fan: usize) -> Vec<(usize, usize)> {
    let mut edges: Vec<_> = (1..count).map(|n| ((n - 1) / fan, n)).collect();
    edges.extend((1..count).step_by(5).map(|n| (n, (n * 7 + 3) % count)));
    edges
}

fn pixels(graph: &Graph) -> Pixmap {
    let picture = graph.draw().expect("drawn");
    assert_eq!(picture.alt, graph.title);
    Pixmap::decode_png(&picture.png).expect("a PNG")
}

/// Which part of the pixels has this colour.
fn part(pixels: &Pixmap, red: u8, green: u8, blue: u8) -> f32 {
    let wanted = |pixel: &&PremultipliedColorU8| {
        (pixel.red(), pixel.green(), pixel.blue()) == (red, green, blue)
    };
    let found = pixels.pixels().iter().filter(wanted).count();
    let all = pixels.pixels().len();
    f32::from(u16::try_from(found * 10_000 / all).expect("small")) / 10_000.0
}

#[test]
fn a_graph_is_drawn_on_a_card_of_its_own() {
    let graph = specimen(5, &tree(5, 2));
    let pixels = pixels(&graph);
    assert!(pixels.width() > pixels.height(), "{pixels:?}");
    // The card, the marked box, the fillings of the others.
    assert!(part(&pixels, 255, 255, 255) > 0.5);
    assert!(part(&pixels, 0x1d, 0x5f, 0xa8) > 0.02);
    assert!(part(&pixels, 0xe5, 0xf5, 0xeb) > 0.01);
    // Nothing shines through but at the round corners.
    let clear = pixels.pixels().iter().filter(|pixel| pixel.alpha() < 255);
    assert!(clear.count() < 500);
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    let draw = || specimen(20, &tree(20, 3)).draw().expect("drawn").png;
    assert_eq!(draw(), draw());
}

#[test]
fn a_great_graph_is_cut_and_says_so() {
    let graph = specimen(400, &tree(400, 4));
    let svg = graph.svg().expect("written");
    assert!(svg.contains("340 more are not drawn."));
    assert_eq!(svg.matches("rx=\"7\"").count(), MOST_NODES);
    let fan = specimen(60, &(1..60).map(|n| (0, n)).collect::<Vec<_>>());
    for graph in [graph, fan] {
        let pixels = pixels(&graph);
        assert!(pixels.width().max(pixels.height()) <= 4096, "{pixels:?}");
        assert!(pixels.width().min(pixels.height()) >= 500, "{pixels:?}");
    }
}

#[test]
fn names_are_text_and_nothing_else() {
    let mut graph = specimen(4, &[(0, 1), (1, 2), (2, 0), (0, 0), (7, 9)]);
    graph.nodes[1].label = "<script>&amp;</text>\u{7}\"".to_owned();
    graph.nodes[2].label = "Größe für Österreich".to_owned();
    graph.nodes[3].label = "x".repeat(99);
    graph.nodes[3].sublabel = "\u{202e}\u{FFFE}".to_owned();
    graph.edges[0].label = "]]>".to_owned();
    let svg = graph.svg().expect("written");
    assert!(
        svg.contains("&lt;script&gt;&amp;amp;&lt;/text&gt;\""),
        "{svg}"
    );
    assert!(svg.contains("Größe für Österreich"), "{svg}");
    assert!(svg.contains(&format!("{}…", "x".repeat(33))), "{svg}");
    assert!(svg.contains("]]&gt;"), "{svg}");
    // Arrows to themselves or to nowhere are not drawn.
    assert_eq!(svg.matches("<path d=\"M").count(), 6, "{svg}");
    pixels(&graph);
}

#[test]
fn what_stands_at_the_ends_is_where_it_belongs() {
    let away = specimen(3, &[(0, 1), (0, 2), (1, 2)])
        .svg()
        .expect("written");
    let toward = specimen(3, &[(1, 0), (2, 0), (2, 1)])
        .svg()
        .expect("written");
    let x = |svg: &str, node: usize| -> f32 {
        let (before, _) = svg.split_once(&format!(">service-{node}<")).expect("drawn");
        let (_, at) = before.rsplit_once("<text x=\"").expect("a text");
        at.split('"')
            .next()
            .and_then(|x| x.parse().ok())
            .expect("a number")
    };
    assert!(
        x(&away, 0) < x(&away, 1) && x(&away, 1) < x(&away, 2),
        "{away}"
    );
    assert!(
        x(&toward, 0) > x(&toward, 1) && x(&toward, 1) > x(&toward, 2),
        "{toward}"
    );
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let pixels = pixels(&Graph::default());
    assert!(pixels.width() > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn boxes_never_overlap(
        count in 1_usize..30,
        edges in prop::collection::vec((0_usize..30, 0_usize..30), 0..60),
    ) {
        let edges: Vec<(usize, usize)> = edges
            .into_iter()
            .filter(|(from, to)| from != to && *from < count && *to < count)
            .collect();
        let sizes: Vec<Size> = (0..count)
            .map(|n| Size { width: 100.0 + 10.0 * f32::from(u8::try_from(n).expect("small")), height: HEIGHT })
            .collect();
        let layout = lay_out(&sizes, &edges, &vec![0.0; edges.len()]);
        prop_assert_eq!(layout.paths.len(), edges.len());
        for one in 0..count {
            let (at, size) = (layout.places[one], sizes[one]);
            prop_assert!(at.x >= -0.1 && at.y >= -0.1, "{:?}", at);
            prop_assert!(at.x + size.width <= layout.size.width + 0.1);
            prop_assert!(at.y + size.height <= layout.size.height + 0.1);
            for (other, that) in sizes.iter().enumerate().take(one) {
                let there = layout.places[other];
                let apart = at.x + size.width <= there.x || there.x + that.width <= at.x
                    || at.y + size.height <= there.y + 0.1 || there.y + that.height <= at.y + 0.1;
                prop_assert!(apart, "{one} and {other}");
            }
        }
    }
}
