//! What is unread after random histories, against the simplest rules there are: an oracle that knows what was said and done, and counts
//! it anew each time.

use std::collections::BTreeMap;

use parlance_base::UserId;
use serde_json::{Value, json};

use super::{
    node::Node,
    support::{World, on_both},
};

on_both! {
    whatever_happens_unread_is_what_a_recount_finds,
}

/// How many things are done in each history.
const STEPS: usize = 110;

/// Something that was said.
struct Said {
    id: String,
    seq: i64,
    author: UserId,
    /// The `seq` of what it replies to in a thread.
    thread: Option<i64>,
    /// Who is mentioned, and from which `seq` on.
    mentions: Vec<(UserId, i64)>,
    everybody: bool,
    deleted: bool,
}

/// How far somebody has read, of the group's messages or in a thread.
#[derive(Clone, Debug, Default)]
struct Pointer {
    seq: i64,
    rev: i64,
}

/// How somebody stands to a thread.
#[derive(Clone, Debug, Default)]
struct InThread {
    following: bool,
    /// Whether they said something there, began it or were mentioned.
    takes_part: bool,
    read: Pointer,
}

struct Oracle {
    said: Vec<Said>,
    last: i64,
    group: BTreeMap<UserId, Pointer>,
    threads: BTreeMap<(UserId, i64), InThread>,
}

/// A small generator of its own: the same histories at every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn seq(&mut self, last: i64) -> i64 {
        i64::try_from(self.throw(usize::try_from(last + 2).unwrap())).unwrap()
    }
}

impl Pointer {
    fn read(&mut self, seq: i64, rev: Option<i64>) {
        if rev.is_none_or(|rev| rev >= self.rev) {
            self.seq = self.seq.max(seq);
        }
    }

    fn mark(&mut self, seq: i64) {
        if seq.max(1) - 1 < self.seq {
            (self.seq, self.rev) = (seq.max(1) - 1, self.rev + 1);
        }
    }
}

impl Oracle {
    fn after(&self, thread: Option<i64>, seq: i64) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(move |said| said.thread == thread && said.seq > seq)
    }

    fn mentions(&self, who: UserId, thread: Option<i64>, seq: i64) -> usize {
        let all = self.said.iter().filter(|said| said.thread == thread);
        all.flat_map(|said| &said.mentions).filter(|(user, at)| *user == who && *at > seq).count()
    }

    /// Unread messages, and mentions, among the group's own.
    fn of_group(&self, who: UserId) -> (usize, usize) {
        let seq = self.group[&who].seq;
        let everybody = self.after(None, seq).any(|said| said.everybody);
        (self.after(None, seq).count(), self.mentions(who, None, seq) + usize::from(everybody))
    }

    /// The same in a thread.
    fn of_thread(&self, who: UserId, root: i64) -> (bool, usize, usize, i64) {
        let stands = self.threads.get(&(who, root)).cloned().unwrap_or_default();
        let (seq, rev) = (stands.read.seq, stands.read.rev);
        if !stands.following {
            return (false, 0, 0, rev);
        }
        (true, self.after(Some(root), seq).count(), self.mentions(who, Some(root), seq), rev)
    }

    /// Somebody is called into a thread by what stands at this place.
    fn call(&mut self, who: UserId, root: i64, seq: i64) {
        let stands = self.threads.entry((who, root)).or_default();
        // Who follows because they asked to has read no more by it.
        if !stands.takes_part && !stands.following {
            stands.read.seq = stands.read.seq.max(seq - 1);
        }
        (stands.following, stands.takes_part) = (true, true);
    }

    fn say(&mut self, said: Said) {
        self.last = said.seq;
        let (author, seq) = (said.author, said.seq);
        match said.thread {
            None => self.group.get_mut(&author).unwrap().seq = seq,
            Some(root) => {
                let of = self.said.iter().find(|said| said.seq == root).unwrap().author;
                if self.after(Some(root), 0).next().is_none() {
                    let begun = self.threads.entry((of, root)).or_default();
                    begun.following |= begun.read.seq == 0;
                    begun.takes_part = true;
                    begun.read.seq = begun.read.seq.max(root);
                }
                for (user, _) in &said.mentions {
                    self.call(*user, root, seq);
                }
                let stands = self.threads.entry((author, root)).or_default();
                (stands.following, stands.takes_part, stands.read.seq) = (true, true, seq);
            }
        }
        self.said.push(said);
    }
}

/// One history.
struct History<'a> {
    world: &'a World,
    other: &'a Node,
    group: String,
    people: [UserId; 3],
    handles: [String; 3],
    dice: Dice,
    oracle: Oracle,
}

impl History<'_> {
    async fn ask(&mut self, who: UserId, method: &str, path: &str, body: Value) -> Value {
        let path = format!("{}{path}", self.group);
        let node = if self.dice.throw(2) == 0 { self.other } else { &self.world.node };
        let answer = self.world.ask_node(node, who, method, &path, body).await;
        assert!((200..300).contains(&answer.0), "{method} {path}: {answer:?}");
        answer.1
    }

    /// A text, and whom it mentions of others than who says it.
    fn text(&mut self, author: UserId) -> (String, Vec<UserId>, bool) {
        let (mut text, mut users) = ("x".to_owned(), Vec::new());
        for at in 0..self.people.len() {
            if self.dice.throw(4) == 0 {
                text = format!("{text} @{}", self.handles[at]);
                users.extend((self.people[at] != author).then_some(self.people[at]));
            }
        }
        let everybody = self.dice.throw(12) == 0;
        if everybody {
            text.push_str(" @everyone");
        }
        (text, users, everybody)
    }

    async fn say(&mut self, author: UserId, thread: Option<i64>) {
        let (content, users, everybody) = self.text(author);
        let root = thread.map(|root| self.find(root).id.clone());
        let answer =
            self.ask(author, "POST", "/messages", json!({ "content": content, "thread_id": root })).await;
        let (id, seq) = (answer["id"].as_str().unwrap().to_owned(), answer["seq"].as_i64().unwrap());
        let mentions = users.into_iter().map(|user| (user, seq)).collect();
        self.oracle.say(Said { id, seq, author, thread, mentions, everybody, deleted: false });
    }

    fn find(&self, seq: i64) -> &Said {
        self.oracle.said.iter().find(|said| said.seq == seq).unwrap()
    }

    /// One of the group's own messages that are there.
    fn root(&mut self) -> Option<i64> {
        let roots: Vec<i64> =
            self.oracle.after(None, 0).filter(|said| !said.deleted).map(|said| said.seq).collect();
        (!roots.is_empty()).then(|| roots[self.dice.throw(roots.len())])
    }

    async fn edit(&mut self, at: usize) {
        let author = self.oracle.said[at].author;
        let (content, users, _) = self.text(author);
        let path = format!("/messages/{}", self.oracle.said[at].id);
        let content = format!("{content} {}", self.oracle.last);
        let answer = self.ask(author, "PATCH", &path, json!({ "content": content })).await;
        let seq = answer["rev"].as_i64().unwrap();
        self.oracle.last = seq;
        let said = &mut self.oracle.said[at];
        said.mentions.retain(|(user, _)| users.contains(user));
        let known: Vec<UserId> = said.mentions.iter().map(|(user, _)| *user).collect();
        let new: Vec<UserId> = users.into_iter().filter(|user| !known.contains(user)).collect();
        said.mentions.extend(new.iter().map(|user| (*user, seq)));
        if let (Some(root), place) = (said.thread, said.seq) {
            for user in new {
                self.oracle.call(user, root, place);
            }
        }
    }

    async fn delete(&mut self, at: usize) {
        let (author, path) = (self.oracle.said[at].author, format!("/messages/{}", self.oracle.said[at].id));
        self.ask(author, "DELETE", &path, Value::Null).await;
        let said = &mut self.oracle.said[at];
        (said.deleted, said.mentions) = (true, Vec::new());
        self.oracle.last += 1;
    }

    /// Reads, or marks unread, in the group or in a thread, from a device that may be behind.
    async fn read(&mut self, who: UserId, thread: Option<i64>) {
        let (marks, seq) = (self.dice.throw(3) == 0, self.dice.seq(self.oracle.last));
        let rev = (self.dice.throw(2) == 0).then(|| i64::try_from(self.dice.throw(3)).unwrap());
        let id = thread.map(|root| self.find(root).id.clone());
        let (path, body) = match marks {
            true => ("/unread", json!({ "seq": seq, "thread_id": id })),
            false => ("/read", json!({ "seq": seq, "thread_id": id, "read_rev": rev })),
        };
        self.ask(who, "POST", path, body).await;
        let last = self.oracle.last;
        let pointer = match thread {
            None => self.oracle.group.get_mut(&who).unwrap(),
            Some(root) => match self.oracle.threads.get_mut(&(who, root)) {
                Some(stands) if stands.following => &mut stands.read,
                _ => return,
            },
        };
        if marks { pointer.mark(seq) } else { pointer.read(seq.min(last), rev) }
    }

    async fn follow(&mut self, who: UserId, root: i64) {
        let following = self.dice.throw(2) == 0;
        let path = format!("/threads/{}/follow", self.find(root).id);
        self.ask(who, if following { "PUT" } else { "DELETE" }, &path, Value::Null).await;
        let last = self.oracle.last;
        let stands = self.oracle.threads.entry((who, root)).or_default();
        if following && !stands.following {
            stands.read.seq = stands.read.seq.max(last);
        }
        stands.following = following;
    }

    async fn step(&mut self) {
        let who = self.people[self.dice.throw(3)];
        let (root, some) = (self.root(), self.dice.throw(self.oracle.said.len().max(1)));
        let is_there = self.oracle.said.get(some).is_some_and(|said| !said.deleted);
        match (self.dice.throw(10), root) {
            (0 | 1, Some(root)) => self.say(who, Some(root)).await,
            (2 | 3, thread) if self.dice.throw(2) == 0 => self.read(who, thread).await,
            (2 | 3, _) => self.read(who, None).await,
            (4, Some(root)) => self.follow(who, root).await,
            (5 | 6, _) if is_there => self.edit(some).await,
            (7, _) if is_there && self.dice.throw(2) == 0 => self.delete(some).await,
            _ => self.say(who, None).await,
        }
    }

    async fn check(&mut self, step: usize) {
        let root = self.root();
        for who in self.people {
            let listed = self.world.must(who, "GET", "/groups?limit=100", Value::Null).await;
            let mut mine = listed["items"].as_array().unwrap().iter();
            let mine = mine.find(|item| self.group.ends_with(item["id"].as_str().unwrap())).unwrap();
            let (unread, mentions) = self.oracle.of_group(who);
            let expected = json!([unread, mentions, self.oracle.group[&who].rev]);
            assert_eq!(
                json!([mine["unread"], mine["mentions"], mine["read_rev"]]),
                expected,
                "step {step}: {who}"
            );
            if let Some(root) = root {
                let path = format!("/messages/{}/thread", self.find(root).id);
                let thread = self.ask(who, "GET", &path, Value::Null).await;
                let told =
                    [&thread["following"], &thread["unread"], &thread["mentions"], &thread["read_rev"]];
                let expected = self.oracle.of_thread(who, root);
                assert_eq!(json!(told), json!(expected), "step {step}: {who} in the thread at {root}");
            }
        }
    }

    /// Everything that is unread in the group, threads and all.
    async fn check_totals(&self) {
        for who in self.people {
            let all = self.world.must(who, "GET", "/unread", Value::Null).await;
            let mut of_group = all["groups"].as_array().unwrap().iter();
            let told = of_group.find(|it| self.group.ends_with(it["group_id"].as_str().unwrap()));
            let roots: Vec<i64> = self.oracle.after(None, 0).map(|said| said.seq).collect();
            let in_threads = roots.into_iter().map(|root| self.oracle.of_thread(who, root));
            let in_threads: Vec<_> = in_threads.collect();
            let unread = in_threads.iter().filter(|(_, unread, ..)| *unread > 0).count();
            let (main, mentions) = self.oracle.of_group(who);
            let mentions = mentions + in_threads.iter().map(|(_, _, mentions, _)| mentions).sum::<usize>();
            let expected = json!([main, mentions, unread]);
            let told =
                told.map_or(json!([0, 0, 0]), |it| json!([it["unread"], it["mentions"], it["threads"]]));
            assert_eq!(told, expected, "{who}");
        }
    }
}

async fn whatever_happens_unread_is_what_a_recount_finds(world: World) {
    let people = world.people().await;
    let other = world.node_beside().await;
    let mut handles = Vec::new();
    for who in people {
        handles.push(world.handle(who).await);
    }
    let handles: [String; 3] = handles.try_into().unwrap();
    for seed in 1..=4 {
        let group = world.group("group", people[0], &people[1..]).await;
        let began = world.must(people[0], "GET", &group, Value::Null).await["seq"].as_i64().unwrap();
        let pointers = people.map(|who| (who, Pointer { seq: began, rev: 0 })).into();
        let oracle = Oracle { said: Vec::new(), last: began, group: pointers, threads: BTreeMap::new() };
        let (world, other, handles, dice) = (&world, &other, handles.clone(), Dice(seed));
        let mut history = History { world, other, group, people, handles, dice, oracle };
        for step in 0..STEPS {
            history.step().await;
            history.check(step).await;
        }
        history.check_totals().await;
    }
}
