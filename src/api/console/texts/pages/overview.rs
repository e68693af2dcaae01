//! How it goes.

pairs! {
    OverviewTexts {
        title: "Overview" | "Übersicht",
        member_title: "You can chat" | "Sie können chatten",
        member_what: "Your account may use the workspaces that AnythingLLM has given it, in chats and through the API. \
             Keys, settings and usage are for managers and admins: an admin can change your role in AnythingLLM."
            | "Mit Ihrem Konto können Sie die Arbeitsbereiche nutzen, die AnythingLLM Ihnen gegeben hat, im Chat \
             und über die API. Schlüssel, Einstellungen und Nutzung sind für Manager und Admins: Ein Admin kann \
             Ihre Rolle in AnythingLLM ändern.",
        make_workspace: "Make a workspace" | "Arbeitsbereich anlegen",
        empty_title: "There is no workspace yet" | "Es gibt noch keinen Arbeitsbereich",
        empty_what: "A workspace is a shop's assistant: its documents, its words and its look. Make the first one; then \
             make a key for the shop's pages."
            | "Ein Arbeitsbereich ist der Assistent eines Shops: seine Dokumente, seine Worte und sein Aussehen. \
             Legen Sie den ersten an, danach einen Schlüssel für die Seiten des Shops.",
        draft: "draft" | "Entwurf",
        paused: "paused" | "angehalten",
        archived: "put away" | "weggelegt",
        all_well: "Nothing is wrong that is known here." | "Hier ist nichts bekannt, das nicht in Ordnung wäre.",
        today: "Questions today" | "Fragen heute",
        week: "Questions, 7 days" | "Fragen, 7 Tage",
        month: "Questions, 30 days" | "Fragen, 30 Tage",
        answered_of: "{share} answered" | "{share} beantwortet",
        in_month: "in 30 days" | "in 30 Tagen",
        first_words: "Time to the first words" | "Zeit bis zu den ersten Worten",
        slowest: "95 of 100 within {time}" | "95 von 100 binnen {time}",
        tokens: "Tokens" | "Token",
        cache: "Answered from memory" | "Aus dem Cache beantwortet",
        chart: "Questions of the last 30 days" | "Fragen der letzten 30 Tage",
        no_questions: "Nobody has asked anything yet." | "Noch hat niemand etwas gefragt.",
        day: "Day" | "Tag",
        as_table: "As a table" | "Als Tabelle",
        utc_days: "Days are those of UTC." | "Die Tage sind die von UTC.",
        unreachable: "AnythingLLM cannot be reached: no question is answered at the moment."
            | "AnythingLLM ist nicht zu erreichen: Zurzeit wird keine Frage beantwortet.",
        unreachable_remedy: "What to look at" | "Was zu prüfen ist",
        drifted: "Settings were changed in AnythingLLM." | "In AnythingLLM wurden Einstellungen geändert.",
        drifted_remedy: "Settle the differences" | "Unterschiede bereinigen",
        missing: "The workspace was deleted in AnythingLLM." | "Der Arbeitsbereich wurde in AnythingLLM gelöscht.",
        missing_remedy: "Make it again" | "Neu anlegen",
        pending: "Its making was interrupted." | "Das Anlegen wurde unterbrochen.",
        pending_remedy: "Make it once more under the same slug" | "Noch einmal unter demselben Kürzel anlegen",
        sync_failed: "The last sync of the catalogue failed." | "Der letzte Abgleich des Katalogs ist fehlgeschlagen.",
        sync_partial: "The last sync of the catalogue ended in part."
            | "Der letzte Abgleich des Katalogs gelang nur teilweise.",
        sync_failed_remedy: "See why" | "Ansehen, warum",
        key_ends: "The key {key} ends on {day}." | "Der Schlüssel {key} endet am {day}.",
        quota: "The key {key} has used {share} of a quota."
            | "Der Schlüssel {key} hat {share} eines Kontingents verbraucht.",
        key_remedy: "Look at the key" | "Den Schlüssel ansehen",
        page_well: "Nothing is wrong with the workspaces of this page, as far as is known here."
            | "An den Arbeitsbereichen dieser Seite ist nichts auszusetzen, soweit hier bekannt.",
        caption: "Workspaces with their questions and what is wrong with them"
            | "Arbeitsbereiche mit ihren Fragen und dem, was nicht stimmt",
        name: "Workspace" | "Arbeitsbereich",
        seven_days: "7 days" | "7 Tage",
        troubles: "What is wrong" | "Was nicht stimmt",
        none: "nothing" | "nichts",
        more: "Further workspaces" | "Weitere Arbeitsbereiche",
    }
}
