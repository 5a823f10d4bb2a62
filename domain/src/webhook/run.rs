//! The round: events become messages, messages are sent, many at once, and what came of each is stored.

use super::{
    claim::{InHand, claim},
    dispatch::dispatch,
    post::{Letter, Post},
    settle::settle,
    signature::sign,
};
use crate::{Marketplace, Result, sweep::Report};
use std::time::Duration;
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep},
};

/// How long the round waits for the doorbell before it looks by itself: a bell of another process may not be heard, and nothing
/// rings when the next attempt is due.
const POLL: Duration = Duration::from_secs(1);

/// What is under way.
type UnderWay = JoinSet<Result<bool>>;

/// Sends webhooks until the process is to stop; what is under way then is finished. Several processes share the work.
pub async fn run(market: &Marketplace, post: &Post) {
    let mut under_way = UnderWay::new();
    while !market.stopping() {
        // What cannot be stored must not be sent.
        let writes = market.db().writing_stopped().is_none();
        if writes && let Err(error) = dispatch(market).await {
            tracing::warn!(?error, "events cannot be turned into webhooks");
        }
        if writes && let Err(error) = fill(market, post, &mut under_way).await {
            tracing::warn!(?error, "webhooks cannot be taken in hand");
        }
        tokio::select! {
            Some(done) = under_way.join_next() => note(&mut Report::default(), done),
            () = market.parts.bells.post.notified() => {}
            () = sleep(POLL) => {}
        }
        while let Some(done) = under_way.try_join_next() {
            note(&mut Report::default(), done);
        }
    }
    while let Some(done) = under_way.join_next().await {
        note(&mut Report::default(), done);
    }
}

/// Sends everything that is due now, once, and reports how much was taken and how much was not.
///
/// # Errors
/// What the database said.
pub async fn deliver(market: &Marketplace, post: &Post) -> Result<Report> {
    let mut report = Report::default();
    dispatch(market).await?;
    let mut under_way = UnderWay::new();
    loop {
        if !market.stopping() {
            fill(market, post, &mut under_way).await?;
        }
        match under_way.join_next().await {
            Some(done) => note(&mut report, done),
            None => return Ok(report),
        }
    }
}

/// Takes as much in hand as may be under way.
async fn fill(market: &Marketplace, post: &Post, under_way: &mut UnderWay) -> Result<()> {
    let room = market.settings().webhooks.at_once.saturating_sub(under_way.len());
    for in_hand in claim(market, room).await? {
        let (market, post) = (market.clone(), post.clone());
        under_way.spawn(async move { one(&market, &post, in_hand).await });
    }
    Ok(())
}

/// Sends one message, and says whether it was taken.
async fn one(market: &Marketplace, post: &Post, in_hand: InHand) -> Result<bool> {
    let InHand { row, url, secrets, .. } = &in_hand;
    // The time of the attempt is in its signature, so that nobody can send an old one again.
    let (began, started) = (market.real_now(), Instant::now());
    let signature = sign(secrets, &row.message_id, began, &row.body)?;
    let letter = Letter {
        url,
        id: &row.message_id,
        timestamp: began.timestamp(),
        signature: &signature,
        body: &row.body,
    };
    let answer = post.send(letter).await;
    let taken = answer.took_it();
    settle(market, &in_hand, began, started.elapsed(), answer).await?;
    Ok(taken)
}

fn note(report: &mut Report, done: Result<Result<bool>, JoinError>) {
    match done {
        Ok(Ok(true)) => report.changed += 1,
        Ok(Ok(false)) => report.failed += 1,
        // What came of it is not known: it is sent again when nobody has it in hand any more.
        Ok(Err(error)) => {
            tracing::error!(%error, "what came of a webhook could not be stored");
            report.failure(&error);
        }
        Err(error) => {
            tracing::error!(%error, "sending a webhook was cut off");
            report.failed += 1;
        }
    }
}
