//! `parlance backup`, `restore`, `check`, `export` and `import`: what people said, kept and carried elsewhere.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::Method;
use parlance_base::{Epoch, Ids, StreamId, SystemClock};
use parlance_client::{AddMember, Client, InWorkspace, NewGroup, NewMessage, NewUser, Position, Whom};
use parlance_gateway::{Config, Once, Server, config::Hidden};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::run::{config, done, refused, server};

const PASSWORD: &str = "correct horse battery";

/// Ann and Ben, in a group of a workspace.
struct Story {
    ann: InWorkspace,
    group: StreamId,
    epoch: Epoch,
}

impl Story {
    async fn begin(server: &Server) -> Self {
        let [ann, ben] = ["ann", "ben"].map(|name| (name, client(server)));
        for (name, client) in [&ann, &ben] {
            let new = NewUser {
                email: email(name),
                full_name: name.to_string(),
                password: PASSWORD.to_owned(),
                handle: None,
            };
            client.register(&new).await.unwrap();
            client.login(&email(name), PASSWORD).await.unwrap();
        }
        let (ann, ben) = (ann.1, ben.1.me().await.unwrap().id);
        ann.create_workspace("Acme", "acme").await.unwrap();
        let ann = ann.in_workspace("acme");
        ann.add_workspace_member(&AddMember::new(Whom::UserId(ben))).await.unwrap();
        let group = ann
            .create_group(&NewGroup { member_ids: vec![ben], ..NewGroup::named("General") })
            .await
            .unwrap()
            .id;
        let epoch = ann.changes(group, 0, None, 1).await.unwrap().epoch;
        Self { ann, group, epoch }
    }

    async fn say(&self, number: usize) -> bool {
        self.ann.send(self.group, NewMessage::text(format!("message {number}"))).await.is_ok()
    }

    /// What Ann finds in the group, on this server, with the password that she has.
    async fn found(&self, server: &Server) -> Vec<String> {
        let client = client(server);
        client.login(&email("ann"), PASSWORD).await.unwrap();
        let here = client.in_workspace("acme");
        let now = here.changes(self.group, 3, Some(self.epoch), 10).await.unwrap();
        // What she knows of before means nothing here.
        assert!(now.reset && now.epoch != self.epoch);
        let mut said = Vec::new();
        let mut at = 0;
        loop {
            let page = here.messages(self.group, Position::After(at), 100).await.unwrap();
            let Some(last) = page.items.last() else { return said };
            at = last.seq;
            said.extend(page.items.into_iter().filter_map(|message| message.content));
        }
    }
}

fn email(name: &str) -> String {
    format!("{name}@example.org")
}

fn client(server: &Server) -> Client {
    Client::new(&format!("http://{}", server.address())).unwrap()
}

fn expected(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("message {number}")).collect()
}

/// A server with its data in a folder of this name, beside others.
fn at(here: &Path, data: &str) -> Config {
    Config { data: here.join(data), sends_per_second: 0, login_burst: 0, ..config(here) }
}

/// The same on MongoDB; commands find it by the file beside its data.
fn on_mongodb(here: &Path, data: &str) -> (Config, String) {
    let ids = Ids::new(Arc::new(SystemClock)).unwrap();
    let (uri, database) = (parlance_trial::mongodb(), parlance_trial::database(&ids));
    let file = format!("mongodb = {uri:?}\nmongodb_database = {database:?}\ndata = {data:?}\n");
    let name = format!("{data}.toml");
    fs::write(here.join(&name), file).unwrap();
    (Config { mongodb: Some(Hidden(uri)), mongodb_database: database, ..at(here, data) }, name)
}

async fn run(here: &Path, arguments: &[&str]) -> String {
    let (here, arguments): (PathBuf, Vec<String>) =
        (here.to_owned(), arguments.iter().map(|argument| (*argument).to_owned()).collect());
    let run = move || done(&here, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    spawn_blocking(run).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_is_restored_and_nothing_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let first = server(&at(here, "data"), Once::default()).await;
    let story = Story::begin(&first).await;
    for number in 1..=20 {
        assert!(story.say(number).await);
    }
    let done = AtomicBool::new(false);
    let talking = async {
        let mut said = 20;
        while !done.load(Ordering::Relaxed) {
            said += usize::from(story.say(said + 1).await);
        }
        said
    };
    let keeping = async {
        let told = run(here, &["backup", "copy", "--data", "data"]).await;
        done.store(true, Ordering::Relaxed);
        told
    };
    let (said, told) = tokio::join!(talking, keeping);
    assert!(told.contains("the secret among them"), "{told}");
    assert!(refused(here, &["backup", "copy", "--data", "data"]).contains("backup.folder_taken"));
    assert!(refused(here, &["check", "--data", "data"]).contains("stop the server"));
    first.shutdown().await;
    assert!(run(here, &["check", "--data", "data"]).await.contains("nothing is wrong"));

    run(here, &["restore", "copy", "--data", "again"]).await;
    assert!(run(here, &["check", "--data", "again"]).await.contains("nothing is wrong"));
    let again = server(&at(here, "again"), Once::default()).await;
    let found = story.found(&again).await;
    // What was acknowledged before it began is in it, and of what came after the beginning, without a hole.
    assert!((20..=said).contains(&found.len()), "{} of {said}", found.len());
    assert_eq!(found, expected(found.len()));
    again.shutdown().await;
    // Of several that go to one place at once, one is made.
    let server = server(&at(here, "again"), Once::default()).await;
    let at_once = futures::future::join_all((0..4).map(|_| {
        let here = here.to_owned();
        spawn_blocking(move || crate::run::parlance(&here, &["backup", "one", "--data", "again"], ""))
    }));
    let at_once: Vec<_> = at_once.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(at_once.iter().filter(|(succeeded, ..)| *succeeded).count(), 1, "{at_once:?}");
    server.shutdown().await;
    run(here, &["restore", "one", "--data", "of_one"]).await;
    assert!(run(here, &["check", "--data", "of_one"]).await.contains("nothing is wrong"));
    // Without a server it is made as well.
    run(here, &["backup", "third", "--data", "again"]).await;
    for (arguments, part) in [
        (["restore", "copy", "--data", "data"], "has a store already"),
        (["restore", "data", "--data", "other"], "is no backup"),
        (["backup", "more", "--data", "nowhere"], "there is no store in nowhere"),
        (["export", "more", "--data", "nowhere"], "there is no store in nowhere"),
        (["check", "--data", "nowhere", "--json"], "there is no store in nowhere"),
        (["user", "list", "--data", "nowhere"], "there is no store in nowhere"),
        (["jobs", "list", "--data", "nowhere"], "there is no store in nowhere"),
    ] {
        assert!(refused(here, &arguments).contains(part), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_unfinished_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    run(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]).await;
    run(here, &["backup", "copy", "--data", "data"]).await;
    let restore = ["restore", "copy", "--data", "again"];
    let database = here.join("copy/parlance.db");
    let whole = fs::read(&database).unwrap();
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for broken in [damaged, whole[..whole.len() - 4_096].to_vec()] {
        fs::write(&database, broken).unwrap();
        assert!(refused(here, &restore).contains("not as it was backed up"));
        // No server takes what was begun for a store: it would find one that is new.
        assert!(!here.join("again/store").exists() && !here.join("again/secret").exists());
    }
    fs::write(&database, &whole).unwrap();
    let manifest = fs::read_to_string(here.join("copy/manifest.json")).unwrap();
    let schema = format!("\"schema\": {}", schema_of(&manifest));
    for (from, to) in
        [("\"format\": 1", "\"format\": 2"), (&*schema, "\"schema\": 99"), ("parlance.db", "../x")]
    {
        assert!(manifest.contains(from), "{from}: {manifest}");
        fs::write(here.join("copy/manifest.json"), manifest.replace(from, to)).unwrap();
        assert!(refused(here, &restore).contains("release"), "{to}");
    }
    fs::remove_file(here.join("copy/manifest.json")).unwrap();
    assert!(refused(here, &restore).contains("not a whole one"));
    fs::write(here.join("copy/manifest.json"), manifest).unwrap();
    run(here, &restore).await;
    assert!(run(here, &["user", "list", "--data", "again"]).await.contains("ann@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_of_keeping_is_in_nobodys_way_and_taken_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    run(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]).await;
    // Somebody's folder, which only sounds like ours; and one that is.
    fs::create_dir(here.join("copy.unfinished")).unwrap();
    fs::write(here.join("copy.unfinished/letters"), "mine").unwrap();
    assert!(
        refused(here, &["backup", "copy", "--data", "data"]).contains("letters in it is not of a backup")
    );
    assert_eq!(fs::read_to_string(here.join("copy.unfinished/letters")).unwrap(), "mine");
    fs::rename(here.join("copy.unfinished/letters"), here.join("copy.unfinished/parlance.db")).unwrap();
    run(here, &["backup", "copy", "--data", "data"]).await;
    assert!(!here.join("copy.unfinished").exists());
    fs::create_dir_all(here.join("again/store.unfinished")).unwrap();
    let started = crate::run::unstarted_with(here, &["--data", "again"]);
    assert!(started.contains("restore that did not come to its end"), "{started}");
    run(here, &["restore", "copy", "--data", "again"]).await;
    assert!(run(here, &["user", "list", "--data", "again"]).await.contains("ann@example.org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_found_and_not_backed_up() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    run(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]).await;
    let database = here.join("data/store/parlance.db");
    let mut bytes = fs::read(&database).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 8_192].fill(0xff);
    fs::write(&database, bytes).unwrap();
    let (succeeded, told, error) = crate::run::parlance(here, &["check", "--data", "data"], "");
    assert!(!succeeded && !told.is_empty(), "{told}{error}");
    let error = refused(here, &["backup", "copy", "--data", "data"]);
    assert!(error.contains("damaged") && !here.join("copy").exists(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_moves_to_mongodb_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let first = server(&at(here, "data"), Once::default()).await;
    let story = Story::begin(&first).await;
    for number in 1..=30 {
        assert!(story.say(number).await);
    }
    // Where it comes to nothing, all is as before.
    assert!(refused(here, &["export", "no/lines", "--freeze", "--data", "data"]).contains("export.failed"));
    assert!(story.say(31).await);
    // From then on nothing is acknowledged that would not be in the file; reading goes on.
    let told = run(here, &["export", "lines", "--freeze", "--data", "data"]).await;
    assert!(told.contains("changes nothing any more"), "{told}");
    assert!(!story.say(32).await);
    let (status, _, body) = client(&first).request(Method::GET, "/health/ready", None).await.unwrap();
    assert_eq!((status.as_u16(), &body["error"]["code"]), (503, &json!("store.frozen")));
    assert_eq!(story.ann.messages(story.group, Position::Newest, 50).await.unwrap().items.len(), 31);
    assert!(refused(here, &["export", "lines", "--data", "data"]).contains("export.file_taken"));
    first.shutdown().await;
    // Where no server runs, none is said to.
    let told = run(here, &["export", "alone", "--freeze", "--data", "data"]).await;
    assert!(!told.contains("server"), "{told}");

    let (mongodb, file) = on_mongodb(here, "node");
    for arguments in [vec!["check"], vec!["export", "none"], vec!["backup", "none"], vec!["user", "list"]] {
        let told = refused(here, &[&arguments[..], &["--config", &file]].concat());
        assert!(told.contains("there is no Parlance installation in the database"), "{told}");
    }
    run(here, &["import", "lines", "--config", &file]).await;
    assert!(run(here, &["check", "--config", &file]).await.contains("nothing is wrong"));
    assert!(refused(here, &["import", "lines", "--config", &file]).contains("not empty"));
    // The secret moves by itself: without it, no sign-in would count.
    assert!(refused(here, &["user", "list", "--config", &file]).contains("secret of this store is missing"));
    fs::copy(here.join("data/secret"), here.join("node/secret")).unwrap();
    let second = server(&mongodb, Once::default()).await;
    assert_eq!(story.found(&second).await, expected(31));
    // A snapshot is taken while a node runs, too.
    run(here, &["export", "back", "--config", &file]).await;
    assert!(refused(here, &["export", "other", "--freeze", "--config", &file]).contains("stop all of them"));
    second.shutdown().await;

    run(here, &["import", "back", "--data", "home"]).await;
    assert!(run(here, &["check", "--data", "home"]).await.contains("nothing is wrong"));
    fs::copy(here.join("data/secret"), here.join("home/secret")).unwrap();
    let third = server(&at(here, "home"), Once::default()).await;
    assert_eq!(story.found(&third).await, expected(31));
    third.shutdown().await;
}

/// The version of the schema that a backup or an export says it has.
fn schema_of(head: &str) -> u64 {
    let head: serde_json::Value = serde_json::from_str(head).unwrap();
    head.get("export").unwrap_or(&head)["schema"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_export_is_no_installation() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    run(here, &["user", "create", "ann@example.org", "--name", "Ann", "--data", "data"]).await;
    run(here, &["export", "lines", "--data", "data"]).await;
    let whole = fs::read_to_string(here.join("lines")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let (last, before) = (lines.len() - 1, lines.len() - 2);
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    for (number, (text, part)) in [
        (joined(&lines[..last]), "ends early"),
        (joined(&[&lines[..before], &lines[last..]].concat()), "has others"),
        (whole.clone() + lines[1] + "\n", "has others"),
        (whole.trim_end().to_owned(), "does not end"),
        (joined(&[&lines[..1], &["{\"document\":7}"], &lines[1..]].concat()), "line 2 of the export"),
        (whole.replacen("\"of\":\"users\"", "\"of\":\"losers\"", 1), "has no losers"),
        (joined(&[&lines[..2], &lines[1..]].concat()), "cannot be stored"),
    ]
    .into_iter()
    .enumerate()
    {
        let data = format!("half{number}");
        fs::write(here.join("half"), text).unwrap();
        let told = refused(here, &["import", "half", "--data", &data]);
        assert!(told.contains(part), "{part}: {told}");
        // Nothing takes what is there for an installation.
        assert!(refused(here, &["user", "list", "--data", &data]).contains("begun and not ended"));
        assert!(refused(here, &["import", "lines", "--data", &data]).contains("begun and not ended"));
        let (succeeded, wrong, error) = crate::run::parlance(here, &["check", "--data", &data], "");
        assert!(!succeeded && wrong.contains("begun and not ended"), "{part}: {wrong}");
        assert!(
            error.contains("looked at: ") && error.contains(" finding") && !error.contains(" 1 findings")
        );
    }
    let schema = format!("\"schema\":{}", schema_of(lines[0]));
    for (text, part) in
        [(joined(&lines[1..]), "is no export"), (whole.replacen(&schema, "\"schema\":99", 1), "schema 99")]
    {
        fs::write(here.join("other"), text).unwrap();
        assert!(refused(here, &["import", "other", "--data", "untouched"]).contains(part));
    }
    run(here, &["import", "lines", "--data", "untouched"]).await;
    fs::copy(here.join("data/secret"), here.join("untouched/secret")).unwrap();
    assert!(run(here, &["user", "list", "--data", "untouched"]).await.contains("ann@example.org"));
}

/// The export with this done to its documents.
fn altered(here: &Path, alter: impl Fn(&str) -> Option<String>) -> String {
    let whole = fs::read_to_string(here.join("lines")).unwrap();
    let documents: Vec<_> =
        whole.lines().filter(|line| line.starts_with("{\"document\"")).filter_map(alter).collect();
    let end = format!("{{\"end\":{{\"documents\":{}}}}}", documents.len());
    let lines: Vec<&str> =
        whole.lines().take(1).chain(documents.iter().map(String::as_str)).chain([end.as_str()]).collect();
    lines.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_agree_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let first = server(&at(here, "data"), Once::default()).await;
    let story = Story::begin(&first).await;
    for number in 1..=5 {
        assert!(story.say(number).await);
    }
    first.shutdown().await;
    run(here, &["export", "lines", "--data", "data"]).await;
    let is = |line: &str, part: &str| line.contains(part);
    let same = |line: &str| Some(line.to_owned());
    type Alter<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;
    let cases: Vec<(Alter<'_>, &str)> = vec![
        (Box::new(|line| (!is(line, "message 3")).then(|| line.to_owned())), "nothing from"),
        (
            Box::new(|line| {
                if is(line, "message 3") {
                    same(&line.replace("\"ordinal\":3", "\"ordinal\":4"))
                } else {
                    same(line)
                }
            }),
            "is counted as 4",
        ),
        (
            Box::new(|line| {
                (!(is(line, "\"of\":\"heads\"") && is(line, "General"))).then(|| line.to_owned())
            }),
            "has entries and no head",
        ),
        (
            Box::new(|line| same(&line.replace("\"members\":2", "\"members\":3"))),
            "counts 3 members and has 2",
        ),
        (Box::new(|line| same(&line.replace("\"owners\":1", "\"owners\":2"))), "counts 2 owners and has 1"),
        (Box::new(|line| same(&line.replace("\"used\":2", "\"used\":1"))), "1 are counted and 2 are taken"),
        (Box::new(|line| (!is(line, "\"of\":\"seat\"")).then(|| line.to_owned())), "a member without a seat"),
        (Box::new(|line| (!is(line, "\"of\":\"directory_words\"")).then(|| line.to_owned())), "find nobody"),
        (
            Box::new(|line| (!is(line, "\"of\":\"workspaces\"")).then(|| line.to_owned())),
            "which is no workspace",
        ),
    ];
    for (number, (alter, part)) in cases.into_iter().enumerate() {
        let data = format!("broken{number}");
        fs::write(here.join("broken"), altered(here, alter)).unwrap();
        run(here, &["import", "broken", "--data", &data]).await;
        let (succeeded, told, _) = crate::run::parlance(here, &["check", "--data", &data], "");
        assert!(!succeeded && told.contains(part), "{part}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workspaces_and_jobs_that_were_given_up_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let first = server(&at(here, "data"), Once::default()).await;
    let story = Story::begin(&first).await;
    let workspace = story.ann.workspace().await.unwrap().id;
    let listed = run(here, &["workspace", "list", "--data", "data"]).await;
    assert!(listed.starts_with(&format!("{workspace}  acme  Acme  since ")), "{listed}");
    assert_eq!(run(here, &["jobs", "list", "--data", "data"]).await, "no job was given up\n");
    first.shutdown().await;
    // One of no kind that a release has is given up anew, by the server that it is replayed on.
    let id = workspace;
    let dead = format!(
        "{{\"document\":{{\"of\":\"dead_jobs\",\"is\":{{\"id\":\"{id}\",\"job_id\":\"{id}\",\"workspace_id\":\"{id}\",\"kind\":\"no.such\",\"payload\":\"{{}}\",\"attempt\":3,\"created_at\":1,\"died_at\":2,\"last_error\":\"it broke\"}}}}}}"
    );
    run(here, &["export", "lines", "--data", "data"]).await;
    let added = std::cell::Cell::new(false);
    let text = altered(here, |line| {
        let first = !added.replace(true);
        Some(if first { format!("{dead}\n{line}") } else { line.to_owned() })
    });
    let documents = text.lines().count() - 2;
    let (body, _) = text.trim_end().rsplit_once('\n').unwrap();
    fs::write(here.join("dead"), format!("{body}\n{{\"end\":{{\"documents\":{documents}}}}}\n")).unwrap();
    run(here, &["import", "dead", "--data", "again"]).await;
    fs::copy(here.join("data/secret"), here.join("again/secret")).unwrap();
    let listed = run(here, &["jobs", "list", "--data", "again"]).await;
    assert!(listed.contains("no.such") && listed.contains("after 3 attempts: it broke"), "{listed}");
    let replay = ["jobs", "replay", &id.to_string(), "--data", "again"];
    assert!(run(here, &replay).await.contains("runs again"));
    assert!(refused(here, &replay).contains("job.not_dead"));
    assert!(refused(here, &["jobs", "replay", "seven", "--data", "again"]).contains("an id is a UUID"));
}

#[test]
fn shells_are_told_how_to_complete() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "fish", "zsh"] {
        assert!(done(folder.path(), &["completions", shell]).contains("backup"));
    }
}
