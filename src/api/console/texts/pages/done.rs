//! What was done, told by the page after it.

/// What was done: the words that stand for it in a cookie, and its texts.
macro_rules! done {
    ($($name:ident = $field:ident: $en:literal | $de:literal,)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Done { $($name),+ }

        pairs! { DoneTexts { $($field: $en | $de,)+ } }

        impl Done {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($field)),+ }
            }

            pub(crate) fn of(word: &str) -> Option<Self> {
                match word { $(stringify!($field) => Some(Self::$name),)+ _ => None }
            }

            pub(crate) const fn text(self, texts: &Texts) -> &'static str {
                match self { $(Self::$name => texts.done.$field),+ }
            }
        }
    };
}

use crate::api::console::texts::Texts;

done! {
    KeyChanged = key_changed: "The key was changed." | "Der Schlüssel wurde geändert.",
    KeyEnabled = key_enabled: "The key works again." | "Der Schlüssel gilt wieder.",
    KeyDisabled = key_disabled: "The key is switched off: it is refused from now on."
        | "Der Schlüssel ist abgeschaltet: Er wird ab jetzt abgewiesen.",
    KeyRevoked = key_revoked: "The key is revoked for good." | "Der Schlüssel ist endgültig widerrufen.",
    WorkspaceMade = workspace_made: "The workspace is made. Set up what it says, then make a key for the shop's pages."
        | "Der Arbeitsbereich ist angelegt. Richten Sie ein, was er sagt, und legen Sie danach einen Schlüssel \
         für die Seiten des Shops an.",
    WorkspaceChanged = workspace_changed: "The settings are saved." | "Die Einstellungen sind gespeichert.",
    WorkspaceSettled = workspace_settled: "Both sides are the same again." | "Beide Seiten sind wieder gleich.",
    StoreSaved = store_saved: "The connection is stored. Check it now."
        | "Die Verbindung ist gespeichert. Prüfen Sie sie jetzt.",
    StoreRemoved = store_removed: "The shop is disconnected; its catalogue is being removed."
        | "Der Shop ist getrennt; sein Katalog wird entfernt.",
    StoreWorks = store_works: "The shop answers as it should." | "Der Shop antwortet, wie er soll.",
    StoreFaulty = store_faulty: "The check has found something: see the state below."
        | "Die Prüfung hat etwas gefunden: siehe Zustand unten.",
    StoreTooSoon = store_too_soon: "It was checked a moment ago; try again in some seconds."
        | "Eben erst geprüft; versuchen Sie es in einigen Sekunden wieder.",
    NotConfirmed = not_confirmed: "Nothing was done: tick the box first."
        | "Es wurde nichts getan: Setzen Sie zuerst das Häkchen.",
    RunStarted = run_started: "The run has been queued." | "Der Lauf ist eingereiht.",
    RunActive = run_active: "A run of this workspace is going on already."
        | "Ein Lauf dieses Arbeitsbereichs ist schon unterwegs.",
    NoFeed = no_feed: "Products of this connection do not come from a feed, so there is nothing to read."
        | "Die Produkte dieser Verbindung kommen nicht aus einem Feed; es gibt nichts einzulesen.",
    RunCancelled = run_cancelled: "The run is being ended." | "Der Lauf wird abgebrochen.",
    SessionEnded = session_ended: "The session is over." | "Die Sitzung ist beendet.",
    SessionsEnded = sessions_ended: "The sessions are over." | "Die Sitzungen sind beendet.",
    MemberAdded = member_added: "The person is a member now." | "Die Person ist jetzt Mitglied.",
    MemberRemoved = member_removed: "The person is no longer a member." | "Die Person ist kein Mitglied mehr.",
    LastMember = last_member: "AnythingLLM keeps one member: add somebody else first."
        | "AnythingLLM behält ein Mitglied: Fügen Sie zuerst jemand anderen hinzu.",
    ConversationMarked = conversation_marked: "The note is kept." | "Die Notiz ist gespeichert.",
    DocumentWritten = document_written: "The document is there, and the next question finds it."
        | "Das Dokument ist da, und die nächste Frage findet es.",
    DocumentRemoved = document_removed: "The document is gone." | "Das Dokument ist entfernt.",
    GapSettled = gap_settled: "It is dealt with. It comes back when somebody asks it again."
        | "Erledigt. Es kommt wieder, wenn jemand noch einmal danach fragt.",
    ErasureOrdered = erasure_ordered: "The erasure is ordered. This page shows how far it is, and in the end what was removed."
        | "Die Löschung ist beauftragt. Diese Seite zeigt, wie weit sie ist, und am Ende, was entfernt wurde.",
    WebhookChanged = webhook_changed: "The webhook was changed." | "Der Webhook wurde geändert.",
    WebhookEnabled = webhook_enabled: "The webhook is on: what waited for it is sent now."
        | "Der Webhook ist eingeschaltet: Was auf ihn gewartet hat, wird jetzt gesendet.",
    WebhookDisabled = webhook_disabled: "The webhook is off: it is told nothing until it is switched on again."
        | "Der Webhook ist ausgeschaltet: Er erfährt nichts, bis er wieder eingeschaltet wird.",
    WebhookRemoved = webhook_removed: "The webhook is gone, with its messages."
        | "Der Webhook ist weg, mit seinen Nachrichten.",
    WebhookTested = webhook_tested: "A message is on its way. What came of it stands below."
        | "Eine Nachricht ist unterwegs. Was daraus wurde, steht unten.",
    MessageReplayed = message_replayed: "The message is on its way again. What came of it stands below."
        | "Die Nachricht ist noch einmal unterwegs. Was daraus wurde, steht unten.",
}
