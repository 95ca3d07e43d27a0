//! What documents, and the collections' indexes, are called in MongoDB.

use std::hash::{DefaultHasher, Hash, Hasher};

use bson::{Document, doc};
use parlance_base::WorkspaceId;

use crate::{
    collection::{Collection, Home, Index, IndexName, PRIMARY},
    engine::Place,
};

/// Whose document it is, in the documents of workspaces.
pub(super) const WORKSPACE: &str = "workspace_id";

/// The name of the index that MongoDB makes by itself, over `_id`.
const OVER_ID: &str = "_id_";

/// The `_id` of a document: its id, led by its workspace's.
pub(super) fn of(place: Place, id: &str) -> String {
    match place.workspace {
        Some(workspace) => first_of(workspace) + id,
        None => id.to_owned(),
    }
}

/// No `_id` of the workspace is below this.
pub(super) fn first_of(workspace: WorkspaceId) -> String {
    format!("{workspace}/")
}

/// Every `_id` of the workspace is below this: `0` follows `/`.
pub(super) fn end_of(workspace: WorkspaceId) -> String {
    format!("{workspace}0")
}

/// A number for the document, the same whenever it is asked for. Two documents may share one: it serves to keep
/// documents apart, where taking two for one costs time and nothing else.
pub(super) fn number(collection: &Collection, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (collection.name, key).hash(&mut hasher);
    hasher.finish()
}

/// MongoDB's name of an index.
pub(super) fn index_name(index: IndexName) -> &'static str {
    if index == PRIMARY { OVER_ID } else { index }
}

/// The keys of an index as MongoDB is told them.
pub(super) fn index_keys(collection: &Collection, index: &Index) -> Document {
    let lead = (collection.home == Home::Workspace).then_some(WORKSPACE);
    lead.into_iter()
        .chain(index.fields.iter().map(|field| field.name))
        .map(|name| (name.to_owned(), 1.into()))
        .collect()
}

/// The index that has these keys.
pub(super) fn index_with(collection: &Collection, keys: &Document) -> Option<IndexName> {
    if are_alike(keys, &doc! { "_id": 1 }) {
        return Some(PRIMARY);
    }
    collection
        .indexes
        .iter()
        .find(|index| are_alike(keys, &index_keys(collection, index)))
        .map(|index| index.name)
}

/// Whether the keys are the same in the same order, which the equality of BSON documents does not look at.
pub(super) fn are_alike(one: &Document, other: &Document) -> bool {
    one.iter().eq(other.iter())
}
