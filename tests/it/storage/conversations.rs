//! Conversations: one session upstream each, whoever asks and however often.

use super::fixture::{Fixture, Replica, within};
use std::collections::HashSet;
use vestibule::domain::conversation::ChatSessionId;
use vestibule::domain::ids::{KeyId, TenantId, WorkspaceId};
use vestibule::domain::owner::Owner;
use vestibule::domain::sealed::Sealed;
use vestibule::storage::{BeginConversation, Change, Conversation, ConversationKey, Heard};

struct Named {
    fixture: Fixture,
    owner: Owner,
    session: ChatSessionId,
}

impl Named {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        let owner = Owner::Key(KeyId::new(&fixture.ambient));
        Self { fixture, owner, session: ChatSessionId::parse("visit-1").unwrap() }
    }

    fn key(&self) -> ConversationKey<'_> {
        let workspace = self.fixture.workspace.id;
        ConversationKey { tenant: TenantId::DEFAULT, workspace, owner: self.owner, session: &self.session }
    }

    async fn open(&self, key: &ConversationKey<'_>) -> Conversation {
        self.fixture.database.conversations().open(key, Some("visitor"), &self.fixture.ambient).await.unwrap()
    }
}

#[tokio::test]
async fn a_session_id_means_something_only_within_its_owner() {
    let named = Named::new().await;
    let conversations = named.fixture.database.conversations();
    assert_eq!(conversations.find(&named.key()).await.unwrap(), None);
    let opened = named.open(&named.key()).await;
    assert_eq!(named.open(&named.key()).await, opened);
    assert_eq!(conversations.find(&named.key()).await.unwrap(), Some(opened.clone()));
    assert!(opened.upstream.expose().len() >= 32);

    let stranger = ConversationKey { owner: Owner::Key(KeyId::new(&named.fixture.ambient)), ..named.key() };
    assert_eq!(conversations.find(&stranger).await.unwrap(), None);
    assert_ne!(named.open(&stranger).await.upstream, opened.upstream);
}

#[tokio::test]
async fn a_hundred_that_open_at_once_get_the_same() {
    let named = Named::new().await;
    let opening = (0..100).map(|_| async { named.open(&named.key()).await });
    let opened = within(futures_util::future::join_all(opening)).await;
    let sessions: HashSet<_> = opened.iter().map(|c| c.upstream.expose().to_owned()).collect();
    assert_eq!(sessions.len(), 1);
}

#[tokio::test]
async fn replicas_that_open_at_once_get_the_same() {
    let named = Named::new().await;
    let mut replicas = Vec::new();
    for _ in 0..5 {
        replicas.push(Replica::listening(&named.fixture.database, &named.fixture.ambient).await);
    }
    let opening = (0..100).map(|i| replicas[i % replicas.len()].conversations.clone()).map(|directory| {
        let (owner, session, workspace) = (named.owner, named.session.clone(), named.fixture.workspace.id);
        tokio::spawn(async move {
            let key = ConversationKey { tenant: TenantId::DEFAULT, workspace, owner, session: &session };
            directory.open(&key, None).await.unwrap()
        })
    });
    let opened = within(futures_util::future::try_join_all(opening)).await.unwrap();
    let sessions: HashSet<_> = opened.iter().map(|c| c.upstream.expose().to_owned()).collect();
    assert_eq!(sessions.len(), 1);
}

#[tokio::test]
async fn a_workspace_that_is_gone_has_no_conversations() {
    let named = Named::new().await;
    let nowhere = ConversationKey { workspace: WorkspaceId(uuid::Uuid::nil()), ..named.key() };
    let opened = named.fixture.database.conversations().open(&nowhere, None, &named.fixture.ambient).await;
    assert!(opened.unwrap_err().violates("conversations_workspace_fkey"));
}

#[tokio::test]
async fn a_reset_begins_another_session_everywhere() {
    let named = Named::new().await;
    let (database, ambient) = (&named.fixture.database, &named.fixture.ambient);
    let here = Replica::listening(database, ambient).await;
    let there = Replica::listening(database, ambient).await;
    let before = here.conversations.open(&named.key(), None).await.unwrap();
    assert_eq!(there.conversations.open(&named.key(), None).await.unwrap(), before);
    assert_eq!(there.conversations.find(&named.key()).await.unwrap(), Some(before.clone()));

    there
        .told(async {
            assert!(here.conversations.reset(&named.key()).await.unwrap());
            // Told after the reset, and keys have something to wait on.
            named.fixture.insert_key().await;
        })
        .await;
    let after = here.conversations.open(&named.key(), None).await.unwrap();
    assert_eq!(after.id, before.id);
    assert_ne!(after.upstream, before.upstream);
    assert_eq!(there.conversations.open(&named.key(), None).await.unwrap(), after);
    assert_eq!(there.conversations.find(&named.key()).await.unwrap(), Some(after));
}

#[tokio::test]
async fn what_never_began_cannot_be_reset_and_is_not_remembered_as_missing() {
    let named = Named::new().await;
    let replica = Replica::listening(&named.fixture.database, &named.fixture.ambient).await;
    assert!(!replica.conversations.reset(&named.key()).await.unwrap());
    assert_eq!(replica.conversations.find(&named.key()).await.unwrap(), None);
    let opened = named.open(&named.key()).await;
    assert_eq!(replica.conversations.find(&named.key()).await.unwrap(), Some(opened));
}

#[tokio::test]
async fn a_reset_is_told_without_the_session_id() {
    let named = Named::new().await;
    named.open(&named.key()).await;
    let mut listener = named.fixture.database.listen();
    assert!(matches!(within(listener.next()).await, Heard::Connected(_)));
    named.fixture.database.conversations().reset(&named.key(), &named.fixture.ambient).await.unwrap();
    assert_eq!(within(listener.next()).await, Heard::Change(Change::Conversation(named.key().digest())));
}

fn sealed(byte: u8) -> Sealed {
    Sealed { key_id: "key".into(), bytes: vec![byte] }
}

/// However many begin one of the same name at once, one does, and what is kept of it is that one's.
#[tokio::test]
async fn one_begins_a_conversation_with_an_opening_and_no_opening_is_without_one() {
    let named = Named::new().await;
    let (database, ambient) = (&named.fixture.database, &named.fixture.ambient);
    let begins: Vec<_> = (0..20).map(|_| BeginConversation::opened(ambient)).collect();
    let key = named.key();
    let opened = begins.iter().enumerate().map(|(number, begin)| {
        let opening = sealed(u8::try_from(number).unwrap());
        async move { database.conversations().open_with(&key, None, begin, &opening).await.unwrap() }
    });
    let opened = within(futures_util::future::join_all(opened)).await;
    assert!(opened.iter().all(|conversation| *conversation == opened[0] && conversation.upstream.has_opening()));
    let winners: Vec<_> = begins.iter().enumerate().filter(|(_, begin)| begin.is(&opened[0])).collect();
    let [(winner, begun)] = winners[..] else { panic!("{} have begun it", winners.len()) };
    let tenant = TenantId::DEFAULT;
    for begin in &begins {
        let opening = database.conversations().opening(tenant, begin.upstream()).await.unwrap();
        let wanted = begin.is(&opened[0]).then(|| sealed(u8::try_from(winner).unwrap()));
        assert_eq!(opening.map(|opening| opening.sealed), wanted);
    }
    // As if its answer had been lost on the way: the same once more comes to the same.
    let again = database.conversations().open_with(&key, None, begun, &sealed(99)).await.unwrap();
    assert_eq!(again, opened[0]);
    let opening = database.conversations().opening(tenant, begun.upstream()).await.unwrap().unwrap();
    assert_eq!(opening.sealed, sealed(u8::try_from(winner).unwrap()));
    // One that is there without an opening gets none.
    let plain = ConversationKey { owner: Owner::Key(KeyId::new(ambient)), ..named.key() };
    let there = named.open(&plain).await;
    let late = BeginConversation::opened(ambient);
    assert_eq!(database.conversations().open_with(&plain, None, &late, &sealed(1)).await.unwrap(), there);
    assert_eq!(database.conversations().opening(tenant, late.upstream()).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_begins_one_knows_it_and_whoever_comes_later_is_told_so() {
    let named = Named::new().await;
    let (database, ambient) = (&named.fixture.database, &named.fixture.ambient);
    let here = Replica::listening(database, ambient).await;
    let there = Replica::listening(database, ambient).await;
    let opened_in = async |replica: &Replica, opening| {
        let begin = BeginConversation::opened(ambient);
        replica.conversations.begin(&named.key(), None, &begin, opening).await.unwrap()
    };
    assert!(!here.conversations.knows(&named.key()).await);
    let (opening, other) = (sealed(1), sealed(2));
    let begun = opened_in(&here, Some(&opening)).await.unwrap();
    assert!(here.conversations.knows(&named.key()).await && !there.conversations.knows(&named.key()).await);
    for replica in [&here, &there] {
        assert_eq!(opened_in(replica, Some(&other)).await, None);
        assert_eq!(opened_in(replica, None).await, None);
        assert_eq!(replica.conversations.open(&named.key(), None).await.unwrap(), begun);
    }
}
