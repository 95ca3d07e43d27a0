//! People, as their host writes them.

use futures::future::join_all;
use parlance_workspace::{Person, normalised};

use crate::support::{World, on_both};

on_both! {
    a_person_is_found_by_their_address_however_it_is_written,
    an_address_belongs_to_one_person,
    what_is_known_of_a_person_changes,
}

fn person(world: &World, email: &str) -> Person {
    let (email, full_name) = (email.to_owned(), "Ana".to_owned());
    Person { id: world.ids.next(), email, full_name, handle_wish: None, is_installation_admin: false }
}

async fn a_person_is_found_by_their_address_however_it_is_written(world: World) {
    let (people, ana) = (world.workspaces.people(), person(&world, " Ana@Example.ORG "));
    people.upsert(&ana).await.unwrap();
    assert_eq!(normalised(&ana.email), "ana@example.org");
    for email in ["ana@example.org", "ANA@example.org", " ana@example.org"] {
        assert_eq!(people.by_email(email).await.unwrap().unwrap().id, ana.id);
    }
    assert_eq!(people.by_email("ben@example.org").await.unwrap(), None);
}

async fn an_address_belongs_to_one_person(world: World) {
    let people = world.workspaces.people();
    let twins: Vec<_> = (0..8).map(|_| person(&world, "ana@example.org")).collect();
    let written = join_all(twins.iter().map(|twin| people.upsert(twin))).await;
    assert_eq!(written.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let refused = written.into_iter().filter_map(Result::err);
    assert!(refused.map(|error| error.code()).all(|code| code == "person.email_taken"));
    let ben = person(&world, "ben@example.org");
    people.upsert(&ben).await.unwrap();
    let moved = Person { email: "ana@example.org".to_owned(), ..ben };
    assert_eq!(people.upsert(&moved).await.unwrap_err().code(), "person.email_taken");
}

async fn what_is_known_of_a_person_changes(world: World) {
    let (people, ana) = (world.workspaces.people(), person(&world, "ana@example.org"));
    join_all((0..8).map(|_| people.upsert(&ana))).await.into_iter().for_each(|written| written.unwrap());
    let email = "ana.lima@example.org".to_owned();
    let later =
        Person { email, handle_wish: Some("ana".to_owned()), is_installation_admin: true, ..ana.clone() };
    people.upsert(&later).await.unwrap();
    assert_eq!(people.get(ana.id).await.unwrap(), Some(later.clone()));
    assert_eq!(people.by_email("ana@example.org").await.unwrap(), None);
    people.upsert(&ana).await.unwrap();
    assert_eq!(people.get(ana.id).await.unwrap(), Some(ana));
}
