//! What the OpenAPI document says of the routes, held against what they answer.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Refusals that any route can answer, and that are described once for all of them.
const OF_ANY: [&str; 8] =
    ["auth.", "key.", "rate.", "request.", "route.", "store.", "stream.", "workspace.not_found"];

/// What holds answers against their schemas, by method, path and status: every node describes itself alike.
static VALIDATORS: OnceLock<Mutex<HashMap<String, Validator>>> = OnceLock::new();

/// The routes of the document.
#[derive(Clone)]
pub(crate) struct Described {
    routes: Vec<Route>,
    components: Value,
}

#[derive(Clone)]
struct Route {
    method: String,
    path: String,
    responses: Value,
}

impl Described {
    pub(crate) fn by(document: &Value) -> Self {
        let paths = document["paths"].as_object().unwrap().iter();
        let routes = paths.flat_map(|(path, methods)| {
            methods.as_object().unwrap().iter().map(|(method, operation)| Route {
                method: method.to_uppercase(),
                path: path.clone(),
                responses: operation["responses"].clone(),
            })
        });
        Self { routes: routes.collect(), components: document["components"].clone() }
    }

    /// Every route, as `get /groups`.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .routes
            .iter()
            .map(|route| format!("{} {}", route.method.to_lowercase(), route.path))
            .collect();
        names.sort();
        names
    }

    /// Holds an answer against what is said of the route: its status is named there, and the code of a refusal with it.
    pub(crate) fn hold(&self, method: &str, path: &str, status: u16, body: &Value) {
        let path = path.split('?').next().unwrap_or_default();
        // Of two that fit, the one with fewer places is meant: /groups/all is no group.
        let fitting = self.routes.iter().filter(|route| route.method == method && fits(&route.path, path));
        let Some(route) = fitting.min_by_key(|route| route.path.matches('{').count()) else {
            assert!([404, 405].contains(&status), "{method} {path} answers {status} and is not described");
            return;
        };
        let code = body["error"]["code"].as_str().unwrap_or_default();
        let is_of_any = OF_ANY.iter().any(|begin| code.starts_with(begin));
        let status = if is_of_any { "default".to_owned() } else { status.to_string() };
        let said = &route.responses[&status];
        assert!(said.is_object(), "{method} {} answers {status}, which is not described", route.path);
        let words = said["description"].as_str().unwrap_or_default();
        assert!(
            is_of_any || words.contains(code),
            "{method} {} answers {code}, which is not described",
            route.path
        );
        let schema = &said["content"]["application/json"]["schema"];
        assert_eq!(schema.is_null(), body.is_null(), "{method} {} answers {body}", route.path);
        if !schema.is_null() {
            self.hold_against(schema, &format!("{method} {} {status}", route.path), body);
        }
    }
}

impl Described {
    fn hold_against(&self, schema: &Value, place: &str, body: &Value) {
        let validators = VALIDATORS.get_or_init(Mutex::default);
        let mut validators = validators.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(place.to_owned()).or_insert_with(|| {
            let schema = json!({ "allOf": [schema], "components": self.components });
            jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
        });
        if let Err(fault) = validator.validate(body) {
            panic!("{place} is not as described: {fault} at {}: {body}", fault.instance_path());
        }
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut places, mut parts) = (template.split('/'), path.split('/'));
    loop {
        match (places.next(), parts.next()) {
            (None, None) => return true,
            (Some(place), Some(part)) if place.starts_with('{') || place == part => {}
            _ => return false,
        }
    }
}
