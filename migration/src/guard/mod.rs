//! The watch over the guards: what keeps the law in the database, held against what this program knows, and the rows that
//! could only be there because a guard was not.

mod rows;

use crate::Migrator;
use sea_orm_migration::{
    MigratorTrait,
    sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement},
};
use std::collections::{BTreeMap, BTreeSet};

/// The guards of a database that was migrated, as the files beside this one have them.
const SQLITE: &str = include_str!("sqlite.txt");
const POSTGRES: &str = include_str!("postgres.txt");

/// What reads them from the catalogue.
const READ_SQLITE: &str = include_str!("sqlite.sql");
const READ_POSTGRES: &str = include_str!("postgres.sql");

/// What is a guard only of tables on which triggers keep a law.
const OF_THE_LAW: [&str; 5] = ["definition", "column", "check", "key", "unique"];

/// The guards of a database: the table and what it is, with how it is. Before the first `;` of that stands how strong it is,
/// behind it what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guards(BTreeMap<(String, String), String>);

impl Guards {
    /// Those of the database.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let backend = db.get_database_backend();
        let sql = if backend == DbBackend::Sqlite { READ_SQLITE } else { READ_POSTGRES };
        let mut found = BTreeMap::new();
        for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
            let how: String = row.try_get("", "how")?;
            found.insert((row.try_get("", "subject")?, row.try_get("", "what")?), words(&how));
        }
        Ok(Self(found))
    }

    /// Those that this program knows.
    pub fn known(backend: DbBackend) -> Self {
        let text = if backend == DbBackend::Sqlite { SQLITE } else { POSTGRES };
        let guards = text.lines().filter_map(|line| {
            let mut parts = line.splitn(3, " | ");
            let (subject, what, how) = (parts.next()?, parts.next()?, parts.next()?);
            Some(((subject.to_owned(), what.to_owned()), how.to_owned()))
        });
        Self(guards.collect())
    }

    /// As the files have them: the migrations' own table left out, and what is no guard.
    pub fn text(&self) -> String {
        let law = self.law();
        let guards = self.0.iter().filter(|((subject, what), _)| {
            subject != "seaql_migrations" && (law.contains(subject.as_str()) || !is_of_the_law(what))
        });
        guards.map(|((subject, what), how)| format!("{subject} | {what} | {how}\n")).collect()
    }

    /// The tables on which triggers keep a law.
    fn law(&self) -> BTreeSet<&str> {
        self.0
            .keys()
            .filter(|(_, what)| what.starts_with("trigger "))
            .map(|(subject, _)| subject.as_str())
            .collect()
    }

    fn subjects(&self) -> BTreeSet<&str> {
        self.0.keys().map(|(subject, _)| subject.as_str()).collect()
    }

    /// How those of a database differ from these. With `newer` its schema knows more than these do: then only what is gone or
    /// weaker is told, and the newer program judges the rest.
    fn differences(&self, found: &Self, newer: bool) -> Vec<String> {
        let (law, subjects) = (self.law(), self.subjects());
        let mut told = Vec::new();
        for (key @ (subject, what), should) in &self.0 {
            match found.0.get(key) {
                None => told.push(format!("{subject}: the {what} is gone; it should be: {should}")),
                Some(is) if newer && strength(is) == strength(should) => {}
                Some(is) if same(is, should) => {}
                Some(is) => told.push(format!("{subject}: the {what} is: {is}; it should be: {should}")),
            }
        }
        let more = found.0.iter().filter(|(key, _)| !newer && !self.0.contains_key(*key));
        for ((subject, what), is) in more {
            let ours = subjects.contains(subject.as_str()) && subject != DATABASE;
            if ours && (law.contains(subject.as_str()) || !is_of_the_law(what)) {
                told.push(format!("{subject}: nobody knows the {what}: {is}"));
            }
        }
        told
    }
}

/// What belongs to no table.
const DATABASE: &str = "the database";

/// Everything that is wrong with the guards of a database, or with what they guard, each in a sentence. None when all is well.
///
/// # Errors
/// What the database said.
pub async fn findings(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let known = Guards::known(db.get_database_backend());
    let mut told = known.differences(&Guards::of(db).await?, is_newer(db).await?);
    match rows::broken(db, &known.law()).await {
        Ok(broken) => told.extend(broken),
        // Where a table or a column is gone, what it guarded cannot be asked for. That it is gone is told already.
        Err(_) if !told.is_empty() => {}
        Err(error) => return Err(error),
    }
    Ok(told)
}

/// Whether the schema has migrations that this program does not know.
async fn is_newer(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let migrations = Migrator::migrations();
    let applied = Statement::from_string(db.get_database_backend(), "select version from seaql_migrations");
    for row in db.query_all_raw(applied).await? {
        let version: String = row.try_get_by_index(0)?;
        if migrations.iter().all(|migration| migration.name() != version) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether it is a guard only where triggers keep a law: elsewhere it may change as it likes.
fn is_of_the_law(what: &str) -> bool {
    OF_THE_LAW.contains(&what.split(' ').next().unwrap_or_default())
}

fn strength(how: &str) -> &str {
    how.split(';').next().unwrap_or_default()
}

/// The words of what a catalogue says, each apart from the next by one space.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Versions of a database put their white space elsewhere, but not what stands between quotes.
fn same(one: &str, other: &str) -> bool {
    fn letters(text: &str) -> impl Iterator<Item = char> {
        let mut quoted = false;
        text.chars().filter(move |letter| {
            quoted ^= *letter == '\'';
            quoted || !letter.is_whitespace()
        })
    }
    letters(one).eq(letters(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guards(lines: &[(&str, &str, &str)]) -> Guards {
        let owned = |(subject, what, how): &(&str, &str, &str)| {
            ((subject.to_string(), what.to_string()), how.to_string())
        };
        Guards(lines.iter().map(owned).collect())
    }

    const LAW: (&str, &str, &str) = ("subscription", "trigger law", "always; when (old.status = 'DISABLED')");
    const CHECK: (&str, &str, &str) = ("subscription", "check it", "valid; (quantity >= 1)");
    const TABLE: (&str, &str, &str) = ("app", "table", "row security off; r p");

    #[test]
    fn white_space_means_nothing_outside_of_quotes() {
        assert!(same("valid; ( a = 'B' )", "valid; (a='B')"));
        assert!(!same("(a = 'B')", "(a = 'B ')"));
        assert!(!same("(a = 'B C')", "(a = 'BC')"));
    }

    #[test]
    fn what_is_gone_weaker_or_otherwise_is_told() {
        let known = guards(&[LAW, CHECK, TABLE]);
        assert_eq!(known.differences(&known, false), Vec::<String>::new());
        for other in [
            guards(&[CHECK, TABLE]),
            guards(&[
                ("subscription", "trigger law", "switched off; when (old.status = 'DISABLED')"),
                CHECK,
                TABLE,
            ]),
        ] {
            assert_eq!(known.differences(&other, false).len(), 1);
            assert_eq!(known.differences(&other, true).len(), 1, "a newer schema is no excuse");
        }
        let otherwise = guards(&[("subscription", "trigger law", "always; when false"), CHECK, TABLE]);
        assert_eq!(known.differences(&otherwise, false).len(), 1);
    }

    #[test]
    fn what_is_more_is_told_where_it_could_get_round_a_guard() {
        let known = guards(&[LAW, CHECK, TABLE]);
        let more = |line| known.differences(&guards(&[LAW, CHECK, TABLE, line]), false).len();
        assert_eq!(more(("subscription", "trigger zzz", "always; it rewrites")), 1);
        assert_eq!(more(("app", "trigger zzz", "always; it rewrites")), 1);
        assert_eq!(more(("subscription", "unique index more", "valid; (id)")), 1);
        assert_eq!(more(("app", "unique index more", "valid; (id)")), 0);
        assert_eq!(more(("unheard of", "trigger zzz", "always; its own")), 0);
    }

    #[test]
    fn what_a_newer_schema_has_more_or_says_otherwise_is_for_the_newer_program_to_judge() {
        let known = guards(&[LAW, TABLE]);
        let newer = guards(&[
            ("subscription", "trigger law", "always; when (old.status = 'DISABLED' and more)"),
            ("subscription", "trigger another", "always; when more"),
            TABLE,
        ]);
        assert_eq!(known.differences(&newer, true), Vec::<String>::new());
    }
}
