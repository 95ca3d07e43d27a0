//! All routes of the server under one router.

use axum::Router;
use parlance_base::Ids;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    access::{Proxies, access},
    bound::bounded,
    cors,
    described::{begun, completed},
    measure::Requests,
};

/// The routers of the crates.
pub(crate) struct Mounts {
    pub(crate) auth: OpenApiRouter,
    pub(crate) workspaces: OpenApiRouter,
    pub(crate) chat: OpenApiRouter,
    pub(crate) license: OpenApiRouter,
    pub(crate) health: OpenApiRouter,
}

/// The router of the whole server.
pub(crate) fn router(mounts: Mounts, ids: Ids, around: (Proxies, Requests), origins: &[String]) -> Router {
    let (router, mut document) = OpenApiRouter::with_openapi(begun())
        .nest("/api/auth", mounts.auth)
        .nest("/api/workspaces", mounts.workspaces)
        .nest("/api/chat", mounts.chat)
        .nest("/api/license", mounts.license)
        .split_for_parts();
    // A node that has no place left for requests lives all the same.
    let (health, described) = OpenApiRouter::new().nest("/health", mounts.health).split_for_parts();
    document.merge(described);
    let document = completed(document);
    let router = router.merge(SwaggerUi::new("/docs").url("/openapi.json", document));
    let router = parlance_edge::finish(bounded(router).merge(health), ids);
    cors::open_to(router, origins).layer(axum::middleware::from_fn_with_state(around, access))
}
