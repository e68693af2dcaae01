//! The names of the handlers: what a row of the table says instead of a function, so that this module knows nothing of
//! the `api` module that implements them.

/// Who answers a row in the `api` module. Each needs a handler there, or the router does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handler {
    /// `POST /api/v1/chat`
    Chat,
    /// `GET /api/v1/messages`
    ListMessages,
    /// `DELETE /api/v1/messages`
    ResetMessages,
    /// `GET /api/v1/conversations`
    ListConversations,
    /// `POST /api/v1/knowledge/query`
    QueryKnowledge,
    /// The widget's chat.
    WidgetChat,
    /// The widget's history.
    WidgetHistory,
    /// The widget's "reset chat".
    WidgetReset,
    /// `GET /api/v1/widget/config`
    WidgetConfig,
    /// `POST /api/v1/widget/session`
    WidgetSession,
    /// `GET /api/v1/widget/challenge`
    WidgetChallenge,
    /// `POST /api/v1/auth/login`
    Login,
    /// `POST /api/v1/auth/refresh`
    Refresh,
    /// `POST /api/v1/auth/logout`
    Logout,
    /// `GET /api/v1/auth/me`
    Me,
    /// `POST /api/v1/auth/ui-link`
    UiLink,
    /// `GET /api/v1/auth/sessions`
    ListSessions,
    /// `DELETE /api/v1/auth/sessions`
    EndSessions,
    /// `DELETE /api/v1/auth/sessions/{id}`
    EndSession,
    /// `GET /api/v1/workspaces/{slug}/members`
    ListMembers,
    /// `PUT /api/v1/workspaces/{slug}/members/{user_id}`
    AddMember,
    /// `DELETE /api/v1/workspaces/{slug}/members/{user_id}`
    RemoveMember,
    /// The public keys of access tokens.
    KeySet,
    /// `GET /api/v1/keys`
    ListKeys,
    /// `POST /api/v1/keys`
    CreateKey,
    /// `GET /api/v1/keys/{id}`
    ShowKey,
    /// `PATCH /api/v1/keys/{id}`
    ChangeKey,
    /// `POST /api/v1/keys/{id}/rotate`
    RotateKey,
    /// `POST /api/v1/keys/{id}/revoke`
    RevokeKey,
    /// `GET /api/v1/keys/{id}/limits`
    ShowKeyLimits,
    /// `GET /api/v1/keys/{id}/snippet`
    ShowSnippet,
    /// `POST /api/v1/keys/{id}/origins/preview`
    PreviewOrigins,
    /// `GET /api/v1/workspaces`
    ListWorkspaces,
    /// `POST /api/v1/workspaces`
    CreateWorkspace,
    /// `GET /api/v1/workspaces/{slug}`
    ShowWorkspace,
    /// `PATCH /api/v1/workspaces/{slug}`
    ChangeWorkspace,
    /// `DELETE /api/v1/workspaces/{slug}`
    RemoveWorkspace,
    /// `POST /api/v1/workspaces/{slug}/sync`
    SyncWorkspace,
    /// `GET /api/v1/workspaces/{slug}/identity`
    ShowIdentity,
    /// `PUT /api/v1/workspaces/{slug}/identity`
    PutIdentity,
    /// `POST /api/v1/workspaces/{slug}/identity/rotate-secret`
    RotateIdentitySecret,
    /// `POST /api/v1/workspaces/{slug}/visitor-tokens/revoke`
    RevokeVisitorTokens,
    /// `GET /api/v1/usage`
    ShowUsage,
    /// `GET /api/v1/keys/{id}/usage`
    ShowKeyUsage,
    /// `GET /api/v1/audit`
    ListAudit,
    /// `GET /api/v1/workspaces/{slug}/store`
    ShowStore,
    /// `PUT /api/v1/workspaces/{slug}/store`
    PutStore,
    /// `DELETE /api/v1/workspaces/{slug}/store`
    DeleteStore,
    /// `POST /api/v1/workspaces/{slug}/store/check`
    CheckStore,
    /// `POST /api/v1/workspaces/{slug}/store/sync`
    StartSync,
    /// `GET /api/v1/workspaces/{slug}/store/runs`
    ListSyncRuns,
    /// `GET /api/v1/workspaces/{slug}/store/runs/{id}`
    ShowSyncRun,
    /// `POST /api/v1/workspaces/{slug}/store/runs/{id}/cancel`
    CancelSyncRun,
    /// `GET /healthz`
    Health,
    /// The OpenAPI document.
    OpenApi,
    /// The documentation's start page, a reader of the OpenAPI document.
    Docs,
    /// A file of the documentation reader.
    DocsAsset,
    /// The page of an error code.
    DocsError,
    /// The demo storefront.
    Demo,
    /// A file of the demo storefront.
    DemoAsset,
}
