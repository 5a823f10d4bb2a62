//! From marks on pages to the bytes of a PDF.

use super::{
    Document, Error,
    page::{HEIGHT, Ink, Mark, WIDTH},
    text::Fonts,
};
use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::{
    SerializeSettings,
    color::luma,
    geom::{PathBuilder, Point, Rect},
    metadata::{self, Metadata},
    page::PageSettings,
    paint::Fill,
    surface::Surface,
};

/// The PDF of these pages; the same document gives the same bytes.
pub(crate) fn pdf(document: &Document, pages: &[Vec<Mark>], fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let settings = SerializeSettings { enable_tagging: false, ..SerializeSettings::default() };
    let mut pdf = krilla::Document::new_with(settings);
    pdf.set_metadata(metadata(document));
    for marks in pages {
        let size =
            PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::new("a page without an area"))?;
        let mut page = pdf.start_page_with(size);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, mark, fonts);
        }
        surface.finish();
        page.finish();
    }
    pdf.finish().map_err(Error::new)
}

fn metadata(document: &Document) -> Metadata {
    let author = document.seller.lines.first().unwrap_or(&document.seller.heading);
    Metadata::new()
        .title(format!("{} {}", document.title, document.number))
        .authors(vec![author.clone()])
        .language("en".to_owned())
        .creation_date(date(document.issued))
}

fn date(at: DateTime<Utc>) -> metadata::DateTime {
    let small = |part: u32| u8::try_from(part).unwrap_or_default();
    metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, fonts: &Fonts) {
    match &mark.ink {
        Ink::Text { text, style } => {
            let face = fonts.face(style.weight);
            let start = Point::from_xy(mark.x, mark.y);
            surface.set_fill(Some(fill(style.grey)));
            surface.draw_glyphs(start, &face.glyphs(text), face.font.clone(), text, style.size, false);
        }
        Ink::Rule { width, thickness, grey } => {
            let mut path = PathBuilder::new();
            if let Some(rect) = Rect::from_xywh(mark.x, mark.y, *width, *thickness) {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(fill(*grey)));
                surface.draw_path(&path);
            }
        }
    }
}

fn fill(grey: u8) -> Fill {
    Fill { paint: luma::Color::new(grey).into(), ..Fill::default() }
}
