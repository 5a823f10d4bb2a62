//! The mechanics of pages: strips of text go down a sheet of A4, and on to the next one when they do not fit.

use super::text::{Fonts, Style};

/// The width of A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
/// The height of A4, in points.
pub(crate) const HEIGHT: f32 = 841.89;
/// Where text begins.
pub(crate) const LEFT: f32 = 54.0;
/// Where text ends.
pub(crate) const RIGHT: f32 = WIDTH - LEFT;
/// Where the first strip of a page begins.
pub(crate) const TOP: f32 = 56.0;
/// Where the last strip of a page has to end; the foot stands below.
pub(crate) const BOTTOM: f32 = HEIGHT - 76.0;

/// How high a capital letter is at one point: text stands in the middle of its strip.
const CAPITAL: f32 = 0.714;

/// Something to draw.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// From the left edge of the page.
    pub(crate) x: f32,
    /// From the top, of its strip or of the page: the base line of a text, the upper edge of a rule.
    pub(crate) y: f32,
    /// What it is.
    pub(crate) ink: Ink,
}

/// What a mark is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ink {
    /// A text in one line.
    Text { text: String, style: Style },
    /// A line from left to right.
    Rule { width: f32, thickness: f32, grey: u8 },
}

/// A part of the page from left to right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Column {
    /// The left edge.
    pub(crate) x: f32,
    /// How wide it is.
    pub(crate) width: f32,
    /// Whether text stands at the right edge, as numbers do.
    pub(crate) right: bool,
}

/// Lines of text in a column.
#[derive(Debug)]
pub(crate) struct Cell {
    column: Column,
    lines: Vec<(String, Style)>,
}

impl Cell {
    /// An empty cell.
    pub(crate) fn new(column: Column) -> Self {
        Self { column, lines: Vec::new() }
    }

    /// With this text below what it has already.
    pub(crate) fn text(mut self, fonts: &Fonts, text: &str, style: Style) -> Self {
        let lines = fonts.wrap(text, style, self.column.width);
        self.lines.extend(lines.into_iter().map(|line| (line, style)));
        self
    }
}

/// A piece of a page that is never split.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    height: f32,
    marks: Vec<Mark>,
}

impl Strip {
    /// Nothing but room.
    pub(crate) fn space(height: f32) -> Self {
        Self { height, marks: Vec::new() }
    }

    /// With a rule along its lower edge.
    pub(crate) fn ruled(mut self, column: Column, thickness: f32, grey: u8) -> Self {
        let ink = Ink::Rule { width: column.width, thickness, grey };
        self.marks.push(Mark { x: column.x, y: self.height - thickness, ink });
        self
    }

    /// Cells side by side, a strip for each line of the longest one.
    pub(crate) fn row(fonts: &Fonts, cells: Vec<Cell>, leading: f32) -> Vec<Self> {
        let count = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        let mut strips = vec![Self::space(leading); count];
        for Cell { column, lines } in cells {
            for (strip, (text, style)) in strips.iter_mut().zip(lines) {
                let free = if column.right { column.width - fonts.width(&text, style) } else { 0.0 };
                let y = (leading + CAPITAL * style.size) / 2.0;
                strip.marks.push(Mark { x: column.x + free, y, ink: Ink::Text { text, style } });
            }
        }
        strips
    }
}

/// How high the strips are together.
pub(crate) fn height(strips: &[Strip]) -> f32 {
    strips.iter().map(|strip| strip.height).sum()
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Place {
    page: usize,
    y: f32,
}

/// The pages so far, and where the next strip goes.
#[derive(Debug)]
pub(crate) struct Sheets {
    pages: Vec<Vec<Mark>>,
    place: Place,
    running_head: Vec<Strip>,
}

impl Sheets {
    /// One empty page.
    pub(crate) fn new() -> Self {
        Self { pages: vec![Vec::new()], place: Place { page: 0, y: TOP }, running_head: Vec::new() }
    }

    /// From here on every new page begins with these strips.
    pub(crate) fn set_running_head(&mut self, strips: Vec<Strip>) {
        self.running_head = strips;
    }

    /// Room between two parts; the end of a page makes it needless.
    pub(crate) fn gap(&mut self, height: f32) {
        self.place.y += height;
    }

    /// Goes to the next page when that much does not fit on this one, unless no page has that much room.
    pub(crate) fn reserve(&mut self, needed: f32) {
        let whole = BOTTOM - TOP - height(&self.running_head);
        if self.place.y + needed > BOTTOM && needed <= whole {
            self.turn();
        }
    }

    /// Places strips one below the other, on the same page if any page can hold them.
    pub(crate) fn keep(&mut self, strips: Vec<Strip>) {
        // Nothing at all needs no new page, even where a gap went beyond the end of this one.
        if !strips.is_empty() {
            self.reserve(height(&strips));
            self.flow(strips);
        }
    }

    /// Places strips one below the other, over as many pages as it takes.
    pub(crate) fn flow(&mut self, strips: Vec<Strip>) {
        for strip in strips {
            if self.place.y + strip.height > BOTTOM {
                self.turn();
            }
            self.put(strip);
        }
    }

    /// Places two lots of strips beside each other, both from here; what follows stands below the longer one.
    pub(crate) fn beside(&mut self, left: Vec<Strip>, right: Vec<Strip>) {
        let start = self.place;
        self.flow(left);
        let end = std::mem::replace(&mut self.place, start);
        self.flow(right);
        if end > self.place {
            self.place = end;
        }
    }

    /// All pages.
    pub(crate) fn into_pages(self) -> Vec<Vec<Mark>> {
        self.pages
    }

    fn turn(&mut self) {
        self.place = Place { page: self.place.page + 1, y: TOP };
        if self.place.page >= self.pages.len() {
            self.pages.push(Vec::new());
        }
        for strip in self.running_head.clone() {
            self.put(strip);
        }
    }

    fn put(&mut self, strip: Strip) {
        let Place { page, y } = self.place;
        if let Some(marks) = self.pages.get_mut(page) {
            marks.extend(strip.marks.into_iter().map(|mark| Mark { y: mark.y + y, ..mark }));
        }
        self.place.y += strip.height;
    }
}
