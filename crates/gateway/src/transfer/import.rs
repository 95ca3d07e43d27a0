//! Reads an export into a store that has nothing yet. Until all of it is there, the store says that it is not: no server starts on it.

use std::{collections::HashMap, io, path::Path};

use futures::{StreamExt as _, stream::FuturesUnordered};
use parlance_store::{Batch, Collection, CommitError, Home, Row, Scope, Store, Stored};
use serde::{Deserialize, Serialize};
use tokio::{
    fs::File,
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
};

use super::line::{FORMAT, Header, Kept, Line};
use crate::{admin::Steps, error::StartError, stored::SCHEMA};

/// How long a line may be: a document has a mebibyte, of which JSON can make six.
const MOST_BYTES: u64 = 8 << 20;

/// How many documents, and how many bytes of them, are stored at once, and how many times that is under way.
const DOCUMENTS: usize = 1_000;
const BYTES: usize = 4 << 20;
const AT_ONCE: usize = 4;

/// The only id in the collection.
const ID: &str = "import";

/// Holds one document while an import has begun and not ended.
pub(crate) static IMPORTS: Collection =
    Collection { name: "imports", home: Home::System, indexes: &[], fields: &[] };

/// That an import has begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    id: String,
}

impl Stored for Begun {
    const COLLECTION: &'static Collection = &IMPORTS;
}

/// Whether an import into this store has begun and not ended.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub(crate) async fn is_unfinished(system: &Scope) -> parlance_base::Result<bool> {
    Ok(system.get::<Begun>(ID).await?.is_some())
}

/// Stores all that the file holds, and answers how many documents that was.
///
/// # Errors
/// Why not, for people. Where it had begun, the store is of no use but to be emptied.
pub(crate) async fn import(store: &Store, file: &Path, steps: &Steps) -> Result<u64, String> {
    let mut lines = Lines::open(file).await?;
    match lines.next().await? {
        Some(Line::Export(header)) => accept(&header)?,
        _ => return Err(format!("{} is no export of parlance", file.display())),
    }
    is_empty(store).await?;
    mark(store, true).await?;
    let documents = fill(store, &mut lines, steps).await?;
    mark(store, false).await?;
    Ok(documents)
}

fn accept(header: &Header) -> Result<(), String> {
    if header.format == FORMAT && header.schema == SCHEMA {
        return Ok(());
    }
    let (release, schema) = (&header.release, header.schema);
    Err(format!(
        "the export was written by release {release} with schema {schema}, and this one has schema {SCHEMA}: import it with that release, then upgrade"
    ))
}

async fn is_empty(store: &Store) -> Result<(), String> {
    if is_unfinished(&store.system()).await.map_err(|error| error.to_string())? {
        return Err(StartError::UnfinishedImport.to_string());
    }
    let mut snapshot = store.snapshot().await.map_err(|error| error.to_string())?;
    for collection in store.collections() {
        let first = snapshot.walk(collection, None, 1).await.map_err(|error| error.to_string())?;
        if !first.is_empty() {
            return Err("the store is not empty: import into one that nobody has used".to_owned());
        }
    }
    Ok(())
}

async fn mark(store: &Store, begins: bool) -> Result<(), String> {
    let mut batch = Batch::new();
    if begins {
        batch.insert(&Begun { id: ID.to_owned() });
    } else {
        batch.delete::<Begun>(ID, []);
    }
    store.system().commit(batch).await.map_err(|error| error.to_string())
}

async fn fill(store: &Store, lines: &mut Lines, steps: &Steps) -> Result<u64, String> {
    let known: HashMap<_, _> =
        store.collections().iter().map(|collection| (collection.name, *collection)).collect();
    let (mut filling, mut chunk, mut documents) = (FuturesUnordered::new(), Chunk::default(), 0);
    let stored = |outcome: Result<(), CommitError>| {
        outcome.map_err(|error| format!("a document cannot be stored: {error}"))
    };
    let end = loop {
        let line = lines.next().await?;
        let next = match line {
            Some(Line::Document(kept)) => Some(kept),
            Some(Line::End { documents }) => break documents,
            _ => return Err(lines.broken("it ends early, or does not go on as an export does")),
        };
        let Some(kept) = next else { continue };
        let Some(collection) = known.get(kept.of.as_str()).copied() else {
            return Err(lines.broken(&format!("this release has no {}", kept.of)));
        };
        if let Some((collection, rows)) = chunk.add(collection, kept, lines.length) {
            filling.push(store.fill(collection, rows));
        }
        while filling.len() >= AT_ONCE {
            filling.next().await.map_or(Ok(()), stored)?;
        }
        documents += 1;
        if documents % 1_000 == 0 {
            steps.tell(documents, None);
        }
    };
    if let Some((collection, rows)) = chunk.take() {
        filling.push(store.fill(collection, rows));
    }
    while let Some(outcome) = filling.next().await {
        stored(outcome)?;
    }
    if end != documents || lines.next().await?.is_some() {
        return Err(lines.broken(&format!("it says that it has {end} documents, and has others")));
    }
    Ok(documents)
}

/// Documents of one collection that are stored together.
#[derive(Default)]
struct Chunk {
    of: Option<&'static Collection>,
    rows: Vec<Row>,
    bytes: usize,
}

impl Chunk {
    /// Takes the document in; answers what is to be stored before.
    fn add(
        &mut self,
        collection: &'static Collection,
        kept: Kept,
        bytes: usize,
    ) -> Option<(&'static Collection, Vec<Row>)> {
        let is_other = self.of.is_some_and(|of| of.name != collection.name);
        let is_full = self.rows.len() >= DOCUMENTS || self.bytes.saturating_add(bytes) > BYTES;
        let full = if is_other || is_full { self.take() } else { None };
        self.of = Some(collection);
        self.rows.push(Row { workspace: kept.workspace, document: kept.is });
        self.bytes = self.bytes.saturating_add(bytes);
        full
    }

    fn take(&mut self) -> Option<(&'static Collection, Vec<Row>)> {
        let Self { of, rows, .. } = std::mem::take(self);
        of.filter(|_| !rows.is_empty()).map(|of| (of, rows))
    }
}

/// The lines of the file.
struct Lines {
    file: BufReader<File>,
    number: u64,
    /// How long the last one was.
    length: usize,
    text: Vec<u8>,
}

impl Lines {
    async fn open(file: &Path) -> Result<Self, String> {
        let opened = File::open(file).await.map_err(|error| format!("{}: {error}", file.display()))?;
        let file = BufReader::with_capacity(1 << 20, opened);
        Ok(Self { file, number: 0, length: 0, text: Vec::new() })
    }

    async fn next(&mut self) -> Result<Option<Line>, String> {
        self.text.clear();
        self.number += 1;
        let read = (&mut self.file).take(MOST_BYTES).read_until(b'\n', &mut self.text).await;
        self.length = read.map_err(|error: io::Error| self.broken(&error.to_string()))?;
        if self.length == 0 {
            return Ok(None);
        }
        if self.text.last() != Some(&b'\n') {
            return Err(self.broken("the line does not end"));
        }
        // What is in it may be secret: it is not repeated.
        let line = serde_json::from_slice(&self.text);
        line.map(Some).map_err(|_| self.broken("it is not a line of an export"))
    }

    fn broken(&self, reason: &str) -> String {
        format!("line {} of the export: {reason}", self.number)
    }
}
