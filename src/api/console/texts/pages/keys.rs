//! Keys, and the fields of a key.

pairs! {
    KeysTexts {
        title: "Keys" | "Schlüssel",
        make: "Make a key" | "Schlüssel anlegen",
        name: "Name" | "Name",
        workspace: "Workspace" | "Arbeitsbereich",
        kind: "Kind" | "Art",
        publishable: "publishable" | "öffentlich",
        secret: "secret" | "geheim",
        live: "live" | "live",
        test: "test" | "Test",
        status: "State" | "Zustand",
        active: "active" | "aktiv",
        disabled: "switched off" | "abgeschaltet",
        expired: "expired" | "abgelaufen",
        revoked: "revoked" | "widerrufen",
        last_used: "Last use" | "Zuletzt benutzt",
        last_24_hours: "24 hours" | "24 Stunden",
        requests_24_hours: "{count} requests in the last 24 hours" | "{count} Anfragen in den letzten 24 Stunden",
        search_hint: "A part of the name, the beginning of the public id, or the last four characters"
            | "Ein Teil des Namens, der Anfang der öffentlichen Kennung oder die letzten vier Zeichen",
        every_status: "Every state" | "Jeder Zustand",
        every_kind: "Both kinds" | "Beide Arten",
        empty_title: "There are no keys yet" | "Es gibt noch keine Schlüssel",
        empty_what: "A shop's pages need a publishable key to show the chat; a shop's server needs a secret one. Make \
             the first key, and paste what you get into the shop's pages."
            | "Die Seiten eines Shops brauchen einen öffentlichen Schlüssel, um den Chat zu zeigen, sein Server \
             einen geheimen. Legen Sie den ersten Schlüssel an und fügen Sie das, was Sie bekommen, in die Seiten \
             des Shops ein.",
        none_found: "No key is like that." | "So einen Schlüssel gibt es nicht.",
        all_workspaces: "all" | "alle",
        caption: "Keys, in the order they were made" | "Schlüssel in der Reihenfolge, in der sie angelegt wurden",
        made_title: "The key is made" | "Der Schlüssel ist angelegt",
        made_once: "This is the only time the key is shown. Copy it now: it is not kept and cannot be found out again."
            | "Nur dieses eine Mal wird der Schlüssel gezeigt. Kopieren Sie ihn jetzt: Er wird nicht aufbewahrt \
             und lässt sich nicht mehr herausfinden.",
        made_go_on: "I have copied it: go on" | "Ich habe ihn kopiert: weiter",
        snippet_title: "What to paste into the shop's pages" | "Was in die Seiten des Shops gehört",
        snippet_not_working: "This key asks for visitor tokens, which AnythingLLM's own widget cannot get."
            | "Dieser Schlüssel verlangt Besuchertoken, die sich das Widget von AnythingLLM nicht holen kann.",
        snippet_pinned: "HTML, this version of the widget only" | "HTML, nur diese Fassung des Widgets",
        about: "About it" | "Über ihn",
        public_id: "Public id" | "Öffentliche Kennung",
        expires: "Ends" | "Endet",
        created: "Made" | "Angelegt",
        limits_title: "Limits, and what is left" | "Grenzen und was davon übrig ist",
        limit: "Limit" | "Grenze",
        at_most: "At most" | "Höchstens",
        left: "Left" | "Übrig",
        left_at_once: "{left} of {burst} at once" | "{left} von {burst} auf einmal",
        of_each: "of each" | "für jeden",
        streams: "Streams at the same time" | "Gleichzeitige Antworten",
        anew: "anew" | "neu",
        seen_title: "Where it was used in the last 31 days" | "Wo er in den letzten 31 Tagen benutzt wurde",
        seen_nowhere: "Nowhere yet. Once a page with the snippet was opened, its address stands here, also if it was refused."
            | "Noch nirgends. Sobald eine Seite mit dem Code geöffnet wurde, steht ihre Adresse hier, auch wenn \
             sie abgewiesen wurde.",
        origin: "Origin" | "Herkunft",
        first_seen: "First" | "Zuerst",
        last_seen: "Last" | "Zuletzt",
        requests: "Requests" | "Anfragen",
        refused: "Refused" | "Abgewiesen",
        change_title: "Change it" | "Ändern",
        replaced: "Another key has taken over from this one:" | "Ein anderer Schlüssel hat diesen abgelöst:",
        replaced_by: "the new key" | "der neue Schlüssel",
        grace_until: "This one works until" | "Dieser gilt bis",
        grace_over: "Its grace is over." | "Seine Frist ist vorbei.",
        grace_waits: "Its grace begins with the first use of the new key."
            | "Seine Frist beginnt mit der ersten Benutzung des neuen.",
        still_used: "In the last 24 hours it was still used for {count} requests."
            | "In den letzten 24 Stunden wurde er noch für {count} Anfragen benutzt.",
        took_over: "This key has taken over from" | "Dieser Schlüssel hat abgelöst:",
        took_over_from: "an earlier one" | "einen früheren",
        revoked_on: "Revoked on" | "Widerrufen am",
        tried: "With this list, of {requests} requests of the last {days} days {refused} that pass now would be \
             refused, and {allowed} that are refused now would pass. Nothing is saved yet."
            | "Mit dieser Liste würden von {requests} Anfragen der letzten {days} Tage {refused} abgewiesen, die \
             jetzt durchkommen, und {allowed} kämen durch, die jetzt abgewiesen werden. Noch ist nichts \
             gespeichert.",
        newly_allowed: "would pass" | "käme durch",
        newly_refused: "would be refused" | "würde abgewiesen",
        try_origins: "Try this list before saving" | "Diese Liste vor dem Speichern erproben",
        rotate_title: "Rotate it" | "Erneuern",
        rotate_what: "A new key like this one takes over. The old one works on for a while, so that nothing stops while \
             you put the new one in its place."
            | "Ein neuer Schlüssel wie dieser löst ihn ab. Der alte gilt noch eine Weile, damit nichts stehen \
             bleibt, während Sie den neuen an seine Stelle setzen.",
        rotate: "Make the new key" | "Neuen Schlüssel anlegen",
        grace_from: "The old one's time begins" | "Die Frist des alten beginnt",
        grace_first_use: "with the first use of the new key" | "mit der ersten Benutzung des neuen",
        grace_now: "now" | "jetzt",
        grace: "The old one works on for" | "Der alte gilt noch",
        grace_none: "no time at all" | "gar nicht mehr",
        grace_hour: "an hour" | "eine Stunde",
        grace_day: "a day" | "einen Tag",
        grace_week: "a week" | "eine Woche",
        enable_title: "Switch it on" | "Einschalten",
        enable_what: "It is refused at present. Switched on, it works again at once."
            | "Zurzeit wird er abgewiesen. Eingeschaltet gilt er sofort wieder.",
        enable: "Switch on" | "Einschalten",
        disable_title: "Switch it off" | "Abschalten",
        disable_what: "It is refused from then on, within a quarter of a second and everywhere. It can be switched on again."
            | "Er wird dann abgewiesen, überall und binnen einer Viertelsekunde. Er lässt sich wieder einschalten.",
        disable: "Switch off" | "Abschalten",
        revoke_title: "Revoke it for good" | "Endgültig widerrufen",
        revoke_what: "It is refused from then on, everywhere, and answers that are running are cut. It cannot be brought \
             back."
            | "Er wird dann überall abgewiesen, und laufende Antworten brechen ab. Er lässt sich nicht zurückholen.",
        revoke: "Revoke for good" | "Endgültig widerrufen",
        reason: "Why" | "Warum",
        reason_help: "For those who wonder later; it stands in the audit log."
            | "Für alle, die sich später wundern; es steht im Protokoll.",
    }
}

pairs! {
    /// The fields of a key, with their help.
    KeyFormTexts {
        new_publishable: "A key for a shop's pages" | "Ein Schlüssel für die Seiten eines Shops",
        new_secret: "A key for a shop's server" | "Ein Schlüssel für den Server eines Shops",
        publishable_what: "A publishable key stands in the shop's pages, where everybody can read it. It works only in the \
             pages you name."
            | "Ein öffentlicher Schlüssel steht in den Seiten des Shops, wo ihn alle lesen können. Er gilt nur in \
             den Seiten, die Sie nennen.",
        secret_what: "A secret key is for programs on a server and must never be in a page."
            | "Ein geheimer Schlüssel ist für Programme auf einem Server und darf nie in einer Seite stehen.",
        rather_publishable: "Make one for pages instead" | "Lieber einen für Seiten anlegen",
        rather_secret: "Make one for a server instead" | "Lieber einen für einen Server anlegen",
        every_workspace: "all workspaces" | "alle Arbeitsbereiche",
        workspace_help: "It answers for this workspace only." | "Er antwortet nur für diesen Arbeitsbereich.",
        env: "For" | "Für",
        env_help: "Only test keys work in pages of localhost." | "Nur Test-Schlüssel gelten in Seiten von localhost.",
        name: "Name" | "Name",
        name_help: "For people: where it is used." | "Für Menschen: wo er benutzt wird.",
        origins: "Pages it may be used in" | "Seiten, in denen er gilt",
        origins_help: "One origin a line: scheme and host, without a path."
            | "Je Zeile eine Herkunft: Schema und Host, ohne Pfad.",
        origin_rules: "How these are read" | "Wie sie gelesen werden",
        rule_exact: "this host and no other, with https only" | "dieser Host und kein anderer, nur mit https",
        rule_wildcard: "every host one or more levels below, but not shop.example itself"
            | "jeder Host eine oder mehrere Ebenen darunter, aber nicht shop.example selbst",
        rule_local: "a page on your own computer; for test keys only"
            | "eine Seite auf dem eigenen Rechner; nur für Test-Schlüssel",
        rule_honest: "The list keeps other people's web pages out. It does not keep programs out: those are bounded by \
             the limits below and by visitor tokens."
            | "Die Liste hält fremde Webseiten fern. Programme hält sie nicht fern: Die begrenzen die Grenzen \
             weiter unten und Besuchertoken.",
        null_origin: "Pages without an origin, too" | "Auch Seiten ohne Herkunft",
        null_origin_help: "Files opened from the disk, and frames in a sandbox. Anybody can make such a page."
            | "Dateien von der Festplatte und eingeschränkte Rahmen (iframe mit sandbox). So eine Seite kann jeder \
             machen.",
        app_origins: "The pages of apps, too" | "Auch die Seiten von Apps",
        app_origins_help: "Apps that show the chat in a web view." | "Apps, die den Chat in einer Web-Ansicht zeigen.",
        visitor_token: "Only with a visitor token" | "Nur mit einem Besuchertoken",
        visitor_token_help: "Browsers must trade the key for a token of their own first. Our widget does; AnythingLLM's cannot."
            | "Browser müssen den Schlüssel zuerst gegen eine eigene Marke tauschen. Unser Widget tut das, das von \
             AnythingLLM kann es nicht.",
        proof_of_work: "A visitor token costs a proof of work" | "Ein Besuchertoken kostet etwas Rechenarbeit",
        proof_of_work_help: "A little work for each browser, a lot for whoever wants many tokens."
            | "Wenig Arbeit für jeden Browser, viel für den, der viele Marken will.",
        ips: "Addresses it may be used from" | "Adressen, von denen er gilt",
        ips_help: "One address or network a line, such as 203.0.113.0/24; empty = any."
            | "Je Zeile eine Adresse oder ein Netz, etwa 203.0.113.0/24; leer = jede.",
        scopes: "What it may do" | "Was er darf",
        scopes_help: "Give it no more than it needs." | "Geben Sie ihm nicht mehr, als er braucht.",
        expires: "Ends on" | "Endet am",
        expires_help: "In UTC; empty = never." | "In UTC; leer = nie.",
        limits: "Limits" | "Grenzen",
        limits_help: "Empty = what is configured for all keys; quotas have none then."
            | "Leer = was für alle Schlüssel eingestellt ist; Kontingente gibt es dann keine.",
        per_minute: "Requests a minute" | "Anfragen in der Minute",
        burst: "Requests at once on top" | "Anfragen auf einmal obendrauf",
        per_ip_per_minute: "Requests a minute of one address" | "Anfragen in der Minute von einer Adresse",
        per_visitor_per_minute: "Questions a minute of one visitor" | "Fragen in der Minute von einem Besucher",
        max_streams: "Answers at the same time" | "Gleichzeitige Antworten",
        messages_per_day: "Questions a day" | "Fragen am Tag",
        messages_per_month: "Questions a month" | "Fragen im Monat",
        tokens_per_day: "Tokens a day" | "Token am Tag",
        tokens_per_month: "Tokens a month" | "Token im Monat",
        changed_meanwhile: "Somebody has changed this key since you opened it. What you typed is below; save again to put it \
             over theirs."
            | "Jemand hat diesen Schlüssel geändert, seit Sie ihn geöffnet haben. Was Sie geschrieben haben, steht \
             unten; speichern Sie noch einmal, um es darüber zu legen.",
    }
}
