//! The words of a document, counted before it is parsed: a parser builds something of every one, and goes a call deeper for
//! every bracket.

use super::Exceeded;
use apollo_parser::{Lexer, TokenKind};

/// How deep brackets of any kind nest at most. Each level of fields is one, arguments and their objects are more.
const NESTING: usize = 60;

/// Whether a document can be parsed. One that has words which are none is left to the parser, which says where.
pub(super) fn check(document: &str, tokens: usize) -> Result<(), Exceeded> {
    let (mut count, mut depth) = (0_usize, 0_usize);
    for token in Lexer::new(document) {
        let Ok(token) = token else { continue };
        match token.kind() {
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof => continue,
            TokenKind::LCurly | TokenKind::LParen | TokenKind::LBracket => depth += 1,
            TokenKind::RCurly | TokenKind::RParen | TokenKind::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        count += 1;
        Exceeded::beyond("tokens", "tokens", tokens, count)?;
        Exceeded::beyond("nesting", "brackets in each other", NESTING, depth)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_counted() {
        let document = "query Q($a: [Int!] = [1, 2]) { a(b: \"{{{\", c: $a) @d ...F } # { comments } \n";
        let refused = |tokens| check(document, tokens).map_err(|exceeded| exceeded.limit);
        assert_eq!(refused(32), Ok(()));
        assert_eq!(refused(31), Err("tokens"));
    }

    #[test]
    fn brackets_nest_only_so_deep() {
        for (open, close) in [("{", "}"), ("(", ")"), ("[", "]"), ("{a(b:[", "])}")] {
            let levels = NESTING / open.matches(['{', '(', '[']).count();
            let nested = |levels: usize| format!("{}{}", open.repeat(levels), close.repeat(levels));
            assert_eq!(check(&nested(levels), 10_000), Ok(()), "{open}");
            let deeper = check(&nested(levels + 1), 10_000).map_err(|exceeded| exceeded.limit);
            assert_eq!(deeper, Err("nesting"), "{open}");
            assert!(check(&open.repeat(10_000), usize::MAX).is_err(), "{open}, never closed");
        }
        assert_eq!(check(&"{ a } ".repeat(1_000), 10_000), Ok(()), "one beside the other");
    }
}
