//! Whether documents keep within their pages, columns and bytes.

use super::{
    Document, Line, Note, Party, Sum, layout,
    page::{BOTTOM, HEIGHT, Ink, LEFT, Mark, RIGHT},
    render,
    text::{Fonts, Style},
};
use chrono::{TimeZone, Utc};

const TEXTS: [&str; 6] = [
    "Project board, Team plan",
    "Übersetzungs- und Großkundenverträge, Διαχείριση έργων, Zażółć gęślą jaźń, Учёт рабочего времени",
    "日本語のアプリ 🦀 שלום e\u{301}e\u{301}e\u{301}\u{202e}321\u{0}",
    "  two\tparts  \n\nand a second\r\nparagraph ",
    "1\u{202f}234\u{202f}567,89\u{a0}€",
    "",
];

fn document(count: usize, word: &str) -> Document {
    let party = |heading: &str| Party { heading: heading.into(), lines: vec![word.into(), "Berlin".into()] };
    let line = |index: usize| Line {
        description: format!("from{index} {word} {} to{index}", "and so on ".repeat(index % 13)),
        publisher: format!("{word} of{index}"),
        service: format!("31 Jan 2026 – 27 Feb 2026 {word}"),
        quantity: format!("{word}{index}"),
        unit_price: format!("€1.00 {word}"),
        amount: format!("€{index}.00 {word}"),
    };
    let sum =
        |strong: bool| Sum { label: format!("Total {word}"), amount: format!("€1.00 {word}"), strong };
    let mut customer = party("Customer");
    customer.lines.extend(["Berlin"; 8].map(String::from));
    Document {
        title: "Invoice".into(),
        number: format!("INV-42{word}"),
        issued: Utc.with_ymd_and_hms(2026, 1, 31, 9, 30, 0).unwrap(),
        facts: vec![(format!("Issued {word}"), format!("31 January 2026 {word}"))],
        seller: party(""),
        customer,
        bill_to: party("Bill to"),
        lines: (0..count).map(line).collect(),
        sums: vec![sum(false), sum(true), sum(true)],
        notes: vec![Note { heading: word.into(), text: format!("First.\n\n{word}\nLast.") }],
    }
}

fn texts(page: &[Mark]) -> Vec<&str> {
    let text =
        |mark| if let &Mark { ink: Ink::Text { ref text, .. }, .. } = mark { Some(&**text) } else { None };
    page.iter().filter_map(text).collect()
}

#[test]
fn wrapping_keeps_within_the_width_and_loses_nothing() {
    let fonts = Fonts::load().unwrap();
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    for text in TEXTS.iter().map(|text| text.to_string()).chain(["W".repeat(200), "Wort ".repeat(80)]) {
        for style in [Style::regular(9.0, 0), Style::bold(22.0, 0)] {
            for width in [24.0, 60.0, 123.4, 487.0] {
                let lines = fonts.wrap(&text, style, width);
                assert!(lines.iter().all(|line| fonts.width(line, style) <= width), "{lines:?} in {width}");
                assert!(fonts.width(&fonts.clip(&text, style, width), style) <= width, "{text} in {width}");
                let shown = dense(&text).replace(['\u{202e}', '\u{0}'], "");
                assert_eq!(dense(&lines.concat()), shown);
            }
        }
    }
    assert_eq!(fonts.wrap("e\u{301}e\u{301}", Style::regular(9.0, 0), 6.0), ["e\u{301}", "e\u{301}"]);
}

#[test]
fn a_table_goes_over_pages_without_splitting_a_row() {
    let fonts = Fonts::load().unwrap();
    for lines in (8..40).chain([1_000]) {
        let mut document = document(lines, "");
        document.bill_to.lines.resize(12 + lines % 100, "Berlin".into());
        document.notes.push(Note { heading: String::new(), text: String::new() });
        let pages = layout::pages(&document, &fonts);
        let count = pages.len();
        assert!(count > lines / 20, "{count} pages for {lines} lines");
        for (index, page) in pages.iter().enumerate() {
            let at = format!("page {} of {count} with {lines} lines", index + 1);
            let texts = texts(page);
            assert!(texts.contains(&"Invoice INV-42"), "no number on {at}");
            assert!(texts.contains(&&*format!("Page {} of {count}", index + 1)), "no count on {at}");
            assert!(texts.len() > 2, "nothing on {at}");
            let all = texts.join(" ");
            let rows = |mark: &str| -> Vec<u16> {
                all.split(' ').filter_map(|word| word.strip_prefix(mark)?.parse().ok()).collect()
            };
            assert_eq!((rows("from"), rows("from")), (rows("to"), rows("of")), "a row is split on {at}");
            assert_eq!(texts.contains(&"Unit price"), !rows("from").is_empty(), "the head on {at}");
        }
    }
}

#[test]
fn nothing_leaves_its_column_or_the_page() {
    let fonts = Fonts::load().unwrap();
    for word in ["", "日本語", &"W".repeat(200), &"i".repeat(2_000), &"two words ".repeat(20)] {
        let document = document(5, word);
        for page in layout::pages(&document, &fonts) {
            let mut spans: Vec<(f32, f32, f32)> = Vec::new();
            for Mark { x, y, ink } in page {
                let width = match ink {
                    Ink::Rule { width, .. } => width,
                    Ink::Text { text, style } => {
                        let width = fonts.width(&text, style);
                        assert!(
                            spans.iter().all(|other| (other.2 - y).abs() > 8.0
                                || x >= other.1
                                || other.0 >= x + width),
                            "{text:?} overlaps"
                        );
                        spans.push((x, x + width, y));
                        width
                    }
                };
                assert!(x >= LEFT - 0.01 && x + width <= RIGHT + 0.01, "from {x}, {width} wide");
                assert!(y > 0.0 && (y <= BOTTOM || y >= HEIGHT - 52.0) && y < HEIGHT - 20.0, "at {y}");
            }
        }
        render(&document).unwrap();
    }
}

#[test]
fn the_same_document_gives_the_same_small_file() {
    let fonts = Fonts::load().unwrap();
    for document in TEXTS.map(|text| document(3, text)) {
        let pdf = render(&document).unwrap();
        assert_eq!(pdf, render(&document).unwrap());
        assert!(pdf.len() < 60_000, "{} bytes", pdf.len());
        let count = layout::pages(&document, &fonts).len();
        assert!(String::from_utf8_lossy(&pdf).contains(&format!("NPages>{count}<")), "not {count} pages");
    }
}

#[test]
fn a_minus_is_no_missing_glyph() {
    let fonts = Fonts::load().unwrap();
    let style = Style::regular(9.0, 0);
    assert_eq!(fonts.width("−", style), fonts.width("–", style));
    assert_ne!(fonts.width("−", style), fonts.width("日", style));
}
