//! Text in the two faces of a printed document: which glyphs, how wide, broken where.

use super::Error;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider, charmap::Charmap, instance, metrics::GlyphMetrics};

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.ttf");

/// Which of the two faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Weight {
    /// For reading.
    Regular,
    /// For headings and what has to stand out.
    Bold,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    /// The face.
    pub(crate) weight: Weight,
    /// In points.
    pub(crate) size: f32,
    /// From 0, black, to 255, white.
    pub(crate) grey: u8,
}

impl Style {
    /// For reading.
    pub(crate) const fn regular(size: f32, grey: u8) -> Self {
        Self { weight: Weight::Regular, size, grey }
    }

    /// For headings and what has to stand out.
    pub(crate) const fn bold(size: f32, grey: u8) -> Self {
        Self { weight: Weight::Bold, size, grey }
    }
}

/// One font, to measure with and to write with.
pub(crate) struct Face {
    /// As the PDF embeds it.
    pub(crate) font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

impl Face {
    fn load(data: &'static [u8]) -> Result<Self, Error> {
        let font = Font::new(data.into(), 0).ok_or_else(|| Error::new("the font cannot be embedded"))?;
        let parsed = FontRef::new(data).map_err(Error::new)?;
        let metrics = parsed.glyph_metrics(instance::Size::unscaled(), instance::LocationRef::default());
        let units_per_em = font.units_per_em();
        Ok(Self { font, charmap: parsed.charmap(), metrics, units_per_em })
    }

    /// The glyph of a character, or one that stands in for it, and its advance at one point.
    fn glyph(&self, character: char) -> (GlyphId, f32) {
        // The font lacks the minus, and amounts may have it; whoever copies the text still gets the minus.
        let drawn = if character == '\u{2212}' { '\u{2013}' } else { character };
        // Not the font's own missing glyph: that one has no text in a PDF, so a copy would lack the character.
        let id = self.charmap.map(drawn).or_else(|| self.charmap.map('\u{fffd}')).unwrap_or_default();
        let advance = self.metrics.advance_width(id).unwrap_or_default();
        (GlyphId::new(id.to_u32()), advance / self.units_per_em)
    }

    /// One glyph for each character, from left to right: what is written is exactly as wide as what was measured.
    pub(crate) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        text.char_indices()
            .map(|(start, character)| {
                let (id, advance) = self.glyph(character);
                let range = start..start + character.len_utf8();
                KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect()
    }
}

/// The faces of a document.
pub(crate) struct Fonts {
    regular: Face,
    bold: Face,
}

impl Fonts {
    /// The two that the program carries.
    pub(crate) fn load() -> Result<Self, Error> {
        Ok(Self { regular: Face::load(REGULAR)?, bold: Face::load(BOLD)? })
    }

    /// The face of that weight.
    pub(crate) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// How wide the text is, in points.
    pub(crate) fn width(&self, text: &str, style: Style) -> f32 {
        text.chars().map(|character| self.advance(character, style)).sum()
    }

    /// The lines of the text, none wider than `width`: broken between words, and within a word only when it is alone
    /// too wide. A text without anything to show has no lines.
    pub(crate) fn wrap(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.trim().lines() {
            let mut line = String::new();
            for word in words(paragraph) {
                let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
                if self.width(&longer, style) <= width {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(line);
                }
                line = self.cut(&word, style, width, &mut lines);
            }
            lines.push(line);
        }
        lines
    }

    /// The text in one line of at most `width`, with an ellipsis where it was cut off.
    pub(crate) fn clip(&self, text: &str, style: Style, width: f32) -> String {
        let mut line = words(text).collect::<Vec<_>>().join(" ");
        if self.width(&line, style) <= width {
            return line;
        }
        let room = width - self.advance('…', style);
        let mut used = 0.0;
        let end = line.char_indices().find(|(_, character)| {
            used += self.advance(*character, style);
            used > room
        });
        line.truncate(end.map_or(line.len(), |(index, _)| index));
        line.push('…');
        line
    }

    /// Puts the full lines of a word into `lines` and returns its rest.
    fn cut(&self, word: &str, style: Style, width: f32, lines: &mut Vec<String>) -> String {
        let mut line = String::new();
        let mut used = 0.0;
        for character in word.chars() {
            let advance = self.advance(character, style);
            // An accent has no advance of its own, so it stays with its letter.
            if used + advance > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(character);
            used += advance;
        }
        line
    }

    fn advance(&self, character: char, style: Style) -> f32 {
        self.face(style.weight).glyph(character).1 * style.size
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(breaks)
        .map(|word| word.chars().filter(|character| shows(*character)).collect::<String>())
        .filter(|word| !word.is_empty())
}

/// Whether a line may end here; the three spaces that hold a number and its unit together are no such place.
fn breaks(character: char) -> bool {
    character.is_whitespace() && !matches!(character, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// Controls, joiners and marks of direction have no picture of their own: they would show as missing characters, and
/// who copies an amount would take them along.
fn shows(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
