//! What stands around every page, logging in, what was done, and what is wrong with fields.

pairs! {
    LayoutTexts {
        skip: "Skip to the content" | "Zum Inhalt springen",
        navigation: "Pages" | "Seiten",
        workspace: "Workspace" | "Arbeitsbereich",
        all_workspaces: "All workspaces" | "Alle Arbeitsbereiche",
        role_default: "Member" | "Mitglied",
        role_manager: "Manager" | "Manager",
        role_admin: "Admin" | "Admin",
        other_language: "Deutsch" | "English",
        other_language_tag: "de" | "en",
        log_out: "Log out" | "Abmelden",
        choose_workspace: "of which workspace?" | "welches Arbeitsbereichs?",
    }
}

pairs! {
    LoginTexts {
        title: "Log in" | "Anmelden",
        hint: "With your AnythingLLM account." | "Mit Ihrem AnythingLLM-Konto.",
        username: "Name" | "Name",
        password: "Password" | "Passwort",
        log_in: "Log in" | "Anmelden",
        refused: "Name or password is wrong." | "Name oder Passwort ist falsch.",
        suspended: "This account is suspended in AnythingLLM. An admin can change that there."
            | "Dieses Konto ist in AnythingLLM gesperrt. Ein Admin kann das dort ändern.",
        throttled: "Too many attempts. Try again in {seconds} s."
            | "Zu viele Versuche. Versuchen Sie es in {seconds} s noch einmal.",
        unavailable: "Logging in does not work at the moment. Try again shortly."
            | "Das Anmelden geht im Moment nicht. Versuchen Sie es gleich noch einmal.",
        logged_out: "You are logged out." | "Sie sind abgemeldet.",
        unsent: "Your session was over, so what you sent was not saved. Log in: you get back to the page, and what \
             you typed is put in again where the browser has kept it."
            | "Ihre Sitzung war zu Ende; was Sie gesendet haben, ist nicht gespeichert. Melden Sie sich an: Sie \
             kommen zurück auf die Seite, und was Sie geschrieben haben, steht wieder da, soweit der Browser es \
             behalten hat.",
        recovery_title: "Keep your recovery codes" | "Bewahren Sie Ihre Wiederherstellungscodes auf",
        recovery_codes: "They let you back in if you forget your password. They are shown this once."
            | "Mit ihnen kommen Sie wieder hinein, wenn Sie Ihr Passwort vergessen. Sie werden nur dieses eine Mal \
             gezeigt.",
        go_on: "I have kept them: go on" | "Ich habe sie aufbewahrt: weiter",
    }
}

pairs! {
    CommonTexts {
        search: "Search" | "Suchen",
        save: "Save" | "Speichern",
        cancel: "Cancel" | "Abbrechen",
        copy: "Copy" | "Kopieren",
        copied: "Copied" | "Kopiert",
        never: "never" | "nie",
        more: "More" | "Mehr",
    }
}

pairs! {
    /// By the code of a field's fault.
    FaultTexts {
        summary_of_question: "This cannot be shown: please look at these fields."
            | "So geht es nicht: Bitte sehen Sie diese Felder an.",
        entry: "entry {}" | "Eintrag {}",
        summary: "Nothing was saved yet: please look at these fields."
            | "Noch ist nichts gespeichert: Bitte sehen Sie diese Felder an.",
        required: "must be given" | "muss angegeben werden",
        unknown: "is not known" | "ist nicht bekannt",
        kind: "is of the wrong kind" | "ist von der falschen Art",
        too_long: "is too long" | "ist zu lang",
        too_short: "is too short" | "ist zu kurz",
        out_of_range: "is out of range" | "liegt außerhalb des Erlaubten",
        format: "is not written as it must be" | "ist nicht so geschrieben, wie es sein muss",
        conflict: "does not go with the rest" | "passt nicht zum Übrigen",
        exceeds: "is more than you may give" | "ist mehr, als Sie geben dürfen",
    }
}
