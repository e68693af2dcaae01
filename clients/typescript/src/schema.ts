// Made by generate.mjs from docs/openapi.json. Do not edit.
export interface paths {
    "/.well-known/http-message-signatures-directory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys of signed requests
         * @description With `outbound.sign_requests` every request to a shop is signed (Web Bot Auth: RFC 9421,
         *     draft-ietf-webbotauth-httpsig-protocol), and names this address. The answer is signed by each key that is in it.
         *     Without the setting there is nothing here.
         */
        get: operations["stores.bot_keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/.well-known/jwks.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Public keys
         * @description A new key stands here before it signs. Keep the set for five minutes at most, and fetch it again for a `kid` that is
         *     not in it.
         */
        get: operations["auth.keys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List changes
         * @description The newest first. Entries cannot be altered, not even in the database.
         */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in
         * @description An unknown name and a wrong password get the same answer after the same time. Failed logins make the next one wait
         *     longer.
         */
        post: operations["auth.login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log out */
        post: operations["auth.logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** See who one is */
        get: operations["auth.me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stay logged in
         * @description Every refresh token works once. If the answer was lost, the same token gives the same answer again; so do tokens
         *     that other tabs of a browser have traded a few seconds ago. A token that was traded long ago ends the session,
         *     because somebody has a copy.
         */
        post: operations["auth.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions
         * @description Those that are not over, the newest first.
         */
        get: operations["auth.sessions.list"];
        put?: never;
        post?: never;
        /**
         * End all sessions
         * @description One's own, with the one that asks, or another user's.
         */
        delete: operations["auth.sessions.end_all"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session */
        delete: operations["auth.sessions.end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/ui-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open AnythingLLM signed in
         * @description It works once, for a few minutes, and ends an earlier one of the same user. The session it begins is AnythingLLM's
         *     own: logging out here does not end it.
         */
        post: operations["auth.ui_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a question
         * @description Answers as one JSON document or, with `"stream": true` or `Accept: text/event-stream`, as server-sent events:
         *
         *     | event | data |
         *     |---|---|
         *     | `start` | `id`, `session_id`, `workspace`; once, first |
         *     | `delta` | `text`; with `"kind": "reasoning"` it is the model thinking aloud, not the answer |
         *     | `sources` | `sources`; at most once |
         *     | `done` | `usage`, `refused`, `ai_generated`, `cached` if the answer is one that was kept, and `handover` if a person is to be offered; once, last, if all went well |
         *     | `error` | a problem document; once, last, if not |
         *
         *     A comment line comes at least every 15 seconds of silence. Closing the connection stops the answer.
         */
        post: operations["chat.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List conversations
         * @description A visitor's by visitor, an identified customer's on whatever device, a user's by user, a secret key's by key. A
         *     publishable key alone gets none: what keeps its shoppers apart is that they do not know each other's.
         */
        get: operations["conversations.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description In the order they were made; a key that is bound to a workspace sees that workspace's.
         */
        get: operations["keys.list"];
        put?: never;
        /**
         * Make a key
         * @description The answer is the only one that has the key itself. Nobody can make a key that may do more than they may.
         */
        post: operations["keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a key
         * @description Everything about it but the key itself.
         */
        get: operations["keys.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a key
         * @description A JSON Merge Patch; kind, environment and workspace stay. Every replica follows within 250 ms. With `If-Match` only
         *     if the key is still as it was read.
         */
        patch: operations["keys.change"];
        trace?: never;
    };
    "/api/v1/keys/{id}/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a key's limits and what is left
         * @description Its own, or the configured ones where it has none, and what is left of them.
         */
        get: operations["keys.limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/origins/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try another list of origins on the last days' traffic
         * @description On the traffic of today and the days before; nothing is changed.
         */
        post: operations["keys.preview_origins"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke a key
         * @description For good: every replica refuses it within 250 ms and cuts its running streams within a second. A key that is revoked
         *     already stays as it is.
         */
        post: operations["keys.revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate a key
         * @description Makes a new key like it. The old one works on for the grace, never beyond its own expiry: from now, or from the
         *     first use of the new one. A key that is revoked, expired or rotated already cannot be rotated.
         */
        post: operations["keys.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/snippet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show what to paste into a shop's pages
         * @description For plain HTML, a Shopify theme and WooCommerce. The key itself is not kept, so it has to be put in. Our widget's look
         *     is that of the key's workspace; `html_pinned` loads this version of it and no other, which the browser makes sure of.
         */
        get: operations["keys.snippet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a key's usage
         * @description As `GET /api/v1/usage` with `key`. Also of a key that is revoked.
         */
        get: operations["usage.key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search the documents
         * @description No LLM is called. The passages are those a chat with the same words would rest on.
         */
        post: operations["knowledge.query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a conversation
         * @description Only the caller's own conversations: one that does not exist, or is not the caller's, is empty. Pages begin with the
         *     newest messages; within a page the newest stands last.
         */
        get: operations["messages.list"];
        put?: never;
        post?: never;
        /**
         * Start a conversation anew
         * @description The same session id then names a new, empty conversation. Nothing happens when there is none.
         */
        delete: operations["messages.reset"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/messages/{id}/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say whether an answer was good
         * @description By whoever had the answer, by its `id`: of the answer, of the event `start`, of the frames of AnythingLLM's widget
         *     or of the conversation's history. The same once more changes nothing, another one takes its place. A refusal has no
         *     id in a history that can be used here.
         */
        post: operations["feedback.give"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["docs.openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/privacy/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase what was said
         * @description Of a visitor, of a customer, in a conversation, or in all that ended before a time: transcripts, notes, feedback,
         *     answers kept for repetition, whose usage it was, and what AnythingLLM has stored, which is read back until nothing
         *     is found. It is worked on behind the request; look at the receipt until `status` is `done`.
         */
        post: operations["privacy.erase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/privacy/erasures/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show an erasure's receipt
         * @description How far it is, and in the end the receipt.
         */
        get: operations["privacy.erasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show usage
         * @description Of the tenant, or of the workspace that the key is bound to. Every request that ended more than about a second ago
         *     is counted.
         */
        get: operations["usage.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a challenge for a proof of work
         * @description For keys that ask for a proof of work: ALTCHA's client (version 1 of its protocol) finds the number and encodes the
         *     solution, which goes into `proof` of `POST /api/v1/widget/session`. Each is good for one token, for this key, for
         *     minutes.
         */
        get: operations["widget.challenge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a widget's settings
         * @description Branding, greeting, disclosure, privacy, hours and hand-off, in the language that is asked for, that the browser
         *     prefers, or else in the shop's own. May be kept for as long as `Cache-Control` says; `ETag` spares the rest.
         */
        get: operations["widget.config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a conversation over to people
         * @description What the shopper writes is in the workspace's inbox, with how they are reached, and webhooks that chose
         *     `conversation.handed_over` are told. Where `support.handoff_mode` is `contact_form` or `webhook`; 404 elsewhere. The
         *     same words once more in a conversation are the same hand-over (200): whoever got no answer sends it again.
         */
        post: operations["widget.handover"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/widget/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get or renew a visitor token
         * @description A page trades its publishable key for a visitor token, which is bound to key, workspace, origin and visitor and
         *     lives for minutes. With a visitor token instead of the key it is renewed, for the same visitor and no longer than a
         *     session may last.
         */
        post: operations["widget.session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List workspaces
         * @description All of the tenant, in the order they were made; a key that is bound to a workspace sees its own. What AnythingLLM
         *     has is not looked at.
         */
        get: operations["workspaces.list"];
        put?: never;
        /**
         * Make a workspace
         * @description Here and in AnythingLLM, with the defaults of its platform where nothing is given. A workspace that AnythingLLM has
         *     already is adopted by its `upstream_slug`. After a failure the same request again does the rest.
         */
        post: operations["workspaces.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a workspace
         * @description With what was changed in AnythingLLM since.
         */
        get: operations["workspaces.show"];
        put?: never;
        post?: never;
        /**
         * Put a workspace away, or remove it
         * @description Put away, its keys stop within 250 ms and everything else stays; a change of its status brings it back. With
         *     `purge=true` it is removed for good, here and in AnythingLLM, with its keys, its conversations and the documents that
         *     were made of its catalogue. Documents that somebody else made stay. While a large catalogue is being removed the
         *     answer is 202; the same request again tells how far it is.
         */
        delete: operations["workspaces.remove"];
        options?: never;
        head?: never;
        /**
         * Change a workspace
         * @description A JSON Merge Patch. Settings that AnythingLLM knows too are written there first and read back; if that fails,
         *     nothing is changed here. Running replicas follow within 250 ms. Where hand-overs are sent (`support.webhook_url`) is
         *     said by whoever may read them, with `conversations:read`, and by no key with an end or addresses of its own.
         */
        patch: operations["workspaces.change"];
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what shoppers asked
         * @description The conversation in which something was said last first. With several filters, one question or one hand-over of the
         *     conversation must be all of that. Where the workspace keeps no transcripts, `q` finds hand-overs only.
         */
        get: operations["transcripts.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/conversations/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export transcripts
         * @description One line a question, the newest first, with the filters of the list. CSV for spreadsheets, or JSON lines. That it
         *     was taken stands in the audit log.
         */
        get: operations["transcripts.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a transcript
         * @description That it was read stands in the audit log. Where the workspace keeps no transcripts, how its questions ended.
         */
        get: operations["transcripts.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Note something of a conversation
         * @description A JSON Merge Patch of `solved` and `note`. The audit log says that it was noted, and not what the note says.
         */
        patch: operations["transcripts.mark"];
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List documents
         * @description Not those of the catalogue, nor what was put into AnythingLLM in another way.
         */
        get: operations["documents.list"];
        put?: never;
        /**
         * Write a document
         * @description It is embedded in the workspace before the answer, so that the next question finds it; kept answers are forgotten.
         *     The same words once more are the document that is there.
         */
        post: operations["documents.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/documents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a document
         * @description From the workspace and from AnythingLLM altogether.
         */
        delete: operations["documents.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List questions without a good answer
         * @description Questions that were refused or disliked, those of the same words together, the most frequent first. Not those that
         *     staff asked in the playground, nor what staff has dealt with, until it is asked again. Nothing where the workspace
         *     keeps no transcripts.
         */
        get: operations["transcripts.gaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/gaps/{id}/settle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mark a gap as dealt with
         * @description By the question that it is shown by; those of the same words are meant, all that were asked until now. It is listed
         *     again once somebody asks it again, and then only what was asked since then is counted. Doing it twice is doing it once.
         *     It stands in the audit log, without the words.
         */
        post: operations["transcripts.settle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how visitors are identified */
        get: operations["identity.show"];
        /**
         * Switch identified visitors on or off
         * @description Needs a secret. Switched off, tokens of identified visitors count no more; enforced, tokens of anonymous ones do
         *     not. A key with an end or addresses of its own can only make it narrower.
         */
        put: operations["identity.put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/identity/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new identity secret
         * @description It is told once. The one before it counts for another day, or for as long as `grace_seconds` says. Customers stay
         *     who they are. The secret is good for ever and from anywhere, so a key with an end or addresses of its own gets none.
         */
        post: operations["identity.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List members
         * @description AnythingLLM's own assignments. Managers and admins reach every workspace, whether they are in this list or not.
         */
        get: operations["members.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/members/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add a member
         * @description Takes effect with the user's next request. The same again changes nothing. A key with an end,
         *     addresses or a quota of its own assigns none: the user would have neither.
         */
        put: operations["members.add"];
        post?: never;
        /**
         * Remove a member
         * @description A user with the role `default` is let in no more from now on. Managers and admins still reach it.
         */
        delete: operations["members.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the store connection
         * @description Of the credentials only their type, a hint and their end are shown. The `ETag` stands for what can be set; checks do
         *     not change it.
         */
        get: operations["stores.show"];
        /**
         * Connect a shop
         * @description The whole connection is written: a field that is left out gets its default. Only `credentials` stay as they are when
         *     left out; `null` removes them. Stored credentials are for one platform and one host: with another, they must be
         *     given anew. `If-Match` is honoured.
         */
        put: operations["stores.put"];
        post?: never;
        /**
         * Disconnect the shop
         * @description The documents that were made of the shop's products are removed with it, those that somebody else made stay. While
         *     they are being removed the answer is 202; the same request again tells how far it is. `If-Match` is honoured.
         */
        delete: operations["stores.delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the store connection
         * @description Makes the smallest request that shows whether products can be read. What is wrong with the shop or its credentials
         *     is an answer with status 200: `status` and `code` are for programs, `message` is for people. The finding is kept
         *     with the connection. A connection can be checked every five seconds.
         */
        post: operations["stores.check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List syncs
         * @description The newest first.
         */
        get: operations["catalog.runs.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a sync
         * @description With what went wrong with single records and products.
         */
        get: operations["catalog.runs.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a sync
         * @description What it has embedded stays. A running one ends within seconds; one that is over stays as it is.
         */
        post: operations["catalog.runs.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/runs/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a sync's report
         * @description What became of each record and product, and where it stands in the feed: of the last five syncs.
         */
        get: operations["catalog.runs.report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/store/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a sync
         * @description Reads the feed of the workspace's store connection and brings the workspace's documents to what it says. Works in
         *     the background; the answer is the run, to be looked at again. One runs at a time. With `dry_run` nothing is
         *     changed: the run and its report say what would be.
         */
        post: operations["catalog.sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Settle differences with AnythingLLM
         * @description Takes one side's settings. With `vestibule`, a workspace that was deleted in AnythingLLM is made again, without its
         *     documents.
         */
        post: operations["workspaces.sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/visitor-tokens/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End all visitor tokens
         * @description They are refused on every replica as soon as it has been told, and running streams are cut. Pages get new ones with
         *     their keys; conversations stay.
         */
        post: operations["visitor_tokens.revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description In the order they were made; a workspace has ten at most.
         */
        get: operations["webhooks.list"];
        put?: never;
        /**
         * Make a webhook
         * @description The answer is the only one that has its secret, with which messages are signed as Standard Webhooks says.
         */
        post: operations["webhooks.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show a webhook
         * @description Everything about it but its secret.
         */
        get: operations["webhooks.show"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook
         * @description With its messages, also those that were not delivered.
         */
        delete: operations["webhooks.delete"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description What is absent stays. Switched on again after Vestibule had switched it off, it gets what waited. With `If-Match`
         *     only if it is still as it was read.
         */
        patch: operations["webhooks.change"];
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List messages to a webhook
         * @description Newest first, of the last 30 days, with what came of each.
         */
        get: operations["webhooks.deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message once more
         * @description As it was, with the id it had, whatever came of it before.
         */
        post: operations["webhooks.replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks/{id}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new secret
         * @description It is told once. Messages are signed with both for another day, or for as long as `grace_seconds` says.
         */
        post: operations["webhooks.rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workspaces/{slug}/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a webhook out
         * @description An event `webhook.test`, also to a webhook that is off. What came of it is in the list of its messages.
         */
        post: operations["webhooks.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the gateway runs */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What the widget does outside business hours.
         * @enum {string}
         */
        AfterHours: "chat" | "contact_form" | "hide";
        /** @description Who made a change. */
        AuditActor: {
            /**
             * @description A user's number in AnythingLLM, or a key's public id.
             * @example 7
             */
            id: string;
            /**
             * @description `user`, `api_key`, `system` or `cli`.
             * @example user
             */
            kind: string;
            /** @description Its name at that time. */
            name: string;
        };
        /** @description A change. */
        AuditEntry: {
            /**
             * @description What was done.
             * @example workspace.updated
             */
            action: string;
            /** @description Who. */
            actor: components["schemas"]["AuditActor"];
            /** @description The same values as they are now. */
            after: Record<string, never> | null;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description The values that are different afterwards, as they were; secrets are `[redacted]`. */
            before: Record<string, never> | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description The neighbourhood of the address it came from.
             * @example 203.0.113.0/24
             */
            ip_prefix: string | null;
            /** @description The request it came with. */
            request_id: string | null;
            /**
             * @description What it was done to.
             * @example workspace:alpine-store
             */
            target: string;
        };
        /** @description A page of the audit log. */
        AuditPage: {
            /** @description Newest first. */
            data: components["schemas"]["AuditEntry"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description A public key (RFC 8037 section 2). */
        BotKey: {
            /**
             * @description `Ed25519`
             * @example Ed25519
             */
            crv: string;
            /** @description Its thumbprint (RFC 7638): the `keyid` of signatures. */
            kid: string;
            /**
             * @description `OKP`
             * @example OKP
             */
            kty: string;
            /**
             * @description `sig`
             * @example sig
             */
            use: string;
            /** @description The key, in base64url. */
            x: string;
        };
        /** @description Public keys of signed requests. */
        BotKeySet: {
            keys: components["schemas"]["BotKey"][];
        };
        /** @description [`BusinessHours`] as JSON has them. */
        BusinessHours: {
            /** @description Dates on which other hours apply. */
            exceptions: components["schemas"]["BusinessHoursException"][];
            /** @description An IANA name; none = the workspace's time zone. */
            timezone: string | null;
            /** @description Intervals of each week, in any order. One past midnight is two: until `24:00`, and from `00:00`. */
            weekly: components["schemas"]["Weekly"][];
        };
        /** @description Other hours on one date. */
        BusinessHoursException: {
            /** @description `YYYY-MM-DD`. */
            date: string;
            /** @description None = closed all day. */
            intervals: components["schemas"]["Interval"][];
            /** @description Why, for people. */
            label: string | null;
        };
        /** @description Other hours on one date. */
        BusinessHoursExceptionInput: {
            /** @description `YYYY-MM-DD`. */
            date: string;
            /**
             * @description None = closed all day.
             * @default []
             */
            intervals?: components["schemas"]["IntervalInput"][];
            /** @description Why, for people. */
            label?: string | null;
        };
        /** @description [`BusinessHours`] as JSON has them. */
        BusinessHoursInput: {
            /**
             * @description Dates on which other hours apply.
             * @default []
             */
            exceptions?: components["schemas"]["BusinessHoursExceptionInput"][];
            /**
             * @description An IANA name; none = the workspace's time zone.
             * @default null
             */
            timezone?: string | null;
            /**
             * @description Intervals of each week, in any order. One past midnight is two: until `24:00`, and from `00:00`.
             * @default []
             */
            weekly?: components["schemas"]["WeeklyInput"][];
        };
        /**
         * @description What a product card shows.
         * @enum {string}
         */
        CardField: "title" | "image" | "price" | "sale_price" | "availability" | "rating" | "brand" | "variant" | "sku" | "url";
        /** @description An answer. */
        ChatAnswer: {
            /**
             * @description A model has written `answer`. False for a refusal, which is the shop's own sentence.
             * @example true
             */
            ai_generated: boolean;
            /**
             * @description The answer, without the model's reasoning. Words of a model: show them as text, not as markup.
             * @example You can return unused goods within 30 days of delivery.
             */
            answer: string;
            /** @description There and true if the answer is one that was kept: no model was asked. */
            cached?: boolean;
            /**
             * Format: date-time
             * @description When the question arrived.
             */
            created_at: string;
            /** @description There and true if a person is to be offered, as the workspace is set. */
            handover?: boolean;
            /**
             * Format: uuid
             * @description Id of this answer.
             */
            id: string;
            /** @description How the answer was found. */
            mode: components["schemas"]["ChatMode"];
            /** @description `query` mode found nothing relevant: `answer` is the workspace's sentence for that. */
            refused: boolean;
            /**
             * @description Names the conversation; send it with the next question.
             * @example order-4711
             */
            session_id: string;
            /** @description What the answer rests on. */
            sources: components["schemas"]["Source"][];
            /** @description What it took. */
            usage: components["schemas"]["Usage"];
            /**
             * @description Slug of the workspace that answered.
             * @example demo-shop
             */
            workspace: string;
        };
        /** @description A piece of the answer. */
        ChatDelta: {
            /**
             * @description The model thinks aloud: `text` is not of the answer.
             * @enum {string}
             */
            kind?: "reasoning";
            /** @description To be put behind what came before. */
            text: string;
        };
        /** @description Once, last, if all went well. */
        ChatDone: {
            /** @description A model has written it. False for a refusal, which is the shop's own sentence. */
            ai_generated: boolean;
            /** @description There and true if the answer is one that was kept: no model was asked. */
            cached?: boolean;
            /** @description There and true if a person is to be offered, as the workspace is set. */
            handover?: boolean;
            /** @description `query` mode found nothing relevant: the last text is the workspace's sentence for that. */
            refused: boolean;
            /** @description What it took. */
            usage: components["schemas"]["Usage"];
        };
        /**
         * @description How AnythingLLM answers. Its third mode, `automatic`, runs agents and is never sent
         *     (`upstream` recordings `chat/chat_automatic_mode`).
         * @enum {string}
         */
        ChatMode: "query" | "chat";
        /** @description A question. */
        ChatRequest: {
            /**
             * @description What is asked: 1 to the workspace's `max_message_chars` characters, 4000 unless set otherwise. Always plain text
             *     for the model: `@agent` and slash commands have no effect.
             * @example How long do I have to return an order?
             */
            message: string;
            mode?: null | components["schemas"]["ChatMode"];
            /**
             * @description Names the conversation within the API key. A new one is made and returned when it is missing; best left so,
             *     because then it cannot be guessed.
             * @example order-4711
             */
            session_id?: string | null;
            /** @description Answer with events while the answer is being written; so does `Accept: text/event-stream`. */
            stream?: boolean;
            visitor?: null | components["schemas"]["Visitor"];
            /**
             * @description Slug of a workspace: required for users and for keys of a whole tenant, else the key's.
             * @example demo-shop
             */
            workspace?: string | null;
        };
        /** @description At most once. */
        ChatSources: {
            /** @description What the answer rests on. */
            sources: components["schemas"]["Source"][];
        };
        /** @description Once, first. */
        ChatStart: {
            /**
             * Format: uuid
             * @description Id of this answer.
             */
            id: string;
            /** @description Names the conversation; send it with the next question. */
            session_id: string;
            /** @description Slug of the workspace that answers. */
            workspace: string;
        };
        /** @description An event of a streamed answer, by its name and what its `data` holds. */
        ChatStreamEvent: {
            data: components["schemas"]["ChatStart"];
            /** @enum {string} */
            event: "start";
        } | {
            data: components["schemas"]["ChatDelta"];
            /** @enum {string} */
            event: "delta";
        } | {
            data: components["schemas"]["ChatSources"];
            /** @enum {string} */
            event: "sources";
        } | {
            data: components["schemas"]["ChatDone"];
            /** @enum {string} */
            event: "done";
        } | {
            data: components["schemas"]["Problem"];
            /** @enum {string} */
            event: "error";
        };
        /** @description A conversation of the caller's. */
        Conversation: {
            /**
             * Format: date-time
             * @description When the last question was asked.
             */
            last_at: string;
            /**
             * Format: int32
             * @description Questions asked; a little behind while it goes on.
             * @example 3
             */
            messages: number;
            /**
             * @description Names it.
             * @example 019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77
             */
            session_id: string;
            /**
             * Format: date-time
             * @description When it was begun, or begun anew.
             */
            started_at: string;
        };
        /** @description A page of conversations. */
        ConversationPage: {
            /** @description The one begun last stands first. */
            data: components["schemas"]["Conversation"][];
            /** @description Whether there are older ones. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description An erasure: the order and, once it is finished, the receipt. */
        Erasure: {
            /**
             * Format: date-time
             * @description When it was ordered.
             */
            created_at: string;
            /**
             * @description Kind and id of who ordered it.
             * @example user:7
             */
            created_by: string;
            /**
             * Format: date-time
             * @description When it was finished.
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description The erasure.
             */
            id: string;
            /**
             * @description What kind of order it is: `visitor`, `subject`, `conversation` or `before`. Who it was is not kept.
             * @example visitor
             */
            kind: string;
            /** @description What no erasure reaches, and why. */
            out_of_reach: components["schemas"]["OutOfReach"][];
            /** @description What could not be removed, and why. The same order once more tries again. */
            remaining: string[];
            /** @description What was removed so far, by place. */
            removed: components["schemas"]["ErasureRemoved"];
            /** @description `queued`, `running`, `done`, or `incomplete`: `remaining` says what is left. */
            status: components["schemas"]["ErasureStatus"];
        };
        /** @description What was removed so far, by place. */
        ErasureRemoved: {
            /**
             * Format: int64
             * @description Conversations, with their transcripts, notes, feedback and kept first exchanges.
             * @example 12
             */
            conversations: number;
            /**
             * Format: int64
             * @description Questions with their answers in these transcripts.
             */
            exchanges: number;
            /**
             * Format: int64
             * @description What was written to people in them, with names and addresses.
             */
            handovers: number;
            /**
             * Format: int64
             * @description Answers that were kept to be repeated.
             */
            idempotent_answers: number;
            /**
             * Format: int64
             * @description Questions with their answers that were removed in AnythingLLM.
             */
            upstream_chats: number;
            /**
             * Format: int64
             * @description Conversations in AnythingLLM that were read back and are empty.
             */
            upstream_sessions: number;
            /**
             * Format: int64
             * @description Records of usage that do not say any more whose they are.
             */
            usage_events: number;
        };
        /** @description Whose words are to go: exactly one of the four. */
        ErasureRequest: {
            /**
             * Format: date-time
             * @description Every conversation in which nothing was said since (RFC 3339).
             */
            before?: string | null;
            /**
             * Format: uuid
             * @description A conversation, as the list of conversations names it.
             */
            conversation_id?: string | null;
            /**
             * @description A customer, as the shop calls them, or as a transcript shows them.
             * @example customer-4711
             */
            subject?: string | null;
            /** @description A visitor: the id that their browser has, or as a transcript shows them. */
            visitor_id?: string | null;
            /**
             * @description Slug of the workspace: required for users and for keys of a whole tenant, else the key's.
             * @example demo-shop
             */
            workspace?: string | null;
        };
        /**
         * @description How far an erasure is.
         * @enum {string}
         */
        ErasureStatus: "queued" | "running" | "done" | "incomplete";
        /**
         * @description What became of a question.
         * @enum {string}
         */
        ExchangeOutcome: "answered" | "refused" | "failed" | "left";
        /** @description What was kept. */
        Feedback: {
            /**
             * Format: uuid
             * @description The answer's id, as it was given.
             */
            id: string;
            /** @description Why; null, too, where the workspace keeps no transcripts. */
            reason: string | null;
            /** @description `up` or `down`. */
            value: components["schemas"]["Thumb"];
        };
        /** @description What a reader thinks of an answer. */
        FeedbackRequest: {
            /**
             * @description Why. Kept only where the workspace keeps transcripts.
             * @example The price is missing.
             */
            reason?: string | null;
            /** @description `up` or `down`. */
            value: components["schemas"]["Thumb"];
        };
        /** @description Questions of the same words. */
        Gap: {
            /**
             * Format: uuid
             * @description The conversation that the example is from.
             */
            conversation: string;
            /**
             * Format: int32
             * @description Those whose answer was disliked.
             */
            disliked: number;
            /**
             * @description The newest of them.
             * @example Do you ship to Austria?
             */
            example: string;
            /**
             * Format: date-time
             * @description When the first of them was asked.
             */
            first_at: string;
            /**
             * Format: uuid
             * @description The question that it is shown by, to settle it with.
             */
            id: string;
            /**
             * Format: date-time
             * @description When the newest was.
             */
            last_at: string;
            /** @description Their languages, as far as they are known. */
            locales: string[];
            /**
             * Format: int32
             * @description How many.
             * @example 12
             */
            questions: number;
            /**
             * Format: int32
             * @description Of them, those that the documents hold nothing about.
             */
            refused: number;
            /**
             * @description The words that they have in common, in the order of the alphabet.
             * @example austria do ship to you
             */
            words: string;
        };
        /** @description What was asked in vain. */
        GapList: {
            /** @description The most frequent first. */
            data: components["schemas"]["Gap"][];
            /** @description Whether there are more. */
            has_more: boolean;
        };
        /** @description Tokens. */
        Grant: {
            /** @description A JWT, for `Authorization: Bearer`. */
            access_token: string;
            /**
             * Format: int64
             * @description Seconds the access token lives.
             * @example 900
             */
            expires_in: number;
            /** @description With the first login of an account only: AnythingLLM's codes for a forgotten password. They are not shown again. */
            recovery_codes?: string[];
            /**
             * Format: int64
             * @description Seconds the refresh token can be used.
             * @example 604800
             */
            refresh_expires_in: number;
            /**
             * @description For the next refresh; replaces the one before.
             * @example vst_rt_…
             */
            refresh_token: string;
            /**
             * @description Always `Bearer`.
             * @example Bearer
             */
            token_type: string;
            /** @description Who it is. */
            user: components["schemas"]["User"];
        };
        /**
         * @description What happens when a shopper wants a person.
         * @enum {string}
         */
        HandoffMode: "off" | "contact_form" | "email" | "webhook" | "url";
        /** @description What was kept. */
        Handover: {
            /**
             * Format: date-time
             * @description When it was kept first.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Its id, as staff and webhooks see it.
             */
            id: string;
            /** @description The conversation, as it was named. */
            session_id: string;
        };
        /** @description How a shopper is reached, and what they were asked besides. As they wrote it: nothing of it was verified. */
        HandoverContact: {
            /** @description Whom they buy for. */
            company: string | null;
            /**
             * @description Their e-mail address.
             * @example mona@example.com
             */
            email: string | null;
            /**
             * @description What they are called.
             * @example Mona Muster
             */
            name: string | null;
            /**
             * @description The order that it is about.
             * @example 4711
             */
            order_number: string | null;
            /**
             * @description Their telephone number.
             * @example +49 30 123456
             */
            phone: string | null;
        };
        /** @description What a shopper writes to people. */
        HandoverRequest: {
            /** @description Whom they buy for. */
            company?: string | null;
            /** @description They agree that this is used to answer them. Must be true where the workspace asks for consent. */
            consent?: boolean;
            /**
             * @description Their e-mail address. This or `phone` is required.
             * @example mona@example.com
             */
            email?: string | null;
            /**
             * @description Their language.
             * @example de-AT
             */
            locale?: string | null;
            /**
             * @description What they want.
             * @example My order has not arrived yet.
             */
            message: string;
            /**
             * @description What they are called.
             * @example Mona Muster
             */
            name?: string | null;
            /**
             * @description The order that it is about.
             * @example 4711
             */
            order_number?: string | null;
            /**
             * @description Their telephone number, as they write it.
             * @example +49 30 123456
             */
            phone?: string | null;
            /**
             * @description The conversation that it belongs to; one of this name is begun if there is none.
             * @example 019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77
             */
            session_id: string;
            /** @description Required for users and tenant-wide secret keys, else taken from the key. */
            workspace?: string | null;
        };
        /** @description What was said, the newest message last. */
        History: {
            /** @description Questions and answers in turn. */
            history: components["schemas"]["WidgetMessage"][];
        };
        /** @description Whether a shop says who its visitors are. */
        Identity: {
            /** @description Identity tokens are taken. */
            enabled: boolean;
            /** @description And without one nobody gets a visitor token. */
            enforced: boolean;
            secret: null | components["schemas"]["IdentitySecret"];
            /**
             * Format: date-time
             * @description When it was last switched; null if never.
             */
            switched_at: string | null;
            /** @description By whom. */
            switched_by: string | null;
            /**
             * Format: int32
             * @description Counts how often all visitor tokens were ended, from 1.
             */
            token_generation: number;
        };
        /** @description What may be shown of an identity secret. */
        IdentitySecret: {
            /**
             * @description Its last characters.
             * @example x8Qk
             */
            hint: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            made_at: string;
            /** @description By whom. */
            made_by: string;
            /**
             * Format: date-time
             * @description Until then the secret before it counts as well; null if it does not.
             */
            previous_expires_at: string | null;
        };
        /** @description How visitors are to be told apart. */
        IdentitySwitches: {
            /** @description Take identity tokens. */
            enabled: boolean;
            /** @description And let nobody in without one. */
            enforced: boolean;
        };
        /** @description An interval of a date. */
        Interval: {
            /** @description `HH:MM`, at most `24:00`. */
            closes: string;
            /** @description `HH:MM`. */
            opens: string;
        };
        /** @description An interval of a date. */
        IntervalInput: {
            /** @description `HH:MM`, at most `24:00`. */
            closes: string;
            /** @description `HH:MM`. */
            opens: string;
        };
        /** @description A key that was just made, with the key itself. */
        IssuedKey: {
            /** @description Any page may use it; said in the database only. */
            allow_any_origin: boolean;
            /**
             * @description The pages of apps made with Capacitor or Ionic may use a publishable key, too: `capacitor://localhost`,
             *     `ionic://localhost` and `https://localhost`. Of all such apps, whoever made them: these names are nobody's.
             */
            allow_app_origins: boolean;
            /** @description Pages without an origin may use a publishable key, too: local files, some web views, sandboxed frames. */
            allow_null_origin: boolean;
            /** @description The addresses a secret key may be used from, single or as networks (`192.0.2.0/24`); none = any. At most 100. */
            allowed_ips: string[];
            /**
             * @description The pages a publishable key may be used in, such as `https://shop.example` and `https://*.shop.example`. At most
             *     100, at least one.
             * @example [
             *       "https://shop.example"
             *     ]
             */
            allowed_origins: string[];
            /**
             * Format: date-time
             * @description When.
             */
            created_at: string;
            /**
             * @description Who made it.
             * @example user:7
             */
            created_by: string;
            /** @description Switched on. Off, it is refused until it is switched on again. */
            enabled: boolean;
            /**
             * @description `live` or `test`.
             * @example live
             */
            env: string;
            /**
             * Format: date-time
             * @description Refused from then on; null = never.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description The end of its grace, once another key has taken over.
             */
            grace_until: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description The key itself. It is shown this once and cannot be found out again.
             * @example vst_pk_test_…
             */
            key: string;
            /**
             * @description `publishable` or `secret`.
             * @example publishable
             */
            kind: string;
            /**
             * @description The last four characters of the key.
             * @example aB3x
             */
            last_four: string | null;
            /**
             * Format: date-time
             * @description Last use, to the minute.
             */
            last_used_at: string | null;
            /** @description Limits of its own; null = the configured ones. */
            limits: components["schemas"]["KeyLimits"];
            /**
             * @description For people.
             * @example Storefront
             */
            name: string;
            /** @description A visitor token costs the browser a proof of work. Needs `visitor_token: required`. */
            proof_of_work: boolean;
            /**
             * @description The part of the key that names it; stands in logs and usage.
             * @example 4fK9sQ2mZx01
             */
            public_id: string;
            /**
             * Format: uuid
             * @description Id of the key that takes over from it.
             */
            replaced_by: string | null;
            /** @description Why. */
            revoke_reason: string | null;
            /**
             * Format: date-time
             * @description Since when it is revoked.
             */
            revoked_at: string | null;
            /** @description By whom. */
            revoked_by: string | null;
            rotation: null | components["schemas"]["KeyRotation"];
            /**
             * @description What it may do; a publishable key only `chat:write`, `messages:read`, `knowledge:query` and `widget:read`. When
             *     absent, all of these; for a secret key everything that reads, and `chat:write`.
             * @example [
             *       "chat:write",
             *       "messages:read"
             *     ]
             */
            scopes: string[];
            /** @description What to paste into the shop's pages; for publishable keys. */
            snippet: string | null;
            /**
             * @description `active`, `disabled`, `expired` or `revoked`.
             * @example active
             */
            status: string;
            /**
             * Format: date-time
             * @description Its last change.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; also the `ETag`.
             */
            version: number;
            /**
             * @description Whether a publishable key works alone, or only for getting visitor tokens. `required` shuts out the unmodified
             *     widget of AnythingLLM, which cannot get one.
             * @example optional
             */
            visitor_token: string;
            /**
             * @description Slug of the workspace it is bound to; null = all of the tenant's.
             * @example demo-shop
             */
            workspace: string | null;
        };
        /** @description A webhook with its secret. */
        IssuedWebhook: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description Why Vestibule switched it off: `gone` (it answered 410) or `failing`; null if it did not. */
            disabled_because: string | null;
            enabled: boolean;
            /**
             * @description What it is told; see `docs/api/webhooks.md`.
             * @example [
             *       "key.quota_warning"
             *     ]
             */
            events: string[];
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until then messages are signed with the secret before the present one as well.
             */
            previous_secret_until: string | null;
            /**
             * Format: int32
             * @description The share of an hour's answers that find nothing, in percent, beyond which `answers.refused` is told.
             */
            refused_percent: number;
            /**
             * @description What messages are signed with. It is not shown again.
             * @example whsec_…
             */
            secret: string;
            /** Format: date-time */
            updated_at: string;
            /** @example https://hooks.shop.example/vestibule */
            url: string;
        };
        /** @description A key, without the key itself. */
        Key: {
            /** @description Any page may use it; said in the database only. */
            allow_any_origin: boolean;
            /**
             * @description The pages of apps made with Capacitor or Ionic may use a publishable key, too: `capacitor://localhost`,
             *     `ionic://localhost` and `https://localhost`. Of all such apps, whoever made them: these names are nobody's.
             */
            allow_app_origins: boolean;
            /** @description Pages without an origin may use a publishable key, too: local files, some web views, sandboxed frames. */
            allow_null_origin: boolean;
            /** @description The addresses a secret key may be used from, single or as networks (`192.0.2.0/24`); none = any. At most 100. */
            allowed_ips: string[];
            /**
             * @description The pages a publishable key may be used in, such as `https://shop.example` and `https://*.shop.example`. At most
             *     100, at least one.
             * @example [
             *       "https://shop.example"
             *     ]
             */
            allowed_origins: string[];
            /**
             * Format: date-time
             * @description When.
             */
            created_at: string;
            /**
             * @description Who made it.
             * @example user:7
             */
            created_by: string;
            /** @description Switched on. Off, it is refused until it is switched on again. */
            enabled: boolean;
            /**
             * @description `live` or `test`.
             * @example live
             */
            env: string;
            /**
             * Format: date-time
             * @description Refused from then on; null = never.
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description The end of its grace, once another key has taken over.
             */
            grace_until: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description `publishable` or `secret`.
             * @example publishable
             */
            kind: string;
            /**
             * @description The last four characters of the key.
             * @example aB3x
             */
            last_four: string | null;
            /**
             * Format: date-time
             * @description Last use, to the minute.
             */
            last_used_at: string | null;
            /** @description Limits of its own; null = the configured ones. */
            limits: components["schemas"]["KeyLimits"];
            /**
             * @description For people.
             * @example Storefront
             */
            name: string;
            /** @description A visitor token costs the browser a proof of work. Needs `visitor_token: required`. */
            proof_of_work: boolean;
            /**
             * @description The part of the key that names it; stands in logs and usage.
             * @example 4fK9sQ2mZx01
             */
            public_id: string;
            /**
             * Format: uuid
             * @description Id of the key that takes over from it.
             */
            replaced_by: string | null;
            /** @description Why. */
            revoke_reason: string | null;
            /**
             * Format: date-time
             * @description Since when it is revoked.
             */
            revoked_at: string | null;
            /** @description By whom. */
            revoked_by: string | null;
            rotation: null | components["schemas"]["KeyRotation"];
            /**
             * @description What it may do; a publishable key only `chat:write`, `messages:read`, `knowledge:query` and `widget:read`. When
             *     absent, all of these; for a secret key everything that reads, and `chat:write`.
             * @example [
             *       "chat:write",
             *       "messages:read"
             *     ]
             */
            scopes: string[];
            /**
             * @description `active`, `disabled`, `expired` or `revoked`.
             * @example active
             */
            status: string;
            /**
             * Format: date-time
             * @description Its last change.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Counts its changes; also the `ETag`.
             */
            version: number;
            /**
             * @description Whether a publishable key works alone, or only for getting visitor tokens. `required` shuts out the unmodified
             *     widget of AnythingLLM, which cannot get one.
             * @example optional
             */
            visitor_token: string;
            /**
             * @description Slug of the workspace it is bound to; null = all of the tenant's.
             * @example demo-shop
             */
            workspace: string | null;
        };
        /** @description Limits of one key; none = the configured default. Quotas count from midnight and from the first of the month, UTC. */
        KeyLimits: {
            /**
             * Format: int32
             * @description Requests at once on top of the steady rate.
             */
            burst: number | null;
            /**
             * Format: int32
             * @description Streams open at the same time.
             */
            max_streams: number | null;
            /**
             * Format: int32
             * @description Chats a calendar day (UTC).
             */
            messages_per_day: number | null;
            /**
             * Format: int32
             * @description Chats a calendar month (UTC).
             */
            messages_per_month: number | null;
            /**
             * Format: int32
             * @description Requests a minute of one IP address.
             */
            per_ip_per_minute: number | null;
            /**
             * Format: int32
             * @description Requests a minute over all its users.
             */
            per_minute: number | null;
            /**
             * Format: int32
             * @description Requests a minute of one visitor or session.
             */
            per_visitor_per_minute: number | null;
            /**
             * Format: int64
             * @description Tokens of prompts and answers a calendar day (UTC).
             */
            tokens_per_day: number | null;
            /**
             * Format: int64
             * @description Tokens of prompts and answers a calendar month (UTC).
             */
            tokens_per_month: number | null;
        };
        /** @description The limits in force for a key. */
        KeyLimitsInForce: {
            /**
             * @description The part of the key that names it.
             * @example 4fK9sQ2mZx01
             */
            public_id: string;
            /** @description Quotas that the key has; all replicas count together. */
            quotas: components["schemas"]["QuotaInForce"][];
            /** @description Rates, each with the name it has in the `RateLimit` headers. */
            rates: components["schemas"]["RateInForce"][];
            /** @description Streams at the same time. */
            streams: components["schemas"]["StreamsInForce"];
        };
        /** @description Limits of one key; none = the configured default. Quotas count from midnight and from the first of the month, UTC. */
        KeyLimitsInput: {
            /**
             * Format: int32
             * @description Requests at once on top of the steady rate.
             * @default null
             */
            burst?: number | null;
            /**
             * Format: int32
             * @description Streams open at the same time.
             * @default null
             */
            max_streams?: number | null;
            /**
             * Format: int32
             * @description Chats a calendar day (UTC).
             * @default null
             */
            messages_per_day?: number | null;
            /**
             * Format: int32
             * @description Chats a calendar month (UTC).
             * @default null
             */
            messages_per_month?: number | null;
            /**
             * Format: int32
             * @description Requests a minute of one IP address.
             * @default null
             */
            per_ip_per_minute?: number | null;
            /**
             * Format: int32
             * @description Requests a minute over all its users.
             * @default null
             */
            per_minute?: number | null;
            /**
             * Format: int32
             * @description Requests a minute of one visitor or session.
             * @default null
             */
            per_visitor_per_minute?: number | null;
            /**
             * Format: int64
             * @description Tokens of prompts and answers a calendar day (UTC).
             * @default null
             */
            tokens_per_day?: number | null;
            /**
             * Format: int64
             * @description Tokens of prompts and answers a calendar month (UTC).
             * @default null
             */
            tokens_per_month?: number | null;
        };
        /** @description A page of keys. */
        KeyPage: {
            /** @description The keys. */
            data: components["schemas"]["Key"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default. */
        KeyPatch: {
            /** @description The pages of apps, too. */
            allow_app_origins?: boolean | null;
            /** @description Pages without an origin, too. */
            allow_null_origin?: boolean | null;
            /** @description The addresses a secret key may be used from. */
            allowed_ips?: string[] | null;
            /** @description The pages a publishable key may be used in. */
            allowed_origins?: string[] | null;
            /** @description Switched on. */
            enabled?: boolean | null;
            /**
             * Format: date-time
             * @description Refused from then on.
             */
            expires_at?: string | null;
            limits?: null | components["schemas"]["KeyLimitsInput"];
            /** @description For people. */
            name?: string | null;
            /** @description A visitor token costs a proof of work. */
            proof_of_work?: boolean | null;
            /** @description What it may do. */
            scopes?: string[] | null;
            /** @description `required` or `optional`. */
            visitor_token?: string | null;
        };
        /** @description How a key took over from another. */
        KeyRotation: {
            /**
             * Format: uuid
             * @description Id of the key before.
             */
            from: string;
            /**
             * @description `now` or `first_use`.
             * @example now
             */
            grace_from: string;
            /** @description Whether that waits for the first use of this key. */
            grace_pending: boolean;
            /**
             * Format: int32
             * @description How long the key before works on.
             */
            grace_seconds: number;
        };
        /** @description A key set (RFC 7517 section 5). */
        KeySet: {
            keys: components["schemas"]["PublicKey"][];
        };
        /** @description What was found. */
        KnowledgeAnswer: {
            /** @description Best first. */
            results: components["schemas"]["KnowledgeResult"][];
            /**
             * Format: int64
             * @description Time the search took, in milliseconds.
             */
            took_ms: number;
            /**
             * @description The workspace that was searched.
             * @example demo-shop
             */
            workspace: string;
        };
        /** @description What to look for. */
        KnowledgeQuery: {
            /**
             * @description Words or a question.
             * @example cordless drill battery
             */
            query: string;
            /**
             * Format: float
             * @description Least similarity, 0 to 1; the workspace's setting when absent.
             */
            score_threshold?: number | null;
            /**
             * Format: int32
             * @description Passages at most, 1 to 20; the workspace's setting when absent.
             */
            top_n?: number | null;
            /** @description Required for users and tenant-wide secret keys, else taken from the key. */
            workspace?: string | null;
        };
        /** @description A passage. */
        KnowledgeResult: {
            /** @description Id of the passage or, with some vector databases, of its document. */
            id: string | null;
            /**
             * @description What the product costs now and whether it can be bought, if the passage is of a product's document.
             * @example Cordless drill NW-18 (product number NW-18): 149.00 EUR, in stock
             */
            offer: string | null;
            /** @description The product, as the shop's feed says it now. */
            product?: components["schemas"]["Product"];
            /** @description When it was published, as the document says. */
            published: string | null;
            /**
             * Format: double
             * @description Similarity, 0 to 1.
             * @example 0.83
             */
            score: number;
            /** @description What the document says of its origin. */
            source: string | null;
            /** @description The passage. */
            text: string;
            /** @description The document's title. */
            title: string | null;
            /** @description Address of the document, if it can be opened. */
            url: string | null;
            /**
             * Format: int64
             * @description Words in the document.
             */
            word_count: number | null;
        };
        /** @description Name and password of an AnythingLLM account. */
        LoginRequest: {
            /**
             * Format: password
             * @description As in AnythingLLM.
             */
            password: string;
            /**
             * @description As in AnythingLLM; upper and lower case differ.
             * @example jane
             */
            username: string;
        };
        /** @description The settings with what differs from AnythingLLM's. */
        ManagedSettings: {
            /**
             * @description The sentence that says that an AI answers; shown before the first message, unless `ai_disclosure_waiver` says why
             *     not.
             */
            ai_disclosure: string;
            /** @description Why shoppers are not told here that an AI answers: a written reason, kept in the audit log. Null = they are told. */
            ai_disclosure_waiver: string | null;
            /**
             * Format: int32
             * @description How long the answer to the first question of a conversation may be given to others who ask the same, in query mode,
             *     in seconds; 0 = not at all.
             */
            answer_cache_ttl_secs: number;
            /**
             * Format: int32
             * @description How long answers to knowledge queries may be kept, in seconds; 0 = not at all.
             */
            cache_ttl_secs: number;
            /** @description `query` answers only from the documents, `chat` also from the model's own knowledge. */
            chat_mode: components["schemas"]["ChatMode"];
            /** @description Whether the widget asks before the first message. */
            consent_required: boolean;
            /**
             * @description Where the shop sells (ISO 3166-1 alpha-2).
             * @example DE
             */
            country: string | null;
            /**
             * @description What prices are in (ISO 4217).
             * @example EUR
             */
            currency: string;
            /**
             * @description The language of shoppers whose own is not offered (BCP 47).
             * @example de-DE
             */
            default_locale: string;
            /** @description What was changed in AnythingLLM; empty when nothing was, null when nobody looked or could look. */
            drift: components["schemas"]["SettingDrift"][] | null;
            /**
             * Format: int32
             * @description Earlier pairs of question and answer that the model sees. Null leaves AnythingLLM's own setting.
             */
            history_messages: number | null;
            /** @description The languages offered besides; at most 50. */
            locales: string[];
            /**
             * Format: int32
             * @description Longest message, in characters.
             */
            max_message_chars: number;
            /**
             * Format: int32
             * @description A stream is ended after this many seconds.
             */
            max_stream_secs: number;
            /** @description Whether prices are shown with tax. */
            prices_include_tax: boolean;
            /** @description The page about privacy. */
            privacy_url: string | null;
            /** @description The system prompt; never shown to a client with a publishable key. Null leaves AnythingLLM's own setting. */
            prompt: string | null;
            /**
             * @description Whether e-mail addresses and the like are kept out of logs. Vestibule logs no texts at all; what works behind it
             *     can follow this.
             */
            redact_pii_in_logs: boolean;
            /** @description What query mode says when it finds nothing. Null leaves AnythingLLM's own setting. */
            refusal_message: string | null;
            /**
             * Format: int32
             * @description Days after which a conversation can no longer be read; null = never.
             */
            retention_days: number | null;
            /**
             * Format: double
             * @description Least similarity of a passage. Null leaves AnythingLLM's own setting.
             */
            score_threshold: number | null;
            /** @description Whether conversations may be read again, and their words are kept for those who run the shop to see. */
            store_transcripts: boolean;
            /**
             * Format: double
             * @description Randomness of the model. Null leaves AnythingLLM's own setting.
             */
            temperature: number | null;
            /**
             * @description The shop's time (IANA).
             * @example Europe/Berlin
             */
            timezone: string;
            /**
             * Format: int32
             * @description Passages put before the model. Null leaves AnythingLLM's own setting.
             */
            top_n: number | null;
        };
        /** @description A workspace. */
        ManagedWorkspace: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Whatever the shop keeps with it. */
            extra: Record<string, never>;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description For people.
             * @example Alpine Store
             */
            name: string;
            /** @description Whose defaults it was made with. */
            platform: components["schemas"]["PlatformName"];
            /** @description How it answers, its market, privacy. */
            settings: components["schemas"]["ManagedSettings"];
            /**
             * @description Its name in paths and in `workspace` fields.
             * @example alpine-store
             */
            slug: string;
            /** @description Only an active one answers. */
            status: components["schemas"]["WorkspaceStatus"];
            /** @description Hand-off to people and their hours. */
            support: components["schemas"]["SupportSettings"];
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
            /** @description Its other half. */
            upstream: components["schemas"]["UpstreamHalf"];
            /**
             * Format: int64
             * @description Counts changes; the entity tag.
             */
            version: number;
            /** @description How the chat looks. */
            widget: components["schemas"]["WidgetSettings"];
        };
        /** @description The user and their session. */
        Me: {
            /** @description The session of the access token. */
            session: components["schemas"]["Session"];
            /** @description Who it is. */
            user: components["schemas"]["User"];
        };
        /** @description A user whom the workspace is assigned to. */
        Member: {
            /**
             * Format: date-time
             * @description When the workspace was assigned, if AnythingLLM says so.
             */
            assigned_at: string | null;
            /**
             * @description `default`, `manager` or `admin`.
             * @example default
             */
            role: string;
            /** @description Whether the role reaches every workspace anyway, so that the assignment makes no difference. */
            sees_every_workspace: boolean;
            /**
             * Format: int64
             * @description AnythingLLM's number of the user.
             * @example 7
             */
            user_id: number;
            /**
             * @description The login name.
             * @example jane
             */
            username: string;
        };
        /** @description A page of members. */
        MemberPage: {
            /** @description By their numbers. */
            data: components["schemas"]["Member"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /** @description For the next page. */
            next_cursor: string | null;
        };
        /** @description One message. */
        Message: {
            /**
             * @description Whether a model has written it: true for all that the assistant said but refusals, which are the shop's own
             *     sentence.
             */
            ai_generated: boolean;
            /** @description The text. */
            content: string;
            /**
             * Format: date-time
             * @description When the exchange was stored.
             */
            created_at: string;
            /** @description Of answers: what the reader thinks of it, if they have said so. */
            feedback?: components["schemas"]["Thumb"];
            /**
             * Format: uuid
             * @description Stays the same.
             */
            id: string;
            /** @description Of answers: whether `query` mode found nothing relevant, so that `content` is the workspace's sentence for that. */
            refused?: boolean;
            /**
             * @description `user` or `assistant`.
             * @example assistant
             */
            role: string;
            /** @description What an answer rests on. */
            sources?: components["schemas"]["Source"][];
        };
        /** @description A page of a conversation. */
        MessagePage: {
            /** @description The messages, newest last. */
            data: components["schemas"]["Message"][];
            /** @description Whether there are older ones. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the page with the older ones.
             */
            next_cursor: string | null;
        };
        /** @description An amount of money. */
        Money: {
            /**
             * @description Decimal, with as many decimals as the currency has.
             * @example 149.00
             */
            amount: string;
            /**
             * @description ISO 4217.
             * @example EUR
             */
            currency: string;
        };
        /** @description A new identity secret. */
        NewIdentitySecret: {
            /**
             * @description Its last characters.
             * @example x8Qk
             */
            hint: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            made_at: string;
            /** @description By whom. */
            made_by: string;
            /**
             * Format: date-time
             * @description Until then the secret before it counts as well; null if it does not.
             */
            previous_expires_at: string | null;
            /**
             * @description The secret. It is not shown again.
             * @example vst_is_…
             */
            secret: string;
        };
        /** @description A key to be made. */
        NewKeyBody: {
            /**
             * @description The pages of apps made with Capacitor or Ionic may use a publishable key, too: `capacitor://localhost`,
             *     `ionic://localhost` and `https://localhost`. Of all such apps, whoever made them: these names are nobody's.
             * @default false
             */
            allow_app_origins?: boolean;
            /**
             * @description Pages without an origin may use a publishable key, too: local files, some web views, sandboxed frames.
             * @default false
             */
            allow_null_origin?: boolean;
            /**
             * @description The addresses a secret key may be used from, single or as networks (`192.0.2.0/24`); none = any. At most 100.
             * @default []
             */
            allowed_ips?: string[];
            /**
             * @description The pages a publishable key may be used in, such as `https://shop.example` and `https://*.shop.example`. At most
             *     100, at least one.
             * @default []
             * @example [
             *       "https://shop.example"
             *     ]
             */
            allowed_origins?: string[];
            /**
             * @description Switched on. Off, it is refused until it is switched on again.
             * @default true
             */
            enabled?: boolean;
            /**
             * @description `live` (default) or `test`; only test keys work in pages of `localhost`.
             * @example live
             */
            env?: string | null;
            /**
             * Format: date-time
             * @description Refused from then on; null = never.
             * @default null
             */
            expires_at?: string | null;
            /**
             * @description `publishable` for web pages, `secret` for servers.
             * @example publishable
             */
            kind: string;
            /**
             * @description Limits of its own; null = the configured ones.
             * @default {
             *       "burst": null,
             *       "max_streams": null,
             *       "messages_per_day": null,
             *       "messages_per_month": null,
             *       "per_ip_per_minute": null,
             *       "per_minute": null,
             *       "per_visitor_per_minute": null,
             *       "tokens_per_day": null,
             *       "tokens_per_month": null
             *     }
             */
            limits?: components["schemas"]["KeyLimitsInput"];
            /**
             * @description For people.
             * @default
             * @example Storefront
             */
            name?: string;
            /**
             * @description A visitor token costs the browser a proof of work. Needs `visitor_token: required`.
             * @default false
             */
            proof_of_work?: boolean;
            /**
             * @description What it may do; a publishable key only `chat:write`, `messages:read`, `knowledge:query` and `widget:read`. When
             *     absent, all of these; for a secret key everything that reads, and `chat:write`.
             * @default []
             * @example [
             *       "chat:write",
             *       "messages:read"
             *     ]
             */
            scopes?: string[];
            /**
             * @description Whether a publishable key works alone, or only for getting visitor tokens. `required` shuts out the unmodified
             *     widget of AnythingLLM, which cannot get one.
             * @default optional
             * @example optional
             */
            visitor_token?: string;
            /**
             * @description Slug of the workspace it is bound to. A publishable key needs one; a secret key without one is for all of them.
             * @example demo-shop
             */
            workspace?: string | null;
        };
        /** @description A title and a text that answers are found in. */
        NewStaffDocument: {
            /**
             * @description What it says.
             * @example Parcels from Austria can be returned free of charge within 30 days.
             */
            text: string;
            /**
             * @description Shown with answers that rest on it.
             * @example Returns from Austria
             */
            title: string;
            /**
             * @description Where it can be read; shown with answers.
             * @example https://shop.example/help/returns-austria
             */
            url?: string | null;
        };
        /** @description A new webhook. */
        NewWebhook: {
            /** @description For people. */
            description?: string | null;
            /** @description What it is told. */
            events: string[];
            /**
             * Format: int64
             * @description 30 when absent.
             */
            refused_percent?: number | null;
            /** @description Where messages go: https, and on the public internet. */
            url: string;
        };
        /** @description A workspace to be made. */
        NewWorkspace: {
            /** @description Whatever the shop keeps with it; an object of at most 16 KiB. */
            extra?: Record<string, never> | null;
            /**
             * @description For people, 1 to 200 characters; taken from AnythingLLM when absent and one is adopted.
             * @example Alpine Store
             */
            name: string;
            platform?: null | components["schemas"]["PlatformName"];
            settings?: null | components["schemas"]["WorkspaceSettings"];
            /**
             * @description Its name in paths and in `workspace` fields; 1 to 63 lower-case letters, digits and hyphens. Made of the name
             *     when absent.
             * @example alpine-store
             */
            slug?: string | null;
            status?: null | components["schemas"]["WorkspaceStatus"];
            support?: null | components["schemas"]["SupportSettingsInput"];
            /** @description A workspace that AnythingLLM has already, to be adopted with its settings. */
            upstream_slug?: string | null;
            widget?: null | components["schemas"]["WidgetSettingsInput"];
        };
        /** @description Nothing more is to be said. */
        Nothing: Record<string, never>;
        /** @description What it would have done. */
        OriginsPreview: {
            /**
             * Format: int32
             * @description How many days back was looked.
             */
            days: number;
            /**
             * Format: int64
             * @description Requests that are refused now and would pass.
             */
            newly_allowed: number;
            /**
             * Format: int64
             * @description Requests that pass now and would be refused.
             */
            newly_refused: number;
            /** @description Each origin, that with the most requests first. */
            origins: components["schemas"]["PreviewedOrigin"][];
            /**
             * Format: int64
             * @description Requests that named an origin.
             */
            requests: number;
            /** @description There are more than are shown; the sums are of those shown. */
            truncated: boolean;
        };
        /** @description A place that an erasure does not reach. */
        OutOfReach: {
            /** @description The place. */
            what: string;
            /** @description Why. */
            why: string;
        };
        /**
         * @description The name of a shop's platform.
         * @enum {string}
         */
        PlatformName: "shopify" | "woocommerce" | "magento" | "bigcommerce" | "feed" | "custom";
        /**
         * @description Where the chat opens.
         * @enum {string}
         */
        Position: "bottom-right" | "bottom-left" | "inline";
        /**
         * @description What is asked before the chat begins.
         * @enum {string}
         */
        PrechatField: "name" | "email" | "phone" | "order_number" | "company";
        /** @description Another list of origins. */
        PreviewBody: {
            /** @description Pages without an origin, too; as the key has it when absent. */
            allow_null_origin?: boolean | null;
            /** @description The list, as in the key. */
            allowed_origins: string[];
            /**
             * Format: int32
             * @description How many days back; 7 when absent.
             */
            days?: number | null;
        };
        /** @description One origin. */
        PreviewedOrigin: {
            /** @description Whether the list that the key has lets it pass. */
            allowed_now: boolean;
            /** @description Whether the other list would. */
            allowed_then: boolean;
            /**
             * @description As browsers send it; `null` for pages without one.
             * @example https://shop.example
             */
            origin: string;
            /**
             * Format: int64
             * @description Requests from there.
             */
            requests: number;
        };
        /** @description A problem document (RFC 9457). */
        Problem: {
            /** @description Stable; what programs should look at. */
            code: components["schemas"]["ProblemCode"];
            /** @description About this case, for people; wording may change. */
            detail: string;
            /** @description 422: the broken rules. 403: the fields that would be more than whoever asks has. */
            errors?: components["schemas"]["ProblemField"][];
            /**
             * @description Names this occurrence.
             * @example urn:vestibule:request:019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77
             */
            instance: string;
            /**
             * Format: int64
             * @description How many more were found.
             */
            more_errors?: number;
            /** @description The same as `X-Request-Id`. */
            request_id: string;
            /**
             * Format: int64
             * @description Seconds, the same as `Retry-After`.
             */
            retry_after?: number;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The same for a code, always. */
            title: string;
            /**
             * Format: uri
             * @description Address of the page about the code.
             * @example https://chat.shop.example/docs/errors/validation_failed
             */
            type: string;
            /** @description 429 only: the limits that refused. */
            violated_policies?: string[];
        };
        /**
         * @description Every code that a refusal can have; each has a page. Newer versions may have more.
         * @enum {string}
         */
        ProblemCode: "bad_request" | "body_too_large" | "conflict" | "expired_token" | "forbidden" | "forbidden_ip" | "forbidden_origin" | "headers_too_large" | "insufficient_scope" | "internal" | "invalid_body" | "invalid_credentials" | "invalid_token" | "key_disabled" | "key_expired" | "key_revoked" | "login_throttled" | "method_not_allowed" | "not_found" | "precondition_failed" | "precondition_required" | "quota_exceeded" | "rate_limited" | "request_timeout" | "service_unavailable" | "too_many_streams" | "unauthenticated" | "unsupported_media_type" | "upstream_contract" | "upstream_error" | "upstream_timeout" | "upstream_unavailable" | "validation_failed";
        /** @description A broken rule. */
        ProblemField: {
            /**
             * @description Which kind of rule.
             * @example too_long
             * @enum {string}
             */
            code: "required" | "unknown" | "type" | "too_long" | "too_short" | "out_of_range" | "format" | "conflict" | "exceeds";
            /**
             * @description Path of the field; empty for the body as a whole.
             * @example visitor.id
             */
            field: string;
            /** @description For people. */
            message: string;
        };
        /** @description What a shopper is shown of a product, as the shop's feed says it now. */
        Product: {
            availability: null | components["schemas"]["ProductAvailability"];
            /** @example Nordwerk */
            brand: string | null;
            /**
             * @description The shop's id of it, or of the group of its variants.
             * @example NW-18
             */
            id: string | null;
            /**
             * @description Its picture; https.
             * @example https://shop.example/pictures/nw-18.jpg
             */
            image_url: string | null;
            price: null | components["schemas"]["Money"];
            /** @description Whether variants cost more than `price`. */
            price_from: boolean;
            regular_price: null | components["schemas"]["Money"];
            /** @example Cordless drill NW-18 */
            title: string;
            /**
             * @description Its page.
             * @example https://shop.example/nw-18
             */
            url: string | null;
        };
        /**
         * @description Whether a product can be bought.
         * @enum {string}
         */
        ProductAvailability: "in_stock" | "out_of_stock" | "preorder" | "backorder";
        /** @description A challenge, as ALTCHA's clients read it. */
        ProofChallenge: {
            /**
             * @description `SHA-256`
             * @example SHA-256
             */
            algorithm: string;
            /** @description The hash of `salt` and the number that is searched, in hexadecimal digits. */
            challenge: string;
            /**
             * Format: int32
             * @description The number is not greater.
             * @example 50000
             */
            maxnumber: number;
            /**
             * @description Hashed before the number; says when the challenge expires.
             * @example 4f1c…?expires=1795468800&
             */
            salt: string;
            /** @description To be sent back as it is. */
            signature: string;
        };
        /** @description A public key (RFC 8037 section 2). */
        PublicKey: {
            /**
             * @description `EdDSA`
             * @example EdDSA
             */
            alg: string;
            /**
             * @description `Ed25519`
             * @example Ed25519
             */
            crv: string;
            /** @description `kid` of the tokens it signed. */
            kid: string;
            /**
             * @description `OKP`
             * @example OKP
             */
            kty: string;
            /**
             * @description `sig`
             * @example sig
             */
            use: string;
            /** @description The key, in base64url. */
            x: string;
        };
        /** @description A quota. */
        QuotaInForce: {
            /**
             * Format: int64
             * @description At most.
             */
            limit: number;
            /**
             * @description `messages-day`, `messages-month`, `tokens-day` or `tokens-month`.
             * @example messages-day
             */
            policy: string;
            /**
             * Format: int64
             * @description Left.
             */
            remaining: number;
            /**
             * Format: date-time
             * @description When it begins anew.
             */
            resets_at: string;
            /**
             * Format: int64
             * @description Used, with what is reserved for answers that are still running.
             */
            used: number;
        };
        /** @description A rate. */
        RateInForce: {
            /**
             * Format: int32
             * @description At once.
             */
            burst: number;
            /**
             * Format: int32
             * @description Requests a minute.
             */
            per_minute: number;
            /**
             * @description `key-minute`, `ip-minute`, `visitor-minute`, `ip-visitors-minute` or `visitor-request-minute`.
             * @example key-minute
             */
            policy: string;
            /**
             * Format: int32
             * @description Left at this moment, over all replicas where they share Redis; null for limits of each address or visitor.
             */
            remaining: number | null;
            /**
             * Format: int64
             * @description Seconds until all of it is there again; null as above.
             */
            reset_seconds: number | null;
        };
        /** @description A refresh token. */
        RefreshRequest: {
            /**
             * Format: password
             * @description The newest one of the session.
             * @example vst_rt_…
             */
            refresh_token: string;
        };
        /** @description What became of a removal. */
        Removal: {
            /** @description Of the workspace, in AnythingLLM. */
            documents: components["schemas"]["RemovalDocuments"];
            /**
             * @description `removed`, or `removing` while documents are still being removed.
             * @example removed
             */
            status: string;
        };
        /** @description Documents in AnythingLLM. */
        RemovalDocuments: {
            /**
             * Format: int32
             * @description Documents that somebody else had made; they stay. Null while that is not known.
             * @example 3
             */
            kept: number | null;
            /**
             * Format: int32
             * @description Documents that are still to be removed.
             * @example 0
             */
            left: number;
            /**
             * Format: int32
             * @description Documents that Vestibule had made and that are gone.
             * @example 5000
             */
            removed: number;
        };
        /** @description Why a key is revoked. */
        RevokeBody: {
            /** @description For those who wonder later. */
            reason?: string | null;
        };
        /** @description No more than it must be. */
        RevokeRequest: Record<string, never>;
        /** @description How a key is to be rotated. */
        RotateBody: {
            /**
             * @description When that begins: `now` (default), or with the `first_use` of the new key.
             * @example now
             */
            grace_from?: string | null;
            /**
             * Format: int32
             * @description How long the old key works on, in seconds; a day when absent, 0 = not at all.
             */
            grace_seconds?: number | null;
        };
        /** @description A new secret. */
        RotateIdentitySecret: {
            /**
             * Format: int32
             * @description Seconds for which the secret before it counts as well; a day when missing, 0 after a leak.
             */
            grace_seconds?: number | null;
        };
        /** @description Another secret. */
        RotateWebhookSecret: {
            /**
             * Format: int32
             * @description Seconds for which the secret before it signs as well; a day when absent, 0 after a leak.
             */
            grace_seconds?: number | null;
        };
        /** @description A session. */
        Session: {
            /**
             * Format: date-time
             * @description When it was begun.
             */
            created_at: string;
            /** @description Whether this request was made in it. */
            current: boolean;
            /**
             * @description With what it was begun.
             * @example Firefox on Linux
             */
            device: string;
            /**
             * Format: date-time
             * @description When it ends if it is not refreshed.
             */
            expires_at: string;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * @description Where it was begun, roughly.
             * @example 203.0.113.0/24
             */
            ip_prefix: string;
            /**
             * Format: date-time
             * @description Its last refresh.
             */
            last_used_at: string;
            /**
             * Format: int64
             * @description Whose it is.
             * @example 7
             */
            user_id: number;
            /**
             * @description As of its last refresh.
             * @example jane
             */
            username: string;
        };
        /** @description A page of sessions. */
        SessionPage: {
            /** @description The newest first. */
            data: components["schemas"]["Session"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description A setting that has another value in AnythingLLM. */
        SettingDrift: {
            /**
             * @description Its path.
             * @example settings.top_n
             */
            field: string;
            /** @description What it is there. */
            upstream: unknown;
            /** @description What it is here. */
            vestibule: unknown;
        };
        /** @description What to paste in one place. */
        Snippet: {
            /** @description The code. */
            code: string;
            /** @description Where it belongs. */
            place: string;
            /**
             * @description `html`, `html_pinned`, `shopify` or `woocommerce`.
             * @example html
             */
            platform: string;
        };
        /** @description What to paste. */
        Snippets: {
            /** @description What to replace by the key itself, which was shown once and is not kept. */
            placeholder: string;
            /**
             * @description The part of the key that names it.
             * @example 4fK9sQ2mZx01
             */
            public_id: string;
            /** @description One for each place. */
            snippets: components["schemas"]["Snippet"][];
            /** @description Whose widget it is. */
            widget: components["schemas"]["Widget"];
            /** @description Whether the key works with this widget: not with AnythingLLM's if it asks for visitor tokens. */
            works: boolean;
        };
        /** @description A passage that an answer rests on. */
        Source: {
            /** @description Id of the passage or, with some vector databases, of its document. */
            id: string | null;
            /**
             * @description What the product that the document is about costs, and whether it can be bought, in words.
             * @example Hammer HM-1003 (product number HM-1003): 24.90 EUR, in stock
             */
            offer?: string;
            /** @description The product that the document is about, as the shop's feed says it now. */
            product?: components["schemas"]["Product"];
            /**
             * Format: double
             * @description Similarity, higher is closer; pinned documents have none.
             * @example 0.83
             */
            score: number | null;
            /** @description The passage. */
            text: string | null;
            /**
             * @description Title of the document.
             * @example Returns and refunds
             */
            title: string | null;
            /**
             * @description Address of the document, if it can be opened.
             * @example https://shop.example/help/returns
             */
            url: string | null;
        };
        /** @description A document that staff wrote, without its text. */
        StaffDocument: {
            /**
             * Format: int32
             * @description How long its text is, in characters.
             * @example 412
             */
            characters: number;
            /**
             * Format: date-time
             * @description When it was written.
             */
            created_at: string;
            /**
             * @description Kind and id of who wrote it.
             * @example user:7
             */
            created_by: string;
            /**
             * Format: uuid
             * @description The document.
             */
            id: string;
            /**
             * @description Its title.
             * @example Returns from Austria
             */
            title: string;
            /** @description Where it can be read. */
            url: string | null;
        };
        /** @description A page of documents. */
        StaffDocumentPage: {
            /** @description The newest first. */
            data: components["schemas"]["StaffDocument"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description A store connection. */
        Store: {
            /**
             * @description Shopify: a quarter. WooCommerce: `wc/v3` or `wc/store/v1`. Magento: `V1`. BigCommerce: `v3`.
             * @example 2026-07
             */
            api_version?: string | null;
            /**
             * @description Where products come from: `storefront_mcp`, `storefront_api`, `admin_api`, `rest_api`, `feed` or `manual`; the
             *     platform's usual one when absent.
             * @example admin_api
             */
            catalog_source?: string | null;
            /** @description Shopify: a sales channel. BigCommerce: the channel's number. Magento: the website code. */
            channel_ref?: string | null;
            credentials?: null | components["schemas"]["StoreCredentials"];
            /**
             * @description Currency of prices that do not name one.
             * @example EUR
             */
            currency?: string | null;
            /**
             * @description What stands before the decimals of prices: `.` or `,`. When absent, prices that may be thousands are refused.
             * @example ,
             */
            decimal_separator?: string | null;
            /**
             * Format: int32
             * @description A sync with more failing products than that stops; 5 when absent.
             */
            failure_threshold_percent?: number | null;
            /**
             * @description What the feed is encoded in, such as `windows-1252`; what the feed or its server says when absent.
             * @example windows-1252
             */
            feed_encoding?: string | null;
            /** @description With `catalog_source` `feed`: `google_xml`, `google_tsv`, `csv` or `jsonl`. */
            feed_format?: string | null;
            /** @description With `catalog_source` `feed`: where it is. */
            feed_url?: string | null;
            /** @description Whether products that cannot be bought now are known, too; yes when absent. */
            include_out_of_stock?: boolean | null;
            /**
             * @description Language of the texts.
             * @example de-AT
             */
            locale?: string | null;
            /**
             * @description What the shop runs on: `shopify`, `woocommerce`, `magento`, `bigcommerce`, `feed` or `custom`.
             * @example shopify
             */
            platform: string;
            /**
             * Format: int32
             * @description A sync that would remove a larger share of the products removes none and says so; 10 when absent.
             */
            removal_threshold_percent?: number | null;
            schedule?: null | components["schemas"]["StoreSchedule"];
            /**
             * @description Shopify: `x.myshopify.com`. BigCommerce: the store hash. Magento: the store view code. Others have none.
             * @example alpine-store.myshopify.com
             */
            store_ref?: string | null;
            /**
             * @description The shop as shoppers see it, https.
             * @example https://shop.example
             */
            store_url: string;
            /**
             * @description Time zone of dates in the feed that have none, as IANA names it; UTC when absent.
             * @example Europe/Berlin
             */
            timezone?: string | null;
        };
        /** @description What a check has found. */
        StoreCheck: {
            /**
             * Format: date-time
             * @description When.
             */
            checked_at: string | null;
            /**
             * @description Stable; null when all is well.
             * @example credentials_refused
             */
            code: string | null;
            /** @description What is wrong and what to do about it; wording may change. */
            message: string;
            /**
             * @description `healthy`, `degraded` or `auth_failed`.
             * @example auth_failed
             */
            status: string;
        };
        /** @description A store connection as it is stored. */
        StoreConnection: {
            /** @description The platform's interface; null is the platform's default. */
            api_version: string | null;
            /**
             * @description Where products come from.
             * @example admin_api
             */
            catalog_source: string;
            /** @description Sales channel, website or channel id. */
            channel_ref: string | null;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            credentials: null | components["schemas"]["StoreCredentialsView"];
            /** @description Currency of prices that do not name one. */
            currency: string | null;
            /** @description What stands before the decimals of prices, if that is set. */
            decimal_separator: string | null;
            /**
             * Format: int32
             * @description A sync with more failing products than that stops.
             */
            failure_threshold_percent: number;
            /** @description What the feed is encoded in, if that is set. */
            feed_encoding: string | null;
            /** @description How it is written. */
            feed_format: string | null;
            /** @description Where the feed is. */
            feed_url: string | null;
            /** @description Whether products that cannot be bought now are known, too. */
            include_out_of_stock: boolean;
            /**
             * Format: date-time
             * @description When it was last checked.
             */
            last_checked_at: string | null;
            /**
             * @description What was wrong then; stable.
             * @example credentials_refused
             */
            last_error_code: string | null;
            /** @description Language of the texts. */
            locale: string | null;
            /**
             * @description What the shop runs on.
             * @example shopify
             */
            platform: string;
            /**
             * Format: int32
             * @description A sync that would remove a larger share of the products removes none and says so.
             */
            removal_threshold_percent: number;
            schedule: null | components["schemas"]["StoreScheduleView"];
            /**
             * @description `pending` (not checked since it was made or changed), `healthy`, `degraded` or `auth_failed`.
             * @example healthy
             */
            status: string;
            /** @description The platform's own name of the shop. */
            store_ref: string | null;
            /** @description The shop as shoppers see it. */
            store_url: string;
            /** @description Time zone of dates in the feed that have none, if it is set. */
            timezone: string | null;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
            /**
             * @description Where the shop's webhooks are to be sent, below the gateway's public address; null where products are not read
             *     from the platform itself.
             * @example /api/v1/store-webhooks/018f3c1e-7a2b-7c3d-9e4f-5a6b7c8d9e0f
             */
            webhook_path: string | null;
        };
        /** @description Credentials of a shop. Never shown again. */
        StoreCredentials: {
            /** @description Of `access_token`. */
            access_token?: string | null;
            /** @description Of `consumer_key`: `ck_…` */
            consumer_key?: string | null;
            /** @description Of `consumer_key`: `cs_…` */
            consumer_secret?: string | null;
            /**
             * Format: date-time
             * @description Of `access_token`: its end, if it has one.
             */
            expires_at?: string | null;
            /**
             * @description Of `header`: its name, which begins with `X-` or is one of those that are usual for keys.
             * @example X-Api-Key
             */
            header_name?: string | null;
            /** @description Of `header`. */
            header_value?: string | null;
            /** @description Of `basic`. */
            password?: string | null;
            /**
             * Format: date-time
             * @description Of `access_token`: the end of that.
             */
            refresh_expires_at?: string | null;
            /** @description Of `access_token`: what a new one is got with. */
            refresh_token?: string | null;
            /** @description Of `bearer`. */
            token?: string | null;
            /**
             * @description `access_token` (Shopify, BigCommerce), `consumer_key` (WooCommerce), `bearer` (Magento, feed, custom), `basic` or
             *     `header` (feed, custom).
             * @example access_token
             */
            type: string;
            /** @description Of `basic`. */
            username?: string | null;
            /**
             * @description Of `access_token` and `consumer_key`: what the shop signs its webhooks with. Shopify: the app's client secret.
             *     WooCommerce: the webhook's own secret.
             */
            webhook_secret?: string | null;
        };
        /** @description What may be shown of credentials. */
        StoreCredentialsView: {
            /**
             * Format: date-time
             * @description The end of the access token.
             */
            expires_at: string | null;
            /**
             * @description The last characters, to recognise it by; null for short ones and passwords.
             * @example 9f3c
             */
            hint: string | null;
            /**
             * @description `access_token`, `consumer_key`, `bearer`, `basic` or `header`.
             * @example access_token
             */
            type: string;
        };
        /** @description What became of a delivery. */
        StoreDelivery: {
            /**
             * @description `noted`: the product is read from the shop within seconds. `again`: the delivery was here before. `ignored`: it
             *     is about no product.
             * @example noted
             */
            result: string;
        };
        /** @description When a catalogue is read by itself. */
        StoreSchedule: {
            /**
             * @description Minute, hour, day of month, month, day of week; due every 15 minutes at most.
             * @example 30 4 * * *
             */
            cron: string;
            /**
             * @description IANA name of the time zone; UTC when absent.
             * @example Europe/Berlin
             */
            timezone?: string | null;
        };
        /** @description When a catalogue is read by itself. */
        StoreScheduleView: {
            /** @description Minute, hour, day of month, month, day of week. */
            cron: string;
            /** @description IANA name of the time zone. */
            timezone: string;
        };
        /** @description Streams at the same time. */
        StreamsInForce: {
            /**
             * Format: int32
             * @description At most.
             */
            limit: number;
            /**
             * Format: int32
             * @description Running at this moment, over all replicas where they share Redis.
             */
            open: number;
            /**
             * Format: int32
             * @description At most from one address, and as many of visitors with a token there; null for a secret key, and where there are
             *     too few to be divided.
             */
            per_ip: number | null;
            /**
             * Format: int32
             * @description At most for one visitor: one with a token, or whom a secret key names; null where there are too few.
             */
            per_visitor: number | null;
        };
        /** @description The group `support`. */
        SupportSettings: {
            /** @description What the widget does outside business hours. */
            after_hours: components["schemas"]["AfterHours"];
            /**
             * Format: int32
             * @description Hand-off is offered after this many refusals in a row; null = never by itself.
             */
            after_refusals: number | null;
            /** @description When people are there; without any hours, always. */
            business_hours: components["schemas"]["BusinessHours"];
            /**
             * @description Needed for `email`.
             * @example help@shop.example
             */
            contact_email: string | null;
            /**
             * @description In international form.
             * @example +4930123456
             */
            contact_phone: string | null;
            /** @description Needed for `url`; https. */
            contact_url: string | null;
            /**
             * @description What happens when a shopper wants a person: a form whose messages are in the inbox (`contact_form`), and go to
             *     an address besides (`webhook`), a mail, a page, or nothing. Each but `off` and `contact_form` needs its own field.
             */
            handoff_mode: components["schemas"]["HandoffMode"];
            /** @description Said outside business hours. */
            offline_message: string | null;
            /** @description What is asked before the chat begins. */
            prechat_fields: components["schemas"]["PrechatField"][];
            /** @description Words that ask for a person; at most 50 of 1 to 100 characters. */
            trigger_phrases: string[];
            /** @description Needed for `webhook`, which is told each hand-over with contact and message; https. Never shown to shoppers. */
            webhook_url: string | null;
        };
        /** @description The group `support`. */
        SupportSettingsInput: {
            /**
             * @description What the widget does outside business hours.
             * @default chat
             */
            after_hours?: components["schemas"]["AfterHours"];
            /**
             * Format: int32
             * @description Hand-off is offered after this many refusals in a row; null = never by itself.
             * @default null
             */
            after_refusals?: number | null;
            /**
             * @description When people are there; without any hours, always.
             * @default {
             *       "exceptions": [],
             *       "timezone": null,
             *       "weekly": []
             *     }
             */
            business_hours?: components["schemas"]["BusinessHoursInput"];
            /**
             * @description Needed for `email`.
             * @default null
             * @example help@shop.example
             */
            contact_email?: string | null;
            /**
             * @description In international form.
             * @default null
             * @example +4930123456
             */
            contact_phone?: string | null;
            /**
             * @description Needed for `url`; https.
             * @default null
             */
            contact_url?: string | null;
            /**
             * @description What happens when a shopper wants a person: a form whose messages are in the inbox (`contact_form`), and go to
             *     an address besides (`webhook`), a mail, a page, or nothing. Each but `off` and `contact_form` needs its own field.
             * @default off
             */
            handoff_mode?: components["schemas"]["HandoffMode"];
            /**
             * @description Said outside business hours.
             * @default null
             */
            offline_message?: string | null;
            /**
             * @description What is asked before the chat begins.
             * @default []
             */
            prechat_fields?: components["schemas"]["PrechatField"][];
            /**
             * @description Words that ask for a person; at most 50 of 1 to 100 characters.
             * @default []
             */
            trigger_phrases?: string[];
            /**
             * @description Needed for `webhook`, which is told each hand-over with contact and message; https. Never shown to shoppers.
             * @default null
             */
            webhook_url?: string | null;
        };
        /** @description Whose settings hold. */
        SyncBody: {
            /** @description `vestibule` writes ours to AnythingLLM; `upstream` takes over AnythingLLM's. */
            take: components["schemas"]["SyncSide"];
        };
        /** @description Something that went wrong with one record or product. */
        SyncError: {
            /**
             * @description Stable.
             * @example bad_price
             */
            code: string;
            /** @description For people. */
            message: string;
            /** @description The shop's id of the product or of its group. */
            product: string | null;
            /**
             * Format: int64
             * @description Its place in the feed, from 1.
             */
            record: number | null;
        };
        /** @description What became of a record or a product. */
        SyncOutcome: {
            /**
             * Format: int64
             * @description The byte it begins with, from 0, once the feed is unpacked and UTF-8.
             */
            byte: number | null;
            /**
             * @description Why; stable.
             * @example bad_price
             */
            code: string | null;
            /**
             * Format: int64
             * @description The line it begins on, from 1.
             */
            line: number | null;
            /** @description Why, for people. */
            message: string | null;
            /**
             * @description `added`, `updated`, `unchanged`, `failed`, `refused`, `noted`, `left_out`, `removed` or `withheld`.
             * @example refused
             */
            outcome: string;
            /** @description The shop's id of the product or of its group; null when nobody can tell. */
            product: string | null;
            /**
             * Format: int64
             * @description Its place in the feed, from 1.
             */
            record: number | null;
        };
        /** @description Counts of products. */
        SyncProducts: {
            /**
             * Format: int32
             * @description Of these, new.
             */
            added: number;
            /**
             * Format: int32
             * @description Of these, done.
             */
            done: number;
            /**
             * Format: int32
             * @description Records and products that failed.
             */
            failed: number;
            /**
             * Format: int32
             * @description No longer in the feed, and removed.
             */
            removed: number;
            /**
             * Format: int32
             * @description In the feed.
             */
            total: number;
            /**
             * Format: int32
             * @description Of these, right already.
             */
            unchanged: number;
            /**
             * Format: int32
             * @description Of these, with a new document.
             */
            updated: number;
        };
        /** @description A page of outcomes. */
        SyncReportPage: {
            /** @description What became of records and products, in the order in which it was found. */
            data: components["schemas"]["SyncOutcome"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: int64
             * @description For the next page.
             */
            next_cursor: number | null;
        };
        /** @description What a sync may do. */
        SyncRequest: {
            /**
             * @description Let the sync remove more of the products than `removal_threshold_percent` says, and in spite of records that
             *     cannot be read. Without it such removals are withheld, and a feed that lacks more than half of them fails.
             * @default false
             */
            allow_mass_removal?: boolean;
            /**
             * @description Change nothing and only say what a sync would do.
             * @default false
             */
            dry_run?: boolean;
        };
        /** @description One run. */
        SyncRun: {
            /** @description Whether it may remove more than the set share of the products, and in spite of records that cannot be read. */
            allow_mass_removal: boolean;
            /**
             * Format: int64
             * @description Bytes of the feed, uncompressed.
             */
            bytes_read: number;
            /** @description Whether somebody wants it to end. */
            cancel_requested: boolean;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Whether it changes nothing and says what it would do. */
            dry_run: boolean;
            error: null | components["schemas"]["SyncRunError"];
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: int32
             * @description Things that were not taken as the feed has them; see the report.
             */
            noted: number;
            /**
             * Format: int32
             * @description How much is done; null while the feed is being read.
             * @example 42
             */
            percentage: number | null;
            /**
             * @description `reading`, `embedding`, `removing` or `done`.
             * @example embedding
             */
            phase: string;
            /** @description What became of the products. */
            products: components["schemas"]["SyncProducts"];
            /**
             * Format: int32
             * @description How fast it is, while it runs.
             * @example 1200
             */
            products_per_minute: number | null;
            /**
             * Format: int64
             * @description Records of the feed, good and bad.
             */
            records_read: number;
            /**
             * Format: int64
             * @description At that rate, seconds until all products are done.
             * @example 290
             */
            remaining_seconds: number | null;
            removals_withheld: null | components["schemas"]["SyncWithheld"];
            /**
             * @description `full`; `changes` or `products` reads only what has changed, and removes only what the shop says is gone.
             * @example full
             */
            scope: string;
            /**
             * @description `connection`, or `file` of whoever ran the command.
             * @example connection
             */
            source: string;
            /**
             * Format: date-time
             * @description When somebody first worked on it.
             */
            started_at: string | null;
            /**
             * @description `queued`, `running`, `paused`, `succeeded`, `partial`, `failed` or `cancelled`.
             * @example running
             */
            status: string;
            /**
             * @description `api`, `cli`, `schedule` or `webhook`; `disconnect` and `purge` remove the whole catalogue.
             * @example schedule
             */
            trigger: string;
        };
        /** @description One run with what went wrong in it. */
        SyncRunDetail: {
            /** @description Whether it may remove more than the set share of the products, and in spite of records that cannot be read. */
            allow_mass_removal: boolean;
            /**
             * Format: int64
             * @description Bytes of the feed, uncompressed.
             */
            bytes_read: number;
            /** @description Whether somebody wants it to end. */
            cancel_requested: boolean;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            /** @description Whether it changes nothing and says what it would do. */
            dry_run: boolean;
            error: null | components["schemas"]["SyncRunError"];
            /** @description What went wrong with single records and products; the first 200. */
            errors: components["schemas"]["SyncError"][];
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at: string | null;
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /**
             * Format: int32
             * @description Things that were not taken as the feed has them; see the report.
             */
            noted: number;
            /**
             * Format: int32
             * @description How much is done; null while the feed is being read.
             * @example 42
             */
            percentage: number | null;
            /**
             * @description `reading`, `embedding`, `removing` or `done`.
             * @example embedding
             */
            phase: string;
            /** @description What became of the products. */
            products: components["schemas"]["SyncProducts"];
            /**
             * Format: int32
             * @description How fast it is, while it runs.
             * @example 1200
             */
            products_per_minute: number | null;
            /**
             * Format: int64
             * @description Records of the feed, good and bad.
             */
            records_read: number;
            /**
             * Format: int64
             * @description At that rate, seconds until all products are done.
             * @example 290
             */
            remaining_seconds: number | null;
            removals_withheld: null | components["schemas"]["SyncWithheld"];
            /**
             * @description `full`; `changes` or `products` reads only what has changed, and removes only what the shop says is gone.
             * @example full
             */
            scope: string;
            /**
             * @description `connection`, or `file` of whoever ran the command.
             * @example connection
             */
            source: string;
            /**
             * Format: date-time
             * @description When somebody first worked on it.
             */
            started_at: string | null;
            /**
             * @description `queued`, `running`, `paused`, `succeeded`, `partial`, `failed` or `cancelled`.
             * @example running
             */
            status: string;
            /**
             * @description `api`, `cli`, `schedule` or `webhook`; `disconnect` and `purge` remove the whole catalogue.
             * @example schedule
             */
            trigger: string;
        };
        /** @description Why a run failed. */
        SyncRunError: {
            /**
             * @description Stable.
             * @example mass_removal
             */
            code: string;
            /** @description For people. */
            message: string;
        };
        /** @description A page of runs. */
        SyncRunPage: {
            /** @description The runs, newest first. */
            data: components["schemas"]["SyncRun"][];
            /** @description Whether there are older ones. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the page with the older ones.
             */
            next_cursor: string | null;
        };
        /**
         * @description Whose settings hold.
         * @enum {string}
         */
        SyncSide: "vestibule" | "upstream";
        /** @description Products that are no longer in the feed and were not removed. */
        SyncWithheld: {
            /**
             * Format: int32
             * @description How many.
             */
            count: number;
            /** @description The first hundred. */
            products: string[];
            /**
             * @description `unread_records` or `too_many`.
             * @example unread_records
             */
            reason: string;
        };
        /**
         * @description Light or dark.
         * @enum {string}
         */
        Theme: "light" | "dark" | "auto";
        /**
         * @description What a reader thinks of an answer.
         * @enum {string}
         */
        Thumb: "up" | "down";
        /** @description Which visitor tokens count from now on. */
        TokenGeneration: {
            /**
             * Format: int32
             * @description Tokens of an earlier generation are refused.
             * @example 2
             */
            token_generation: number;
        };
        /** @description A conversation with what was said in it. */
        Transcript: {
            /** @description The customer's pseudonym, if the shop has said who it is. */
            customer: string | null;
            /**
             * Format: int32
             * @description Answers that they did not.
             */
            down: number;
            /**
             * Format: int32
             * @description Questions asked.
             * @example 3
             */
            exchanges: number;
            /**
             * Format: int32
             * @description Those that were answered by an error.
             */
            failed: number;
            /**
             * Format: date-time
             * @description When that was last.
             */
            handed_over_at: string | null;
            /**
             * Format: int32
             * @description How often something was written to people in it.
             */
            handovers: number;
            /** @description What was written to people in it, oldest first; the newest 100. */
            handovers_written: components["schemas"]["TranscriptHandover"][];
            /** @description There are older ones. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description The conversation.
             */
            id: string;
            /** @description Public id of the key that the newest question came with. */
            key: string | null;
            /**
             * Format: date-time
             * @description When the newest question was asked.
             */
            last_at: string;
            /** @description The language of the newest question. */
            locale: string | null;
            /** @description The newest questions with their answers, oldest first; 500 at most. */
            messages: components["schemas"]["TranscriptMessage"][];
            /** @description A note of the staff. */
            note: string | null;
            /**
             * @description The page's origin that the newest question came from.
             * @example https://shop.example
             */
            origin: string | null;
            /**
             * @description How the newest question begins; null where the workspace keeps no transcripts.
             * @example Do you ship to Austria?
             */
            question: string | null;
            /**
             * Format: int32
             * @description Of them, those that the documents hold nothing about.
             */
            refused: number;
            /** @description Marked as solved. */
            solved: boolean;
            /**
             * Format: date-time
             * @description When it was begun.
             */
            started_at: string;
            /**
             * Format: int32
             * @description Answers that readers found good.
             */
            up: number;
            /** @description Who asked, as far as it is known: `visitor:…` is a browser, anything else what the page called them. */
            visitor: string | null;
        };
        /** @description What a shopper wrote to people. Kept whether or not the workspace keeps transcripts. */
        TranscriptHandover: {
            /**
             * Format: date-time
             * @description When it was written.
             */
            at: string;
            /** @description They have agreed that it is used to answer them. */
            consented: boolean;
            /** @description How the shopper is reached. As they wrote it: nothing of it was verified. */
            contact: components["schemas"]["HandoverContact"];
            /**
             * Format: uuid
             * @description Its id.
             */
            id: string;
            /** @description The key's public id. */
            key: string | null;
            /** @description The language. */
            locale: string | null;
            /**
             * @description What they want.
             * @example My order has not arrived yet.
             */
            message: string;
            /** @description The page's origin. */
            origin: string | null;
        };
        /** @description A question with its answer. */
        TranscriptMessage: {
            /**
             * @description A model has written the answer: false where there is none, and for a refusal, which is the workspace's own
             *     sentence.
             */
            ai_generated: boolean;
            /** @description The answer as far as it came; null likewise. */
            answer: string | null;
            /** @description The answer was longer. */
            answer_cut: boolean;
            /**
             * Format: date-time
             * @description When it was asked.
             */
            at: string;
            /** @description The answer was a kept one: no model was asked. */
            cached: boolean;
            /** @description The error's code, if it failed. */
            code: string | null;
            /**
             * Format: int32
             * @description Tokens of the answer.
             */
            completion_tokens: number | null;
            feedback: null | components["schemas"]["Thumb"];
            /** @description Why. */
            feedback_reason: string | null;
            /**
             * Format: uuid
             * @description The answer's id.
             */
            id: string;
            /** @description The key's public id. */
            key: string | null;
            /** @description The language. */
            locale: string | null;
            /** @description The page's origin. */
            origin: string | null;
            /** @description `answered`, `refused`, `failed`, or `left`: the client went before the end. */
            outcome: components["schemas"]["ExchangeOutcome"];
            /**
             * Format: int32
             * @description Tokens of the prompt.
             */
            prompt_tokens: number | null;
            /** @description The question; null where the workspace keeps no transcripts. */
            question: string | null;
            /** @description The question was longer. */
            question_cut: boolean;
            /** @description What the answer rested on. */
            sources: components["schemas"]["TranscriptSource"][];
        };
        /** @description A page of conversations. */
        TranscriptPage: {
            /** @description The one that was asked in last stands first. */
            data: components["schemas"]["TranscriptSummary"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /** @description For the next page. */
            next_cursor: string | null;
        };
        /** @description What is noted; what is not given stays. */
        TranscriptPatch: {
            /** @description For colleagues; null takes it away. */
            note?: string | null;
            /** @description Somebody has seen to it. */
            solved?: boolean | null;
        };
        /** @description A passage that an answer rested on. */
        TranscriptSource: {
            /**
             * Format: double
             * @description Similarity, higher is closer.
             */
            score: number | null;
            /** @description How the passage begins. */
            text: string | null;
            /**
             * @description Title of the document.
             * @example Returns and refunds
             */
            title: string | null;
            /** @description Address of the document, if it can be opened. */
            url: string | null;
        };
        /** @description A conversation, without what was said in it. */
        TranscriptSummary: {
            /** @description The customer's pseudonym, if the shop has said who it is. */
            customer: string | null;
            /**
             * Format: int32
             * @description Answers that they did not.
             */
            down: number;
            /**
             * Format: int32
             * @description Questions asked.
             * @example 3
             */
            exchanges: number;
            /**
             * Format: int32
             * @description Those that were answered by an error.
             */
            failed: number;
            /**
             * Format: date-time
             * @description When that was last.
             */
            handed_over_at: string | null;
            /**
             * Format: int32
             * @description How often something was written to people in it.
             */
            handovers: number;
            /**
             * Format: uuid
             * @description The conversation.
             */
            id: string;
            /** @description Public id of the key that the newest question came with. */
            key: string | null;
            /**
             * Format: date-time
             * @description When the newest question was asked.
             */
            last_at: string;
            /** @description The language of the newest question. */
            locale: string | null;
            /** @description A note of the staff. */
            note: string | null;
            /**
             * @description The page's origin that the newest question came from.
             * @example https://shop.example
             */
            origin: string | null;
            /**
             * @description How the newest question begins; null where the workspace keeps no transcripts.
             * @example Do you ship to Austria?
             */
            question: string | null;
            /**
             * Format: int32
             * @description Of them, those that the documents hold nothing about.
             */
            refused: number;
            /** @description Marked as solved. */
            solved: boolean;
            /**
             * Format: date-time
             * @description When it was begun.
             */
            started_at: string;
            /**
             * Format: int32
             * @description Answers that readers found good.
             */
            up: number;
            /** @description Who asked, as far as it is known: `visitor:…` is a browser, anything else what the page called them. */
            visitor: string | null;
        };
        /** @description A link into AnythingLLM. */
        UiLink: {
            /**
             * Format: int64
             * @description Seconds the link can be used, once.
             * @example 360
             */
            expires_in: number;
            /**
             * @description On the admin listener. Whoever opens it is the user: keep it out of logs and histories.
             * @example https://staff.shop.example/sso/simple?token=…
             */
            url: string;
        };
        /** @description The workspace in AnythingLLM. */
        UpstreamHalf: {
            /** @description Its name there. */
            slug: string;
            /**
             * @description `ready`, `drifted`, `missing` (deleted there), `pending` (its making was interrupted), `unreachable`; null when
             *     nobody looked.
             * @example ready
             */
            state: string | null;
            /**
             * @description After a change: the settings that were written there and read back.
             * @example [
             *       "settings.top_n"
             *     ]
             */
            written: string[];
        };
        /** @description What an answer took. Fields that AnythingLLM does not report are null; tokens may be its estimates. */
        Usage: {
            /**
             * Format: int64
             * @description Tokens of the answer.
             * @example 18
             */
            completion_tokens: number | null;
            /**
             * Format: int64
             * @description Time the model took.
             * @example 640
             */
            duration_ms: number;
            /** @description The model's name; null when none was asked. */
            model: string | null;
            /**
             * Format: int64
             * @description Tokens of the prompt, with history and passages.
             * @example 412
             */
            prompt_tokens: number | null;
            /**
             * Format: int64
             * @description Both.
             * @example 430
             */
            total_tokens: number | null;
        };
        /** @description A group. */
        UsageGroup: {
            /**
             * Format: uuid
             * @description Of keys and workspaces.
             */
            id?: string;
            /** @description Of keys and workspaces. */
            name?: string;
            /**
             * @description A key's public id, a workspace's slug, an outcome, a route, an origin; `(other)` for what is not told apart.
             *     Null for requests without, and for a key or workspace that is gone.
             * @example abcDEF123456
             */
            value: string | null;
        };
        /** @description A group over the whole span. */
        UsageGroupTotal: {
            /**
             * Format: int64
             * @description Bytes of answers.
             */
            bytes_out: number;
            /**
             * Format: int64
             * @description Knowledge queries answered from memory.
             */
            cache_hits: number;
            /**
             * Format: int64
             * @description Knowledge queries that could have been.
             */
            cache_misses: number;
            /**
             * Format: int64
             * @description Tokens of answers.
             */
            completion_tokens: number;
            /**
             * Format: int64
             * @description All others: AnythingLLM or the gateway failed.
             */
            failed: number;
            first_byte_ms: null | components["schemas"]["UsagePercentiles"];
            gateway_ms: null | components["schemas"]["UsagePercentiles"];
            /** @description Which. */
            group: components["schemas"]["UsageGroup"];
            /**
             * Format: int64
             * @description The client left before the answer was complete, or its connection broke.
             */
            left: number;
            /**
             * Format: int64
             * @description Questions that the documents hold nothing about, answered by saying so.
             */
            nothing_found: number;
            /**
             * Format: int64
             * @description Answered.
             */
            ok: number;
            /** @description Those that were not `ok`, by error code, `nothing_found`, `client_left` or `broken`. */
            outcomes: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Tokens of prompts, with history and passages.
             */
            prompt_tokens: number;
            /**
             * Format: int64
             * @description Refused with a status from 400 to 498.
             */
            refused: number;
            /**
             * Format: int64
             * @description All requests.
             */
            requests: number;
            /**
             * Format: int64
             * @description Requests whose tokens were estimated, because AnythingLLM did not report them.
             */
            tokens_estimated: number;
            total_ms: null | components["schemas"]["UsagePercentiles"];
            /**
             * Format: int64
             * @description Both.
             */
            total_tokens: number;
        };
        /** @description A period. */
        UsageLine: {
            /**
             * Format: int64
             * @description Bytes of answers.
             */
            bytes_out: number;
            /**
             * Format: int64
             * @description Knowledge queries answered from memory.
             */
            cache_hits: number;
            /**
             * Format: int64
             * @description Knowledge queries that could have been.
             */
            cache_misses: number;
            /**
             * Format: int64
             * @description Tokens of answers.
             */
            completion_tokens: number;
            /**
             * Format: int64
             * @description All others: AnythingLLM or the gateway failed.
             */
            failed: number;
            first_byte_ms: null | components["schemas"]["UsagePercentiles"];
            gateway_ms: null | components["schemas"]["UsagePercentiles"];
            /** @description With `group_by`: of which group. */
            group?: components["schemas"]["UsageGroup"];
            /**
             * Format: int64
             * @description The client left before the answer was complete, or its connection broke.
             */
            left: number;
            /**
             * Format: int64
             * @description Questions that the documents hold nothing about, answered by saying so.
             */
            nothing_found: number;
            /**
             * Format: int64
             * @description Answered.
             */
            ok: number;
            /** @description Those that were not `ok`, by error code, `nothing_found`, `client_left` or `broken`. */
            outcomes: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Tokens of prompts, with history and passages.
             */
            prompt_tokens: number;
            /**
             * Format: int64
             * @description Refused with a status from 400 to 498.
             */
            refused: number;
            /**
             * Format: int64
             * @description All requests.
             */
            requests: number;
            /**
             * Format: date-time
             * @description When it began.
             */
            start: string;
            /**
             * Format: int64
             * @description Requests whose tokens were estimated, because AnythingLLM did not report them.
             */
            tokens_estimated: number;
            total_ms: null | components["schemas"]["UsagePercentiles"];
            /**
             * Format: int64
             * @description Both.
             */
            total_tokens: number;
        };
        /** @description What was counted. */
        UsageNumbers: {
            /**
             * Format: int64
             * @description Bytes of answers.
             */
            bytes_out: number;
            /**
             * Format: int64
             * @description Knowledge queries answered from memory.
             */
            cache_hits: number;
            /**
             * Format: int64
             * @description Knowledge queries that could have been.
             */
            cache_misses: number;
            /**
             * Format: int64
             * @description Tokens of answers.
             */
            completion_tokens: number;
            /**
             * Format: int64
             * @description All others: AnythingLLM or the gateway failed.
             */
            failed: number;
            first_byte_ms: null | components["schemas"]["UsagePercentiles"];
            gateway_ms: null | components["schemas"]["UsagePercentiles"];
            /**
             * Format: int64
             * @description The client left before the answer was complete, or its connection broke.
             */
            left: number;
            /**
             * Format: int64
             * @description Questions that the documents hold nothing about, answered by saying so.
             */
            nothing_found: number;
            /**
             * Format: int64
             * @description Answered.
             */
            ok: number;
            /** @description Those that were not `ok`, by error code, `nothing_found`, `client_left` or `broken`. */
            outcomes: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Tokens of prompts, with history and passages.
             */
            prompt_tokens: number;
            /**
             * Format: int64
             * @description Refused with a status from 400 to 498.
             */
            refused: number;
            /**
             * Format: int64
             * @description All requests.
             */
            requests: number;
            /**
             * Format: int64
             * @description Requests whose tokens were estimated, because AnythingLLM did not report them.
             */
            tokens_estimated: number;
            total_ms: null | components["schemas"]["UsagePercentiles"];
            /**
             * Format: int64
             * @description Both.
             */
            total_tokens: number;
        };
        /** @description Percentiles, each to within 1.6 %. */
        UsagePercentiles: {
            /**
             * Format: double
             * @description Of half of the requests.
             * @example 412.7
             */
            p50: number;
            /**
             * Format: double
             * @description Of 95 %.
             */
            p95: number;
            /**
             * Format: double
             * @description Of 99 %.
             */
            p99: number;
        };
        /** @description Usage of a span of time. */
        UsageReport: {
            /**
             * Format: date-time
             * @description Requests whose records were written by then are counted; records are written about a second after the end of the
             *     request.
             */
            complete_until: string;
            /** @description By time: every period, or with `group_by` every period of a group that had requests. */
            data: components["schemas"]["UsageLine"][];
            /**
             * Format: date-time
             * @description Beginning of the first period.
             */
            from: string;
            /**
             * @description `hour` or `day`, of UTC.
             * @example hour
             */
            granularity: string;
            /** @description What lines are told apart by, besides time. */
            group_by: string | null;
            /** @description With `group_by`: the whole span by group, those with the most requests first. */
            groups: components["schemas"]["UsageGroupTotal"][] | null;
            /**
             * Format: date-time
             * @description End of the last period.
             */
            to: string;
            /** @description The whole span. */
            totals: components["schemas"]["UsageNumbers"];
        };
        /** @description A user. */
        User: {
            /**
             * Format: int64
             * @description AnythingLLM's number of the user.
             * @example 7
             */
            id: number;
            /**
             * @description `default`, `manager` or `admin`.
             * @example manager
             */
            role: string;
            /**
             * @description The login name.
             * @example jane
             */
            username: string;
            /** @description Where the user can work; null if AnythingLLM could not be asked just now. */
            workspaces: components["schemas"]["UserWorkspace"][] | null;
        };
        /** @description A workspace the user can work in. */
        UserWorkspace: {
            /** @description For people. */
            name: string;
            /**
             * @description For `workspace` in requests.
             * @example demo-shop
             */
            slug: string;
        };
        /** @description Who is asking. */
        Visitor: {
            /**
             * @description A pseudonym; no names, no addresses. To be left out with a visitor token, which says it.
             * @example v-8f3a
             */
            id?: string | null;
            /**
             * @description Language of the page, as a language tag.
             * @example de-AT
             */
            locale?: string | null;
        };
        /** @description A visitor who was let in. */
        VisitorSession: {
            config: null | components["schemas"]["WidgetConfig"];
            /**
             * Format: int64
             * @description Seconds that it lives. Renew it before: send it here instead of the key.
             * @example 900
             */
            expires_in: number;
            /** @description To be sent as `Authorization: Bearer` instead of the key. */
            token: string;
            /**
             * @description Keep it in this browser for the next visit: with it, anonymous conversations are found again.
             * @example vis_6f0eM2h…
             */
            visitor_id: string;
        };
        /** @description What a page says about its visitor. */
        VisitorSessionRequest: {
            /**
             * @description A JWT by which the shop's back end says which of its customers this is. Only where the workspace has it switched
             *     on.
             */
            identity_token?: string | null;
            /**
             * @description The solution of a challenge, as ALTCHA's clients encode it. Only for keys that ask for it, and not when
             *     renewing.
             */
            proof?: string | null;
            /**
             * @description The `visitor_id` of an earlier visit in this browser.
             * @example vis_6f0eM2h…
             */
            visitor_id?: string | null;
        };
        /** @description An address that is told what happens. */
        Webhook: {
            /** Format: date-time */
            created_at: string;
            description: string;
            /** @description Why Vestibule switched it off: `gone` (it answered 410) or `failing`; null if it did not. */
            disabled_because: string | null;
            enabled: boolean;
            /**
             * @description What it is told; see `docs/api/webhooks.md`.
             * @example [
             *       "key.quota_warning"
             *     ]
             */
            events: string[];
            /** Format: uuid */
            id: string;
            /**
             * Format: date-time
             * @description Until then messages are signed with the secret before the present one as well.
             */
            previous_secret_until: string | null;
            /**
             * Format: int32
             * @description The share of an hour's answers that find nothing, in percent, beyond which `answers.refused` is told.
             */
            refused_percent: number;
            /** Format: date-time */
            updated_at: string;
            /** @example https://hooks.shop.example/vestibule */
            url: string;
        };
        /** @description A message to a webhook. */
        WebhookDelivery: {
            /**
             * Format: int32
             * @description How often it was tried.
             */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /** @example key.quota_warning */
            event: string;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            last_attempt_at: string | null;
            /** @description Why the last attempt failed. */
            last_error: string | null;
            /**
             * Format: int32
             * @description The status that the receiver answered last; null if it did not answer.
             */
            last_status: number | null;
            /**
             * @description What the receiver finds in `webhook-id`.
             * @example msg_01a22d88cf3a7f3bba177d9e73100781
             */
            message_id: string;
            /** Format: date-time */
            next_attempt_at: string | null;
            /** @description What was sent. */
            payload: Record<string, never>;
            /** @description `pending`, `delivered` or `failed`. */
            state: string;
        };
        /** @description A page of messages. */
        WebhookDeliveryPage: {
            /** @description Newest first. */
            data: components["schemas"]["WebhookDelivery"][];
            has_more: boolean;
            /** Format: uuid */
            next_cursor: string | null;
        };
        /** @description All webhooks of a workspace. */
        WebhookList: {
            data: components["schemas"]["Webhook"][];
        };
        /** @description What is to change of a webhook. */
        WebhookPatch: {
            description?: string | null;
            enabled?: boolean | null;
            events?: string[] | null;
            /** Format: int64 */
            refused_percent?: number | null;
            url?: string | null;
        };
        /** @description An interval of each week. */
        Weekly: {
            /** @description `HH:MM`, at most `24:00`. */
            closes: string;
            /** @description The weekday's English name, in lower case. */
            day: string;
            /** @description `HH:MM`. */
            opens: string;
        };
        /** @description An interval of each week. */
        WeeklyInput: {
            /** @description `HH:MM`, at most `24:00`. */
            closes: string;
            /** @description The weekday's English name, in lower case. */
            day: string;
            /** @description `HH:MM`. */
            opens: string;
        };
        /**
         * @description Whose widget.
         * @enum {string}
         */
        Widget: "vestibule" | "anythingllm";
        /** @description An error on the widget's paths. */
        WidgetAbort: {
            /** @description Always true. */
            close: boolean;
            /** @description The code. */
            error: components["schemas"]["ProblemCode"];
            /** @description A sentence for the shopper. */
            errorMsg: string;
            /** @description The request's id. */
            id: string;
            /** @description Always empty. */
            sources: string[];
            /** @description Always null. */
            textResponse: string | null;
            /**
             * @description `abort`
             * @example abort
             */
            type: string;
        };
        /** @description How a widget looks. */
        WidgetAppearance: {
            /**
             * Format: int32
             * @description Opens by itself after this many seconds; null = never.
             */
            auto_open_secs: number | null;
            /** @description The assistant's picture. */
            avatar_url: string | null;
            /**
             * @description Background of the heading and of buttons.
             * @example #1F6FEB
             */
            brand_color: string;
            /** @description The shop's logo. */
            logo_url: string | null;
            /** @description Where the chat opens. */
            position: components["schemas"]["Position"];
            /** @description Whether the chat says what it runs on. */
            show_powered_by: boolean;
            /** @description Whether sources are shown under answers. */
            show_sources: boolean;
            /**
             * @description Text on it.
             * @example #FFFFFF
             */
            text_color: string;
            /** @description Light, dark, or as the device. */
            theme: components["schemas"]["Theme"];
        };
        /** @description Whether people are there. */
        WidgetBusinessHours: {
            /**
             * Format: date-time
             * @description When it closes; null when it is closed, or does not close within a year.
             */
            closes_at: string | null;
            /**
             * @description Why today is an exception.
             * @example Christmas Eve
             */
            label: string | null;
            /** @description Now. */
            open: boolean;
            /**
             * Format: date-time
             * @description When it opens next; null when it is open, or does not open within a year.
             */
            opens_at: string | null;
            /**
             * @description `not_configured` (then always open), `weekly` or `exception`.
             * @example weekly
             */
            reason: string;
        };
        /** @description What a widget may do besides asking. */
        WidgetCapabilities: {
            /** @description Readers may say whether an answer was good: the credential has the scope `feedback:write`. */
            feedback: boolean;
            /**
             * @description Readers may write to people: the credential has the scope `chat:write`, and `support.handoff_mode` is
             *     `contact_form` or `webhook`.
             */
            handover: boolean;
        };
        /** @description How products are shown. */
        WidgetCards: {
            /** @description The words on a card's button. */
            cta: string;
            /** @description What a card shows, in this order. */
            fields: components["schemas"]["CardField"][];
            /**
             * Format: int32
             * @description Cards under one answer; 0 = none.
             */
            max: number;
            /** @description Parameters to be added to product links. */
            utm: {
                [key: string]: string;
            };
        };
        /** @description What a widget needs. */
        WidgetConfig: {
            /**
             * @description Says that an AI answers. Must be shown before the first message. Null only where staff has written down why.
             * @example You are chatting with an AI assistant.
             */
            ai_disclosure: string | null;
            /** @description How it looks. */
            appearance: components["schemas"]["WidgetAppearance"];
            /** @description Whether people are there. */
            business_hours: components["schemas"]["WidgetBusinessHours"];
            /** @description What a widget may do besides asking, with the credential that asks. */
            capabilities: components["schemas"]["WidgetCapabilities"];
            /** @description How products are shown. */
            cards: components["schemas"]["WidgetCards"];
            /** @description What the assistant says first. */
            greeting: string | null;
            /**
             * @description The language of the texts.
             * @example de-AT
             */
            locale: string;
            /** @description All languages there are; the first is the default. */
            locales: string[];
            /** @description Where the shop sells. */
            market: components["schemas"]["WidgetMarket"];
            /**
             * Format: int32
             * @description Longest message, in characters.
             * @example 4000
             */
            max_message_chars: number;
            /** @description In the empty input. */
            placeholder: string | null;
            /** @description What shoppers are to know and agree to. */
            privacy: components["schemas"]["WidgetPrivacy"];
            /** @description Questions offered before the first one. */
            suggested: string[];
            /** @description How a person is reached. */
            support: components["schemas"]["WidgetSupport"];
            /** @description Under the heading. */
            tagline: string | null;
            /** @description The chat's heading. */
            title: string;
            /**
             * @description Slug of the workspace.
             * @example demo-shop
             */
            workspace: string;
        };
        /** @description Where the shop sells. */
        WidgetMarket: {
            /**
             * @description Where it sells (ISO 3166-1 alpha-2).
             * @example DE
             */
            country: string | null;
            /**
             * @description What prices are in (ISO 4217).
             * @example EUR
             */
            currency: string;
            /** @description Whether prices are shown with tax. */
            prices_include_tax: boolean;
        };
        /** @description One message. */
        WidgetMessage: {
            /** @description Always empty. */
            attachments: string[];
            /** @description Number of the pair. */
            chatId: number;
            /** @description What was asked. */
            content: string;
            /** @description `user` */
            role: string;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            sentAt: number;
        } | {
            /** @description Number of the pair. */
            chatId: number;
            /** @description What was answered. */
            content: string;
            /** @description Always null. */
            feedbackScore: boolean | null;
            /** @description `assistant` */
            role: string;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            sentAt: number;
            /** @description Always empty. */
            sources: string[];
            /** @description `chat` */
            type: string;
        };
        /** @description What shoppers are to know and agree to. */
        WidgetPrivacy: {
            /** @description Whether the widget asks before the first message. */
            consent_required: boolean;
            /** @description The page about privacy. */
            privacy_url: string | null;
        };
        /**
         * @description What the widget sends. Unknown fields are passed over: the widget comes from AnythingLLM, in whatever version that
         *     is.
         */
        WidgetRequest: {
            /**
             * @description What is asked.
             * @example Do you ship to Austria?
             */
            message: string;
            /** @description Accepted and dropped. */
            model?: string | null;
            /** @description Accepted and dropped: the page does not choose the prompt. */
            prompt?: string | null;
            /**
             * Format: uuid
             * @description Names the conversation; made by the widget.
             */
            sessionId: string;
            /**
             * Format: float
             * @description Accepted and dropped.
             */
            temperature?: number | null;
            /** @description Accepted and dropped: AnythingLLM would keep it. */
            username?: string | null;
        };
        /** @description The group `widget`. */
        WidgetSettings: {
            /**
             * Format: int32
             * @description Opens by itself after this many seconds; null = never.
             */
            auto_open_secs: number | null;
            /** @description The assistant's picture; https. */
            avatar_url: string | null;
            /**
             * @description Background of the heading and of buttons, `#RRGGBB`.
             * @example #1F6FEB
             */
            brand_color: string;
            /** @description The words on a card's button. */
            card_cta: string;
            /** @description What a product card shows, in this order. */
            card_fields: components["schemas"]["CardField"][];
            /** @description What the assistant says first. */
            greeting: string | null;
            /** @description The shop's logo; https. */
            logo_url: string | null;
            /**
             * Format: int32
             * @description Product cards under one answer; 0 = none.
             */
            max_cards: number;
            /** @description In the empty input. */
            placeholder: string | null;
            /** @description Where the chat opens. */
            position: components["schemas"]["Position"];
            /** @description Whether the chat says what it runs on. */
            show_powered_by: boolean;
            /** @description Whether sources are shown under answers. */
            show_sources: boolean;
            /** @description Questions offered before the first one; at most 8 of 1 to 200 characters. */
            suggested: string[];
            /** @description Under the heading. */
            tagline: string | null;
            /**
             * @description Text on it, `#RRGGBB`.
             * @example #FFFFFF
             */
            text_color: string;
            /** @description Light, dark, or as the device. */
            theme: components["schemas"]["Theme"];
            /** @description The chat's heading. */
            title: string;
            /** @description The texts in other languages, by locale. */
            translations: {
                [key: string]: components["schemas"]["WidgetTranslation"];
            };
            /** @description Parameters added to product links; values are texts. */
            utm: {
                [key: string]: string;
            };
        };
        /** @description The group `widget`. */
        WidgetSettingsInput: {
            /**
             * Format: int32
             * @description Opens by itself after this many seconds; null = never.
             * @default null
             */
            auto_open_secs?: number | null;
            /**
             * @description The assistant's picture; https.
             * @default null
             */
            avatar_url?: string | null;
            /**
             * @description Background of the heading and of buttons, `#RRGGBB`.
             * @default #1F6FEB
             * @example #1F6FEB
             */
            brand_color?: string;
            /**
             * @description The words on a card's button.
             * @default View
             */
            card_cta?: string;
            /**
             * @description What a product card shows, in this order.
             * @default [
             *       "title",
             *       "image",
             *       "price",
             *       "availability",
             *       "url"
             *     ]
             */
            card_fields?: components["schemas"]["CardField"][];
            /**
             * @description What the assistant says first.
             * @default null
             */
            greeting?: string | null;
            /**
             * @description The shop's logo; https.
             * @default null
             */
            logo_url?: string | null;
            /**
             * Format: int32
             * @description Product cards under one answer; 0 = none.
             * @default 3
             */
            max_cards?: number;
            /**
             * @description In the empty input.
             * @default null
             */
            placeholder?: string | null;
            /**
             * @description Where the chat opens.
             * @default bottom-right
             */
            position?: components["schemas"]["Position"];
            /**
             * @description Whether the chat says what it runs on.
             * @default true
             */
            show_powered_by?: boolean;
            /**
             * @description Whether sources are shown under answers.
             * @default false
             */
            show_sources?: boolean;
            /**
             * @description Questions offered before the first one; at most 8 of 1 to 200 characters.
             * @default []
             */
            suggested?: string[];
            /**
             * @description Under the heading.
             * @default null
             */
            tagline?: string | null;
            /**
             * @description Text on it, `#RRGGBB`.
             * @default #FFFFFF
             * @example #FFFFFF
             */
            text_color?: string;
            /**
             * @description Light, dark, or as the device.
             * @default auto
             */
            theme?: components["schemas"]["Theme"];
            /**
             * @description The chat's heading.
             * @default Chat
             */
            title?: string;
            /**
             * @description The texts in other languages, by locale.
             * @default {}
             */
            translations?: {
                [key: string]: components["schemas"]["WidgetTranslationInput"];
            };
            /**
             * @description Parameters added to product links; values are texts.
             * @default {}
             */
            utm?: {
                [key: string]: string;
            };
        };
        /** @description How a person is reached. */
        WidgetSupport: {
            /** @description What the widget does outside business hours. */
            after_hours: components["schemas"]["AfterHours"];
            /**
             * Format: int32
             * @description A person is offered after this many refusals in a row; null = never by itself.
             */
            after_refusals: number | null;
            /** @description An address to write to. */
            email: string | null;
            /** @description What happens when a shopper wants a person. */
            handoff_mode: components["schemas"]["HandoffMode"];
            /** @description Said outside business hours. */
            offline_message: string | null;
            /** @description A number to call. */
            phone: string | null;
            /** @description What is asked before the chat begins. */
            prechat_fields: components["schemas"]["PrechatField"][];
            /** @description A page to go to. */
            url: string | null;
        };
        /** @description The widget's texts in another language; what is left out stays as it is. */
        WidgetTranslation: {
            /** @description As in the settings. */
            ai_disclosure?: string | null;
            /** @description As in the widget. */
            card_cta?: string | null;
            /** @description As in the widget. */
            greeting?: string | null;
            /** @description As in the support settings. */
            offline_message?: string | null;
            /** @description As in the widget. */
            placeholder?: string | null;
            /** @description As in the widget. */
            suggested?: string[] | null;
            /** @description As in the widget. */
            tagline?: string | null;
            /** @description As in the widget. */
            title?: string | null;
        };
        /** @description The widget's texts in another language; what is left out stays as it is. */
        WidgetTranslationInput: {
            /**
             * @description As in the settings.
             * @default null
             */
            ai_disclosure?: string | null;
            /**
             * @description As in the widget.
             * @default null
             */
            card_cta?: string | null;
            /**
             * @description As in the widget.
             * @default null
             */
            greeting?: string | null;
            /**
             * @description As in the support settings.
             * @default null
             */
            offline_message?: string | null;
            /**
             * @description As in the widget.
             * @default null
             */
            placeholder?: string | null;
            /**
             * @description As in the widget.
             * @default null
             */
            suggested?: string[] | null;
            /**
             * @description As in the widget.
             * @default null
             */
            tagline?: string | null;
            /**
             * @description As in the widget.
             * @default null
             */
            title?: string | null;
        };
        /** @description A page of workspaces. */
        WorkspacePage: {
            /** @description In the order they were made. */
            data: components["schemas"]["ManagedWorkspace"][];
            /** @description Whether there are more. */
            has_more: boolean;
            /**
             * Format: uuid
             * @description For the next page.
             */
            next_cursor: string | null;
        };
        /** @description What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default. */
        WorkspacePatch: {
            /** @description Members of `extra`. */
            extra?: Record<string, never> | null;
            /** @description For people. */
            name?: string | null;
            settings?: null | components["schemas"]["WorkspaceSettings"];
            status?: null | components["schemas"]["WorkspaceStatus"];
            support?: null | components["schemas"]["SupportSettingsInput"];
            widget?: null | components["schemas"]["WidgetSettingsInput"];
        };
        /** @description The group `settings`. The first seven are known to AnythingLLM too: they are written through to it. */
        WorkspaceSettings: {
            /**
             * @description The sentence that says that an AI answers; shown before the first message, unless `ai_disclosure_waiver` says why
             *     not.
             * @default You are chatting with an AI assistant.
             */
            ai_disclosure?: string;
            /**
             * @description Why shoppers are not told here that an AI answers: a written reason, kept in the audit log. Null = they are told.
             * @default null
             */
            ai_disclosure_waiver?: string | null;
            /**
             * Format: int32
             * @description How long the answer to the first question of a conversation may be given to others who ask the same, in query mode,
             *     in seconds; 0 = not at all.
             * @default 0
             */
            answer_cache_ttl_secs?: number;
            /**
             * Format: int32
             * @description How long answers to knowledge queries may be kept, in seconds; 0 = not at all.
             * @default 0
             */
            cache_ttl_secs?: number;
            /**
             * @description `query` answers only from the documents, `chat` also from the model's own knowledge.
             * @default query
             */
            chat_mode?: components["schemas"]["ChatMode"];
            /**
             * @description Whether the widget asks before the first message.
             * @default false
             */
            consent_required?: boolean;
            /**
             * @description Where the shop sells (ISO 3166-1 alpha-2).
             * @default null
             * @example DE
             */
            country?: string | null;
            /**
             * @description What prices are in (ISO 4217).
             * @default EUR
             * @example EUR
             */
            currency?: string;
            /**
             * @description The language of shoppers whose own is not offered (BCP 47).
             * @default en
             * @example de-DE
             */
            default_locale?: string;
            /**
             * Format: int32
             * @description Earlier pairs of question and answer that the model sees. Null leaves AnythingLLM's own setting.
             * @default null
             */
            history_messages?: number | null;
            /**
             * @description The languages offered besides; at most 50.
             * @default []
             */
            locales?: string[];
            /**
             * Format: int32
             * @description Longest message, in characters.
             * @default 4000
             */
            max_message_chars?: number;
            /**
             * Format: int32
             * @description A stream is ended after this many seconds.
             * @default 180
             */
            max_stream_secs?: number;
            /**
             * @description Whether prices are shown with tax.
             * @default true
             */
            prices_include_tax?: boolean;
            /**
             * @description The page about privacy.
             * @default null
             */
            privacy_url?: string | null;
            /**
             * @description The system prompt; never shown to a client with a publishable key. Null leaves AnythingLLM's own setting.
             * @default null
             */
            prompt?: string | null;
            /**
             * @description Whether e-mail addresses and the like are kept out of logs. Vestibule logs no texts at all; what works behind it
             *     can follow this.
             * @default true
             */
            redact_pii_in_logs?: boolean;
            /**
             * @description What query mode says when it finds nothing. Null leaves AnythingLLM's own setting.
             * @default null
             */
            refusal_message?: string | null;
            /**
             * Format: int32
             * @description Days after which a conversation can no longer be read; null = never.
             * @default 90
             */
            retention_days?: number | null;
            /**
             * Format: double
             * @description Least similarity of a passage. Null leaves AnythingLLM's own setting.
             * @default null
             */
            score_threshold?: number | null;
            /**
             * @description Whether conversations may be read again, and their words are kept for those who run the shop to see.
             * @default true
             */
            store_transcripts?: boolean;
            /**
             * Format: double
             * @description Randomness of the model. Null leaves AnythingLLM's own setting.
             * @default null
             */
            temperature?: number | null;
            /**
             * @description The shop's time (IANA).
             * @default UTC
             * @example Europe/Berlin
             */
            timezone?: string;
            /**
             * Format: int32
             * @description Passages put before the model. Null leaves AnythingLLM's own setting.
             * @default null
             */
            top_n?: number | null;
        };
        /**
         * @description Whether a workspace answers.
         * @enum {string}
         */
        WorkspaceStatus: "draft" | "active" | "paused" | "archived";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description `mode=ai-originated`. */
        "AI-Disclosure": string;
        /** @description Of the messages. */
        ETag: string;
        /** @description What is left of them: `"key-minute";r=58;t=1` is 58 at once, all of it again in 1 second. */
        RateLimit: string;
        /** @description The limits in force: `"key-minute";q=600;w=60` is 600 in 60 seconds. */
        "RateLimit-Policy": string;
        /** @description Seconds after which to try again. */
        "Retry-After": string;
        /** @description RFC 6750. */
        "WWW-Authenticate": string;
        /** @description The request's id, in logs too. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type AfterHours = components['schemas']['AfterHours'];
export type AuditActor = components['schemas']['AuditActor'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type BotKey = components['schemas']['BotKey'];
export type BotKeySet = components['schemas']['BotKeySet'];
export type BusinessHours = components['schemas']['BusinessHours'];
export type BusinessHoursException = components['schemas']['BusinessHoursException'];
export type BusinessHoursExceptionInput = components['schemas']['BusinessHoursExceptionInput'];
export type BusinessHoursInput = components['schemas']['BusinessHoursInput'];
export type CardField = components['schemas']['CardField'];
export type ChatAnswer = components['schemas']['ChatAnswer'];
export type ChatDelta = components['schemas']['ChatDelta'];
export type ChatDone = components['schemas']['ChatDone'];
export type ChatMode = components['schemas']['ChatMode'];
export type ChatRequest = components['schemas']['ChatRequest'];
export type ChatSources = components['schemas']['ChatSources'];
export type ChatStart = components['schemas']['ChatStart'];
export type ChatStreamEvent = components['schemas']['ChatStreamEvent'];
export type Conversation = components['schemas']['Conversation'];
export type ConversationPage = components['schemas']['ConversationPage'];
export type Erasure = components['schemas']['Erasure'];
export type ErasureRemoved = components['schemas']['ErasureRemoved'];
export type ErasureRequest = components['schemas']['ErasureRequest'];
export type ErasureStatus = components['schemas']['ErasureStatus'];
export type ExchangeOutcome = components['schemas']['ExchangeOutcome'];
export type Feedback = components['schemas']['Feedback'];
export type FeedbackRequest = components['schemas']['FeedbackRequest'];
export type Gap = components['schemas']['Gap'];
export type GapList = components['schemas']['GapList'];
export type Grant = components['schemas']['Grant'];
export type HandoffMode = components['schemas']['HandoffMode'];
export type Handover = components['schemas']['Handover'];
export type HandoverContact = components['schemas']['HandoverContact'];
export type HandoverRequest = components['schemas']['HandoverRequest'];
export type History = components['schemas']['History'];
export type Identity = components['schemas']['Identity'];
export type IdentitySecret = components['schemas']['IdentitySecret'];
export type IdentitySwitches = components['schemas']['IdentitySwitches'];
export type Interval = components['schemas']['Interval'];
export type IntervalInput = components['schemas']['IntervalInput'];
export type IssuedKey = components['schemas']['IssuedKey'];
export type IssuedWebhook = components['schemas']['IssuedWebhook'];
export type Key = components['schemas']['Key'];
export type KeyLimits = components['schemas']['KeyLimits'];
export type KeyLimitsInForce = components['schemas']['KeyLimitsInForce'];
export type KeyLimitsInput = components['schemas']['KeyLimitsInput'];
export type KeyPage = components['schemas']['KeyPage'];
export type KeyPatch = components['schemas']['KeyPatch'];
export type KeyRotation = components['schemas']['KeyRotation'];
export type KeySet = components['schemas']['KeySet'];
export type KnowledgeAnswer = components['schemas']['KnowledgeAnswer'];
export type KnowledgeQuery = components['schemas']['KnowledgeQuery'];
export type KnowledgeResult = components['schemas']['KnowledgeResult'];
export type LoginRequest = components['schemas']['LoginRequest'];
export type ManagedSettings = components['schemas']['ManagedSettings'];
export type ManagedWorkspace = components['schemas']['ManagedWorkspace'];
export type Me = components['schemas']['Me'];
export type Member = components['schemas']['Member'];
export type MemberPage = components['schemas']['MemberPage'];
export type Message = components['schemas']['Message'];
export type MessagePage = components['schemas']['MessagePage'];
export type Money = components['schemas']['Money'];
export type NewIdentitySecret = components['schemas']['NewIdentitySecret'];
export type NewKeyBody = components['schemas']['NewKeyBody'];
export type NewStaffDocument = components['schemas']['NewStaffDocument'];
export type NewWebhook = components['schemas']['NewWebhook'];
export type NewWorkspace = components['schemas']['NewWorkspace'];
export type Nothing = components['schemas']['Nothing'];
export type OriginsPreview = components['schemas']['OriginsPreview'];
export type OutOfReach = components['schemas']['OutOfReach'];
export type PlatformName = components['schemas']['PlatformName'];
export type Position = components['schemas']['Position'];
export type PrechatField = components['schemas']['PrechatField'];
export type PreviewBody = components['schemas']['PreviewBody'];
export type PreviewedOrigin = components['schemas']['PreviewedOrigin'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type ProblemField = components['schemas']['ProblemField'];
export type Product = components['schemas']['Product'];
export type ProductAvailability = components['schemas']['ProductAvailability'];
export type ProofChallenge = components['schemas']['ProofChallenge'];
export type PublicKey = components['schemas']['PublicKey'];
export type QuotaInForce = components['schemas']['QuotaInForce'];
export type RateInForce = components['schemas']['RateInForce'];
export type RefreshRequest = components['schemas']['RefreshRequest'];
export type Removal = components['schemas']['Removal'];
export type RemovalDocuments = components['schemas']['RemovalDocuments'];
export type RevokeBody = components['schemas']['RevokeBody'];
export type RevokeRequest = components['schemas']['RevokeRequest'];
export type RotateBody = components['schemas']['RotateBody'];
export type RotateIdentitySecret = components['schemas']['RotateIdentitySecret'];
export type RotateWebhookSecret = components['schemas']['RotateWebhookSecret'];
export type Session = components['schemas']['Session'];
export type SessionPage = components['schemas']['SessionPage'];
export type SettingDrift = components['schemas']['SettingDrift'];
export type Snippet = components['schemas']['Snippet'];
export type Snippets = components['schemas']['Snippets'];
export type Source = components['schemas']['Source'];
export type StaffDocument = components['schemas']['StaffDocument'];
export type StaffDocumentPage = components['schemas']['StaffDocumentPage'];
export type Store = components['schemas']['Store'];
export type StoreCheck = components['schemas']['StoreCheck'];
export type StoreConnection = components['schemas']['StoreConnection'];
export type StoreCredentials = components['schemas']['StoreCredentials'];
export type StoreCredentialsView = components['schemas']['StoreCredentialsView'];
export type StoreDelivery = components['schemas']['StoreDelivery'];
export type StoreSchedule = components['schemas']['StoreSchedule'];
export type StoreScheduleView = components['schemas']['StoreScheduleView'];
export type StreamsInForce = components['schemas']['StreamsInForce'];
export type SupportSettings = components['schemas']['SupportSettings'];
export type SupportSettingsInput = components['schemas']['SupportSettingsInput'];
export type SyncBody = components['schemas']['SyncBody'];
export type SyncError = components['schemas']['SyncError'];
export type SyncOutcome = components['schemas']['SyncOutcome'];
export type SyncProducts = components['schemas']['SyncProducts'];
export type SyncReportPage = components['schemas']['SyncReportPage'];
export type SyncRequest = components['schemas']['SyncRequest'];
export type SyncRun = components['schemas']['SyncRun'];
export type SyncRunDetail = components['schemas']['SyncRunDetail'];
export type SyncRunError = components['schemas']['SyncRunError'];
export type SyncRunPage = components['schemas']['SyncRunPage'];
export type SyncSide = components['schemas']['SyncSide'];
export type SyncWithheld = components['schemas']['SyncWithheld'];
export type Theme = components['schemas']['Theme'];
export type Thumb = components['schemas']['Thumb'];
export type TokenGeneration = components['schemas']['TokenGeneration'];
export type Transcript = components['schemas']['Transcript'];
export type TranscriptHandover = components['schemas']['TranscriptHandover'];
export type TranscriptMessage = components['schemas']['TranscriptMessage'];
export type TranscriptPage = components['schemas']['TranscriptPage'];
export type TranscriptPatch = components['schemas']['TranscriptPatch'];
export type TranscriptSource = components['schemas']['TranscriptSource'];
export type TranscriptSummary = components['schemas']['TranscriptSummary'];
export type UiLink = components['schemas']['UiLink'];
export type UpstreamHalf = components['schemas']['UpstreamHalf'];
export type Usage = components['schemas']['Usage'];
export type UsageGroup = components['schemas']['UsageGroup'];
export type UsageGroupTotal = components['schemas']['UsageGroupTotal'];
export type UsageLine = components['schemas']['UsageLine'];
export type UsageNumbers = components['schemas']['UsageNumbers'];
export type UsagePercentiles = components['schemas']['UsagePercentiles'];
export type UsageReport = components['schemas']['UsageReport'];
export type User = components['schemas']['User'];
export type UserWorkspace = components['schemas']['UserWorkspace'];
export type Visitor = components['schemas']['Visitor'];
export type VisitorSession = components['schemas']['VisitorSession'];
export type VisitorSessionRequest = components['schemas']['VisitorSessionRequest'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhookDeliveryPage = components['schemas']['WebhookDeliveryPage'];
export type WebhookList = components['schemas']['WebhookList'];
export type WebhookPatch = components['schemas']['WebhookPatch'];
export type Weekly = components['schemas']['Weekly'];
export type WeeklyInput = components['schemas']['WeeklyInput'];
export type Widget = components['schemas']['Widget'];
export type WidgetAbort = components['schemas']['WidgetAbort'];
export type WidgetAppearance = components['schemas']['WidgetAppearance'];
export type WidgetBusinessHours = components['schemas']['WidgetBusinessHours'];
export type WidgetCapabilities = components['schemas']['WidgetCapabilities'];
export type WidgetCards = components['schemas']['WidgetCards'];
export type WidgetConfig = components['schemas']['WidgetConfig'];
export type WidgetMarket = components['schemas']['WidgetMarket'];
export type WidgetMessage = components['schemas']['WidgetMessage'];
export type WidgetPrivacy = components['schemas']['WidgetPrivacy'];
export type WidgetRequest = components['schemas']['WidgetRequest'];
export type WidgetSettings = components['schemas']['WidgetSettings'];
export type WidgetSettingsInput = components['schemas']['WidgetSettingsInput'];
export type WidgetSupport = components['schemas']['WidgetSupport'];
export type WidgetTranslation = components['schemas']['WidgetTranslation'];
export type WidgetTranslationInput = components['schemas']['WidgetTranslationInput'];
export type WorkspacePage = components['schemas']['WorkspacePage'];
export type WorkspacePatch = components['schemas']['WorkspacePatch'];
export type WorkspaceSettings = components['schemas']['WorkspaceSettings'];
export type WorkspaceStatus = components['schemas']['WorkspaceStatus'];
export type HeaderAiDisclosure = components['headers']['AI-Disclosure'];
export type HeaderETag = components['headers']['ETag'];
export type HeaderRateLimit = components['headers']['RateLimit'];
export type HeaderRateLimitPolicy = components['headers']['RateLimit-Policy'];
export type HeaderRetryAfter = components['headers']['Retry-After'];
export type HeaderWwwAuthenticate = components['headers']['WWW-Authenticate'];
export type HeaderXRequestId = components['headers']['X-Request-Id'];
export type $defs = Record<string, never>;
export interface operations {
    "stores.bot_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A key set (RFC 7517). */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/http-message-signatures-directory+json": components["schemas"]["BotKeySet"];
                };
            };
        };
    };
    "auth.keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description RFC 7517. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/jwk-set+json": components["schemas"]["KeySet"];
                };
            };
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /** @description `user`, `api_key`, `system` or `cli`. */
                actor_kind?: string;
                /** @description A user's number, a key's public id, or the name that either had then. */
                actor?: string;
                /** @description An action such as `workspace.updated`, or the beginning of several: `workspace`. */
                action?: string;
                /** @description A thing, such as `workspace:alpine-store`. */
                target?: string;
                /** @description Not before (RFC 3339). */
                from?: string;
                /** @description Before (RFC 3339). */
                to?: string;
                /** @description Entries of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
        };
    };
    "auth.login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "password": "…",
                 *       "username": "jane"
                 *     }
                 */
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description A session has begun. Keep the refresh token where no script of others can read it. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
        };
    };
    "auth.logout": {
        parameters: {
            query?: {
                /** @description Also all other sessions of the user. */
                all?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The session is over. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "auth.me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description User, workspaces and session. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    "auth.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description The session goes on. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Grant"];
                };
            };
        };
    };
    "auth.sessions.list": {
        parameters: {
            query?: {
                /** @description Another user's, for admins. */
                user_id?: number;
                /** @description Sessions of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
        };
    };
    "auth.sessions.end_all": {
        parameters: {
            query?: {
                /** @description Another user's, for admins. */
                user_id?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description They are over. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "auth.sessions.end": {
        parameters: {
            query?: {
                /** @description Whose it is, if it is another user's; for admins. */
                user_id?: number;
            };
            header?: never;
            path: {
                /** @description The session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is over. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "auth.ui_link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send the browser there. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UiLink"];
                };
            };
        };
    };
    "chat.create": {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible characters. The same key and body answer the same for a day, without a second question to the model. Not for streams. */
                "Idempotency-Key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatRequest"];
            };
        };
        responses: {
            /** @description The answer. */
            200: {
                headers: {
                    /** @description `mode=ai-originated`: a model has written it. */
                    "AI-Disclosure"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatAnswer"];
                    /**
                     * @example event: start
                     *     data: {"id":"019ab1c2-…","session_id":"order-4711","workspace":"demo-shop"}
                     *
                     *     event: delta
                     *     data: {"text":"You can return "}
                     *
                     *     event: delta
                     *     data: {"text":"unused goods within 30 days."}
                     *
                     *     event: sources
                     *     data: {"sources":[]}
                     *
                     *     event: done
                     *     data: {"usage":{"prompt_tokens":412,"completion_tokens":18,"total_tokens":430,"duration_ms":640,"model":"…"},"refused":false,"ai_generated":true}
                     */
                    "text/event-stream": unknown;
                };
            };
        };
    };
    "conversations.list": {
        parameters: {
            query?: {
                /** @description Required for users and tenant-wide secret keys, else taken from the key. */
                workspace?: string;
                /** @description Conversations of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of conversations. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
                };
            };
        };
    };
    "keys.list": {
        parameters: {
            query?: {
                /** @description The beginning of a public id, the last four characters of a key, or a part of a name. */
                q?: string;
                /** @description Slug of the workspace they are bound to. */
                workspace?: string;
                /** @description `publishable` or `secret`. */
                kind?: string;
                /** @description `live` or `test`. */
                env?: string;
                /** @description `active`, `disabled`, `expired` or `revoked`. */
                status?: string;
                /** @description Keys of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    "keys.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "allowed_origins": [
                 *         "https://shop.example"
                 *       ],
                 *       "env": "test",
                 *       "kind": "publishable",
                 *       "limits": {
                 *         "per_minute": 120
                 *       },
                 *       "name": "Storefront",
                 *       "workspace": "demo-shop"
                 *     }
                 */
                "application/json": components["schemas"]["NewKeyBody"];
            };
        };
        responses: {
            /** @description The key, this once; `ETag` is its version. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKey"];
                };
            };
        };
    };
    "keys.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key; `ETag` is its version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    "keys.change": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` it was read with. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["KeyPatch"];
            };
        };
        responses: {
            /** @description As it is now; `ETag` is its new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    "keys.limits": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The limits in force. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyLimitsInForce"];
                };
            };
        };
    };
    "keys.preview_origins": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "allowed_origins": [
                 *         "https://shop.example"
                 *       ],
                 *       "days": 7
                 *     }
                 */
                "application/json": components["schemas"]["PreviewBody"];
            };
        };
        responses: {
            /** @description What it would have done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OriginsPreview"];
                };
            };
        };
    };
    "keys.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "was in a public repository"
                 *     }
                 */
                "application/json": components["schemas"]["RevokeBody"];
            };
        };
        responses: {
            /** @description The key as it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
        };
    };
    "keys.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "grace_from": "first_use",
                 *       "grace_seconds": 86400
                 *     }
                 */
                "application/json": components["schemas"]["RotateBody"];
            };
        };
        responses: {
            /** @description The new key, this once. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedKey"];
                };
            };
        };
    };
    "keys.snippet": {
        parameters: {
            query?: {
                /** @description Whose widget; ours unless said otherwise. */
                widget?: components["schemas"]["Widget"];
            };
            header?: never;
            path: {
                /** @description The key's id, or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What to paste. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Snippets"];
                };
            };
        };
    };
    "usage.key": {
        parameters: {
            query?: {
                /** @description Beginning (RFC 3339), moved back to a full hour or day of UTC; 24 hours before `to` when absent. */
                from?: string;
                /** @description End, moved on to a full hour or day; now when absent. */
                to?: string;
                /** @description `hour` or `day`; when absent, hours for up to 48 hours. */
                granularity?: string;
                /** @description `json` or `csv`; `Accept: text/csv` does the same. */
                format?: string;
            };
            header?: never;
            path: {
                /** @description The key's id or its public id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was used. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReport"];
                    "text/csv": string;
                };
            };
        };
    };
    "knowledge.query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "query": "cordless drill battery",
                 *       "top_n": 3
                 *     }
                 */
                "application/json": components["schemas"]["KnowledgeQuery"];
            };
        };
        responses: {
            /** @description The passages, best first. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KnowledgeAnswer"];
                };
            };
        };
    };
    "messages.list": {
        parameters: {
            query: {
                /** @description The conversation. */
                session_id: string;
                /** @description Required for users and tenant-wide secret keys, else taken from the key. */
                workspace?: string;
                /** @description Messages of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the conversation. */
            200: {
                headers: {
                    /** @description `mode=ai-originated`: a model has written the answers in it. */
                    "AI-Disclosure"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MessagePage"];
                };
            };
        };
    };
    "messages.reset": {
        parameters: {
            query: {
                /** @description The conversation. */
                session_id: string;
                /** @description Required for users and tenant-wide secret keys, else taken from the key. */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation is empty. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "feedback.give": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The answer. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "The price is missing.",
                 *       "value": "down"
                 *     }
                 */
                "application/json": components["schemas"]["FeedbackRequest"];
            };
        };
        responses: {
            /** @description It is kept. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Feedback"];
                };
            };
        };
    };
    "docs.openapi": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer before. */
                "If-None-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Nothing has changed. */
            304: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "privacy.erase": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "customer-4711",
                 *       "workspace": "demo-shop"
                 *     }
                 */
                "application/json": components["schemas"]["ErasureRequest"];
            };
        };
        responses: {
            /** @description It is being done; `Location` is the receipt. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
        };
    };
    "privacy.erasure": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The erasure. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The erasure. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
                };
            };
        };
    };
    "usage.show": {
        parameters: {
            query?: {
                /** @description Of this workspace (slug) only. */
                workspace?: string;
                /** @description Of this key only: its id or its public id. */
                key?: string;
                /** @description Beginning (RFC 3339), moved back to a full hour or day of UTC; 24 hours before `to` when absent. */
                from?: string;
                /** @description End, moved on to a full hour or day; now when absent. */
                to?: string;
                /** @description `hour` or `day`; when absent, hours for up to 48 hours. */
                granularity?: string;
                /** @description `key`, `workspace`, `outcome`, `route`, `origin` or `model`. */
                group_by?: string;
                /** @description `json` or `csv`; `Accept: text/csv` does the same. */
                format?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was used. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageReport"];
                    "text/csv": string;
                };
            };
        };
    };
    "widget.challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The challenge. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProofChallenge"];
                };
            };
        };
    };
    "widget.config": {
        parameters: {
            query?: {
                /**
                 * @description The language wanted, before `Accept-Language`.
                 * @example de-AT
                 */
                locale?: string;
                /** @description Slug of a workspace: required for users and for keys of a whole tenant, else the key's. */
                workspace?: string;
            };
            header?: {
                /** @description Languages wanted (RFC 9110, section 12.5.4). */
                "Accept-Language"?: string | null;
                /** @description The `ETag` of an answer before. */
                "If-None-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the widget needs. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WidgetConfig"];
                };
            };
            /** @description Nothing has changed. */
            304: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "widget.handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "mona@example.com",
                 *       "message": "My order has not arrived yet.",
                 *       "session_id": "order-4711"
                 *     }
                 */
                "application/json": components["schemas"]["HandoverRequest"];
            };
        };
        responses: {
            /** @description It was kept before. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Handover"];
                };
            };
            /** @description It is kept. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Handover"];
                };
            };
        };
    };
    "widget.session": {
        parameters: {
            query?: {
                /**
                 * @description The language of `config`, before `Accept-Language`.
                 * @example de-AT
                 */
                locale?: string;
            };
            header?: {
                /** @description Languages wanted (RFC 9110, section 12.5.4). */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VisitorSessionRequest"];
            };
        };
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VisitorSession"];
                };
            };
        };
    };
    "workspaces.list": {
        parameters: {
            query?: {
                /** @description Also those that are put away. */
                archived?: boolean;
                /** @description Workspaces of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of workspaces. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkspacePage"];
                };
            };
        };
    };
    "workspaces.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Alpine Store",
                 *       "platform": "shopify",
                 *       "settings": {
                 *         "currency": "EUR",
                 *         "default_locale": "de-DE",
                 *         "timezone": "Europe/Berlin"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewWorkspace"];
            };
        };
        responses: {
            /** @description It is there; `ETag` is its version. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedWorkspace"];
                };
            };
        };
    };
    "workspaces.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace; `ETag` is its version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedWorkspace"];
                };
            };
        };
    };
    "workspaces.remove": {
        parameters: {
            query?: {
                /** @description Remove it for good. */
                purge?: boolean;
            };
            header: {
                /** @description The `ETag` it was read with, or `*`. */
                "If-Match": string;
            };
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was removed for good. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            /** @description It is away and is being removed; `ETag` is its new version. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            /** @description It is put away. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "workspaces.change": {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` it was read with, or `*`. */
                "If-Match": string;
            };
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "settings": {
                 *         "refusal_message": null,
                 *         "top_n": 8
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["WorkspacePatch"];
            };
        };
        responses: {
            /** @description As it is now; `ETag` is its new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedWorkspace"];
                };
            };
        };
    };
    "transcripts.list": {
        parameters: {
            query?: {
                /** @description With a question that the documents hold nothing about. */
                refused?: boolean;
                /** @description With a question that was answered by an error. */
                failed?: boolean;
                /** @description With an answer that a reader thinks so of: `up` or `down`. */
                feedback?: string;
                /** @description Asked with this key. */
                key?: string;
                /**
                 * @description Asked on this page's origin.
                 * @example https://shop.example
                 */
                origin?: string;
                /**
                 * @description Asked in this language; `de` is `de-AT` as well.
                 * @example de
                 */
                locale?: string;
                /** @description Of this visitor: the id that their browser has, or as shown here. */
                visitor?: string;
                /** @description Of this customer: as the shop calls them, or as shown here. */
                subject?: string;
                /** @description Asked then or later (RFC 3339). */
                from?: string;
                /** @description Asked before (RFC 3339). */
                to?: string;
                /** @description With words that begin so, in question or answer; `"free returns"` whole and in order, `-austria` not, `or` between two. */
                q?: string;
                /** @description Marked as solved, or not. */
                solved?: boolean;
                /** @description In which the shopper wrote to people, or not. */
                handed_over?: boolean;
                /** @description Those of the console's playground instead of those of shoppers. */
                staff?: boolean;
                /** @description Conversations of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of conversations. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptPage"];
                };
            };
        };
    };
    "transcripts.export": {
        parameters: {
            query?: {
                /** @description `csv` or `jsonl`; `csv` when absent. */
                format?: string;
                /** @description As in the list. */
                refused?: boolean;
                /** @description As in the list. */
                failed?: boolean;
                /** @description As in the list. */
                feedback?: string;
                /** @description As in the list. */
                key?: string;
                /** @description As in the list. */
                origin?: string;
                /** @description As in the list. */
                locale?: string;
                /** @description As in the list. */
                visitor?: string;
                /** @description As in the list. */
                subject?: string;
                /** @description As in the list. */
                from?: string;
                /** @description As in the list. */
                to?: string;
                /** @description As in the list. */
                q?: string;
                /** @description As in the list. */
                solved?: boolean;
                /** @description As in the list. */
                handed_over?: boolean;
                /** @description As in the list. */
                staff?: boolean;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The questions with their answers. */
            200: {
                headers: {
                    /** @description `mode=ai-originated`: a model has written answers in it. */
                    "AI-Disclosure"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/jsonl": string;
                    "text/csv": string;
                };
            };
        };
    };
    "transcripts.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The conversation. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The transcript; `ETag` is the version of what staff noted. */
            200: {
                headers: {
                    /** @description `mode=ai-originated`: a model has written answers in it. */
                    "AI-Disclosure"?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcript"];
                };
            };
        };
    };
    "transcripts.mark": {
        parameters: {
            query?: never;
            header: {
                /** @description The `ETag` it was read with, or `*`. */
                "If-Match": string;
            };
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The conversation. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "note": "Written into the returns page.",
                 *       "solved": true
                 *     }
                 */
                "application/json": components["schemas"]["TranscriptPatch"];
            };
        };
        responses: {
            /** @description As it is now, without the words; `ETag` is its new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TranscriptSummary"];
                };
            };
        };
    };
    "documents.list": {
        parameters: {
            query?: {
                /** @description Documents of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of documents. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StaffDocumentPage"];
                };
            };
        };
    };
    "documents.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewStaffDocument"];
            };
        };
        responses: {
            /** @description It is embedded. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StaffDocument"];
                };
            };
        };
    };
    "documents.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The document. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "transcripts.gaps": {
        parameters: {
            query?: {
                /** @description Asked then or later; 30 days before `to` when absent. */
                from?: string;
                /** @description Asked before; now when absent. */
                to?: string;
                /** @description Groups at most; 20 when absent. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The most frequent. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GapList"];
                };
            };
        };
    };
    "transcripts.settle": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The gap, by `id` in the list: a question of its words that found no good answer. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is dealt with. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "identity.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it is. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
        };
    };
    "identity.put": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentitySwitches"];
            };
        };
        responses: {
            /** @description How it is now. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
        };
    };
    "identity.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateIdentitySecret"];
            };
        };
        responses: {
            /** @description The secret, this once. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewIdentitySecret"];
                };
            };
        };
    };
    "members.list": {
        parameters: {
            query?: {
                /** @description Members of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of members. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberPage"];
                };
            };
        };
    };
    "members.add": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description AnythingLLM's number of the user. */
                user_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace is assigned to the user. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
        };
    };
    "members.remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description AnythingLLM's number of the user. */
                user_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The workspace is no longer assigned to the user. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "stores.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection. */
            200: {
                headers: {
                    /** @description For `If-Match`. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreConnection"];
                };
            };
        };
    };
    "stores.put": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read: 412 if it has changed since. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credentials": {
                 *         "consumer_key": "ck_0123456789abcdef",
                 *         "consumer_secret": "cs_0123456789abcdef",
                 *         "type": "consumer_key"
                 *       },
                 *       "platform": "woocommerce",
                 *       "schedule": {
                 *         "cron": "30 4 * * *",
                 *         "timezone": "Europe/Berlin"
                 *       },
                 *       "store_url": "https://shop.example"
                 *     }
                 */
                "application/json": components["schemas"]["Store"];
            };
        };
        responses: {
            /** @description It has been changed. */
            200: {
                headers: {
                    /** @description For `If-Match`. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreConnection"];
                };
            };
            /** @description It has been made. */
            201: {
                headers: {
                    /** @description For `If-Match`. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreConnection"];
                };
            };
        };
    };
    "stores.delete": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` that was read: 412 if it has changed since. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description There is no connection any more, and its catalogue is gone. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            /** @description The catalogue is being removed. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removal"];
                };
            };
            /** @description There is no connection any more; there was no catalogue. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "stores.check": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreCheck"];
                };
            };
        };
    };
    "catalog.runs.list": {
        parameters: {
            query?: {
                /** @description Runs of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of runs. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncRunPage"];
                };
            };
        };
    };
    "catalog.runs.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The run. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncRunDetail"];
                };
            };
        };
    };
    "catalog.runs.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The run. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run as it stands. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncRun"];
                };
            };
        };
    };
    "catalog.runs.report": {
        parameters: {
            query?: {
                /** @description Only these, such as `refused`. */
                outcome?: string;
                /** @description Lines of a page; 100 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
                /** @description `json` or `csv`; `Accept: text/csv` does the same. CSV has no pages. */
                format?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The run. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the report, or all of it as CSV. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncReportPage"];
                    "text/csv": string;
                };
            };
        };
    };
    "catalog.sync": {
        parameters: {
            query?: {
                /** @description Change nothing and only say what a sync would do; as in the body. */
                dry_run?: boolean;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        /** @description May be left out. */
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["SyncRequest"];
            };
        };
        responses: {
            /** @description The run. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SyncRun"];
                };
            };
        };
    };
    "workspaces.sync": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` it was read with. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "take": "vestibule"
                 *     }
                 */
                "application/json": components["schemas"]["SyncBody"];
            };
        };
        responses: {
            /** @description As it is now, on both sides. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManagedWorkspace"];
                };
            };
        };
    };
    "visitor_tokens.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeRequest"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenGeneration"];
                };
            };
        };
    };
    "webhooks.list": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookList"];
                };
            };
        };
    };
    "webhooks.create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "events": [
                 *         "key.quota_warning",
                 *         "catalog.sync_failed"
                 *       ],
                 *       "url": "https://hooks.shop.example/vestibule"
                 *     }
                 */
                "application/json": components["schemas"]["NewWebhook"];
            };
        };
        responses: {
            /** @description The webhook with its secret, this once; `ETag` is its version. */
            201: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedWebhook"];
                };
            };
        };
    };
    "webhooks.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The webhook; `ETag` is its version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    "webhooks.delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    "webhooks.change": {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` it was read with. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": false
                 *     }
                 */
                "application/json": components["schemas"]["WebhookPatch"];
            };
        };
        responses: {
            /** @description As it is now; `ETag` is its new version. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
        };
    };
    "webhooks.deliveries": {
        parameters: {
            query?: {
                /** @description `pending`, `delivered` or `failed`. */
                state?: string;
                /** @description Messages of a page; 20 when absent. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDeliveryPage"];
                };
            };
        };
    };
    "webhooks.replay": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
                /** @description The message's id. */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description The message is on its way again. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
        };
    };
    "webhooks.rotate": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateWebhookSecret"];
            };
        };
        responses: {
            /** @description The webhook with its new secret, this once. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedWebhook"];
                };
            };
        };
    };
    "webhooks.test": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workspace. */
                slug: string;
                /** @description The webhook's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Nothing"];
            };
        };
        responses: {
            /** @description The message is on its way. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It runs. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /** @example ok */
                    "text/plain": string;
                };
            };
        };
    };
}

/** Every `code` that a problem document can have. */
export type ErrorCode = ProblemCode;
