"""Made by generate.py from docs/openapi.json. Do not edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typing_extensions import Unpack

from . import models
from ._request import Call, Options


class AuthSessions:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        user_id: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.SessionPage:
        """List sessions

        Those that are not over, the newest first.
        """
        answer: models.SessionPage = self._call(
            "GET",
            "/api/v1/auth/sessions",
            [],
            query={"user_id": user_id, "limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, *, user_id: int | None = None, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.Session]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(user_id=user_id, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def end_all(self, *, user_id: int | None = None, options: Options | None = None) -> None:
        """End all sessions

        One's own, with the one that asks, or another user's.
        """
        self._call("DELETE", "/api/v1/auth/sessions", [], query={"user_id": user_id}, safe=True, options=options)

    def end(self, id: str, *, user_id: int | None = None, options: Options | None = None) -> None:
        """End a session"""
        self._call("DELETE", "/api/v1/auth/sessions/{id}", [id], query={"user_id": user_id}, safe=True, options=options)


class CatalogRuns:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self, slug: str, *, limit: int | None = None, cursor: str | None = None, options: Options | None = None
    ) -> models.SyncRunPage:
        """List syncs

        The newest first.
        """
        answer: models.SyncRunPage = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/store/runs",
            [slug],
            query={"limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, slug: str, *, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.SyncRun]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(slug, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def show(self, slug: str, id: str, *, options: Options | None = None) -> models.SyncRunDetail:
        """Show a sync

        With what went wrong with single records and products.
        """
        answer: models.SyncRunDetail = self._call(
            "GET", "/api/v1/workspaces/{slug}/store/runs/{id}", [slug, id], safe=True, options=options
        )
        return answer

    def cancel(self, slug: str, id: str, *, options: Options | None = None) -> models.SyncRun:
        """End a sync

        What it has embedded stays. A running one ends within seconds; one that is over stays as it is.
        """
        answer: models.SyncRun = self._call(
            "POST", "/api/v1/workspaces/{slug}/store/runs/{id}/cancel", [slug, id], options=options
        )
        return answer

    def report(
        self,
        slug: str,
        id: str,
        *,
        outcome: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        format: str | None = None,
        options: Options | None = None,
    ) -> models.SyncReportPage | str:
        """Show a sync's report

        What became of each record and product, and where it stands in the feed: of the last five syncs.
        """
        answer: models.SyncReportPage | str = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/store/runs/{id}/report",
            [slug, id],
            query={"outcome": outcome, "limit": limit, "cursor": cursor, "format": format},
            safe=True,
            options=options,
        )
        return answer

    def report_all(
        self,
        slug: str,
        id: str,
        *,
        outcome: str | None = None,
        limit: int | None = None,
        options: Options | None = None,
    ) -> Iterator[models.SyncOutcome]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.report(slug, id, outcome=outcome, limit=limit, options=options, cursor=cursor)
            if isinstance(page, str):
                return
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)


class Stores:
    def __init__(self, call: Call) -> None:
        self._call = call

    def bot_keys(self, *, options: Options | None = None) -> models.BotKeySet:
        """Public keys of signed requests

        With `outbound.sign_requests` every request to a shop is signed (Web Bot Auth: RFC 9421,
        draft-ietf-webbotauth-httpsig-protocol), and names this address. The answer is signed by each key that is in it.
        Without the setting there is nothing here.
        """
        answer: models.BotKeySet = self._call(
            "GET", "/.well-known/http-message-signatures-directory", [], anonymous=True, safe=True, options=options
        )
        return answer

    def show(self, slug: str, *, options: Options | None = None) -> models.StoreConnection:
        """Show the store connection

        Of the credentials only their type, a hint and their end are shown. The `ETag` stands for what can be set; checks do
        not change it.
        """
        answer: models.StoreConnection = self._call(
            "GET", "/api/v1/workspaces/{slug}/store", [slug], safe=True, options=options
        )
        return answer

    def put(
        self, slug: str, *, if_match: str | None = None, options: Options | None = None, **body: Unpack[models.Store]
    ) -> models.StoreConnection:
        """Connect a shop

        The whole connection is written: a field that is left out gets its default. Only `credentials` stay as they are when
        left out; `null` removes them. Stored credentials are for one platform and one host: with another, they must be
        given anew. `If-Match` is honoured.
        """
        answer: models.StoreConnection = self._call(
            "PUT",
            "/api/v1/workspaces/{slug}/store",
            [slug],
            headers={"If-Match": if_match},
            body=body,
            safe=True,
            options=options,
        )
        return answer

    def delete(
        self, slug: str, *, if_match: str | None = None, options: Options | None = None
    ) -> models.Removal | None:
        """Disconnect the shop

        The documents that were made of the shop's products are removed with it, those that somebody else made stay. While
        they are being removed the answer is 202; the same request again tells how far it is. `If-Match` is honoured.
        """
        answer: models.Removal | None = self._call(
            "DELETE",
            "/api/v1/workspaces/{slug}/store",
            [slug],
            headers={"If-Match": if_match},
            safe=True,
            options=options,
        )
        return answer

    def check(self, slug: str, *, options: Options | None = None) -> models.StoreCheck:
        """Check the store connection

        Makes the smallest request that shows whether products can be read. What is wrong with the shop or its credentials
        is an answer with status 200: `status` and `code` are for programs, `message` is for people. The finding is kept
        with the connection. A connection can be checked every five seconds.
        """
        answer: models.StoreCheck = self._call("POST", "/api/v1/workspaces/{slug}/store/check", [slug], options=options)
        return answer


class Auth:
    def __init__(self, call: Call) -> None:
        self._call = call
        self.sessions = AuthSessions(call)

    def keys(self, *, options: Options | None = None) -> models.KeySet:
        """Public keys

        A new key stands here before it signs. Keep the set for five minutes at most, and fetch it again for a `kid` that is
        not in it.
        """
        answer: models.KeySet = self._call(
            "GET", "/.well-known/jwks.json", [], anonymous=True, safe=True, options=options
        )
        return answer

    def login(self, *, options: Options | None = None, **body: Unpack[models.LoginRequest]) -> models.Grant:
        """Log in

        An unknown name and a wrong password get the same answer after the same time. Failed logins make the next one wait
        longer.
        """
        answer: models.Grant = self._call("POST", "/api/v1/auth/login", [], body=body, anonymous=True, options=options)
        return answer

    def logout(self, *, all: bool | None = None, options: Options | None = None) -> None:
        """Log out"""
        self._call("POST", "/api/v1/auth/logout", [], query={"all": all}, options=options)

    def me(self, *, options: Options | None = None) -> models.Me:
        """See who one is"""
        answer: models.Me = self._call("GET", "/api/v1/auth/me", [], safe=True, options=options)
        return answer

    def refresh(self, *, options: Options | None = None, **body: Unpack[models.RefreshRequest]) -> models.Grant:
        """Stay logged in

        Every refresh token works once. If the answer was lost, the same token gives the same answer again; so do tokens
        that other tabs of a browser have traded a few seconds ago. A token that was traded long ago ends the session,
        because somebody has a copy.
        """
        answer: models.Grant = self._call(
            "POST", "/api/v1/auth/refresh", [], body=body, anonymous=True, safe=True, options=options
        )
        return answer

    def ui_link(self, *, options: Options | None = None) -> models.UiLink:
        """Open AnythingLLM signed in

        It works once, for a few minutes, and ends an earlier one of the same user. The session it begins is AnythingLLM's
        own: logging out here does not end it.
        """
        answer: models.UiLink = self._call("POST", "/api/v1/auth/ui-link", [], options=options)
        return answer


class Audit:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        actor_kind: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.AuditPage:
        """List changes

        The newest first. Entries cannot be altered, not even in the database.
        """
        answer: models.AuditPage = self._call(
            "GET",
            "/api/v1/audit",
            [],
            query={
                "actor_kind": actor_kind,
                "actor": actor,
                "action": action,
                "target": target,
                "from": from_,
                "to": to,
                "limit": limit,
                "cursor": cursor,
            },
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self,
        *,
        actor_kind: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        options: Options | None = None,
    ) -> Iterator[models.AuditEntry]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(
                actor_kind=actor_kind,
                actor=actor,
                action=action,
                target=target,
                from_=from_,
                to=to,
                limit=limit,
                options=options,
                cursor=cursor,
            )
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)


class Chat:
    def __init__(self, call: Call) -> None:
        self._call = call

    def create(
        self, *, idempotency_key: str | None = None, options: Options | None = None, **body: Unpack[models.ChatRequest]
    ) -> models.ChatAnswer:
        """Ask a question

        Answers as one JSON document or, with `"stream": true` or `Accept: text/event-stream`, as server-sent events:

        | event | data |
        |---|---|
        | `start` | `id`, `session_id`, `workspace`; once, first |
        | `delta` | `text`; with `"kind": "reasoning"` it is the model thinking aloud, not the answer |
        | `sources` | `sources`; at most once |
        | `done` | `usage`, `refused`, `ai_generated`, `cached` if the answer is one that was kept, and `handover` if a person is to be offered; once, last, if all went well |
        | `error` | a problem document; once, last, if not |

        A comment line comes at least every 15 seconds of silence. Closing the connection stops the answer.
        """
        answer: models.ChatAnswer = self._call(
            "POST", "/api/v1/chat", [], headers={"Idempotency-Key": idempotency_key}, body=body, options=options
        )
        return answer


class Conversations:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        workspace: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.ConversationPage:
        """List conversations

        A visitor's by visitor, an identified customer's on whatever device, a user's by user, a secret key's by key. A
        publishable key alone gets none: what keeps its shoppers apart is that they do not know each other's.
        """
        answer: models.ConversationPage = self._call(
            "GET",
            "/api/v1/conversations",
            [],
            query={"workspace": workspace, "limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, *, workspace: str | None = None, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.Conversation]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(workspace=workspace, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)


class Keys:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        q: str | None = None,
        workspace: str | None = None,
        kind: str | None = None,
        env: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.KeyPage:
        """List keys

        In the order they were made; a key that is bound to a workspace sees that workspace's.
        """
        answer: models.KeyPage = self._call(
            "GET",
            "/api/v1/keys",
            [],
            query={
                "q": q,
                "workspace": workspace,
                "kind": kind,
                "env": env,
                "status": status,
                "limit": limit,
                "cursor": cursor,
            },
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self,
        *,
        q: str | None = None,
        workspace: str | None = None,
        kind: str | None = None,
        env: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        options: Options | None = None,
    ) -> Iterator[models.Key]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(
                q=q, workspace=workspace, kind=kind, env=env, status=status, limit=limit, options=options, cursor=cursor
            )
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def create(self, *, options: Options | None = None, **body: Unpack[models.NewKeyBody]) -> models.IssuedKey:
        """Make a key

        The answer is the only one that has the key itself. Nobody can make a key that may do more than they may.
        """
        answer: models.IssuedKey = self._call("POST", "/api/v1/keys", [], body=body, options=options)
        return answer

    def show(self, id: str, *, options: Options | None = None) -> models.Key:
        """Show a key

        Everything about it but the key itself.
        """
        answer: models.Key = self._call("GET", "/api/v1/keys/{id}", [id], safe=True, options=options)
        return answer

    def change(
        self, id: str, *, if_match: str | None = None, options: Options | None = None, **body: Unpack[models.KeyPatch]
    ) -> models.Key:
        """Change a key

        A JSON Merge Patch; kind, environment and workspace stay. Every replica follows within 250 ms. With `If-Match` only
        if the key is still as it was read.
        """
        answer: models.Key = self._call(
            "PATCH", "/api/v1/keys/{id}", [id], headers={"If-Match": if_match}, body=body, options=options
        )
        return answer

    def limits(self, id: str, *, options: Options | None = None) -> models.KeyLimitsInForce:
        """Show a key's limits and what is left

        Its own, or the configured ones where it has none, and what is left of them.
        """
        answer: models.KeyLimitsInForce = self._call(
            "GET", "/api/v1/keys/{id}/limits", [id], safe=True, options=options
        )
        return answer

    def preview_origins(
        self, id: str, *, options: Options | None = None, **body: Unpack[models.PreviewBody]
    ) -> models.OriginsPreview:
        """Try another list of origins on the last days' traffic

        On the traffic of today and the days before; nothing is changed.
        """
        answer: models.OriginsPreview = self._call(
            "POST", "/api/v1/keys/{id}/origins/preview", [id], body=body, safe=True, options=options
        )
        return answer

    def revoke(self, id: str, *, options: Options | None = None, **body: Unpack[models.RevokeBody]) -> models.Key:
        """Revoke a key

        For good: every replica refuses it within 250 ms and cuts its running streams within a second. A key that is revoked
        already stays as it is.
        """
        answer: models.Key = self._call("POST", "/api/v1/keys/{id}/revoke", [id], body=body, options=options)
        return answer

    def rotate(self, id: str, *, options: Options | None = None, **body: Unpack[models.RotateBody]) -> models.IssuedKey:
        """Rotate a key

        Makes a new key like it. The old one works on for the grace, never beyond its own expiry: from now, or from the
        first use of the new one. A key that is revoked, expired or rotated already cannot be rotated.
        """
        answer: models.IssuedKey = self._call("POST", "/api/v1/keys/{id}/rotate", [id], body=body, options=options)
        return answer

    def snippet(self, id: str, *, widget: str | None = None, options: Options | None = None) -> models.Snippets:
        """Show what to paste into a shop's pages

        For plain HTML, a Shopify theme and WooCommerce. The key itself is not kept, so it has to be put in. Our widget's look
        is that of the key's workspace; `html_pinned` loads this version of it and no other, which the browser makes sure of.
        """
        answer: models.Snippets = self._call(
            "GET", "/api/v1/keys/{id}/snippet", [id], query={"widget": widget}, safe=True, options=options
        )
        return answer


class Usage:
    def __init__(self, call: Call) -> None:
        self._call = call

    def key(
        self,
        id: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        granularity: str | None = None,
        format: str | None = None,
        options: Options | None = None,
    ) -> models.UsageReport | str:
        """Show a key's usage

        As `GET /api/v1/usage` with `key`. Also of a key that is revoked.
        """
        answer: models.UsageReport | str = self._call(
            "GET",
            "/api/v1/keys/{id}/usage",
            [id],
            query={"from": from_, "to": to, "granularity": granularity, "format": format},
            safe=True,
            options=options,
        )
        return answer

    def show(
        self,
        *,
        workspace: str | None = None,
        key: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        granularity: str | None = None,
        group_by: str | None = None,
        format: str | None = None,
        options: Options | None = None,
    ) -> models.UsageReport | str:
        """Show usage

        Of the tenant, or of the workspace that the key is bound to. Every request that ended more than about a second ago
        is counted.
        """
        answer: models.UsageReport | str = self._call(
            "GET",
            "/api/v1/usage",
            [],
            query={
                "workspace": workspace,
                "key": key,
                "from": from_,
                "to": to,
                "granularity": granularity,
                "group_by": group_by,
                "format": format,
            },
            safe=True,
            options=options,
        )
        return answer


class Knowledge:
    def __init__(self, call: Call) -> None:
        self._call = call

    def query(self, *, options: Options | None = None, **body: Unpack[models.KnowledgeQuery]) -> models.KnowledgeAnswer:
        """Search the documents

        No LLM is called. The passages are those a chat with the same words would rest on.
        """
        answer: models.KnowledgeAnswer = self._call(
            "POST", "/api/v1/knowledge/query", [], body=body, safe=True, options=options
        )
        return answer


class Messages:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        session_id: str,
        workspace: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.MessagePage:
        """Read a conversation

        Only the caller's own conversations: one that does not exist, or is not the caller's, is empty. Pages begin with the
        newest messages; within a page the newest stands last.
        """
        answer: models.MessagePage = self._call(
            "GET",
            "/api/v1/messages",
            [],
            query={"session_id": session_id, "workspace": workspace, "limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, *, session_id: str, workspace: str | None = None, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.Message]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(session_id=session_id, workspace=workspace, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def reset(self, *, session_id: str, workspace: str | None = None, options: Options | None = None) -> None:
        """Start a conversation anew

        The same session id then names a new, empty conversation. Nothing happens when there is none.
        """
        self._call(
            "DELETE",
            "/api/v1/messages",
            [],
            query={"session_id": session_id, "workspace": workspace},
            safe=True,
            options=options,
        )


class Feedback:
    def __init__(self, call: Call) -> None:
        self._call = call

    def give(
        self, id: str, *, options: Options | None = None, **body: Unpack[models.FeedbackRequest]
    ) -> models.Feedback:
        """Say whether an answer was good

        By whoever had the answer, by its `id`: of the answer, of the event `start`, of the frames of AnythingLLM's widget
        or of the conversation's history. The same once more changes nothing, another one takes its place. A refusal has no
        id in a history that can be used here.
        """
        answer: models.Feedback = self._call("POST", "/api/v1/messages/{id}/feedback", [id], body=body, options=options)
        return answer


class Docs:
    def __init__(self, call: Call) -> None:
        self._call = call

    def openapi(self, *, if_none_match: str | None = None, options: Options | None = None) -> dict[str, Any]:
        """This document"""
        answer: dict[str, Any] = self._call(
            "GET",
            "/api/v1/openapi.json",
            [],
            headers={"If-None-Match": if_none_match},
            anonymous=True,
            safe=True,
            options=options,
        )
        return answer


class Privacy:
    def __init__(self, call: Call) -> None:
        self._call = call

    def erase(self, *, options: Options | None = None, **body: Unpack[models.ErasureRequest]) -> models.Erasure:
        """Erase what was said

        Of a visitor, of a customer, in a conversation, or in all that ended before a time: transcripts, notes, feedback,
        answers kept for repetition, whose usage it was, and what AnythingLLM has stored, which is read back until nothing
        is found. It is worked on behind the request; look at the receipt until `status` is `done`.
        """
        answer: models.Erasure = self._call("POST", "/api/v1/privacy/erasures", [], body=body, options=options)
        return answer

    def erasure(self, id: str, *, options: Options | None = None) -> models.Erasure:
        """Show an erasure's receipt

        How far it is, and in the end the receipt.
        """
        answer: models.Erasure = self._call("GET", "/api/v1/privacy/erasures/{id}", [id], safe=True, options=options)
        return answer


class Widget:
    def __init__(self, call: Call) -> None:
        self._call = call

    def challenge(self, *, options: Options | None = None) -> models.ProofChallenge:
        """Get a challenge for a proof of work

        For keys that ask for a proof of work: ALTCHA's client (version 1 of its protocol) finds the number and encodes the
        solution, which goes into `proof` of `POST /api/v1/widget/session`. Each is good for one token, for this key, for
        minutes.
        """
        answer: models.ProofChallenge = self._call("GET", "/api/v1/widget/challenge", [], safe=True, options=options)
        return answer

    def config(
        self,
        *,
        locale: str | None = None,
        workspace: str | None = None,
        accept_language: str | None = None,
        if_none_match: str | None = None,
        options: Options | None = None,
    ) -> models.WidgetConfig:
        """Show a widget's settings

        Branding, greeting, disclosure, privacy, hours and hand-off, in the language that is asked for, that the browser
        prefers, or else in the shop's own. May be kept for as long as `Cache-Control` says; `ETag` spares the rest.
        """
        answer: models.WidgetConfig = self._call(
            "GET",
            "/api/v1/widget/config",
            [],
            query={"locale": locale, "workspace": workspace},
            headers={"Accept-Language": accept_language, "If-None-Match": if_none_match},
            safe=True,
            options=options,
        )
        return answer

    def handover(self, *, options: Options | None = None, **body: Unpack[models.HandoverRequest]) -> models.Handover:
        """Hand a conversation over to people

        What the shopper writes is in the workspace's inbox, with how they are reached, and webhooks that chose
        `conversation.handed_over` are told. Where `support.handoff_mode` is `contact_form` or `webhook`; 404 elsewhere. The
        same words once more in a conversation are the same hand-over (200): whoever got no answer sends it again.
        """
        answer: models.Handover = self._call("POST", "/api/v1/widget/handover", [], body=body, options=options)
        return answer

    def session(
        self,
        *,
        locale: str | None = None,
        accept_language: str | None = None,
        options: Options | None = None,
        **body: Unpack[models.VisitorSessionRequest],
    ) -> models.VisitorSession:
        """Get or renew a visitor token

        A page trades its publishable key for a visitor token, which is bound to key, workspace, origin and visitor and
        lives for minutes. With a visitor token instead of the key it is renewed, for the same visitor and no longer than a
        session may last.
        """
        answer: models.VisitorSession = self._call(
            "POST",
            "/api/v1/widget/session",
            [],
            query={"locale": locale},
            headers={"Accept-Language": accept_language},
            body=body,
            options=options,
        )
        return answer


class Workspaces:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        *,
        archived: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.WorkspacePage:
        """List workspaces

        All of the tenant, in the order they were made; a key that is bound to a workspace sees its own. What AnythingLLM
        has is not looked at.
        """
        answer: models.WorkspacePage = self._call(
            "GET",
            "/api/v1/workspaces",
            [],
            query={"archived": archived, "limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, *, archived: bool | None = None, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.ManagedWorkspace]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(archived=archived, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def create(self, *, options: Options | None = None, **body: Unpack[models.NewWorkspace]) -> models.ManagedWorkspace:
        """Make a workspace

        Here and in AnythingLLM, with the defaults of its platform where nothing is given. A workspace that AnythingLLM has
        already is adopted by its `upstream_slug`. After a failure the same request again does the rest.
        """
        answer: models.ManagedWorkspace = self._call("POST", "/api/v1/workspaces", [], body=body, options=options)
        return answer

    def show(self, slug: str, *, options: Options | None = None) -> models.ManagedWorkspace:
        """Show a workspace

        With what was changed in AnythingLLM since.
        """
        answer: models.ManagedWorkspace = self._call(
            "GET", "/api/v1/workspaces/{slug}", [slug], safe=True, options=options
        )
        return answer

    def change(
        self, slug: str, *, if_match: str, options: Options | None = None, **body: Unpack[models.WorkspacePatch]
    ) -> models.ManagedWorkspace:
        """Change a workspace

        A JSON Merge Patch. Settings that AnythingLLM knows too are written there first and read back; if that fails,
        nothing is changed here. Running replicas follow within 250 ms. Where hand-overs are sent (`support.webhook_url`) is
        said by whoever may read them, with `conversations:read`, and by no key with an end or addresses of its own.
        """
        answer: models.ManagedWorkspace = self._call(
            "PATCH", "/api/v1/workspaces/{slug}", [slug], headers={"If-Match": if_match}, body=body, options=options
        )
        return answer

    def remove(
        self, slug: str, *, if_match: str, purge: bool | None = None, options: Options | None = None
    ) -> models.Removal | None:
        """Put a workspace away, or remove it

        Put away, its keys stop within 250 ms and everything else stays; a change of its status brings it back. With
        `purge=true` it is removed for good, here and in AnythingLLM, with its keys, its conversations and the documents that
        were made of its catalogue. Documents that somebody else made stay. While a large catalogue is being removed the
        answer is 202; the same request again tells how far it is.
        """
        answer: models.Removal | None = self._call(
            "DELETE",
            "/api/v1/workspaces/{slug}",
            [slug],
            query={"purge": purge},
            headers={"If-Match": if_match},
            safe=True,
            options=options,
        )
        return answer

    def sync(
        self, slug: str, *, if_match: str | None = None, options: Options | None = None, **body: Unpack[models.SyncBody]
    ) -> models.ManagedWorkspace:
        """Settle differences with AnythingLLM

        Takes one side's settings. With `vestibule`, a workspace that was deleted in AnythingLLM is made again, without its
        documents.
        """
        answer: models.ManagedWorkspace = self._call(
            "POST", "/api/v1/workspaces/{slug}/sync", [slug], headers={"If-Match": if_match}, body=body, options=options
        )
        return answer


class Transcripts:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self,
        slug: str,
        *,
        refused: bool | None = None,
        failed: bool | None = None,
        feedback: str | None = None,
        key: str | None = None,
        origin: str | None = None,
        locale: str | None = None,
        visitor: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        q: str | None = None,
        solved: bool | None = None,
        handed_over: bool | None = None,
        staff: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.TranscriptPage:
        """List what shoppers asked

        The conversation in which something was said last first. With several filters, one question or one hand-over of the
        conversation must be all of that. Where the workspace keeps no transcripts, `q` finds hand-overs only.
        """
        answer: models.TranscriptPage = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/conversations",
            [slug],
            query={
                "refused": refused,
                "failed": failed,
                "feedback": feedback,
                "key": key,
                "origin": origin,
                "locale": locale,
                "visitor": visitor,
                "subject": subject,
                "from": from_,
                "to": to,
                "q": q,
                "solved": solved,
                "handed_over": handed_over,
                "staff": staff,
                "limit": limit,
                "cursor": cursor,
            },
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self,
        slug: str,
        *,
        refused: bool | None = None,
        failed: bool | None = None,
        feedback: str | None = None,
        key: str | None = None,
        origin: str | None = None,
        locale: str | None = None,
        visitor: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        q: str | None = None,
        solved: bool | None = None,
        handed_over: bool | None = None,
        staff: bool | None = None,
        limit: int | None = None,
        options: Options | None = None,
    ) -> Iterator[models.TranscriptSummary]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(
                slug,
                refused=refused,
                failed=failed,
                feedback=feedback,
                key=key,
                origin=origin,
                locale=locale,
                visitor=visitor,
                subject=subject,
                from_=from_,
                to=to,
                q=q,
                solved=solved,
                handed_over=handed_over,
                staff=staff,
                limit=limit,
                options=options,
                cursor=cursor,
            )
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def export(
        self,
        slug: str,
        *,
        format: str | None = None,
        refused: bool | None = None,
        failed: bool | None = None,
        feedback: str | None = None,
        key: str | None = None,
        origin: str | None = None,
        locale: str | None = None,
        visitor: str | None = None,
        subject: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        q: str | None = None,
        solved: bool | None = None,
        handed_over: bool | None = None,
        staff: bool | None = None,
        options: Options | None = None,
    ) -> str:
        """Export transcripts

        One line a question, the newest first, with the filters of the list. CSV for spreadsheets, or JSON lines. That it
        was taken stands in the audit log.
        """
        answer: str = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/conversations/export",
            [slug],
            query={
                "format": format,
                "refused": refused,
                "failed": failed,
                "feedback": feedback,
                "key": key,
                "origin": origin,
                "locale": locale,
                "visitor": visitor,
                "subject": subject,
                "from": from_,
                "to": to,
                "q": q,
                "solved": solved,
                "handed_over": handed_over,
                "staff": staff,
            },
            safe=True,
            options=options,
        )
        return answer

    def show(self, slug: str, id: str, *, options: Options | None = None) -> models.Transcript:
        """Read a transcript

        That it was read stands in the audit log. Where the workspace keeps no transcripts, how its questions ended.
        """
        answer: models.Transcript = self._call(
            "GET", "/api/v1/workspaces/{slug}/conversations/{id}", [slug, id], safe=True, options=options
        )
        return answer

    def mark(
        self,
        slug: str,
        id: str,
        *,
        if_match: str,
        options: Options | None = None,
        **body: Unpack[models.TranscriptPatch],
    ) -> models.TranscriptSummary:
        """Note something of a conversation

        A JSON Merge Patch of `solved` and `note`. The audit log says that it was noted, and not what the note says.
        """
        answer: models.TranscriptSummary = self._call(
            "PATCH",
            "/api/v1/workspaces/{slug}/conversations/{id}",
            [slug, id],
            headers={"If-Match": if_match},
            body=body,
            options=options,
        )
        return answer

    def gaps(
        self,
        slug: str,
        *,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        options: Options | None = None,
    ) -> models.GapList:
        """List questions without a good answer

        Questions that were refused or disliked, those of the same words together, the most frequent first. Not those that
        staff asked in the playground, nor what staff has dealt with, until it is asked again. Nothing where the workspace
        keeps no transcripts.
        """
        answer: models.GapList = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/gaps",
            [slug],
            query={"from": from_, "to": to, "limit": limit},
            safe=True,
            options=options,
        )
        return answer

    def settle(self, slug: str, id: str, *, options: Options | None = None) -> None:
        """Mark a gap as dealt with

        By the question that it is shown by; those of the same words are meant, all that were asked until now. It is listed
        again once somebody asks it again, and then only what was asked since then is counted. Doing it twice is doing it once.
        It stands in the audit log, without the words.
        """
        self._call("POST", "/api/v1/workspaces/{slug}/gaps/{id}/settle", [slug, id], options=options)


class Documents:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self, slug: str, *, limit: int | None = None, cursor: str | None = None, options: Options | None = None
    ) -> models.StaffDocumentPage:
        """List documents

        Not those of the catalogue, nor what was put into AnythingLLM in another way.
        """
        answer: models.StaffDocumentPage = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/documents",
            [slug],
            query={"limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, slug: str, *, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.StaffDocument]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(slug, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def create(
        self, slug: str, *, options: Options | None = None, **body: Unpack[models.NewStaffDocument]
    ) -> models.StaffDocument:
        """Write a document

        It is embedded in the workspace before the answer, so that the next question finds it; kept answers are forgotten.
        The same words once more are the document that is there.
        """
        answer: models.StaffDocument = self._call(
            "POST", "/api/v1/workspaces/{slug}/documents", [slug], body=body, options=options
        )
        return answer

    def remove(self, slug: str, id: str, *, options: Options | None = None) -> None:
        """Remove a document

        From the workspace and from AnythingLLM altogether.
        """
        self._call("DELETE", "/api/v1/workspaces/{slug}/documents/{id}", [slug, id], safe=True, options=options)


class Identity:
    def __init__(self, call: Call) -> None:
        self._call = call

    def show(self, slug: str, *, options: Options | None = None) -> models.Identity:
        """Show how visitors are identified"""
        answer: models.Identity = self._call(
            "GET", "/api/v1/workspaces/{slug}/identity", [slug], safe=True, options=options
        )
        return answer

    def put(
        self, slug: str, *, options: Options | None = None, **body: Unpack[models.IdentitySwitches]
    ) -> models.Identity:
        """Switch identified visitors on or off

        Needs a secret. Switched off, tokens of identified visitors count no more; enforced, tokens of anonymous ones do
        not. A key with an end or addresses of its own can only make it narrower.
        """
        answer: models.Identity = self._call(
            "PUT", "/api/v1/workspaces/{slug}/identity", [slug], body=body, safe=True, options=options
        )
        return answer

    def rotate(
        self, slug: str, *, options: Options | None = None, **body: Unpack[models.RotateIdentitySecret]
    ) -> models.NewIdentitySecret:
        """Make a new identity secret

        It is told once. The one before it counts for another day, or for as long as `grace_seconds` says. Customers stay
        who they are. The secret is good for ever and from anywhere, so a key with an end or addresses of its own gets none.
        """
        answer: models.NewIdentitySecret = self._call(
            "POST", "/api/v1/workspaces/{slug}/identity/rotate-secret", [slug], body=body, options=options
        )
        return answer


class Members:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(
        self, slug: str, *, limit: int | None = None, cursor: str | None = None, options: Options | None = None
    ) -> models.MemberPage:
        """List members

        AnythingLLM's own assignments. Managers and admins reach every workspace, whether they are in this list or not.
        """
        answer: models.MemberPage = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/members",
            [slug],
            query={"limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def list_all(
        self, slug: str, *, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.Member]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.list(slug, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def add(self, slug: str, user_id: str, *, options: Options | None = None) -> models.Member:
        """Add a member

        Takes effect with the user's next request. The same again changes nothing. A key with an end,
        addresses or a quota of its own assigns none: the user would have neither.
        """
        answer: models.Member = self._call(
            "PUT", "/api/v1/workspaces/{slug}/members/{user_id}", [slug, user_id], safe=True, options=options
        )
        return answer

    def remove(self, slug: str, user_id: str, *, options: Options | None = None) -> None:
        """Remove a member

        A user with the role `default` is let in no more from now on. Managers and admins still reach it.
        """
        self._call("DELETE", "/api/v1/workspaces/{slug}/members/{user_id}", [slug, user_id], safe=True, options=options)


class Catalog:
    def __init__(self, call: Call) -> None:
        self._call = call
        self.runs = CatalogRuns(call)

    def sync(self, slug: str, *, options: Options | None = None, **body: Unpack[models.SyncRequest]) -> models.SyncRun:
        """Start a sync

        Reads the feed of the workspace's store connection and brings the workspace's documents to what it says. Works in
        the background; the answer is the run, to be looked at again. One runs at a time. With `dry_run` nothing is
        changed: the run and its report say what would be.
        """
        answer: models.SyncRun = self._call(
            "POST", "/api/v1/workspaces/{slug}/store/sync", [slug], body=body, options=options
        )
        return answer


class VisitorTokens:
    def __init__(self, call: Call) -> None:
        self._call = call

    def revoke(
        self, slug: str, *, options: Options | None = None, **body: Unpack[models.RevokeRequest]
    ) -> models.TokenGeneration:
        """End all visitor tokens

        They are refused on every replica as soon as it has been told, and running streams are cut. Pages get new ones with
        their keys; conversations stay.
        """
        answer: models.TokenGeneration = self._call(
            "POST", "/api/v1/workspaces/{slug}/visitor-tokens/revoke", [slug], body=body, options=options
        )
        return answer


class Webhooks:
    def __init__(self, call: Call) -> None:
        self._call = call

    def list(self, slug: str, *, options: Options | None = None) -> models.WebhookList:
        """List webhooks

        In the order they were made; a workspace has ten at most.
        """
        answer: models.WebhookList = self._call(
            "GET", "/api/v1/workspaces/{slug}/webhooks", [slug], safe=True, options=options
        )
        return answer

    def create(
        self, slug: str, *, options: Options | None = None, **body: Unpack[models.NewWebhook]
    ) -> models.IssuedWebhook:
        """Make a webhook

        The answer is the only one that has its secret, with which messages are signed as Standard Webhooks says.
        """
        answer: models.IssuedWebhook = self._call(
            "POST", "/api/v1/workspaces/{slug}/webhooks", [slug], body=body, options=options
        )
        return answer

    def show(self, slug: str, id: str, *, options: Options | None = None) -> models.Webhook:
        """Show a webhook

        Everything about it but its secret.
        """
        answer: models.Webhook = self._call(
            "GET", "/api/v1/workspaces/{slug}/webhooks/{id}", [slug, id], safe=True, options=options
        )
        return answer

    def change(
        self,
        slug: str,
        id: str,
        *,
        if_match: str | None = None,
        options: Options | None = None,
        **body: Unpack[models.WebhookPatch],
    ) -> models.Webhook:
        """Change a webhook

        What is absent stays. Switched on again after Vestibule had switched it off, it gets what waited. With `If-Match`
        only if it is still as it was read.
        """
        answer: models.Webhook = self._call(
            "PATCH",
            "/api/v1/workspaces/{slug}/webhooks/{id}",
            [slug, id],
            headers={"If-Match": if_match},
            body=body,
            options=options,
        )
        return answer

    def delete(self, slug: str, id: str, *, options: Options | None = None) -> None:
        """Remove a webhook

        With its messages, also those that were not delivered.
        """
        self._call("DELETE", "/api/v1/workspaces/{slug}/webhooks/{id}", [slug, id], safe=True, options=options)

    def deliveries(
        self,
        slug: str,
        id: str,
        *,
        state: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        options: Options | None = None,
    ) -> models.WebhookDeliveryPage:
        """List messages to a webhook

        Newest first, of the last 30 days, with what came of each.
        """
        answer: models.WebhookDeliveryPage = self._call(
            "GET",
            "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries",
            [slug, id],
            query={"state": state, "limit": limit, "cursor": cursor},
            safe=True,
            options=options,
        )
        return answer

    def deliveries_all(
        self, slug: str, id: str, *, state: str | None = None, limit: int | None = None, options: Options | None = None
    ) -> Iterator[models.WebhookDelivery]:
        """The same, one by one over all pages."""
        cursor: str | None = None
        while True:
            page = self.deliveries(slug, id, state=state, limit=limit, options=options, cursor=cursor)
            for item in page["data"]:
                yield item
            following = page.get("next_cursor")
            if following is None or not page["has_more"]:
                return
            cursor = str(following)

    def replay(
        self, slug: str, id: str, delivery: str, *, options: Options | None = None, **body: Unpack[models.Nothing]
    ) -> models.WebhookDelivery:
        """Send a message once more

        As it was, with the id it had, whatever came of it before.
        """
        answer: models.WebhookDelivery = self._call(
            "POST",
            "/api/v1/workspaces/{slug}/webhooks/{id}/deliveries/{delivery}/replay",
            [slug, id, delivery],
            body=body,
            options=options,
        )
        return answer

    def rotate(
        self, slug: str, id: str, *, options: Options | None = None, **body: Unpack[models.RotateWebhookSecret]
    ) -> models.IssuedWebhook:
        """Make a new secret

        It is told once. Messages are signed with both for another day, or for as long as `grace_seconds` says.
        """
        answer: models.IssuedWebhook = self._call(
            "POST", "/api/v1/workspaces/{slug}/webhooks/{id}/rotate-secret", [slug, id], body=body, options=options
        )
        return answer

    def test(
        self, slug: str, id: str, *, options: Options | None = None, **body: Unpack[models.Nothing]
    ) -> models.WebhookDelivery:
        """Try a webhook out

        An event `webhook.test`, also to a webhook that is off. What came of it is in the list of its messages.
        """
        answer: models.WebhookDelivery = self._call(
            "POST", "/api/v1/workspaces/{slug}/webhooks/{id}/test", [slug, id], body=body, options=options
        )
        return answer


class Calls:
    def __init__(self, call: Call) -> None:
        self._call = call
        self.stores = Stores(call)
        self.auth = Auth(call)
        self.audit = Audit(call)
        self.chat = Chat(call)
        self.conversations = Conversations(call)
        self.keys = Keys(call)
        self.usage = Usage(call)
        self.knowledge = Knowledge(call)
        self.messages = Messages(call)
        self.feedback = Feedback(call)
        self.docs = Docs(call)
        self.privacy = Privacy(call)
        self.widget = Widget(call)
        self.workspaces = Workspaces(call)
        self.transcripts = Transcripts(call)
        self.documents = Documents(call)
        self.identity = Identity(call)
        self.members = Members(call)
        self.catalog = Catalog(call)
        self.visitor_tokens = VisitorTokens(call)
        self.webhooks = Webhooks(call)

    def health(self, *, options: Options | None = None) -> str:
        """Whether the gateway runs"""
        answer: str = self._call("GET", "/healthz", [], anonymous=True, safe=True, options=options)
        return answer
