// Made by generate.mjs from docs/openapi.json. Do not edit.
import type * as Schema from "./schema.ts";
import type { CallOptions } from "./transport.ts";

/** Every call, by the name that the OpenAPI document gives it. */
export interface Api {
    stores: {
        /**
         * Public keys of signed requests
         *
         * With `outbound.sign_requests` every request to a shop is signed (Web Bot Auth: RFC 9421,
         * draft-ietf-webbotauth-httpsig-protocol), and names this address. The answer is signed by each key that is in it.
         * Without the setting there is nothing here.
         */
        botKeys: (options?: CallOptions) => Promise<Schema.BotKeySet>;
        /**
         * Show the store connection
         *
         * Of the credentials only their type, a hint and their end are shown. The `ETag` stands for what can be set; checks do
         * not change it.
         */
        show: (slug: string, options?: CallOptions) => Promise<Schema.StoreConnection>;
        /**
         * Connect a shop
         *
         * The whole connection is written: a field that is left out gets its default. Only `credentials` stay as they are when
         * left out; `null` removes them. Stored credentials are for one platform and one host: with another, they must be
         * given anew. `If-Match` is honoured.
         */
        put: (slug: string, body: Schema.Store, options?: CallOptions & { ifMatch?: string | null | undefined }) => Promise<Schema.StoreConnection>;
        /**
         * Disconnect the shop
         *
         * The documents that were made of the shop's products are removed with it, those that somebody else made stay. While
         * they are being removed the answer is 202; the same request again tells how far it is. `If-Match` is honoured.
         */
        delete: (slug: string, options?: CallOptions & { ifMatch?: string | null | undefined }) => Promise<Schema.Removal | undefined>;
        /**
         * Check the store connection
         *
         * Makes the smallest request that shows whether products can be read. What is wrong with the shop or its credentials
         * is an answer with status 200: `status` and `code` are for programs, `message` is for people. The finding is kept
         * with the connection. A connection can be checked every five seconds.
         */
        check: (slug: string, options?: CallOptions) => Promise<Schema.StoreCheck>;
    };
    auth: {
        /**
         * Public keys
         *
         * A new key stands here before it signs. Keep the set for five minutes at most, and fetch it again for a `kid` that is
         * not in it.
         */
        keys: (options?: CallOptions) => Promise<Schema.KeySet>;
        /**
         * Log in
         *
         * An unknown name and a wrong password get the same answer after the same time. Failed logins make the next one wait
         * longer.
         */
        login: (body: Schema.LoginRequest, options?: CallOptions) => Promise<Schema.Grant>;
        /**
         * Log out
         */
        logout: (query?: NonNullable<Schema.operations["auth.logout"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<undefined>;
        /**
         * See who one is
         */
        me: (options?: CallOptions) => Promise<Schema.Me>;
        /**
         * Stay logged in
         *
         * Every refresh token works once. If the answer was lost, the same token gives the same answer again; so do tokens
         * that other tabs of a browser have traded a few seconds ago. A token that was traded long ago ends the session,
         * because somebody has a copy.
         */
        refresh: (body: Schema.RefreshRequest, options?: CallOptions) => Promise<Schema.Grant>;
        sessions: {
            /**
             * List sessions
             *
             * Those that are not over, the newest first.
             */
            list: (query?: NonNullable<Schema.operations["auth.sessions.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.SessionPage>;
            /**
             * End all sessions
             *
             * One's own, with the one that asks, or another user's.
             */
            endAll: (query?: NonNullable<Schema.operations["auth.sessions.end_all"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<undefined>;
            /**
             * End a session
             */
            end: (id: string, query?: NonNullable<Schema.operations["auth.sessions.end"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<undefined>;
        };
        /**
         * Open AnythingLLM signed in
         *
         * It works once, for a few minutes, and ends an earlier one of the same user. The session it begins is AnythingLLM's
         * own: logging out here does not end it.
         */
        uiLink: (options?: CallOptions) => Promise<Schema.UiLink>;
    };
    audit: {
        /**
         * List changes
         *
         * The newest first. Entries cannot be altered, not even in the database.
         */
        list: (query?: NonNullable<Schema.operations["audit.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.AuditPage>;
    };
    chat: {
        /**
         * Ask a question
         *
         * Answers as one JSON document or, with `"stream": true` or `Accept: text/event-stream`, as server-sent events:
         *
         * | event | data |
         * |---|---|
         * | `start` | `id`, `session_id`, `workspace`; once, first |
         * | `delta` | `text`; with `"kind": "reasoning"` it is the model thinking aloud, not the answer |
         * | `sources` | `sources`; at most once |
         * | `done` | `usage`, `refused`, `ai_generated`, `cached` if the answer is one that was kept, and `handover` if a person is to be offered; once, last, if all went well |
         * | `error` | a problem document; once, last, if not |
         *
         * A comment line comes at least every 15 seconds of silence. Closing the connection stops the answer.
         */
        create: (body: Schema.ChatRequest, options?: CallOptions & { idempotencyKey?: string | null | undefined }) => Promise<Schema.ChatAnswer>;
    };
    conversations: {
        /**
         * List conversations
         *
         * A visitor's by visitor, an identified customer's on whatever device, a user's by user, a secret key's by key. A
         * publishable key alone gets none: what keeps its shoppers apart is that they do not know each other's.
         */
        list: (query?: NonNullable<Schema.operations["conversations.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.ConversationPage>;
    };
    keys: {
        /**
         * List keys
         *
         * In the order they were made; a key that is bound to a workspace sees that workspace's.
         */
        list: (query?: NonNullable<Schema.operations["keys.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.KeyPage>;
        /**
         * Make a key
         *
         * The answer is the only one that has the key itself. Nobody can make a key that may do more than they may.
         */
        create: (body: Schema.NewKeyBody, options?: CallOptions) => Promise<Schema.IssuedKey>;
        /**
         * Show a key
         *
         * Everything about it but the key itself.
         */
        show: (id: string, options?: CallOptions) => Promise<Schema.Key>;
        /**
         * Change a key
         *
         * A JSON Merge Patch; kind, environment and workspace stay. Every replica follows within 250 ms. With `If-Match` only
         * if the key is still as it was read.
         */
        change: (id: string, body: Schema.KeyPatch, options?: CallOptions & { ifMatch?: string | null | undefined }) => Promise<Schema.Key>;
        /**
         * Show a key's limits and what is left
         *
         * Its own, or the configured ones where it has none, and what is left of them.
         */
        limits: (id: string, options?: CallOptions) => Promise<Schema.KeyLimitsInForce>;
        /**
         * Try another list of origins on the last days' traffic
         *
         * On the traffic of today and the days before; nothing is changed.
         */
        previewOrigins: (id: string, body: Schema.PreviewBody, options?: CallOptions) => Promise<Schema.OriginsPreview>;
        /**
         * Revoke a key
         *
         * For good: every replica refuses it within 250 ms and cuts its running streams within a second. A key that is revoked
         * already stays as it is.
         */
        revoke: (id: string, body?: Schema.RevokeBody | undefined, options?: CallOptions) => Promise<Schema.Key>;
        /**
         * Rotate a key
         *
         * Makes a new key like it. The old one works on for the grace, never beyond its own expiry: from now, or from the
         * first use of the new one. A key that is revoked, expired or rotated already cannot be rotated.
         */
        rotate: (id: string, body?: Schema.RotateBody | undefined, options?: CallOptions) => Promise<Schema.IssuedKey>;
        /**
         * Show what to paste into a shop's pages
         *
         * For plain HTML, a Shopify theme and WooCommerce. The key itself is not kept, so it has to be put in. Our widget's look
         * is that of the key's workspace; `html_pinned` loads this version of it and no other, which the browser makes sure of.
         */
        snippet: (id: string, query?: NonNullable<Schema.operations["keys.snippet"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.Snippets>;
    };
    usage: {
        /**
         * Show a key's usage
         *
         * As `GET /api/v1/usage` with `key`. Also of a key that is revoked.
         */
        key: (id: string, query?: NonNullable<Schema.operations["usage.key"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.UsageReport | string>;
        /**
         * Show usage
         *
         * Of the tenant, or of the workspace that the key is bound to. Every request that ended more than about a second ago
         * is counted.
         */
        show: (query?: NonNullable<Schema.operations["usage.show"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.UsageReport | string>;
    };
    knowledge: {
        /**
         * Search the documents
         *
         * No LLM is called. The passages are those a chat with the same words would rest on.
         */
        query: (body: Schema.KnowledgeQuery, options?: CallOptions) => Promise<Schema.KnowledgeAnswer>;
    };
    messages: {
        /**
         * Read a conversation
         *
         * Only the caller's own conversations: one that does not exist, or is not the caller's, is empty. Pages begin with the
         * newest messages; within a page the newest stands last.
         */
        list: (query: NonNullable<Schema.operations["messages.list"]["parameters"]["query"]>, options?: CallOptions) => Promise<Schema.MessagePage>;
        /**
         * Start a conversation anew
         *
         * The same session id then names a new, empty conversation. Nothing happens when there is none.
         */
        reset: (query: NonNullable<Schema.operations["messages.reset"]["parameters"]["query"]>, options?: CallOptions) => Promise<undefined>;
    };
    feedback: {
        /**
         * Say whether an answer was good
         *
         * By whoever had the answer, by its `id`: of the answer, of the event `start`, of the frames of AnythingLLM's widget
         * or of the conversation's history. The same once more changes nothing, another one takes its place. A refusal has no
         * id in a history that can be used here.
         */
        give: (id: string, body: Schema.FeedbackRequest, options?: CallOptions) => Promise<Schema.Feedback>;
    };
    docs: {
        /**
         * This document
         */
        openapi: (options?: CallOptions & { ifNoneMatch?: string | null | undefined }) => Promise<Record<string, unknown>>;
    };
    privacy: {
        /**
         * Erase what was said
         *
         * Of a visitor, of a customer, in a conversation, or in all that ended before a time: transcripts, notes, feedback,
         * answers kept for repetition, whose usage it was, and what AnythingLLM has stored, which is read back until nothing
         * is found. It is worked on behind the request; look at the receipt until `status` is `done`.
         */
        erase: (body: Schema.ErasureRequest, options?: CallOptions) => Promise<Schema.Erasure>;
        /**
         * Show an erasure's receipt
         *
         * How far it is, and in the end the receipt.
         */
        erasure: (id: string, options?: CallOptions) => Promise<Schema.Erasure>;
    };
    widget: {
        /**
         * Get a challenge for a proof of work
         *
         * For keys that ask for a proof of work: ALTCHA's client (version 1 of its protocol) finds the number and encodes the
         * solution, which goes into `proof` of `POST /api/v1/widget/session`. Each is good for one token, for this key, for
         * minutes.
         */
        challenge: (options?: CallOptions) => Promise<Schema.ProofChallenge>;
        /**
         * Show a widget's settings
         *
         * Branding, greeting, disclosure, privacy, hours and hand-off, in the language that is asked for, that the browser
         * prefers, or else in the shop's own. May be kept for as long as `Cache-Control` says; `ETag` spares the rest.
         */
        config: (query?: NonNullable<Schema.operations["widget.config"]["parameters"]["query"]> | undefined, options?: CallOptions & { acceptLanguage?: string | null | undefined; ifNoneMatch?: string | null | undefined }) => Promise<Schema.WidgetConfig>;
        /**
         * Hand a conversation over to people
         *
         * What the shopper writes is in the workspace's inbox, with how they are reached, and webhooks that chose
         * `conversation.handed_over` are told. Where `support.handoff_mode` is `contact_form` or `webhook`; 404 elsewhere. The
         * same words once more in a conversation are the same hand-over (200): whoever got no answer sends it again.
         */
        handover: (body: Schema.HandoverRequest, options?: CallOptions) => Promise<Schema.Handover>;
        /**
         * Get or renew a visitor token
         *
         * A page trades its publishable key for a visitor token, which is bound to key, workspace, origin and visitor and
         * lives for minutes. With a visitor token instead of the key it is renewed, for the same visitor and no longer than a
         * session may last.
         */
        session: (body?: Schema.VisitorSessionRequest | undefined, options?: CallOptions & { acceptLanguage?: string | null | undefined; query?: Schema.operations["widget.session"]["parameters"]["query"] }) => Promise<Schema.VisitorSession>;
    };
    workspaces: {
        /**
         * List workspaces
         *
         * All of the tenant, in the order they were made; a key that is bound to a workspace sees its own. What AnythingLLM
         * has is not looked at.
         */
        list: (query?: NonNullable<Schema.operations["workspaces.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.WorkspacePage>;
        /**
         * Make a workspace
         *
         * Here and in AnythingLLM, with the defaults of its platform where nothing is given. A workspace that AnythingLLM has
         * already is adopted by its `upstream_slug`. After a failure the same request again does the rest.
         */
        create: (body: Schema.NewWorkspace, options?: CallOptions) => Promise<Schema.ManagedWorkspace>;
        /**
         * Show a workspace
         *
         * With what was changed in AnythingLLM since.
         */
        show: (slug: string, options?: CallOptions) => Promise<Schema.ManagedWorkspace>;
        /**
         * Change a workspace
         *
         * A JSON Merge Patch. Settings that AnythingLLM knows too are written there first and read back; if that fails,
         * nothing is changed here. Running replicas follow within 250 ms. Where hand-overs are sent (`support.webhook_url`) is
         * said by whoever may read them, with `conversations:read`, and by no key with an end or addresses of its own.
         */
        change: (slug: string, body: Schema.WorkspacePatch, options: CallOptions & { ifMatch: string }) => Promise<Schema.ManagedWorkspace>;
        /**
         * Put a workspace away, or remove it
         *
         * Put away, its keys stop within 250 ms and everything else stays; a change of its status brings it back. With
         * `purge=true` it is removed for good, here and in AnythingLLM, with its keys, its conversations and the documents that
         * were made of its catalogue. Documents that somebody else made stay. While a large catalogue is being removed the
         * answer is 202; the same request again tells how far it is.
         */
        remove: (slug: string, query: NonNullable<Schema.operations["workspaces.remove"]["parameters"]["query"]> | undefined, options: CallOptions & { ifMatch: string }) => Promise<Schema.Removal | undefined>;
        /**
         * Settle differences with AnythingLLM
         *
         * Takes one side's settings. With `vestibule`, a workspace that was deleted in AnythingLLM is made again, without its
         * documents.
         */
        sync: (slug: string, body: Schema.SyncBody, options?: CallOptions & { ifMatch?: string | null | undefined }) => Promise<Schema.ManagedWorkspace>;
    };
    transcripts: {
        /**
         * List what shoppers asked
         *
         * The conversation in which something was said last first. With several filters, one question or one hand-over of the
         * conversation must be all of that. Where the workspace keeps no transcripts, `q` finds hand-overs only.
         */
        list: (slug: string, query?: NonNullable<Schema.operations["transcripts.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.TranscriptPage>;
        /**
         * Export transcripts
         *
         * One line a question, the newest first, with the filters of the list. CSV for spreadsheets, or JSON lines. That it
         * was taken stands in the audit log.
         */
        export: (slug: string, query?: NonNullable<Schema.operations["transcripts.export"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<string>;
        /**
         * Read a transcript
         *
         * That it was read stands in the audit log. Where the workspace keeps no transcripts, how its questions ended.
         */
        show: (slug: string, id: string, options?: CallOptions) => Promise<Schema.Transcript>;
        /**
         * Note something of a conversation
         *
         * A JSON Merge Patch of `solved` and `note`. The audit log says that it was noted, and not what the note says.
         */
        mark: (slug: string, id: string, body: Schema.TranscriptPatch, options: CallOptions & { ifMatch: string }) => Promise<Schema.TranscriptSummary>;
        /**
         * List questions without a good answer
         *
         * Questions that were refused or disliked, those of the same words together, the most frequent first. Not those that
         * staff asked in the playground, nor what staff has dealt with, until it is asked again. Nothing where the workspace
         * keeps no transcripts.
         */
        gaps: (slug: string, query?: NonNullable<Schema.operations["transcripts.gaps"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.GapList>;
        /**
         * Mark a gap as dealt with
         *
         * By the question that it is shown by; those of the same words are meant, all that were asked until now. It is listed
         * again once somebody asks it again, and then only what was asked since then is counted. Doing it twice is doing it once.
         * It stands in the audit log, without the words.
         */
        settle: (slug: string, id: string, options?: CallOptions) => Promise<undefined>;
    };
    documents: {
        /**
         * List documents
         *
         * Not those of the catalogue, nor what was put into AnythingLLM in another way.
         */
        list: (slug: string, query?: NonNullable<Schema.operations["documents.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.StaffDocumentPage>;
        /**
         * Write a document
         *
         * It is embedded in the workspace before the answer, so that the next question finds it; kept answers are forgotten.
         * The same words once more are the document that is there.
         */
        create: (slug: string, body: Schema.NewStaffDocument, options?: CallOptions) => Promise<Schema.StaffDocument>;
        /**
         * Remove a document
         *
         * From the workspace and from AnythingLLM altogether.
         */
        remove: (slug: string, id: string, options?: CallOptions) => Promise<undefined>;
    };
    identity: {
        /**
         * Show how visitors are identified
         */
        show: (slug: string, options?: CallOptions) => Promise<Schema.Identity>;
        /**
         * Switch identified visitors on or off
         *
         * Needs a secret. Switched off, tokens of identified visitors count no more; enforced, tokens of anonymous ones do
         * not. A key with an end or addresses of its own can only make it narrower.
         */
        put: (slug: string, body: Schema.IdentitySwitches, options?: CallOptions) => Promise<Schema.Identity>;
        /**
         * Make a new identity secret
         *
         * It is told once. The one before it counts for another day, or for as long as `grace_seconds` says. Customers stay
         * who they are. The secret is good for ever and from anywhere, so a key with an end or addresses of its own gets none.
         */
        rotate: (slug: string, body?: Schema.RotateIdentitySecret | undefined, options?: CallOptions) => Promise<Schema.NewIdentitySecret>;
    };
    members: {
        /**
         * List members
         *
         * AnythingLLM's own assignments. Managers and admins reach every workspace, whether they are in this list or not.
         */
        list: (slug: string, query?: NonNullable<Schema.operations["members.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.MemberPage>;
        /**
         * Add a member
         *
         * Takes effect with the user's next request. The same again changes nothing. A key with an end,
         * addresses or a quota of its own assigns none: the user would have neither.
         */
        add: (slug: string, userId: string, options?: CallOptions) => Promise<Schema.Member>;
        /**
         * Remove a member
         *
         * A user with the role `default` is let in no more from now on. Managers and admins still reach it.
         */
        remove: (slug: string, userId: string, options?: CallOptions) => Promise<undefined>;
    };
    catalog: {
        runs: {
            /**
             * List syncs
             *
             * The newest first.
             */
            list: (slug: string, query?: NonNullable<Schema.operations["catalog.runs.list"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.SyncRunPage>;
            /**
             * Show a sync
             *
             * With what went wrong with single records and products.
             */
            show: (slug: string, id: string, options?: CallOptions) => Promise<Schema.SyncRunDetail>;
            /**
             * End a sync
             *
             * What it has embedded stays. A running one ends within seconds; one that is over stays as it is.
             */
            cancel: (slug: string, id: string, options?: CallOptions) => Promise<Schema.SyncRun>;
            /**
             * Show a sync's report
             *
             * What became of each record and product, and where it stands in the feed: of the last five syncs.
             */
            report: (slug: string, id: string, query?: NonNullable<Schema.operations["catalog.runs.report"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.SyncReportPage | string>;
        };
        /**
         * Start a sync
         *
         * Reads the feed of the workspace's store connection and brings the workspace's documents to what it says. Works in
         * the background; the answer is the run, to be looked at again. One runs at a time. With `dry_run` nothing is
         * changed: the run and its report say what would be.
         */
        sync: (slug: string, body?: NonNullable<Schema.operations["catalog.sync"]["requestBody"]>["content"]["application/json"] | undefined, options?: CallOptions & { query?: Schema.operations["catalog.sync"]["parameters"]["query"] }) => Promise<Schema.SyncRun>;
    };
    visitorTokens: {
        /**
         * End all visitor tokens
         *
         * They are refused on every replica as soon as it has been told, and running streams are cut. Pages get new ones with
         * their keys; conversations stay.
         */
        revoke: (slug: string, body?: Schema.RevokeRequest | undefined, options?: CallOptions) => Promise<Schema.TokenGeneration>;
    };
    webhooks: {
        /**
         * List webhooks
         *
         * In the order they were made; a workspace has ten at most.
         */
        list: (slug: string, options?: CallOptions) => Promise<Schema.WebhookList>;
        /**
         * Make a webhook
         *
         * The answer is the only one that has its secret, with which messages are signed as Standard Webhooks says.
         */
        create: (slug: string, body: Schema.NewWebhook, options?: CallOptions) => Promise<Schema.IssuedWebhook>;
        /**
         * Show a webhook
         *
         * Everything about it but its secret.
         */
        show: (slug: string, id: string, options?: CallOptions) => Promise<Schema.Webhook>;
        /**
         * Change a webhook
         *
         * What is absent stays. Switched on again after Vestibule had switched it off, it gets what waited. With `If-Match`
         * only if it is still as it was read.
         */
        change: (slug: string, id: string, body: Schema.WebhookPatch, options?: CallOptions & { ifMatch?: string | null | undefined }) => Promise<Schema.Webhook>;
        /**
         * Remove a webhook
         *
         * With its messages, also those that were not delivered.
         */
        delete: (slug: string, id: string, options?: CallOptions) => Promise<undefined>;
        /**
         * List messages to a webhook
         *
         * Newest first, of the last 30 days, with what came of each.
         */
        deliveries: (slug: string, id: string, query?: NonNullable<Schema.operations["webhooks.deliveries"]["parameters"]["query"]> | undefined, options?: CallOptions) => Promise<Schema.WebhookDeliveryPage>;
        /**
         * Send a message once more
         *
         * As it was, with the id it had, whatever came of it before.
         */
        replay: (slug: string, id: string, delivery: string, body?: Schema.Nothing | undefined, options?: CallOptions) => Promise<Schema.WebhookDelivery>;
        /**
         * Make a new secret
         *
         * It is told once. Messages are signed with both for another day, or for as long as `grace_seconds` says.
         */
        rotate: (slug: string, id: string, body?: Schema.RotateWebhookSecret | undefined, options?: CallOptions) => Promise<Schema.IssuedWebhook>;
        /**
         * Try a webhook out
         *
         * An event `webhook.test`, also to a webhook that is off. What came of it is in the list of its messages.
         */
        test: (slug: string, id: string, body?: Schema.Nothing | undefined, options?: CallOptions) => Promise<Schema.WebhookDelivery>;
    };
    /**
     * Whether the gateway runs
     */
    health: (options?: CallOptions) => Promise<string>;
}

/** Name, method, path, and: b with a body, q with a query, a without a credential, s safe to be sent again. */
export const OPERATIONS = [
    "stores.bot_keys GET /.well-known/http-message-signatures-directory a",
    "auth.keys GET /.well-known/jwks.json a",
    "audit.list GET /api/v1/audit q",
    "auth.login POST /api/v1/auth/login ba",
    "auth.logout POST /api/v1/auth/logout q",
    "auth.me GET /api/v1/auth/me",
    "auth.refresh POST /api/v1/auth/refresh bas",
    "auth.sessions.list GET /api/v1/auth/sessions q",
    "auth.sessions.end_all DELETE /api/v1/auth/sessions q",
    "auth.sessions.end DELETE /api/v1/auth/sessions/{id} q",
    "auth.ui_link POST /api/v1/auth/ui-link",
    "chat.create POST /api/v1/chat b",
    "conversations.list GET /api/v1/conversations q",
    "keys.list GET /api/v1/keys q",
    "keys.create POST /api/v1/keys b",
    "keys.show GET /api/v1/keys/{id}",
    "keys.change PATCH /api/v1/keys/{id} b",
    "keys.limits GET /api/v1/keys/{id}/limits",
    "keys.preview_origins POST /api/v1/keys/{id}/origins/preview bs",
    "keys.revoke POST /api/v1/keys/{id}/revoke b",
    "keys.rotate POST /api/v1/keys/{id}/rotate b",
    "keys.snippet GET /api/v1/keys/{id}/snippet q",
    "usage.key GET /api/v1/keys/{id}/usage q",
    "knowledge.query POST /api/v1/knowledge/query bs",
    "messages.list GET /api/v1/messages q",
    "messages.reset DELETE /api/v1/messages q",
    "feedback.give POST /api/v1/messages/{id}/feedback b",
    "docs.openapi GET /api/v1/openapi.json a",
    "privacy.erase POST /api/v1/privacy/erasures b",
    "privacy.erasure GET /api/v1/privacy/erasures/{id}",
    "usage.show GET /api/v1/usage q",
    "widget.challenge GET /api/v1/widget/challenge",
    "widget.config GET /api/v1/widget/config q",
    "widget.handover POST /api/v1/widget/handover b",
    "widget.session POST /api/v1/widget/session b",
    "workspaces.list GET /api/v1/workspaces q",
    "workspaces.create POST /api/v1/workspaces b",
    "workspaces.show GET /api/v1/workspaces/{slug}",
    "workspaces.change PATCH /api/v1/workspaces/{slug} b",
    "workspaces.remove DELETE /api/v1/workspaces/{slug} q",
    "transcripts.list GET /api/v1/workspaces/{slug}/conversations q",
    "transcripts.export GET /api/v1/workspaces/{slug}/conversations/export q",
    "transcripts.show GET /api/v1/workspaces/{slug}/conversations/{id}",
    "transcripts.mark PATCH /api/v1/workspaces/{slug}/conversations/{id} b",
    "documents.list GET /api/v1/workspaces/{slug}/documents q",
    "documents.create POST /api/v1/workspaces/{slug}/documents b",
    "documents.remove DELETE /api/v1/workspaces/{slug}/documents/{id}",
    "transcripts.gaps GET /api/v1/workspaces/{slug}/gaps q",
    "transcripts.settle POST /api/v1/workspaces/{slug}/gaps/{id}/settle",
    "identity.show GET /api/v1/workspaces/{slug}/identity",
    "identity.put PUT /api/v1/workspaces/{slug}/identity b",
    "identity.rotate POST /api/v1/workspaces/{slug}/identity/rotate-secret b",
    "members.list GET /api/v1/workspaces/{slug}/members q",
    "members.add PUT /api/v1/workspaces/{slug}/members/{user_id}",
    "members.remove DELETE /api/v1/workspaces/{slug}/members/{user_id}",
    "stores.show GET /api/v1/workspaces/{slug}/store",
    "stores.put PUT /api/v1/workspaces/{slug}/store b",
    "stores.delete DELETE /api/v1/workspaces/{slug}/store",
    "stores.check POST /api/v1/workspaces/{slug}/store/check",
    "catalog.runs.list GET /api/v1/workspaces/{slug}/store/runs q",
    "catalog.runs.show GET /api/v1/workspaces/{slug}/store/runs/{id}",
    "catalog.runs.cancel POST /api/v1/workspaces/{slug}/store/runs/{id}/cancel",
    "catalog.runs.report GET /api/v1/workspaces/{slug}/store/runs/{id}/report q",
    "catalog.sync POST /api/v1/workspaces/{slug}/store/sync b",
    "workspaces.sync POST /api/v1/workspaces/{slug}/sync b",
    "visitor_tokens.revoke POST /api/v1/workspaces/{slug}/visitor-tokens/revoke b",
    "webhooks.list GET /api/v1/workspaces/{slug}/webhooks",
    "webhooks.create POST /api/v1/workspaces/{slug}/webhooks b",
    "webhooks.show GET /api/v1/workspaces/{slug}/webhooks/{id}",
    "webhooks.change PATCH /api/v1/workspaces/{slug}/webhooks/{id} b",
    "webhooks.delete DELETE /api/v1/workspaces/{slug}/webhooks/{id}",
    "webhooks.deliveries GET /api/v1/workspaces/{slug}/webhooks/{id}/deliveries q",
    "webhooks.replay POST /api/v1/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay b",
    "webhooks.rotate POST /api/v1/workspaces/{slug}/webhooks/{id}/rotate-secret b",
    "webhooks.test POST /api/v1/workspaces/{slug}/webhooks/{id}/test b",
    "health GET /healthz a",
];
