//! What can be read of a server's metrics, where, and what is written of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use http::Method;
use parlance_client::{Client, NewGroup, NewMessage, SocketOptions};
use parlance_gateway::rehearsal::{Child, Settings, registered};
use parlance_trial::{On, eventually, mongodb};

const PASSWORD: &str = "correct horse battery";

/// A page of metrics.
pub(crate) struct Page(pub(crate) String);

impl Page {
    pub(crate) async fn read(url: &str) -> Self {
        let client = Client::new(url).unwrap();
        let request = http::Request::builder().method(Method::GET).uri("/metrics").body(Vec::new()).unwrap();
        let answer = client.exchange(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
        Self(String::from_utf8(answer.into_body()).unwrap())
    }

    /// Each metric with its type.
    fn types(&self) -> BTreeMap<&str, &str> {
        self.told("# TYPE ").collect()
    }

    fn told<'a>(&'a self, what: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.lines().filter_map(move |line| line.strip_prefix(what)?.split_once(' '))
    }

    /// The value of the one series that begins like this.
    pub(crate) fn value(&self, series: &str) -> f64 {
        let lines: Vec<_> = self.0.lines().filter_map(|line| line.strip_prefix(series)).collect();
        assert_eq!(lines.len(), 1, "{series} in {}", self.0);
        lines[0].trim().parse().unwrap()
    }
}

/// Settings for a server with metrics, and where they can be read.
pub(crate) fn settings(folder: &Path, on: On) -> (Settings, String) {
    let mut settings = Settings::new(Path::new(env!("CARGO_BIN_EXE_parlance")), folder).unwrap();
    let metrics = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    settings.variables.push(("PARLANCE_METRICS_LISTEN", metrics.to_string()));
    if let On::Mongo = on {
        settings.variables.push(("PARLANCE_MONGODB", mongodb()));
        let name = folder.file_name().unwrap().to_str().unwrap().trim_start_matches('.');
        settings.variables.push(("PARLANCE_MONGODB_DATABASE", format!("cli-{}-{name}", std::process::id())));
    }
    (settings, format!("http://{metrics}"))
}

/// The metrics of the table in the manual, each with its type.
fn written() -> BTreeMap<String, String> {
    let manual = include_str!("../../../../docs/operating.md");
    let rows = manual.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let metrics = rows.filter(|(name, _)| name.starts_with("parlance_") || name.starts_with("process_"));
    let kind = |rest: &str| rest.split_once(" |").map(|(kind, _)| kind.split(' ').next().unwrap().to_owned());
    metrics.filter_map(|(name, rest)| Some((name.to_owned(), kind(rest)?))).collect()
}

async fn a_story_is_counted(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let (settings, metrics) = settings(folder.path(), on);
    let url = settings.url();
    let child = Child::start(settings).await.unwrap();
    let (_, ann) = registered(&url, "ann", PASSWORD).await.unwrap();
    let acme = ann.create_workspace("Acme", "acme").await.unwrap();
    let here = ann.in_workspace(&acme.slug);
    let group = here.create_group(&NewGroup::named("General")).await.unwrap().id;
    let mut socket = here.connect(SocketOptions::default()).await.unwrap();
    socket.ready(SocketOptions::default().within).await.unwrap();
    for name in ["a", "b", "a"] {
        here.send(group, NewMessage::text("hello").named(name)).await.unwrap();
    }
    here.send(group, NewMessage::text("")).await.unwrap_err();
    eventually("both messages are delivered", async || {
        Page::read(&metrics).await.value("parlance_socket_frames_total{carries=\"entry\"}") >= 2.0
    })
    .await;

    let page = Page::read(&metrics).await;
    let sends = |outcome: &str| page.value(&format!("parlance_message_sends_total{{outcome=\"{outcome}\"}}"));
    assert_eq!(["accepted", "repeated", "refused", "unavailable"].map(sends), [2.0, 1.0, 1.0, 0.0]);
    assert_eq!(page.value("parlance_sockets "), 1.0);
    assert_eq!([page.value("parlance_ready "), page.value("parlance_store_up ")], [1.0, 1.0]);
    assert_eq!(page.value("parlance_bus_up "), 1.0);
    assert_eq!(page.value("parlance_sockets_closed_total{code=\"4008\"}"), 0.0);
    assert!(page.value("process_resident_memory_bytes ") > 1e6);
    assert!(page.value("process_start_time_seconds ") > 1.7e9);
    assert!(page.value("parlance_store_commit_duration_seconds_count ") > 5.0);
    assert!(page.value("parlance_store_transaction_batches_count ") > 5.0);
    let route = "method=\"POST\",route=\"/api/chat/groups/{id}/messages\"";
    let seconds = page.value(&format!("parlance_http_request_duration_seconds_count{{{route}}}"));
    assert_eq!(seconds, 4.0);
    keeps_to_the_rules(&page, &[group.to_string(), acme.id.to_string(), "acme".to_owned()]);
    let types: BTreeMap<_, _> =
        page.types().into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    assert_eq!(written(), types, "left: docs/operating.md, right: the page");
    socket.close().await;
    eventually("the socket is gone", async || Page::read(&metrics).await.value("parlance_sockets ") == 0.0)
        .await;
    child.stop().await.unwrap();
}

/// Prometheus's rules for names, and ours for labels.
fn keeps_to_the_rules(page: &Page, ids: &[String]) {
    let explained: BTreeSet<_> = page.told("# HELP ").map(|(name, _)| name).collect();
    for (name, kind) in page.types() {
        assert!(explained.contains(name), "{name} has no explanation");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert_ne!(kind, "summary", "{name} cannot be summed up over nodes");
    }
    for id in ids {
        assert!(!page.0.contains(id.as_str()), "{id} is in a label");
    }
    assert!(page.0.lines().count() < 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_counted_as_it_is_written_on_sqlite() {
    a_story_is_counted(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_counted_as_it_is_written_on_mongodb() {
    a_story_is_counted(On::Mongo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_on_the_public_address() {
    let folder = tempfile::tempdir().unwrap();
    let (settings, metrics) = settings(folder.path(), On::Sqlite);
    let client = Client::new(&settings.url()).unwrap();
    let child = Child::start(settings).await.unwrap();
    let (status, _, _) = client.request(Method::GET, "/metrics", None).await.unwrap();
    assert_eq!(status, 404);
    let there = Client::new(&metrics).unwrap();
    let (status, _, _) = there.request(Method::GET, "/health/live", None).await.unwrap();
    assert_eq!(status, 404, "nor the other way round");
    child.stop().await.unwrap();
}
