//! Pictures of users: what can be one, and who sees it.

use futures::future::join_all;
use parlance_auth::{AVATARS, MOST_AVATAR_BYTES};
use parlance_base::Role;
use parlance_workspace::NewMember;
use serde_json::json;

use crate::{
    membership::{caller, id_of, workspace},
    node::{Answer, Node, Picture},
    support::{World, on_both},
};

on_both! {
    a_picture_is_shown_to_who_shares_a_workspace_and_to_nobody_else,
    a_picture_that_is_known_is_not_sent_again,
    only_pictures_that_can_hold_no_script_are_taken,
    of_pictures_put_at_once_one_stays_whole,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and more";
const GIF: &[u8] = b"GIF89a and more";

async fn put(node: &Node, login: &Answer, bytes: &[u8]) -> Answer {
    node.ask("PUT", "/me/avatar").bearer(login.access_token()).bytes(bytes).send().await
}

async fn get(node: &Node, viewer: &Answer, of: &Answer) -> Picture {
    let path = format!("/users/{}/avatar", id_of(of));
    node.ask("GET", &path).bearer(viewer.access_token()).fetch().await
}

async fn a_picture_is_shown_to_who_shares_a_workspace_and_to_nobody_else(world: World) {
    let node = world.node();
    let (ann, ben) = (node.signed_in("ann@example.org").await, node.signed_in("ben@example.org").await);
    assert_eq!(get(&node, &ann, &ann).await.status, 404);
    let user = put(&node, &ann, PNG).await.is(200).body;
    let revision = user["avatar"].as_str().unwrap();
    assert_eq!(node.me(ann.access_token()).await.is(200).body, user);
    let acme = workspace(&world, &ann, "acme").await;
    workspace(&world, &ben, "other").await;
    // To a stranger it is as if there were neither a picture nor a user.
    let missing = format!("/users/{}/avatar", world.ids.next::<parlance_base::UserId>());
    for path in [format!("/users/{}/avatar", id_of(&ann)), missing] {
        node.ask("GET", &path).bearer(ben.access_token()).send().await.fails(404, "avatar.not_found");
        node.ask("GET", &path).send().await.fails(401, "auth.required");
    }
    let owner = caller(&node, &ann, None).await.unwrap();
    let person = world.workspaces.people().get(id_of(&ben)).await.unwrap();
    let guest = NewMember { role: Role::Guest, handle: None, display_name: None };
    world.workspaces.add(&owner, person, guest).await.unwrap();
    for viewer in [&ann, &ben] {
        let picture = get(&node, viewer, &ann).await;
        assert_eq!((picture.status, picture.bytes.as_slice()), (200, PNG));
        for (header, value) in [
            ("content-type", "image/png"),
            ("etag", &format!("\"{revision}\"")),
            ("cache-control", "private, no-cache"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'"),
        ] {
            assert_eq!(picture.headers[header], value);
        }
    }
    world.workspaces.remove(&owner, id_of(&ben)).await.unwrap();
    assert_eq!(get(&node, &ben, &ann).await.status, 404, "{acme} is not ben's any more");
    for _ in 0..2 {
        node.ask("DELETE", "/me/avatar").bearer(ann.access_token()).send().await.is(204);
        assert_eq!(get(&node, &ann, &ann).await.status, 404);
    }
    assert_eq!(node.me(ann.access_token()).await.is(200).body["avatar"], json!(null));
}

async fn a_picture_that_is_known_is_not_sent_again(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let tag = format!("\"{}\"", put(&node, &ann, PNG).await.is(200).body["avatar"].as_str().unwrap());
    let path = format!("/users/{}/avatar", id_of(&ann));
    let known = |tags: String| {
        node.ask("GET", &path).bearer(ann.access_token()).header("if-none-match", tags).fetch()
    };
    for tags in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let picture = known(tags.clone()).await;
        assert_eq!((picture.status, picture.bytes.len()), (304, 0), "{tags}");
        assert_eq!(picture.headers["etag"], tag.as_str());
    }
    assert_eq!(known("\"other\"".to_owned()).await.status, 200);
    put(&node, &ann, GIF).await.is(200);
    let picture = known(tag).await;
    assert_eq!((picture.status, &picture.headers["content-type"]), (200, &"image/gif".parse().unwrap()));
    assert_eq!(picture.bytes, GIF);
}

async fn only_pictures_that_can_hold_no_script_are_taken(world: World) {
    let node = world.node();
    let ann = node.signed_in("ann@example.org").await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for bytes in [&b""[..], svg, b"<html>", b"\x89PNG", b"%PDF-1.7"] {
        put(&node, &ann, bytes).await.fails(422, "avatar.unsupported");
    }
    let mut largest = GIF.to_vec();
    largest.resize(MOST_AVATAR_BYTES, 0xff);
    put(&node, &ann, &largest).await.is(200);
    assert_eq!(get(&node, &ann, &ann).await.bytes, largest);
    largest.push(0);
    put(&node, &ann, &largest).await.fails(413, "request.too_large");
    node.ask("PUT", "/me/avatar").bytes(PNG).send().await.fails(401, "auth.required");
}

async fn of_pictures_put_at_once_one_stays_whole(world: World) {
    let nodes = [world.node(), world.node()];
    let ann = nodes[0].signed_in("ann@example.org").await;
    for _ in 0..5 {
        let answers = join_all((0..8).map(|at| put(&nodes[at % 2], &ann, [PNG, GIF][at / 2 % 2]))).await;
        assert!(answers.iter().all(|answer| [200, 503].contains(&answer.status)), "{answers:?}");
        let me = nodes[0].me(ann.access_token()).await.is(200).body;
        let stored =
            world.store.system().get_documents(&AVATARS, vec![id_of(&ann).to_string()]).await.unwrap();
        assert_eq!(stored[0]["revision"], me["avatar"]);
        let picture = get(&nodes[1], &ann, &ann).await;
        assert_eq!(picture.bytes, if picture.headers["content-type"] == "image/png" { PNG } else { GIF });
        nodes[1].ask("DELETE", "/me/avatar").bearer(ann.access_token()).send().await.is(204);
    }
}
