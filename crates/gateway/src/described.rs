//! The OpenAPI document: what the routers say of their routes, and what holds for many of them.

use parlance_edge::{describe, operations};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::Type,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

/// Routes that nobody needs to be signed in for.
const OPEN: [&str; 8] = [
    "/api/auth/login",
    "/api/auth/refresh",
    "/api/auth/register",
    "/api/auth/password/forgot",
    "/api/auth/password/reset",
    "/api/auth/email/verify",
    "/api/chat/ws",
    "/api/chat/ws/{id}",
];

const SESSION: &str = "What a login sets in browsers. A request that changes something then also has the header X-CSRF-Token, with the value of \
the cookie parlance_csrf; callers with an Authorization header need neither.";

const WORKSPACE: &str = "The workspace, by its id or slug. Callers who are in one workspace alone need not name it, and an API key is of one; \
?workspace= says the same.";

/// A document without routes.
pub(crate) fn begun() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Parlance")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Workspaces, groups and messages. Live delivery is described in docs/protocol.md."))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").build()));
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    let session = ApiKeyValue::with_description("parlance_session", SESSION);
    let schemes = ComponentsBuilder::new()
        .security_scheme("bearer", bearer)
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    let by = |scheme: &str| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []);
    OpenApiBuilder::new()
        .info(info)
        .components(Some(schemes.build()))
        .security(Some([by("bearer"), by("session")]))
        .build()
}

/// Says of each route what holds for its like.
pub(crate) fn completed(mut document: OpenApi) -> OpenApi {
    describe(&mut document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            if OPEN.contains(&path.as_str()) {
                operation.security = Some(Vec::new());
            }
            if path.starts_with("/api/chat/") {
                operation.parameters.get_or_insert_default().push(workspace().into());
            }
        }
    }
    document
}

/// A name that no other operation has: its method and its path.
fn name(method: &str, path: &str) -> String {
    let words = path.split('/').filter(|word| !word.is_empty() && *word != "api");
    words.fold(method.to_owned(), |name, word| {
        let place = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
        let word = place.map_or_else(|| word.replace('-', "_"), |place| format!("by_{place}"));
        format!("{name}_{word}")
    })
}

fn workspace() -> Parameter {
    ParameterBuilder::new()
        .name("Parlance-Workspace")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(WORKSPACE))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_by_its_method_and_path() {
        assert_eq!(name("get", "/api/chat/groups/{id}/me"), "get_chat_groups_by_id_me");
        assert_eq!(name("post", "/api/auth/sign-ins/revoke-others"), "post_auth_sign_ins_revoke_others");
    }
}
