//! What stands where on a printed document, from the seller's name to the foot of the last page.

use super::{
    Document, Note, Party,
    page::{Cell, Column, HEIGHT, Ink, LEFT, Mark, RIGHT, Sheets, Strip},
    table,
    text::{Fonts, Style},
};

/// Nearly black.
pub(crate) const INK: u8 = 26;
/// The grey of labels.
const SOFT: u8 = 105;
/// The grey of thin rules.
pub(crate) const PALE: u8 = 190;

/// For reading.
pub(crate) const BODY: Style = Style::regular(9.0, INK);
/// For what stands out in it.
pub(crate) const BODY_BOLD: Style = Style::bold(9.0, INK);
/// What is secondary.
pub(crate) const PALE_SMALL: Style = Style::regular(8.0, SOFT);
/// What names the things below or beside it.
pub(crate) const LABEL: Style = Style::bold(8.0, SOFT);
const TITLE: Style = Style::bold(22.0, INK);
const NUMBER: Style = Style::regular(13.0, INK);
const SELLER: Style = Style::bold(13.0, INK);

/// From one line of text to the next.
pub(crate) const LEADING: f32 = 12.5;
const GUTTER: f32 = 24.0;
const FOOT: f32 = HEIGHT - 52.0;

/// All the width there is for text.
pub(crate) const WHOLE: Column = Column { x: LEFT, width: RIGHT - LEFT, right: false };
const HALF: f32 = (WHOLE.width - GUTTER) / 2.0;
const LEFT_HALF: Column = Column { x: LEFT, width: HALF, right: false };
const RIGHT_HALF: Column = Column { x: RIGHT - HALF, width: HALF, right: false };
/// Long lines of small print are hard to read.
const NOTES: Column = Column { width: 400.0, ..WHOLE };

/// The marks of every page.
pub(crate) fn pages(document: &Document, fonts: &Fonts) -> Vec<Vec<Mark>> {
    let mut sheets = Sheets::new();
    sheets.beside(seller(fonts, &document.seller), heading(fonts, document));
    sheets.gap(28.0);
    sheets.beside(party(fonts, &document.customer, LEFT_HALF), party(fonts, &document.bill_to, RIGHT_HALF));
    sheets.gap(30.0);
    table::lines(&mut sheets, fonts, document);
    sheets.gap(10.0);
    table::sums(&mut sheets, fonts, document);
    sheets.gap(26.0);
    for note in &document.notes {
        sheets.keep(self::note(fonts, note));
        sheets.gap(10.0);
    }
    let mut pages = sheets.into_pages();
    feet(&mut pages, document, fonts);
    pages
}

fn seller(fonts: &Fonts, party: &Party) -> Vec<Strip> {
    let mut strips = text(fonts, &party.heading, LABEL, LEFT_HALF, LEADING);
    let mut lines = party.lines.iter();
    if let Some(name) = lines.next() {
        strips.extend(text(fonts, name, SELLER, LEFT_HALF, 19.0));
        strips.push(Strip::space(3.0));
    }
    strips.extend(lines.flat_map(|line| text(fonts, line, BODY, LEFT_HALF, LEADING)));
    strips
}

fn heading(fonts: &Fonts, document: &Document) -> Vec<Strip> {
    let mut strips = text(fonts, &document.title, TITLE, RIGHT_HALF, 27.0);
    strips.extend(text(fonts, &document.number, NUMBER, RIGHT_HALF, 18.0));
    strips.push(Strip::space(10.0));
    let widest = document.facts.iter().map(|(label, _)| fonts.width(label, PALE_SMALL)).fold(0.0, f32::max);
    let label = Column { width: widest.min(HALF * 0.45), ..RIGHT_HALF };
    let value = Column {
        x: label.x + label.width + GUTTER / 2.0,
        width: HALF - label.width - GUTTER / 2.0,
        right: false,
    };
    for (name, fact) in &document.facts {
        let cells =
            vec![Cell::new(label).text(fonts, name, PALE_SMALL), Cell::new(value).text(fonts, fact, BODY)];
        strips.extend(Strip::row(fonts, cells, LEADING));
        strips.push(Strip::space(2.5));
    }
    strips
}

fn party(fonts: &Fonts, party: &Party, column: Column) -> Vec<Strip> {
    let mut strips = text(fonts, &party.heading, LABEL, column, 15.0);
    for (index, line) in party.lines.iter().enumerate() {
        let style = if index == 0 { BODY_BOLD } else { BODY };
        strips.extend(text(fonts, line, style, column, LEADING));
    }
    strips
}

fn note(fonts: &Fonts, note: &Note) -> Vec<Strip> {
    let mut strips = text(fonts, &note.heading, BODY_BOLD, NOTES, 15.0);
    strips.extend(text(fonts, &note.text, BODY, NOTES, LEADING));
    strips
}

fn text(fonts: &Fonts, text: &str, style: Style, column: Column, leading: f32) -> Vec<Strip> {
    Strip::row(fonts, vec![Cell::new(column).text(fonts, text, style)], leading)
}

/// The foot says how many pages there are, so it comes last.
fn feet(pages: &mut [Vec<Mark>], document: &Document, fonts: &Fonts) {
    let count = pages.len();
    for (index, marks) in pages.iter_mut().enumerate() {
        let page = format!("Page {} of {count}", index + 1);
        let x = RIGHT - fonts.width(&page, PALE_SMALL);
        let name = format!("{} {}", document.title, document.number);
        let name = fonts.clip(&name, PALE_SMALL, x - GUTTER - LEFT);
        marks.push(Mark {
            x: LEFT,
            y: FOOT,
            ink: Ink::Rule { width: WHOLE.width, thickness: 0.4, grey: PALE },
        });
        marks.push(Mark { x: LEFT, y: FOOT + 14.0, ink: Ink::Text { text: name, style: PALE_SMALL } });
        marks.push(Mark { x, y: FOOT + 14.0, ink: Ink::Text { text: page, style: PALE_SMALL } });
    }
}
