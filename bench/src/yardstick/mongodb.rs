//! Bare MongoDB: the rate at which 64 tasks get their inserts acknowledged by a majority, journal included.

use std::time::Duration;

use futures::future::try_join_all;
use mongodb::{
    Client, Collection, IndexModel,
    bson::{Document, doc},
    options::{Acknowledgment, CollectionOptions, IndexOptions, WriteConcern},
};
use tokio::time::Instant;

use super::Counted;
use crate::text;

/// How many tasks insert.
const SENDERS: i64 = 64;

/// Inserts for so long, and says how many a second were acknowledged.
pub(crate) async fn insert(uri: &str, milliseconds: u64) -> Result<(), String> {
    // One of its own each time: what is dropped is there for a while, and costs something meanwhile. The mongod goes in the end.
    let name = format!("bare-{}", std::process::id());
    let database = Client::with_uri_str(uri).await.map_err(text)?.database(&name);
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let options = CollectionOptions::builder().write_concern(concern).build();
    let messages: Collection<Document> = database.collection_with_options("messages", options);
    let unique = IndexOptions::builder().unique(true).build();
    let index = IndexModel::builder().keys(doc! { "group_id": 1, "seq": 1 }).options(unique).build();
    messages.create_index(index).await.map_err(text)?;
    let began = Instant::now();
    let until = began + Duration::from_millis(milliseconds);
    let counts = try_join_all((0..SENDERS).map(|sender| sends(&messages, sender, until))).await;
    let count: f64 = counts.map_err(text)?.into_iter().map(f64::from).sum();
    Counted::say(count, began.elapsed())?;
    database.drop().await.map_err(text)
}

async fn sends(messages: &Collection<Document>, sender: i64, until: Instant) -> mongodb::error::Result<u32> {
    let (group, body) = (format!("019ae3f0-0000-7000-8000-{sender:012}"), "x".repeat(200));
    let mut count = 0;
    while Instant::now() < until {
        messages
            .insert_one(doc! {
                "workspace_id": "019ae3f0-0000-7000-8000-000000000000", "group_id": &group, "seq": i64::from(count),
                "author_id": &group, "body": &body, "created_at": 1_795_000_000_000_i64,
            })
            .await?;
        count += 1;
    }
    Ok(count)
}
