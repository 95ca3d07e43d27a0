//! Finding members by the beginnings of their names.

use std::collections::HashMap;

use parlance_base::{Caller, Result, UserId, WorkspaceId};
use parlance_store::{Find, ID};

use crate::{
    Workspaces,
    directory::{Listed, Name},
    member::Member,
    permission::Action,
    words::{self, Word},
};

/// How many words are looked at with one read.
const READ: usize = 200;

/// How many reads a page may take: one that takes more ends early, and the next goes on.
const READS: usize = 10;

/// The pages that make up a search: what they hold, and where the next one goes on.
type Found = (Vec<Listed>, Option<String>);

impl Workspaces {
    /// The members whom every word of `search` is the beginning of a word of, in the order of the words found: a page of at
    /// most `limit` after the position that the page before ended at. Where nothing is searched for, all members, by id.
    ///
    /// # Errors
    /// As the permission table's row `workspace.view` says.
    pub async fn search(
        &self,
        caller: &Caller,
        search: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<Found> {
        self.allow(caller, Action::WorkspaceView)?;
        let (found, next) = self.found(caller.workspace, search, after, limit).await?;
        Ok((self.listed(found).await?, next))
    }

    /// As many of the members that [`search`](Self::search) finds, whoever asks: for who says no more of them than the caller may know.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn beginning_with(
        &self,
        workspace: WorkspaceId,
        search: &str,
        limit: usize,
    ) -> Result<Vec<Name>> {
        let (found, _) = self.found(workspace, search, None, limit).await?;
        Ok(found.into_iter().map(Name::from).collect())
    }

    async fn found(
        &self,
        workspace: WorkspaceId,
        search: &str,
        after: Option<String>,
        limit: usize,
    ) -> Result<(Vec<Member>, Option<String>)> {
        let mut terms = words::folded(search);
        // The longest one has the fewest words to look at.
        terms.sort_by_key(|term| std::cmp::Reverse(term.chars().count()));
        let Some(first) = terms.first().cloned() else { return Ok((Vec::new(), None)) };
        let (mut found, mut last) =
            (Vec::new(), after.filter(|after| *after > first).unwrap_or(first.clone()));
        for _ in 0..READS {
            let hits = self.hits(workspace, &first, &last).await?;
            let is_end = hits.len() < READ;
            for (hit, member) in self.members_hit(workspace, hits, &terms).await? {
                last = hit;
                found.extend(member);
                if found.len() == limit {
                    return Ok((found, Some(last)));
                }
            }
            if is_end {
                return Ok((found, None));
            }
        }
        Ok((found, Some(last)))
    }

    /// The words that begin so, after this place.
    async fn hits(&self, workspace: WorkspaceId, beginning: &str, after: &str) -> Result<Vec<Word>> {
        let range = [ID.above(after), ID.below(format!("{beginning}\u{10FFFF}"))];
        self.scope(workspace).find(Find::new(range).ascending(ID).limit(READ)).await
    }

    /// The place of each of these words, with its member where they are found by it: by the first of their words that
    /// begins as is searched for, so that nobody is found twice.
    async fn members_hit(
        &self,
        workspace: WorkspaceId,
        hits: Vec<Word>,
        terms: &[String],
    ) -> Result<Vec<(String, Option<Member>)>> {
        let members = self.scope(workspace).get_many::<Member>(hits.iter().map(|hit| hit.user_id)).await?;
        let members: HashMap<UserId, Member> =
            members.into_iter().map(|member| (member.id, member)).collect();
        let of = |hit: Word| {
            let member = members.get(&hit.user_id).filter(|member| is_found(member, &hit, terms));
            (hit.id, member.cloned())
        };
        Ok(hits.into_iter().map(of).collect())
    }
}

fn is_found(member: &Member, hit: &Word, terms: &[String]) -> bool {
    let first = terms.first().and_then(|term| {
        // In the order of ids, where what follows a word is a space.
        begun(member, term).min_by_key(|word| format!("{word} "))
    });
    member.is_active()
        && first.is_some_and(|word| word == hit.word())
        && terms.iter().all(|term| begun(member, term).next().is_some())
}

/// The words of the member that begin so.
fn begun<'a>(member: &'a Member, term: &'a str) -> impl Iterator<Item = &'a String> {
    member.words.iter().filter(move |word| word.starts_with(term))
}
