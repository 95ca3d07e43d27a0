//! Sockets for one group, as a widget has them: the example of the documentation, run by Node, and whoever else talks to it.

use std::process::Stdio;

use parlance_base::StreamId;
use parlance_client::{GroupKind, NewGroup, NewMessage, Position};
use parlance_trial::node;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{Duration, timeout},
};

use crate::{
    raw::Raw,
    world::{Person, World, on_both},
};

on_both! {
    a_widget_talks_to_everybody_else,
    who_comes_and_goes_is_told_and_who_loses_the_group_is_out,
    only_who_reads_the_group_is_let_in_and_only_who_posts_is_heard,
    what_is_said_as_soon_as_the_socket_is_open_is_heard,
}

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page with the example of the documentation.
struct Widget {
    page: Child,
    says: ChildStdin,
    hears: Lines<BufReader<ChildStdout>>,
}

impl Widget {
    async fn open(world: &World, person: &Person, other: &Person) -> Self {
        let token = person.here.client().access_token().await.unwrap().unwrap();
        let mut page = Command::new(node())
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/server/conversation/widget.mjs"))
            .args([world.url(), token, other.id.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (says, hears) = (page.stdin.take().unwrap(), page.stdout.take().unwrap());
        Self { page, says, hears: BufReader::new(hears).lines() }
    }

    async fn say(&mut self, line: &str) {
        self.says.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// The next line with this in it; lines that are no JSON are the example's own.
    async fn until(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = timeout(PATIENCE, self.hears.next_line()).await.expect("a line in time").unwrap();
            let line: Value = serde_json::from_str(&line.expect("a line")).unwrap_or_default();
            assert!(line["failed"].is_null(), "{line}");
            if is_meant(&line) {
                return line;
            }
        }
    }

    async fn event(&mut self, kind: &str) -> Value {
        self.until(|line| line["event"]["type"] == kind).await["event"].clone()
    }

    /// Ends as the example does, by closing its socket.
    async fn close(mut self) {
        self.say("close").await;
        drop(self.says);
        assert!(timeout(PATIENCE, self.page.wait()).await.expect("it ends").unwrap().success());
    }
}

/// A socket of theirs for this group.
async fn open(world: &World, person: &Person, group: StreamId) -> Raw {
    let token = person.here.client().access_token().await.unwrap().unwrap();
    let path = format!("/{group}?workspace={}&token={token}", person.here.named());
    Raw::open(world, &path, &[]).await.unwrap()
}

fn names(system: &Value) -> Vec<String> {
    let active = system["active_users"].as_array().unwrap().iter();
    let mut names: Vec<_> = active.map(|user| user["username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

async fn a_widget_talks_to_everybody_else(world: World) {
    let ann = world.founder("ann", "acme").await;
    let ben = world.colleague(&ann, "ben").await;
    let mut widget = Widget::open(&world, &ann, &ben).await;
    let made = widget.until(|line| line["conversation"].is_object()).await;
    let group: StreamId = made["conversation"]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(made["conversation"]["name"], "Team chat");
    let mut theirs = open(&world, &ben, group).await;
    theirs.until("system").await;

    widget.say("say hello from the page").await;
    let heard = theirs.until("message").await;
    assert_eq!(
        (&heard["content"], &heard["sender_username"]),
        (&json!("hello from the page"), &json!("ann"))
    );
    assert_eq!((&heard["sender_id"], &heard["is_edited"]), (&json!(ann.id), &json!(false)));
    assert_eq!(widget.event("message").await, heard, "and so is who said it");
    let stored =
        ben.here.message(group, heard["message_id"].as_str().unwrap().parse().unwrap()).await.unwrap();
    assert_eq!(stored.content.as_deref(), Some("hello from the page"));
    widget.say("typing").await;
    let typing = theirs.until("typing").await;
    assert_eq!((&typing["sender_id"], &typing["sender_username"]), (&json!(ann.id), &json!("ann")));

    // What is said elsewhere comes too: by another socket, over HTTP, edited and deleted.
    theirs.send(json!({ "type": "message", "content": "hello, page" })).await;
    assert_eq!(widget.event("message").await["content"], "hello, page");
    let sent = ben.here.send(group, NewMessage::text("over HTTP")).await.unwrap().id();
    assert_eq!(widget.event("message").await["message_id"], json!(sent));
    ben.here.edit(group, sent, "edited").await.unwrap();
    let edited = widget.event("message").await;
    assert_eq!((&edited["message_id"], &edited["content"]), (&json!(sent), &json!("edited")));
    assert_eq!(edited["is_edited"], true);
    ben.here.delete_message(group, sent).await.unwrap();
    assert_eq!(widget.event("message_deleted").await["message_id"], json!(sent));
    // What is not of the conversation does not: another group, a thread.
    let elsewhere =
        ben.here.create_group(&NewGroup::named("elsewhere").with_members([ann.id])).await.unwrap().id;
    ben.here.send(elsewhere, NewMessage::text("elsewhere")).await.unwrap();
    ben.here.send(group, NewMessage::text("in a thread").in_thread(stored.id)).await.unwrap();
    ben.here.send(group, NewMessage::text("last")).await.unwrap();
    assert_eq!(widget.event("message").await["content"], "last");
    widget.close().await;
}

async fn who_comes_and_goes_is_told_and_who_loses_the_group_is_out(world: World) {
    let ann = world.founder("ann", "acme").await;
    let ben = world.colleague(&ann, "ben").await;
    let cleo = world.colleague(&ann, "cleo").await;
    let group = ann.here.create_group(&NewGroup::named("us").with_members([ben.id])).await.unwrap().id;
    let mut anns = open(&world, &ann, group).await;
    let first = anns.until("system").await;
    assert_eq!((&first["content"], names(&first)), (&json!("You joined"), vec!["ann".to_owned()]));
    let mut bens = open(&world, &ben, group).await;
    let both = anns.until("system").await;
    assert_eq!(
        (&both["content"], names(&both)),
        (&json!("ben joined"), vec!["ann".to_owned(), "ben".to_owned()])
    );
    assert_eq!(names(&bens.until("system").await), ["ann", "ben"]);
    // Who comes into the group while they are connected is watched from then on.
    let token = cleo.here.client().access_token().await.unwrap().unwrap();
    let query = format!("?workspace={}&token={token}", cleo.here.named());
    let _cleos = Raw::open(&world, &query, &[]).await.unwrap();
    ann.here.add_members(group, &[cleo.id]).await.unwrap();
    let three = anns.until("system").await;
    assert_eq!((&three["content"], names(&three).len()), (&json!("cleo joined"), 3));
    ann.here.remove_member(group, ben.id).await.unwrap();
    ann.here.send(group, NewMessage::text("without them")).await.unwrap();
    assert_eq!(bens.closed().await, 4012, "whether they are out for good is said when they come again");
    let mut again = open(&world, &ben, group).await;
    assert_eq!(again.until("error").await["code"], "group.not_found");
    assert_eq!(again.closed().await, 4003);
    let left = anns.until("system").await;
    assert_eq!(
        (&left["content"], names(&left)),
        (&json!("ben left"), vec!["ann".to_owned(), "cleo".to_owned()])
    );
    assert_eq!(anns.until("message").await["content"], "without them");
    ann.here.client().logout().await.unwrap();
    assert_eq!(anns.closed().await, 4010);
}

async fn only_who_reads_the_group_is_let_in_and_only_who_posts_is_heard(world: World) {
    let ann = world.founder("ann", "acme").await;
    let ben = world.colleague(&ann, "ben").await;
    let eve = world.founder("eve", "other").await;
    let news = NewGroup { kind: GroupKind::Channel, ..NewGroup::named("news") };
    let group = ann.here.create_group(&news.with_members([ben.id])).await.unwrap().id;
    let cleo = world.colleague(&ann, "cleo").await;
    for nobody in [&cleo, &eve] {
        let mut socket = open(&world, nobody, group).await;
        let refused = socket.next().await.unwrap();
        let expected = json!({ "type": "error", "content": "no such group", "code": "group.not_found" });
        assert_eq!(refused, expected);
        assert_eq!(socket.closed().await, 4003);
    }
    let mut socket = Raw::open(&world, &format!("/{group}"), &[]).await.unwrap();
    let token = ben.here.client().access_token().await.unwrap().unwrap();
    socket.send(json!({ "type": "message", "content": "before anybody knows who says so" })).await;
    assert_eq!(socket.until("error").await["code"], "auth.required");
    socket.send(json!({ "type": "auth", "token": token, "workspace": ben.here.named() })).await;
    socket.until("system").await;
    for (text, code) in [
        (r#"{"type":"message","content":"may I?"}"#, "group.read_only"),
        (r#"{"type":"typing"}"#, "group.read_only"),
        (r#"{"type":"message"}"#, "request.invalid"),
        (r#"{"type":"message","content":" "}"#, "group.read_only"),
        (r#"{"type":"message","content":"x","to":"everybody"}"#, "request.unknown_field"),
        (r#"{"type":"resume","data":{"epoch":"e","cursors":{}}}"#, "frame.unknown_type"),
        (r#"{"type":"fly"}"#, "frame.unknown_type"),
        ("hello", "frame.malformed"),
    ] {
        socket.say(text).await;
        let refused = socket.until("error").await;
        assert_eq!((&refused["code"], refused["content"].is_string()), (&json!(code), true), "{text}");
    }
    assert_eq!(Raw::open(&world, "/nonsense", &[]).await.err(), Some(400));
    let sent = ann.here.messages(group, Position::Newest, 10).await.unwrap();
    assert!(sent.items.is_empty(), "{sent:?}");
}

async fn what_is_said_as_soon_as_the_socket_is_open_is_heard(world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&NewGroup::named("us")).await.unwrap().id;
    for number in 0..10 {
        let mut socket = open(&world, &ann, group).await;
        for word in ["first", "second"] {
            socket.send(json!({ "type": "message", "content": format!("{word} {number}") })).await;
        }
        assert_eq!(socket.next().await.unwrap()["content"], "You joined");
        for word in ["first", "second"] {
            assert_eq!(socket.until("message").await["content"], format!("{word} {number}"));
        }
    }
    // So it is where the first frame says who is there.
    let mut socket = Raw::open(&world, &format!("/{group}"), &[]).await.unwrap();
    let token = ann.here.client().access_token().await.unwrap().unwrap();
    socket.send(json!({ "type": "auth", "token": token, "workspace": ann.here.named() })).await;
    socket.send(json!({ "type": "message", "content": "at once" })).await;
    assert_eq!(socket.until("message").await["content"], "at once");
}
