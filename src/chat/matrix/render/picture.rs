//! How large a picture is, and a smaller one to show before it is opened.

use anyhow::Context as _;
use resvg::tiny_skia::{FilterQuality, Pixmap, PixmapPaint, Transform};

/// A thumbnail is no larger than this.
const WIDEST: u32 = 800;
const HIGHEST: u32 = 600;
/// A larger picture is not unpacked: it would take more memory than it is worth.
const MOST_PIXELS: u64 = 64_000_000;

/// The width and height of a PNG.
pub fn measure(png: &[u8]) -> Option<(u32, u32)> {
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let number = |from: usize| {
        let bytes = header.get(from..from + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes)).filter(|number| *number > 0)
    };
    Some((number(0)?, number(4)?))
}

/// A smaller PNG of a picture; `None` where it is small already.
///
/// # Errors
///
/// Fails if it is no PNG or too large.
pub fn thumbnail(png: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let (width, height) = measure(png).context("the picture is no PNG")?;
    if width <= WIDEST && height <= HIGHEST {
        return Ok(None);
    }
    anyhow::ensure!(
        u64::from(width) * u64::from(height) <= MOST_PIXELS,
        "the picture is too large for a thumbnail: {width}×{height}"
    );
    let mut picture = Pixmap::decode_png(png).context("the picture cannot be read")?;
    // Halved until it is nearly small enough: a larger step would skip pixels.
    loop {
        let (width, height) = (picture.width(), picture.height());
        let (wide, high) = within(width, height);
        if wide.saturating_mul(2) >= width && high.saturating_mul(2) >= height {
            picture = shrink(&picture, wide, high)?;
            break;
        }
        picture = shrink(&picture, width.div_ceil(2), height.div_ceil(2))?;
    }
    let png = picture.encode_png().context("a thumbnail without PNG")?;
    Ok(Some(png))
}

/// The largest size of the same shape that a thumbnail may have.
fn within(width: u32, height: u32) -> (u32, u32) {
    let (wide, high) = (u64::from(width), u64::from(height));
    let by_width = wide * u64::from(HIGHEST) > high * u64::from(WIDEST);
    let (new_width, new_height) = if by_width {
        (u64::from(WIDEST), high * u64::from(WIDEST) / wide)
    } else {
        (wide * u64::from(HIGHEST) / high, u64::from(HIGHEST))
    };
    let side = |side: u64, most: u32| u32::try_from(side).unwrap_or(most).clamp(1, most);
    (side(new_width, WIDEST), side(new_height, HIGHEST))
}

#[allow(clippy::cast_precision_loss, reason = "sides are far below 2^24")]
fn shrink(picture: &Pixmap, width: u32, height: u32) -> anyhow::Result<Pixmap> {
    let mut small = Pixmap::new(width, height).context("a thumbnail without pixels")?;
    let scale = Transform::from_scale(
        width as f32 / picture.width() as f32,
        height as f32 / picture.height() as f32,
    );
    let paint = PixmapPaint {
        quality: FilterQuality::Bilinear,
        ..PixmapPaint::default()
    };
    small.draw_pixmap(0, 0, picture.as_ref(), &paint, scale, None);
    Ok(small)
}
