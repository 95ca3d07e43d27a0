//! Every feature, at every stage of a license, at the door and in the domain: what is licensed can be done; what is not is
//! refused where it writes, and goes on where it reads or deletes.

use axum::http::StatusCode;
use parlance_base::Clock as _;
use parlance_license::{Feature, GRACE, Gate, Installer, Plan, TRIAL};
use serde_json::json;

use crate::support::{DAY, World, key, on_both, signed};

on_both! {
    a_feature_is_there_in_the_trial_in_its_plans_and_in_their_grace,
}

const READS: [&str; 4] = ["GET", "HEAD", "OPTIONS", "DELETE"];
const WRITES: [&str; 3] = ["POST", "PUT", "PATCH"];

/// Both checks of every feature, which those of `plan` pass.
async fn check(world: &World, gate: &Gate, plan: Plan, stage: &str) {
    for feature in Feature::ALL {
        let name = feature.name();
        for method in READS {
            let (status, _) = world.behind(gate, feature, method).await;
            assert_eq!(status, StatusCode::OK, "{stage}: {method} for {name}");
        }
        let refusal = format!("{name} needs the plan {}", feature.plan().name());
        for method in WRITES {
            let (status, body) = world.behind(gate, feature, method).await;
            if plan.includes(feature) {
                assert_eq!((status, body), (StatusCode::OK, json!("done")), "{stage}: {method} for {name}");
                continue;
            }
            assert_eq!(status, StatusCode::FORBIDDEN, "{stage}: {method} for {name}");
            assert_eq!(body["error"]["code"], "license.feature_required", "{stage}: {name}");
            assert_eq!(body["error"]["message"], json!(refusal), "{stage}: {name}");
        }
        match gate.require(feature) {
            Ok(()) => assert!(plan.includes(feature), "{stage}: {name}"),
            Err(error) => {
                assert!(!plan.includes(feature), "{stage}: {name}");
                assert_eq!((error.code(), error.message()), ("license.feature_required", refusal.as_str()));
            }
        }
    }
}

async fn a_feature_is_there_in_the_trial_in_its_plans_and_in_their_grace(world: World) {
    let gate = world.gate().await;
    check(&world, &gate, Plan::Enterprise, "in the trial").await;
    world.clock.advance(TRIAL);
    check(&world, &gate, Plan::Community, "after the trial").await;
    for plan in Plan::ALL {
        let text = signed(&key(plan.name(), plan, world.clock.now()));
        gate.install(&text, Installer::CommandLine).await.unwrap();
        check(&world, &gate, plan, plan.name()).await;
        world.clock.advance(30 * DAY);
        check(&world, &gate, plan, &format!("{} in grace", plan.name())).await;
        world.clock.advance(GRACE);
        check(&world, &gate, Plan::Community, &format!("{} after its grace", plan.name())).await;
    }
}
