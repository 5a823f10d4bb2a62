//! The table of lines and the sums below it.

use super::{
    Document, Line,
    layout::{BODY, BODY_BOLD, INK, LABEL, LEADING, PALE, PALE_SMALL, WHOLE},
    page::{Cell, Column, LEFT, RIGHT, Sheets, Strip, height},
    text::{Fonts, Style},
};

const HEADS: [&str; 5] = ["Description", "Service period", "Quantity", "Unit price", "Amount"];
const GAP: f32 = 14.0;
const PADDING: f32 = 5.0;
const PERIOD: f32 = 68.0;
/// The most that quantities, unit prices and amounts get; what is wider than that breaks.
const NUMBERS: [f32; 3] = [56.0, 88.0, 96.0];

const SUMS: f32 = 260.0;
const SUM: f32 = 160.0;
const SUM_LEADING: f32 = 16.0;
/// The last strong sum: what is to be paid.
const DUE: Style = Style::bold(12.0, INK);
const DUE_LEADING: f32 = 22.0;

/// Puts the table onto the sheets.
pub(crate) fn lines(sheets: &mut Sheets, fonts: &Fonts, document: &Document) {
    let columns = columns(fonts, &document.lines);
    let head = head(fonts, columns);
    let mut rows = document.lines.iter().map(|line| row(fonts, columns, line)).peekable();
    // A head without a row below it would be alone at the end of a page.
    sheets.reserve(height(&head) + rows.peek().map_or(0.0, |first| height(first)));
    sheets.flow(head.clone());
    sheets.set_running_head(head);
    for row in rows {
        sheets.keep(row);
    }
    sheets.set_running_head(Vec::new());
}

/// Numbers get what they need, up to a limit, and the description the rest.
fn columns(fonts: &Fonts, lines: &[Line]) -> [Column; 5] {
    let [_, _, quantity, unit_price, amount] = HEADS.map(|head| fonts.width(head, LABEL));
    let widest = |head: f32, limit: f32, cell: fn(&Line) -> &str| {
        lines.iter().map(|line| fonts.width(cell(line), BODY)).fold(head, f32::max).min(limit)
    };
    let [most_quantity, most_price, most_amount] = NUMBERS;
    let mut edge = RIGHT;
    let mut from_right = |width: f32, right: bool| {
        let column = Column { x: edge - width, width, right };
        edge = column.x - GAP;
        column
    };
    let amount = from_right(widest(amount, most_amount, |line| &line.amount), true);
    let unit_price = from_right(widest(unit_price, most_price, |line| &line.unit_price), true);
    let quantity = from_right(widest(quantity, most_quantity, |line| &line.quantity), true);
    let service = from_right(PERIOD, false);
    let description = Column { x: LEFT, width: edge - LEFT, right: false };
    [description, service, quantity, unit_price, amount]
}

fn head(fonts: &Fonts, columns: [Column; 5]) -> Vec<Strip> {
    let cells =
        columns.into_iter().zip(HEADS).map(|(column, head)| Cell::new(column).text(fonts, head, LABEL));
    let mut strips = Strip::row(fonts, cells.collect(), LEADING);
    strips.push(Strip::space(PADDING).ruled(WHOLE, 0.8, INK));
    strips
}

fn row(fonts: &Fonts, columns: [Column; 5], line: &Line) -> Vec<Strip> {
    let [description, service, quantity, unit_price, amount] = columns;
    // A period in two lines leaves the descriptions their room: the publisher makes a second line anyway.
    let period = line.service.replacen(" – ", " –\n", 1);
    let cells = vec![
        Cell::new(description).text(fonts, &line.description, BODY).text(fonts, &line.publisher, PALE_SMALL),
        Cell::new(service).text(fonts, &period, BODY),
        Cell::new(quantity).text(fonts, &line.quantity, BODY),
        Cell::new(unit_price).text(fonts, &line.unit_price, BODY),
        Cell::new(amount).text(fonts, &line.amount, BODY),
    ];
    let mut strips = vec![Strip::space(PADDING)];
    strips.extend(Strip::row(fonts, cells, LEADING));
    strips.push(Strip::space(PADDING).ruled(WHOLE, 0.4, PALE));
    strips
}

/// Puts the sums onto the sheets, all on one page.
pub(crate) fn sums(sheets: &mut Sheets, fonts: &Fonts, document: &Document) {
    let due = document.sums.iter().rposition(|sum| sum.strong);
    let style = |index: usize, strong: bool| match strong {
        true if due == Some(index) => (DUE, DUE_LEADING),
        true => (BODY_BOLD, SUM_LEADING),
        false => (BODY, SUM_LEADING),
    };
    let widths = document
        .sums
        .iter()
        .enumerate()
        .map(|(index, sum)| fonts.width(&sum.amount, style(index, sum.strong).0));
    let width = widths.fold(0.0, f32::max).min(SUM);
    let block = Column { x: RIGHT - SUMS, width: SUMS, right: false };
    let label = Column { width: SUMS - GAP - width, ..block };
    let amount = Column { x: RIGHT - width, width, right: true };
    let mut strips = Vec::new();
    for (index, sum) in document.sums.iter().enumerate() {
        let (style, leading) = style(index, sum.strong);
        if due == Some(index) {
            strips.push(Strip::space(PADDING).ruled(block, 0.8, INK));
        }
        let cells = vec![
            Cell::new(label).text(fonts, &sum.label, style),
            Cell::new(amount).text(fonts, &sum.amount, style),
        ];
        strips.extend(Strip::row(fonts, cells, leading));
    }
    sheets.keep(strips);
}
