//! What is kept, finding and erasing, and receipts.

pairs! {
    /// What is kept, finding and erasing, and receipts.
    PrivacyTexts {
        title: "Privacy" | "Datenschutz",
        lead: "What is kept of shoppers, for how long, and how it goes."
            | "Was von Kundinnen und Kunden aufbewahrt wird, wie lange, und wie es verschwindet.",
        kept: "What is kept" | "Was aufbewahrt wird",
        kept_where: "Where" | "Wo",
        kept_what: "What" | "Was",
        kept_until: "Until" | "Bis",
        at_anythingllm: "AnythingLLM" | "AnythingLLM",
        at_anythingllm_what: "Every question with its answer, whatever is set here"
            | "Jede Frage mit ihrer Antwort, was immer hier eingestellt ist",
        at_anythingllm_until: "it is erased here, or deleted there" | "sie hier oder dort gelöscht wird",
        at_here: "Conversations here" | "Gespräche hier",
        words_what: "Question, answer, how the passages begin, and what readers think of the answer"
            | "Frage, Antwort, wie die Fundstellen beginnen, und was Lesende von der Antwort halten",
        no_words_what: "No words: only that something was asked, when, with which key, on which page, in which language, \
             and how it ended"
            | "Keine Wörter: nur dass etwas gefragt wurde, wann, mit welchem Schlüssel, auf welcher Seite, in \
             welcher Sprache, und wie es ausging",
        days: "{} days later" | "{} Tage danach",
        for_good: "it is erased: no end is set" | "es gelöscht wird: Eine Frist ist nicht gesetzt",
        at_usage: "Usage" | "Nutzung",
        usage_what: "No words; a pseudonym of the visitor, or what the page called them"
            | "Keine Wörter; ein Pseudonym des Besuchers oder wie die Seite ihn nannte",
        at_logs: "Logs and metrics" | "Protokolle und Metriken",
        logs_what: "No words" | "Keine Wörter",
        logs_until: "–" | "–",
        change_kept: "Change what is kept" | "Ändern, was aufbewahrt wird",
        find_title: "Find and erase" | "Finden und löschen",
        find_lead: "Fill in one of the four. You see first how much it is; nothing is erased yet."
            | "Füllen Sie eines der vier Felder aus. Sie sehen zuerst, wie viel es ist; gelöscht wird noch nichts.",
        visitor: "Visitor" | "Besucher",
        visitor_help: "The id that their browser has, or as a conversation shows them."
            | "Die Kennung, die der Browser hat, oder wie ein Gespräch ihn zeigt.",
        subject: "Customer" | "Kundin oder Kunde",
        subject_help: "As the shop calls them, or as a conversation shows them."
            | "Wie der Shop sie nennt, oder wie ein Gespräch sie zeigt.",
        conversation: "Conversation" | "Gespräch",
        conversation_help: "What the address of its page ends with." | "Womit die Adresse seiner Seite endet.",
        before: "Everything before a day" | "Alles vor einem Tag",
        before_help: "Every conversation in which nothing was said since that day began."
            | "Jedes Gespräch, in dem seit Beginn dieses Tages nichts mehr gesagt wurde.",
        find: "Show what would go" | "Zeigen, was gelöscht würde",
        found_title: "What would be erased" | "Was gelöscht würde",
        of_visitor: "Everything that this visitor said:" | "Alles, was dieser Besucher gesagt hat:",
        of_subject: "Everything that this customer said:" | "Alles, was diese Kundin oder dieser Kunde gesagt hat:",
        of_conversation: "This conversation:" | "Dieses Gespräch:",
        of_before: "Every conversation in which nothing was said since:"
            | "Jedes Gespräch, in dem seitdem nichts mehr gesagt wurde:",
        nothing_found: "No conversation is found. Look whether it is written as it is stored. If you erase all the same, \
             usage forgets whose it was, and what earlier erasures had to leave is tried again."
            | "Kein Gespräch wurde gefunden. Sehen Sie nach, ob es so geschrieben ist, wie es gespeichert ist. \
             Wenn Sie trotzdem löschen, vergisst die Nutzung, wessen sie war, und was frühere Löschungen lassen \
             mussten, wird noch einmal versucht.",
        conversations: "Conversations" | "Gespräche",
        exchanges: "Questions with answers" | "Fragen mit Antworten",
        former: "Begun anew, still in AnythingLLM" | "Neu begonnen, noch in AnythingLLM",
        left_over: "Left by earlier erasures" | "Von früheren Löschungen übrig",
        at_least: "at least {}" | "mindestens {}",
        oldest: "First begun" | "Zuerst begonnen",
        newest: "Last asked in" | "Zuletzt gefragt",
        goes: "With them go notes, feedback, answers kept for repetition, the chats in AnythingLLM, and whose \
             usage it was. The figures of usage stay."
            | "Damit verschwinden Notizen, Bewertungen, zur Wiederholung behaltene Antworten, die Chats in \
             AnythingLLM, und wessen Nutzung es war. Die Zahlen der Nutzung bleiben.",
        no_undo: "This cannot be undone." | "Das lässt sich nicht rückgängig machen.",
        sure: "Yes, erase it for good" | "Ja, endgültig löschen",
        erase: "Erase for good" | "Endgültig löschen",
        erasures: "Erasures so far" | "Bisherige Löschungen",
        caption: "Erasures, the newest first" | "Löschungen, die neueste zuerst",
        ordered: "Ordered" | "Beauftragt",
        kind: "What" | "Was",
        status: "State" | "Stand",
        by: "By" | "Von",
        no_erasures: "Nothing was erased yet" | "Noch wurde nichts gelöscht",
        no_erasures_help: "Fill in the form above when somebody asks to be forgotten. Its receipt then stands here."
            | "Füllen Sie das Formular oben aus, wenn jemand vergessen werden möchte. Der Beleg steht dann hier.",
        older: "Older erasures" | "Ältere Löschungen",
        kind_visitor: "A visitor" | "Ein Besucher",
        kind_subject: "A customer" | "Eine Kundin oder ein Kunde",
        kind_conversation: "A conversation" | "Ein Gespräch",
        kind_before: "Everything before a day" | "Alles vor einem Tag",
        queued: "waiting" | "wartet",
        running: "running" | "läuft",
        done: "done" | "fertig",
        incomplete: "something is left" | "etwas ist übrig",
        receipt: "Receipt of an erasure" | "Beleg einer Löschung",
        receipt_lead: "Whose words they were is kept neither here nor in the audit log."
            | "Wessen Worte es waren, wird weder hier noch im Änderungsprotokoll aufbewahrt.",
        finished: "Finished" | "Beendet",
        not_finished: "not yet" | "noch nicht",
        progress: "Progress" | "Fortschritt",
        soon: "It begins within seconds." | "Es beginnt in wenigen Sekunden.",
        emptied: "{done} of {all} conversations in AnythingLLM are empty."
            | "{done} von {all} Gesprächen in AnythingLLM sind leer.",
        removed: "What was removed" | "Was entfernt wurde",
        place: "Where" | "Wo",
        many: "How much" | "Wie viel",
        removed_conversations: "Conversations here, with transcripts, notes and feedback"
            | "Gespräche hier, mit Mitschriften, Notizen und Bewertungen",
        removed_exchanges: "Questions with answers in them" | "Fragen mit Antworten darin",
        removed_answers: "Answers kept for repetition" | "Zur Wiederholung behaltene Antworten",
        removed_usage: "Records of usage that no longer say whose they are"
            | "Einträge der Nutzung, die nicht mehr sagen, wessen sie sind",
        removed_sessions: "Conversations in AnythingLLM, read back and found empty"
            | "Gespräche in AnythingLLM, nachgelesen und leer gefunden",
        removed_chats: "Questions with answers in them" | "Fragen mit Antworten darin",
        remaining: "What remains" | "Was übrig ist",
        nothing_remains: "Nothing that can be found." | "Nichts, was sich finden lässt.",
        remaining_help: "The next erasure in this workspace tries it again: order the same once more."
            | "Die nächste Löschung in diesem Arbeitsbereich versucht es noch einmal: Geben Sie denselben Auftrag.",
        reach: "What no erasure reaches" | "Was keine Löschung erreicht",
        from_conversation: "Erase" | "Löschen",
        from_conversation_help: "You see first how much it is; nothing is erased yet."
            | "Sie sehen zuerst, wie viel es ist; gelöscht wird noch nichts.",
        this_conversation: "This conversation…" | "Dieses Gespräch …",
        this_visitor: "Everything of this visitor…" | "Alles von diesem Besucher …",
        this_customer: "Everything of this customer…" | "Alles von dieser Kundin oder diesem Kunden …",
    }
}

pairs! {
    /// What no erasure reaches, and why, in the order in which the API tells it.
    ReachTexts {
        answering: "an answer that is being written while it is erased"
            | "eine Antwort, die während der Löschung geschrieben wird",
        answering_why: "AnythingLLM stores it when it ends, under a conversation that is gone by then; order it again \
             afterwards"
            | "AnythingLLM speichert sie an ihrem Ende unter einem Gespräch, das es dann nicht mehr gibt; geben \
             Sie den Auftrag danach noch einmal",
        former: "conversations that were begun anew or forgotten before the gateway remembered their names in \
             AnythingLLM"
            | "Gespräche, die neu begonnen oder vergessen wurden, bevor das Gateway sich ihre Namen in AnythingLLM \
             merkte",
        former_why: "nothing says which of AnythingLLM's chats they are; its own interface lists them all"
            | "nichts sagt, welche Chats von AnythingLLM es sind; dessen eigene Oberfläche zeigt sie alle",
        kept: "kept first answers in a shared cache" | "erste Antworten in einem gemeinsamen Cache",
        kept_why: "they do not say who asked; nobody finds them any more, and their memory is freed when their time is \
             over"
            | "sie sagen nicht, wer gefragt hat; niemand findet sie mehr, und ihr Speicher wird frei, wenn ihre \
             Zeit vorbei ist",
        backups: "backups of the databases" | "Sicherungen der Datenbanken",
        backups_why: "they hold what was there when they were made"
            | "sie enthalten, was da war, als sie gemacht wurden",
        provider: "what the model's provider keeps" | "was der Anbieter des Modells behält",
        provider_why: "it is between AnythingLLM and the provider" | "das ist zwischen AnythingLLM und dem Anbieter",
    }
}
