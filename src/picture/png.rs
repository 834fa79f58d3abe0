//! From SVG to PNG. No font of the machine is used, so the same SVG gives the same bytes everywhere.

use std::sync::{Arc, LazyLock};

use anyhow::Context as _;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

/// The family of the one font there is.
pub(super) const FONT: &str = "Ubuntu";

/// Drawn so much larger that it stays sharp on a dense screen.
const SCALE: f32 = 2.0;

/// The longest side in pixels; chat programs shrink or refuse what is larger.
const LONGEST_SIDE: f32 = 4096.0;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family(FONT);
    Arc::new(fonts)
});

/// Draws an SVG, sharp for dense screens, smaller where it would be too large.
pub(super) fn png(svg: &str) -> anyhow::Result<Vec<u8>> {
    let tree = tree(svg)?;
    let size = tree.size();
    let scale = SCALE.min(LONGEST_SIDE / size.width().max(size.height()));
    let pixels = size
        .to_int_size()
        .scale_by(scale)
        .context("a picture without pixels")?;
    let mut pixmap = Pixmap::new(pixels.width(), pixels.height()).context("a picture too large")?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixmap.as_mut(),
    );
    pixmap.encode_png().context("a picture without PNG")
}

/// How wide the texts of an SVG are, each of which has an id of its own: `t0`, `t1` and so on.
pub(super) fn widths(svg: &str, count: usize) -> anyhow::Result<Vec<f32>> {
    let tree = tree(svg)?;
    let width = |number: usize| {
        let node = tree.node_by_id(&format!("t{number}"))?;
        Some(node.bounding_box().width())
    };
    // A text of which nothing can be seen is not there.
    Ok((0..count)
        .map(|number| width(number).unwrap_or(0.0))
        .collect())
}

fn tree(svg: &str) -> anyhow::Result<usvg::Tree> {
    let options = usvg::Options {
        font_family: FONT.to_owned(),
        fontdb: FONTS.clone(),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).context("our own SVG cannot be read")
}
