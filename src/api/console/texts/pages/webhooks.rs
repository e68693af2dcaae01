//! Webhooks, messages to them, and what can be told.

pairs! {
    /// Webhooks, messages to them, and what can be told.
    WebhooksTexts {
        title: "Webhooks and alerts" | "Webhooks und Alarme",
        lead: "Addresses of yours that are told what happens in this workspace: signed, and again until they take \
             it. E-mail or a chat is up to the receiver."
            | "Ihre Adressen, die erfahren, was in diesem Arbeitsbereich geschieht: signiert, und wieder, bis sie \
             es annehmen. E-Mail oder Chat ist Sache des Empfängers.",
        make: "Make a webhook" | "Webhook anlegen",
        new_title: "Make a webhook" | "Webhook anlegen",
        new_lead: "You get a secret with which your receiver checks that messages are ours. It is shown once."
            | "Sie bekommen ein Geheimnis, mit dem Ihr Empfänger prüft, dass Nachrichten von uns sind. Es wird \
             einmal gezeigt.",
        empty_title: "Nobody is told anything" | "Niemand erfährt etwas",
        empty_help: "Make a webhook with the address of a receiver, choose what it is told, and send it a message to try \
             it out."
            | "Legen Sie einen Webhook mit der Adresse eines Empfängers an, wählen Sie, was er erfährt, und senden \
             Sie ihm zur Probe eine Nachricht.",
        too_many: "This workspace has as many webhooks as it may: ten. Remove one first."
            | "Dieser Arbeitsbereich hat so viele Webhooks, wie er haben darf: zehn. Entfernen Sie zuerst einen.",
        caption: "Webhooks in the order in which they were made"
            | "Webhooks in der Reihenfolge, in der sie angelegt wurden",
        address: "Address" | "Adresse",
        url: "Address" | "Adresse",
        url_help: "https, reachable from the internet, without a user name or a part behind #. It must answer with a \
             2xx within 20 seconds."
            | "https, aus dem Internet erreichbar, ohne Benutzernamen und ohne einen Teil hinter #. Sie muss \
             binnen 20 Sekunden mit 2xx antworten.",
        description: "Description" | "Beschreibung",
        description_help: "For people: who or what is told." | "Für Menschen: wer oder was es erfährt.",
        events: "What it is told" | "Was er erfährt",
        events_help: "At least one. What happened before is not told."
            | "Mindestens eines. Was vorher geschah, erfährt er nicht.",
        refused_percent: "Bound for refused answers, in percent" | "Grenze für Absagen, in Prozent",
        refused_percent_help: "Beyond this share of an hour's answers “many answers find nothing” is told. 30 if it is empty."
            | "Über diesem Anteil der Antworten einer Stunde wird „Viele Antworten finden nichts“ gemeldet. 30, \
             wenn es leer ist.",
        changed_meanwhile: "Somebody has changed this webhook since you opened it. What you typed is below; saving again puts \
             it in the place of theirs."
            | "Jemand hat diesen Webhook geändert, seit Sie ihn geöffnet haben. Was Sie geschrieben haben, steht \
             unten; wenn Sie noch einmal speichern, ersetzt es das andere.",
        made_title: "The webhook is made" | "Der Webhook ist angelegt",
        rotated_title: "The webhook has a new secret" | "Der Webhook hat ein neues Geheimnis",
        once: "This is the only time that the secret is shown. Copy it now."
            | "Nur dieses eine Mal wird das Geheimnis gezeigt. Kopieren Sie es jetzt.",
        once_how: "Your receiver checks the header webhook-signature with it, as every library of Standard Webhooks does."
            | "Ihr Empfänger prüft damit die Kopfzeile webhook-signature, wie es jede Bibliothek von Standard \
             Webhooks tut.",
        go_on: "I have copied it: go on" | "Ich habe es kopiert: weiter",
        status: "State" | "Zustand",
        on: "on" | "ein",
        off: "off" | "aus",
        gone: "switched off: gone" | "ausgeschaltet: weg",
        failing: "switched off: failing" | "ausgeschaltet: scheitert",
        gone_help: "Vestibule has switched it off because the receiver answered 410: it wants no more messages."
            | "Vestibule hat ihn ausgeschaltet, weil der Empfänger mit 410 geantwortet hat: Er will keine \
             Nachrichten mehr.",
        failing_help: "Vestibule has switched it off because a message could not be delivered in more than two days. What \
             waits is sent once it is on again."
            | "Vestibule hat ihn ausgeschaltet, weil eine Nachricht in mehr als zwei Tagen nicht zuzustellen war. \
             Was wartet, wird gesendet, sobald er wieder eingeschaltet ist.",
        told_of: "Is told" | "Erfährt",
        made_at: "Made" | "Angelegt",
        changed_at: "Changed" | "Geändert",
        two_secrets: "The secret before this one signs as well until" | "Das Geheimnis davor signiert noch mit bis",
        test: "Send a test" | "Probe senden",
        test_help: "A message webhook.test, also while it is off."
            | "Eine Nachricht webhook.test, auch wenn er aus ist.",
        switch_on: "Switch on" | "Einschalten",
        switch_on_help: "It is told what happens again, and what waits is sent."
            | "Er erfährt wieder, was geschieht, und was wartet, wird gesendet.",
        switch_off: "Switch off" | "Ausschalten",
        switch_off_help: "It is told nothing more until it is switched on again."
            | "Er erfährt nichts mehr, bis er wieder eingeschaltet wird.",
        change_title: "Change" | "Ändern",
        rotate_title: "Make a new secret" | "Neues Geheimnis",
        rotate_help: "Messages are signed with both secrets for a while, so that the receiver can change over. After a \
             leak: not at all."
            | "Nachrichten werden eine Zeit lang mit beiden Geheimnissen signiert, damit der Empfänger umstellen \
             kann. Nach einem Leck: gar nicht.",
        rotate: "Make a new secret" | "Neues Geheimnis erzeugen",
        grace: "The old one signs as well for" | "Das alte signiert noch mit",
        grace_none: "not at all" | "gar nicht",
        grace_hour: "an hour" | "eine Stunde",
        grace_day: "a day" | "einen Tag",
        grace_week: "a week" | "eine Woche",
        delete_title: "Remove it" | "Entfernen",
        delete_help: "With all its messages, also those that were not delivered."
            | "Mit allen seinen Nachrichten, auch denen, die nicht zugestellt wurden.",
        delete_sure: "Yes, remove it" | "Ja, entfernen",
        delete: "Remove it" | "Entfernen",
        deliveries: "Messages" | "Nachrichten",
        deliveries_lead: "Of the last 30 days, the newest first. What fails is tried again for more than two days."
            | "Der letzten 30 Tage, die neueste zuerst. Was scheitert, wird mehr als zwei Tage lang wieder versucht.",
        no_deliveries: "No message yet" | "Noch keine Nachricht",
        no_deliveries_help: "Send a test above to see whether your receiver takes it."
            | "Senden Sie oben eine Probe, um zu sehen, ob Ihr Empfänger sie annimmt.",
        none_like_that: "No message is like that." | "Keine Nachricht ist so.",
        every_state: "Every state" | "Jeder Stand",
        pending: "on its way" | "unterwegs",
        delivered: "delivered" | "zugestellt",
        failed: "given up" | "aufgegeben",
        show: "Show" | "Anzeigen",
        look_again: "Look again" | "Noch einmal nachsehen",
        older: "Older messages" | "Ältere Nachrichten",
        event: "Message" | "Nachricht",
        state: "State" | "Stand",
        attempts: "Attempts" | "Versuche",
        answer: "Answer" | "Antwort",
        no_answer: "none yet" | "noch keine",
        next_attempt: "Next attempt" | "Nächster Versuch",
        payload: "What is sent" | "Was gesendet wird",
        replay: "Send again" | "Noch einmal senden",
        replay_help: "As it was, with the id it has." | "Wie sie war, mit der Kennung, die sie hat.",
        message_id: "Id" | "Kennung",
        alerts: "What can be told" | "Was gemeldet werden kann",
        alerts_lead: "Bounds without a field are fixed. Keys that belong to no workspace are told of to nobody."
            | "Grenzen ohne ein Feld stehen fest. Schlüssel, die zu keinem Arbeitsbereich gehören, werden \
             niemandem gemeldet.",
        when: "When" | "Wann",
        told_to: "Told to" | "Gemeldet an",
        nobody: "nobody" | "niemanden",
        nobody_help: "Tick it in a webhook to be told." | "Kreuzen Sie es in einem Webhook an, um es zu erfahren.",
        beyond: "beyond {}" | "über {}",
        event_quota_warning: "A quota is nearly used up" | "Ein Kontingent ist fast verbraucht",
        event_quota_warning_when: "80 % of a quota of a key of this workspace is used; once a day or month"
            | "80 % eines Kontingents eines Schlüssels dieses Arbeitsbereichs sind verbraucht; einmal am Tag oder \
             im Monat",
        event_quota_reached: "A quota is used up" | "Ein Kontingent ist verbraucht",
        event_quota_reached_when: "100 % of a quota of a key of this workspace is used; once a day or month"
            | "100 % eines Kontingents eines Schlüssels dieses Arbeitsbereichs sind verbraucht; einmal am Tag oder \
             im Monat",
        event_expiring: "A key is about to end" | "Ein Schlüssel endet bald",
        event_expiring_when: "a week before, and once more a day before"
            | "eine Woche vorher, und noch einmal einen Tag vorher",
        event_sync_failed: "A catalogue sync failed" | "Ein Abgleich des Katalogs ist gescheitert",
        event_sync_failed_when: "each time, with the reason" | "jedes Mal, mit dem Grund",
        event_unavailable: "AnythingLLM is away" | "AnythingLLM ist weg",
        event_unavailable_when: "it has not answered for {} seconds" | "es hat {} Sekunden lang nicht geantwortet",
        event_recovered: "AnythingLLM is back" | "AnythingLLM ist wieder da",
        event_recovered_when: "it answers again after it was away" | "es antwortet wieder, nachdem es weg war",
        event_refused: "Many answers find nothing" | "Viele Antworten finden nichts",
        event_refused_when: "of at least 20 answers in an hour more than the webhook's bound found nothing in the documents; \
             once an hour"
            | "von mindestens 20 Antworten einer Stunde fanden mehr als die Grenze des Webhooks nichts in den \
             Dokumenten; einmal in der Stunde",
        event_handed_over: "A shopper asks for a person" | "Jemand fragt nach einem Menschen",
        event_handed_over_when: "with one of the words that ask for a person; once a conversation"
            | "mit einem der Worte, die nach einem Menschen fragen; einmal je Gespräch",
        event_test: "A test" | "Eine Probe",
        event_test_when: "somebody tries the webhook out" | "jemand probiert den Webhook aus",
    }
}
