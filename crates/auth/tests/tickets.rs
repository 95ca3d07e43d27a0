//! Tickets: one socket each, for half a minute, for as long as what they stand for holds.

use parlance_base::{Authenticate, Caller, Credentials, Role};
use parlance_store::fault::Fault;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    faults::faulty,
    membership::{caller_ref, id_of, workspace},
    node::{Answer, Node},
    one_time,
    support::{World, on_both},
};

on_both! {
    a_ticket_opens_one_socket_as_who_asked_for_it,
    of_many_who_use_a_ticket_at_once_on_two_nodes_one_gets_in,
    a_ticket_is_good_for_thirty_seconds,
    a_ticket_is_worth_what_stands_behind_it,
    a_ticket_for_a_workspace_opens_no_other,
    a_ticket_of_no_workspace_opens_any_of_ones_own,
    a_browser_gets_a_ticket_with_its_csrf_token_only,
    what_is_no_ticket_opens_nothing,
    the_oldest_of_too_many_tickets_make_way,
    tickets_that_nobody_used_go,
    a_ticket_whose_use_is_unknown_lets_nobody_in,
}

async fn ticket(node: &Node, login: &Answer, workspace: Option<&str>) -> String {
    let ask = node.ask("POST", "/tickets").bearer(login.access_token());
    let ask = if let Some(named) = workspace { ask.header("parlance-workspace", named) } else { ask };
    let made = ask.send().await.is(201);
    assert_eq!(
        (&made.body["expires_in"], &made.headers["cache-control"]),
        (&json!(30), &"no-store".parse().unwrap())
    );
    made.body["ticket"].as_str().unwrap().to_owned()
}

/// What the door of the sockets gets for a ticket.
async fn open(node: &Node, ticket: &str, workspace: Option<&str>) -> Result<Caller, &'static str> {
    let (request, ()) = http::Request::new(()).into_parts();
    let caller = node.auth.authenticate(Credentials::Ticket(ticket), workspace, &request).await;
    caller.map_err(|error| error.code())
}

async fn a_ticket_opens_one_socket_as_who_asked_for_it(world: World) {
    let (here, elsewhere) = (world.node(), world.node());
    let ann = here.signed_in("ann@example.org").await;
    let acme = workspace(&world, &ann, "acme").await;
    let text = ticket(&here, &ann, Some("acme")).await;
    let caller = open(&elsewhere, &text, None).await.unwrap();
    assert_eq!((caller.reference(), caller.role), (caller_ref(&ann, acme).0, Role::Owner));
    for node in [&here, &elsewhere] {
        assert_eq!(open(node, &text, None).await, Err("ticket.invalid"));
    }
}

async fn of_many_who_use_a_ticket_at_once_on_two_nodes_one_gets_in(world: World) {
    let nodes = [world.node(), world.node()];
    let ann = nodes[0].signed_in("ann@example.org").await;
    workspace(&world, &ann, "acme").await;
    for _ in 0..5 {
        let text = ticket(&nodes[0], &ann, Some("acme")).await;
        let mut openings = JoinSet::new();
        for at in 0..50 {
            let (node, text) = (nodes[at % 2].clone(), text.clone());
            openings.spawn(async move { open(&node, &text, None).await });
        }
        let outcomes = openings.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(refused.clone().all(|code| *code == "ticket.invalid"), "{:?}", refused.collect::<Vec<_>>());
    }
}

async fn a_ticket_is_good_for_thirty_seconds(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    workspace(&world, &ann, "acme").await;
    let (early, late) = (ticket(&node, &ann, None).await, ticket(&node, &ann, None).await);
    world.clock.advance(std::time::Duration::from_millis(29_999));
    open(&node, &early, None).await.unwrap();
    world.clock.advance(std::time::Duration::from_millis(1));
    assert_eq!(open(&node, &late, None).await, Err("ticket.invalid"));
}

async fn a_ticket_is_worth_what_stands_behind_it(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let acme = workspace(&world, &ann, "acme").await;
    let text = ticket(&node, &ann, Some("acme")).await;
    node.auth.revoke_sign_in(caller_ref(&ann, acme).1).await.unwrap();
    assert_eq!(open(&node, &text, None).await, Err("auth.sign_in_ended"));
    assert_eq!(open(&node, &text, None).await, Err("ticket.invalid"), "it was used up all the same");
}

async fn a_ticket_for_a_workspace_opens_no_other(world: World) {
    let node = world.node();
    let (ann, eve) = (node.signed_in("ann@example.org").await, node.signed_in("eve@example.org").await);
    let acme = workspace(&world, &ann, "acme").await;
    workspace(&world, &ann, "other").await;
    workspace(&world, &eve, "eves").await;
    for (named, outcome) in [
        (None, Ok(acme)),
        (Some("acme"), Ok(acme)),
        (Some("other"), Err("ticket.other_workspace")),
        (Some("eves"), Err("workspace.not_found")),
        (Some("nowhere"), Err("workspace.not_found")),
    ] {
        let text = ticket(&node, &ann, Some("acme")).await;
        assert_eq!(open(&node, &text, named).await.map(|caller| caller.workspace), outcome, "{named:?}");
    }
    for named in ["eves", "nowhere"] {
        let ask = node.ask("POST", "/tickets").bearer(ann.access_token()).header("parlance-workspace", named);
        ask.send().await.fails(404, "workspace.not_found");
    }
}

async fn a_ticket_of_no_workspace_opens_any_of_ones_own(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let acme = workspace(&world, &ann, "acme").await;
    let text = ticket(&node, &ann, None).await;
    assert_eq!(open(&node, &text, None).await.unwrap().workspace, acme);
    let other = workspace(&world, &ann, "other").await;
    let text = ticket(&node, &ann, None).await;
    assert_eq!(open(&node, &text, Some("other")).await.unwrap().workspace, other);
    let text = ticket(&node, &ann, None).await;
    assert_eq!(open(&node, &text, None).await, Err("workspace.required"));
}

async fn a_browser_gets_a_ticket_with_its_csrf_token_only(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let acme = workspace(&world, &ann, "acme").await;
    let session = format!("__Host-parlance_session={}", ann.cookie_value("__Host-parlance_session"));
    for named in ["acme", &acme.to_string()] {
        let ask =
            || node.ask("POST", "/tickets").header("cookie", &session).header("parlance-workspace", named);
        ask().send().await.fails(403, "csrf.refused");
        let made = ask().header("x-csrf-token", ann.cookie_value("parlance_csrf")).send().await.is(201);
        let caller = open(&node, made.body["ticket"].as_str().unwrap(), None).await.unwrap();
        assert_eq!(caller.user, id_of(&ann));
    }
    let ask = node.ask("POST", "/tickets").header("cookie", &session);
    ask.send().await.fails(403, "csrf.refused");
    node.ask("POST", "/tickets").send().await.fails(401, "auth.required");
}

async fn what_is_no_ticket_opens_nothing(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    workspace(&world, &ann, "acme").await;
    let good = ticket(&node, &ann, None).await;
    for text in
        ["", "x", &"A".repeat(43), &"é".repeat(43), &good[..42], &format!("{good}A"), ann.access_token()]
    {
        assert_eq!(open(&node, text, None).await, Err("ticket.invalid"), "{text}");
    }
    open(&node, &good, None).await.unwrap();
}

async fn the_oldest_of_too_many_tickets_make_way(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    workspace(&world, &ann, "acme").await;
    let mut tickets = Vec::new();
    for _ in 0..22 {
        world.clock.advance(std::time::Duration::from_millis(1));
        tickets.push(ticket(&node, &ann, None).await);
    }
    ticket(&node, &ben, None).await;
    let mut opened = Vec::new();
    for ticket in &tickets {
        opened.push(open(&node, ticket, None).await.is_ok());
    }
    assert_eq!(opened, [vec![false; 2], vec![true; 20]].concat());
}

async fn tickets_that_nobody_used_go(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    for _ in 0..10 {
        ticket(&node, &ann, None).await;
    }
    assert_eq!(one_time::of(&world, id_of(&ann)).await.len(), 10);
    world.pass(31);
    ticket(&node, &ben, None).await;
    assert_eq!(one_time::of(&world, id_of(&ann)).await.len(), 2, "a few go with each new one");
    ticket(&node, &ben, None).await;
    assert_eq!(
        (one_time::of(&world, id_of(&ann)).await.len(), one_time::of(&world, id_of(&ben)).await.len()),
        (0, 2)
    );
}

async fn a_ticket_whose_use_is_unknown_lets_nobody_in(world: World) {
    let (node, planned) = faulty(&world);
    let ann = node.signed_in("ann@example.org").await;
    workspace(&world, &ann, "acme").await;
    let text = ticket(&node, &ann, None).await;
    planned.next(Fault::AnswerLost);
    assert_eq!(open(&node, &text, None).await, Err("store.unknown"));
    assert_eq!(open(&node, &text, None).await, Err("ticket.invalid"));
    let text = ticket(&node, &ann, None).await;
    for (fault, code) in [(Fault::RequestLost, "store.unknown"), (Fault::Refused, "store.unavailable")] {
        planned.next(fault);
        assert_eq!(open(&node, &text, None).await, Err(code));
    }
    open(&node, &text, None).await.unwrap();
}
