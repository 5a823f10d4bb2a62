//! Attacks: SQL that has to be refused, whoever sends it.

use crate::harness::{App, BOARDS_MONTHLY, Db, Subscription};
use entity::{
    credit_note, credit_note_line, event, invoice, invoice_line, license_assignment, payment, plan, proposal,
    proposal_line, refund, subscription, subscription_end,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IdenStatic, Iterable, Statement,
    TransactionTrait,
};
use uuid::Uuid;

// What our triggers say.
pub(super) const DISABLED_IS_TERMINAL: &str = "DISABLED_IS_TERMINAL";
pub(super) const STATUS_MOVES_FORWARD: &str = "STATUS_MOVES_FORWARD";
pub(super) const WHAT_WAS_BOUGHT_NEVER_CHANGES: &str = "WHAT_WAS_BOUGHT_NEVER_CHANGES";
pub(super) const SUBSCRIPTIONS_ARE_KEPT: &str = "SUBSCRIPTIONS_ARE_KEPT";
pub(super) const APPEND_ONLY: &str = "APPEND_ONLY";
pub(super) const ISSUED_INVOICES_NEVER_CHANGE: &str = "ISSUED_INVOICES_NEVER_CHANGE";
pub(super) const PLANS_NEVER_CHANGE_THEIR_PRICE: &str = "PLANS_NEVER_CHANGE_THEIR_PRICE";

/// PostgreSQL's name of the key from an end to its disabled subscription.
pub(super) const KEY_OF_THE_END: &str = "subscription_end_subscription_id_status_fkey";

/// A disabled subscription, an active one with a licence assigned, and one that waits for its activation.
pub(super) struct Scene {
    pub(super) app: App,
    pub(super) db: Db,
    /// The ids, as the database's SQL has them.
    pub(super) ended: String,
    pub(super) active: String,
    pub(super) pending: String,
}

/// Who attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hand {
    /// On SQLite the program, or somebody with a connection like its own; on PostgreSQL the owner of the tables.
    Owner,
    /// Somebody who switched off what a connection can: on SQLite foreign keys and recursive triggers, as they are in
    /// its shell; on PostgreSQL, as a superuser in replica mode, all triggers but those that fire always.
    Foreign,
}

/// SQL that has to be refused.
pub(super) struct Attack {
    name: &'static str,
    sql: String,
    only_on: Option<Db>,
    unless_keys_are_off_on: &'static [Db],
    refusal: &'static str,
    refusal_on_postgres: Option<&'static str>,
    key_on_postgres: Option<&'static str>,
}

/// An attack that both databases refuse to every hand, saying this.
pub(super) fn attack(name: &'static str, sql: impl Into<String>, refusal: &'static str) -> Attack {
    Attack {
        name,
        sql: sql.into(),
        only_on: None,
        unless_keys_are_off_on: &[],
        refusal,
        refusal_on_postgres: None,
        key_on_postgres: None,
    }
}

impl Attack {
    /// Only this database has such SQL.
    pub(super) fn only_on(mut self, db: Db) -> Self {
        self.only_on = Some(db);
        self
    }

    /// What PostgreSQL says instead.
    pub(super) fn on_postgres(mut self, refusal: &'static str) -> Self {
        self.refusal_on_postgres = Some(refusal);
        self
    }

    /// The foreign key of PostgreSQL that speaks before the guard does, unless keys are off: triggers fire there in the
    /// order of their names.
    pub(super) fn after_key(mut self, key: &'static str) -> Self {
        self.key_on_postgres = Some(key);
        self
    }

    /// Nothing but a foreign key refuses it on these databases.
    pub(super) fn unless_keys_are_off_on(mut self, dbs: &'static [Db]) -> Self {
        self.unless_keys_are_off_on = dbs;
        self
    }

    fn is_for(&self, db: Db, hand: Hand) -> bool {
        let keys_hold = hand == Hand::Owner || !self.unless_keys_are_off_on.contains(&db);
        keys_hold && self.only_on.is_none_or(|only| only == db)
    }

    fn refusal(&self, db: Db, hand: Hand) -> &'static str {
        match (db, hand) {
            (Db::Sqlite, _) => self.refusal,
            (Db::Postgres, Hand::Foreign) => self.refusal_on_postgres.unwrap_or(self.refusal),
            (Db::Postgres, Hand::Owner) => {
                self.key_on_postgres.or(self.refusal_on_postgres).unwrap_or(self.refusal)
            }
        }
    }
}

impl Scene {
    pub(super) async fn on(db: Db) -> Self {
        let app = App::on(db).await;
        let ended = app.active(BOARDS_MONTHLY).await;
        app.ada().cancels(&ended).await.done();
        app.at("2026-01-31T09:01:00Z");
        let active = app.active(BOARDS_MONTHLY).await;
        let users = app.ada().users(1).await;
        app.ada().assigns(&active, &users).await.done();
        let pending = app.ada().buys(BOARDS_MONTHLY, 10).await;
        let id = |subscription: &Subscription| literal(db, subscription.uuid());
        Self { ended: id(&ended), active: id(&active), pending: id(&pending), app, db }
    }

    /// An id that no row has.
    pub(super) fn unused(&self) -> String {
        literal(self.db, Uuid::from_u128(1))
    }

    /// An id for a row that a test writes itself.
    pub(super) fn spare(&self) -> String {
        literal(self.db, Uuid::from_u128(2))
    }

    /// SQL that writes rows once more, with other values in some columns. `verb` is `insert` or a stronger one.
    pub(super) fn copy<E: EntityTrait>(&self, verb: &str, changes: &[(&str, &str)], which: &str) -> String {
        let table = E::default().table_name();
        let columns: Vec<&str> = E::Column::iter()
            .map(|column| column.as_str())
            // PostgreSQL gives an event its place in the feed and takes none.
            .filter(|column| !(self.db == Db::Postgres && table == "event" && *column == "position"))
            .collect();
        let values: Vec<&str> = columns
            .iter()
            .map(|column| {
                changes.iter().find(|(name, _)| name == column).map_or(*column, |(_, value)| *value)
            })
            .collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        format!("{verb} into {table} ({columns}) select {values} from {table} where {which}")
    }

    /// Does what is no attack.
    pub(super) async fn does(&self, sql: &str) {
        let owner = self.connect(Hand::Owner).await;
        attempt(&owner, sql).await.unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        owner.close().await.expect("closed");
    }

    /// A connection of this hand.
    pub(super) async fn connect(&self, hand: Hand) -> DatabaseConnection {
        if hand == Hand::Owner {
            return self.app.database.connect_as_owner().await;
        }
        let mut options = ConnectOptions::new(self.app.database.url());
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|sqlite| sqlite.foreign_keys(false).pragma("recursive_triggers", "off"))
            .map_sqlx_postgres_opts(|postgres| postgres.options([("session_replication_role", "replica")]));
        sea_orm::Database::connect(options).await.expect("the test's database answers")
    }

    /// Insists that every attack is refused to every hand, for the reason that it names, and that nothing changed.
    pub(super) async fn refuses(&self, attacks: impl IntoIterator<Item = Attack>) {
        let attacks: Vec<Attack> = attacks.into_iter().collect();
        let mut wrong = Vec::new();
        let mut before = self.rows().await;
        for hand in [Hand::Owner, Hand::Foreign] {
            let connection = self.connect(hand).await;
            for attack in attacks.iter().filter(|attack| attack.is_for(self.db, hand)) {
                let by = format!("{:?}, {hand:?}: {}", self.db, attack.name);
                let refusal = attack.refusal(self.db, hand);
                match attempt(&connection, &attack.sql).await {
                    Ok(()) => wrong.push(format!("{by}: was not refused, {refusal} was expected")),
                    Err(said) if !said.to_string().contains(refusal) => {
                        wrong.push(format!("{by}: was refused with {said}, {refusal} was expected"));
                    }
                    Err(_) => {}
                }
                let after = self.rows().await;
                if after != before {
                    wrong.push(format!("{by}: changed something"));
                    before = after;
                }
            }
            connection.close().await.expect("closed");
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Everything that the law is about.
    pub(super) async fn rows(&self) -> Vec<Vec<String>> {
        let db = self.app.market.db().read();
        vec![
            all::<subscription::Entity>(db).await,
            all::<subscription_end::Entity>(db).await,
            all::<license_assignment::Entity>(db).await,
            all::<event::Entity>(db).await,
            all::<invoice::Entity>(db).await,
            all::<invoice_line::Entity>(db).await,
            all::<credit_note::Entity>(db).await,
            all::<credit_note_line::Entity>(db).await,
            all::<payment::Entity>(db).await,
            all::<refund::Entity>(db).await,
            all::<plan::Entity>(db).await,
            all::<proposal::Entity>(db).await,
            all::<proposal_line::Entity>(db).await,
        ]
    }
}

/// Runs SQL in a transaction of its own, with a COMMIT that may be refused too.
pub(super) async fn attempt(connection: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    let transaction = connection.begin().await.expect("a transaction");
    if let Err(refusal) = transaction.execute_unprepared(sql).await {
        transaction.rollback().await.expect("rolled back");
        return Err(refusal);
    }
    transaction.commit().await
}

/// The first column of a query, which is text.
pub(super) async fn texts(db: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
}

async fn all<E: EntityTrait>(db: &DatabaseConnection) -> Vec<String> {
    let rows = E::find().all(db).await.expect("rows");
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows
}

fn literal(db: Db, id: Uuid) -> String {
    match db {
        Db::Sqlite => format!("x'{}'", id.simple()),
        Db::Postgres => format!("'{id}'::uuid"),
    }
}
