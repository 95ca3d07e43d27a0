//! What a collector of traces is told, and what is not held up where there is none.

mod collector;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use http::Method;
use parlance_client::{Client, Command, NewGroup, NewMessage, SocketOptions};
use parlance_gateway::rehearsal::{Child, Settings, registered};
use parlance_trial::{On, eventually};
use tokio::time::timeout;

use crate::metrics::{self, Page};
use collector::{Collector, Seen};

const PASSWORD: &str = "correct horse battery";
const HEADER: &str = "Bearer of the collector";
const FROM: &str = "203.0.113.77";

/// More than a shutdown takes that waits four seconds for its collector, and less than one delivery that is given up.
const WITHIN: Duration = Duration::from_secs(9);

const MESSAGES: &str = "POST /api/chat/groups/{id}/messages";
const LIVE: &str = "GET /health/live";

/// Asks whether the server lives, with this `traceparent`.
async fn ask(url: &str, traceparent: Option<&str>) {
    let request = http::Request::builder().method(Method::GET).uri("/health/live");
    let request = request.header("x-forwarded-for", FROM);
    let request = match traceparent {
        Some(traceparent) => request.header("traceparent", traceparent),
        None => request,
    };
    let answer = Client::new(url).unwrap().exchange(request.body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn one(spans: Vec<Seen>) -> Seen {
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.into_iter().next().unwrap()
}

/// The one commit that this led to, by way of a stream's writer.
fn committed(collector: &Collector, span: &Seen) -> Seen {
    let write = one(collector.within(span).into_iter().filter(|span| span.name == "write").collect());
    assert_eq!(write.attributes["parlance.submissions"], "1");
    one(collector.within(&write))
}

/// The span of the request or command of this name that went well, once it has arrived with what it led to.
async fn story(collector: &Collector, name: &str) -> Seen {
    let told = || {
        let went_well = |span: &Seen| {
            let status = span.attributes.get("http.response.status_code");
            status.is_none_or(|status| status == "201") && !span.attributes.contains_key("error.type")
        };
        collector.named(name).into_iter().filter(went_well).collect::<Vec<_>>()
    };
    eventually(name, async || told().iter().any(|span| !collector.within(span).is_empty())).await;
    let found = one(told());
    assert!(found.parent.is_empty() && found.is_served && !found.has_failed, "{found:?}");
    found
}

async fn it_is_followed_to_its_commit_and_no_further(on: On) {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Collector::start().await);
    let (mut settings, page) = metrics::settings(folder.path(), on);
    settings.variables.extend([
        ("PARLANCE_LOG", "trace".to_owned()),
        ("PARLANCE_OTLP_ENDPOINT", collector.endpoint.clone()),
        ("PARLANCE_OTLP_HEADERS", format!("authorization={HEADER}")),
        ("PARLANCE_TRUSTED_PROXIES", "[\"127.0.0.1\"]".to_owned()),
    ]);
    let (url, log) = (settings.url(), settings.log());
    let child = Child::start(settings).await.unwrap();
    let (_, ann) = registered(&url, "ann", PASSWORD).await.unwrap();
    let acme = ann.create_workspace("Acme", "acme").await.unwrap();
    let here = ann.in_workspace(&acme.slug);
    let group_id = here.create_group(&NewGroup::named("General secrets")).await.unwrap().id;
    here.send(group_id, NewMessage::text("between us alone")).await.unwrap();
    here.send(group_id, NewMessage::text("")).await.unwrap_err();
    let mut socket = here.connect(SocketOptions::default()).await.unwrap();
    socket.ready(WITHIN).await.unwrap();
    let send = |text: &str| Command::Send { group_id, message: NewMessage::text(text) };
    socket.ask(&send("between us two"), WITHIN).await.unwrap();
    socket.ask(&send(""), WITHIN).await.unwrap_err();
    socket.close().await;

    let request = story(&collector, MESSAGES).await;
    let expected = [
        ("http.request.method", "POST"),
        ("http.response.status_code", "201"),
        ("http.route", "/api/chat/groups/{id}/messages"),
    ];
    assert_eq!(
        request.attributes.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>(),
        expected
    );
    let command = story(&collector, "message.send").await;
    for span in [&request, &command] {
        let commit = committed(&collector, span);
        assert_eq!([&*commit.name, &*commit.attributes["parlance.outcome"]], ["commit", "committed"]);
        assert!(commit.attributes["parlance.changes"].parse::<u32>().unwrap() >= 2);
        assert!(commit.attributes["parlance.together"].parse::<u32>().unwrap() >= 1);
    }
    assert_ne!(request.trace, command.trace);
    let refused = async || {
        let spans = collector.named("message.send");
        spans.iter().any(|span| span.attributes.contains_key("error.type") && !span.has_failed)
    };
    eventually("a refusal is told", refused).await;
    let runs =
        async || collector.spans().iter().any(|span| span.attributes.contains_key("parlance.job.kind"));
    eventually("a job has run", runs).await;
    let count = "parlance_trace_spans_total{outcome=\"delivered\"} ";
    assert!(Page::read(&page).await.value(count) >= 5.0);

    ask(&url, None).await;
    let tokens = ann.tokens().unwrap();
    child.stop().await.unwrap();
    assert!(!collector.named(LIVE).is_empty(), "what came last arrives, too");
    assert!(collector.headers().iter().all(|headers| headers["authorization"] == HEADER));
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "parlance");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert!(!resource["service.instance.id"].is_empty());
    let (sent, logged) = (collector.text(), std::fs::read_to_string(log).unwrap());
    let secret = [&tokens.access_token, &tokens.refresh_token, &acme.id.to_string(), &group_id.to_string()];
    let secret =
        secret.map(String::as_str).into_iter().chain([PASSWORD, FROM, "between us", "ann@", "General"]);
    for secret in secret {
        assert!(!sent.contains(secret), "{secret} is in a trace");
    }
    assert!(!logged.contains(HEADER) && !logged.contains("parlance::trace"), "a log is no trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_followed_to_its_commit_and_no_further_on_sqlite() {
    it_is_followed_to_its_commit_and_no_further(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_followed_to_its_commit_and_no_further_on_mongodb() {
    it_is_followed_to_its_commit_and_no_further(On::Mongo).await;
}

/// Settings for a server on the embedded store that sends this share of its traces there.
fn settings(folder: &Path, endpoint: &str, sample: &str) -> Settings {
    let mut settings = Settings::new(Path::new(env!("CARGO_BIN_EXE_parlance")), folder).unwrap();
    settings.variables.push(("PARLANCE_OTLP_ENDPOINT", endpoint.to_owned()));
    settings.variables.push(("PARLANCE_OTLP_SAMPLE", sample.to_owned()));
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_has_its_trace_gone_on_with() {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Collector::start().await);
    let theirs = |flags: &str| format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
    let strict = settings(folder.path(), &collector.endpoint, "0");
    let mut trusting = strict.clone();
    trusting.variables.push(("PARLANCE_TRUSTED_PROXIES", "[\"127.0.0.1\"]".to_owned()));

    let child = Child::start(strict).await.unwrap();
    ask(&child.settings().url(), Some(&theirs("01"))).await;
    child.stop().await.unwrap();
    assert_eq!(collector.headers().len(), 0, "a share of nothing is nothing, whatever strangers ask for");

    let child = Child::start(trusting).await.unwrap();
    for traceparent in [Some(theirs("01")), Some(theirs("00")), Some("nonsense".to_owned()), None] {
        ask(&child.settings().url(), traceparent.as_deref()).await;
    }
    child.stop().await.unwrap();
    let span = one(collector.spans());
    let theirs = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!([hex(&span.trace), hex(&span.parent)], theirs);
    assert_eq!(span.name, LIVE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_gone_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let settings = settings(folder.path(), &format!("http://{gone}"), "1");
    let (url, log) = (settings.url(), settings.log());
    let child = Child::start(settings).await.unwrap();
    let complaints = || std::fs::read_to_string(&log).unwrap().matches("spans are not delivered").count();
    ask(&url, None).await;
    eventually("somebody is told", async || complaints() > 0).await;
    ask(&url, None).await;
    timeout(WITHIN, child.stop()).await.unwrap().unwrap();
    assert_eq!(complaints(), 1, "it is said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_says_nothing_holds_up_nobody_and_loses_what_finds_no_room() {
    let folder = tempfile::tempdir().unwrap();
    // Connections are made, and nobody takes them.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (mut settings, page) = metrics::settings(folder.path(), On::Sqlite);
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    settings.variables.push(("PARLANCE_OTLP_ENDPOINT", endpoint));
    let (client, log) = (Client::new(&settings.url()).unwrap(), settings.log());
    let child = Child::start(settings).await.unwrap();
    let dropped = "parlance_trace_spans_total{outcome=\"dropped\"} ";
    eventually("there is no room", async || {
        for _ in 0..500 {
            client.request(Method::GET, "/health/live", None).await.unwrap();
        }
        Page::read(&page).await.value(dropped) > 0.0
    })
    .await;
    timeout(WITHIN, child.stop()).await.unwrap().unwrap();
    assert!(std::fs::read_to_string(log).unwrap().contains("the last spans were not delivered"));
}
