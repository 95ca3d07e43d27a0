//! What the description of every router says alike: what any route may answer, and what holds of every schema.

use axum::http::StatusCode;
use utoipa::openapi::{
    AllOf, Array, ObjectBuilder, OneOf, OpenApi, PathItem, Ref, RefOr, Schema,
    content::ContentBuilder,
    path::Operation,
    response::{Response, ResponseBuilder},
    schema::{AnyOfBuilder, ArrayItems, SchemaType, Type},
};

const REFUSED: &str = "Any other refusal, which routes that read or change something have in common: 400 `request.…` for what cannot be parsed, 401 `auth.…`, \
403 `key.missing_scope`, 404 `workspace.not_found`, 405, 413 for bodies above 256 KiB, 415, 422 `request.…` for what is not as described here, 429 `rate.limited` with Retry-After, 500, and 503 \
`store.…`, `stream.…`, `auth.unavailable` or `server.shutting_down` with Retry-After.";

/// Completes the description of routes whose answers are in the shape of [`finish`](crate::finish).
pub fn describe(document: &mut OpenApi) {
    for operation in document.paths.paths.values_mut().flat_map(|item| operations(item).map(|(_, it)| it)) {
        let responses = &mut operation.responses.responses;
        for (status, response) in &mut *responses {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                response.description = reason(status);
            }
        }
        responses.insert("default".to_owned(), refused().into());
    }
    for schema in document.components.iter_mut().flat_map(|components| components.schemas.values_mut()) {
        loosen(schema);
    }
}

/// The operations of a path, each with its method.
pub fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [("get", get), ("put", put), ("post", post), ("delete", delete), ("patch", patch)];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn refused() -> Response {
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ErrorBody"))).build();
    ResponseBuilder::new().description(REFUSED).content("application/json", body).build()
}

fn reason(status: &str) -> String {
    let known = status.parse().ok().and_then(|status: StatusCode| status.canonical_reason());
    known.unwrap_or("An answer").to_owned()
}

/// Says no more than is so, here and beneath: what can be read in several ways may be readable in each of them, and fields that are
/// there together or not at all may be absent, where null is what would be described.
fn loosen(schema: &mut RefOr<Schema>) {
    let RefOr::T(described) = schema else { return };
    match described {
        Schema::Object(object) => object.properties.values_mut().for_each(loosen),
        Schema::Array(Array { items: ArrayItems::RefOrSchema(item), .. }) => loosen(item),
        Schema::AllOf(AllOf { items, .. }) => {
            items.iter_mut().for_each(allow_absent);
            items.iter_mut().for_each(loosen);
        }
        Schema::OneOf(OneOf { items, discriminator: None, description, .. }) => {
            items.iter_mut().for_each(loosen);
            let any = items.iter().cloned().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
            *described = Schema::AnyOf(any.description(description.take()).build());
        }
        _ => {}
    }
}

fn allow_absent(part: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(OneOf { items, .. })) = part else { return };
    for item in items {
        if matches!(item, RefOr::T(Schema::Object(it)) if it.schema_type == SchemaType::Type(Type::Null)) {
            *item = ObjectBuilder::new().into();
        }
    }
}
