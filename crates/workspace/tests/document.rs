//! The OpenAPI document of the routes, as the gateway collects it.

use std::sync::Arc;

use crate::{
    host::Host,
    support::{On, World},
};

#[tokio::test]
async fn every_route_is_described() {
    let world = World::new(On::Sqlite).await;
    let host = Arc::new(Host(world.workspaces.clone()));
    let (_, document) = parlance_workspace::router(world.workspaces, host.clone(), host).split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    let mut described: Vec<String> = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    described.sort();
    let routes = [
        "delete /{id}",
        "delete /{id}/members/{user_id}",
        "get /",
        "get /{id}",
        "get /{id}/delete-preview",
        "get /{id}/members",
        "get /{id}/users",
        "patch /{id}",
        "patch /{id}/members/me",
        "patch /{id}/members/{user_id}",
        "post /",
        "post /{id}/leave",
        "post /{id}/members",
        "post /{id}/transfer",
    ];
    assert_eq!(described, routes);
    for schema in ["Workspace", "Member", "ErrorBody", "AddMember", "CreateWorkspace"] {
        assert!(document["components"]["schemas"].get(schema).is_some(), "{schema}");
    }
}
