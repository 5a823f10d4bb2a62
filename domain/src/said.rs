//! What the codes of the two databases mean for whoever asked.

/// PostgreSQL's codes for a deadlock, a serialization failure and a lock that was waited for too long.
const TRY_AGAIN: [&str; 3] = ["40P01", "40001", "55P03"];

/// Its codes, by how they begin, for what may be better in a moment: connections that break, no disk or memory or
/// connections left, a server that stops or starts or cannot read its files, a statement or a pause that took too long, and a
/// server that only follows another one.
const NOT_NOW: [&str; 6] = ["08", "53", "57", "58", "25006", "25P03"];

/// Those of them after which the server may have done what it was asked before it fell silent.
const BREAKS_OFF: [&str; 3] = ["08", "57P", "58"];

/// SQLite's primary codes: busy and locked; a file that cannot be written, read or opened, and a disk that is full.
const SQLITE_TRY_AGAIN: [i32; 2] = [5, 6];
const SQLITE_NOT_NOW: [i32; 4] = [8, 10, 13, 14];
const SQLITE_IO: i32 = 10;

/// SQLite's codes are numbers, the last byte of which is the primary one. PostgreSQL's have five characters.
fn sqlite(code: &str) -> Option<i32> {
    if code.len() == 5 { None } else { code.parse::<i32>().ok().map(|code| code & 0xff) }
}

fn begins(code: &str, with: &[&str]) -> bool {
    with.iter().any(|beginning| code.starts_with(beginning))
}

/// Whether somebody else was in the way.
pub(crate) fn try_again(code: &str) -> bool {
    sqlite(code).map_or_else(|| TRY_AGAIN.contains(&code), |code| SQLITE_TRY_AGAIN.contains(&code))
}

/// Whether the database cannot do it now.
pub(crate) fn not_now(code: &str) -> bool {
    sqlite(code).map_or_else(|| begins(code, &NOT_NOW), |code| SQLITE_NOT_NOW.contains(&code))
}

/// Whether a commit that was answered so may have been done all the same.
pub(crate) fn breaks_off(code: &str) -> bool {
    sqlite(code).map_or_else(|| begins(code, &BREAKS_OFF), |code| code == SQLITE_IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_one_thing_for_whoever_asked() {
        // PostgreSQL: deadlock, serialization, lock; SQLite: busy, locked, and busy while recovering and in a snapshot.
        for code in ["40P01", "40001", "55P03", "5", "6", "261", "517"] {
            assert!(try_again(code) && !not_now(code) && !breaks_off(code), "{code}");
        }
        // Full disks and too many connections, a statement that took too long, a server that follows: nothing was done.
        for code in ["53100", "53300", "57014", "25006", "25P03", "13", "14", "8"] {
            assert!(not_now(code) && !try_again(code) && !breaks_off(code), "{code}");
        }
        // Broken connections, servers that stop, files that cannot be written: who knows.
        for code in ["08006", "57P01", "57P02", "58030", "10", "778", "1034"] {
            assert!(not_now(code) && breaks_off(code) && !try_again(code), "{code}");
        }
        // Unique, foreign key, check, a guard: faults of what was asked, and not of the moment.
        for code in ["23505", "23503", "23514", "TE001", "2067", "787", "275", "1811", "11"] {
            assert!(!not_now(code) && !breaks_off(code) && !try_again(code), "{code}");
        }
    }
}
