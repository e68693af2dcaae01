"""Made by generate.py from docs/openapi.json. Do not edit."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict

from typing_extensions import NotRequired

AfterHours: TypeAlias = Literal["chat", "contact_form", "hide"]


class AuditActor(TypedDict):
    """
    Who made a change.
    """

    id: str
    kind: str
    name: str


class AuditEntry(TypedDict):
    """
    A change.
    """

    action: str
    actor: AuditActor
    after: dict[str, Any] | None
    at: str
    before: dict[str, Any] | None
    id: str
    ip_prefix: str | None
    request_id: str | None
    target: str


class AuditPage(TypedDict):
    """
    A page of the audit log.
    """

    data: list[AuditEntry]
    has_more: bool
    next_cursor: str | None


class BotKey(TypedDict):
    """
    A public key (RFC 8037 section 2).
    """

    crv: str
    kid: str
    kty: str
    use: str
    x: str


class BotKeySet(TypedDict):
    """
    Public keys of signed requests.
    """

    keys: list[BotKey]


CardField: TypeAlias = Literal[
    "title",
    "image",
    "price",
    "sale_price",
    "availability",
    "rating",
    "brand",
    "variant",
    "sku",
    "url",
]


class ChatDelta(TypedDict):
    """
    A piece of the answer.
    """

    kind: NotRequired[Literal["reasoning"]]
    text: str


ChatMode: TypeAlias = Literal["query", "chat"]


class ChatStart(TypedDict):
    """
    Once, first.
    """

    id: str
    session_id: str
    workspace: str


class ChatStreamEvent1(TypedDict):
    """
    An event of a streamed answer, by its name and what its `data` holds.
    """

    data: ChatStart
    event: Literal["start"]


class ChatStreamEvent2(TypedDict):
    """
    An event of a streamed answer, by its name and what its `data` holds.
    """

    data: ChatDelta
    event: Literal["delta"]


class Conversation(TypedDict):
    """
    A conversation of the caller's.
    """

    last_at: str
    messages: int
    session_id: str
    started_at: str


class ConversationPage(TypedDict):
    """
    A page of conversations.
    """

    data: list[Conversation]
    has_more: bool
    next_cursor: str | None


class ErasureRemoved(TypedDict):
    """
    What was removed so far, by place.
    """

    conversations: int
    exchanges: int
    handovers: int
    idempotent_answers: int
    upstream_chats: int
    upstream_sessions: int
    usage_events: int


class ErasureRequest(TypedDict):
    """
    Whose words are to go: exactly one of the four.
    """

    before: NotRequired[str | None]
    conversation_id: NotRequired[str | None]
    subject: NotRequired[str | None]
    visitor_id: NotRequired[str | None]
    workspace: NotRequired[str | None]


ErasureStatus: TypeAlias = Literal["queued", "running", "done", "incomplete"]


ExchangeOutcome: TypeAlias = Literal["answered", "refused", "failed", "left"]


class Gap(TypedDict):
    """
    Questions of the same words.
    """

    conversation: str
    disliked: int
    example: str
    first_at: str
    id: str
    last_at: str
    locales: list[str]
    questions: int
    refused: int
    words: str


class GapList(TypedDict):
    """
    What was asked in vain.
    """

    data: list[Gap]
    has_more: bool


HandoffMode: TypeAlias = Literal["off", "contact_form", "email", "webhook", "url"]


class Handover(TypedDict):
    """
    What was kept.
    """

    created_at: str
    id: str
    session_id: str


class HandoverContact(TypedDict):
    """
    How a shopper is reached, and what they were asked besides. As they wrote it: nothing of it was verified.
    """

    company: str | None
    email: str | None
    name: str | None
    order_number: str | None
    phone: str | None


class HandoverRequest(TypedDict):
    """
    What a shopper writes to people.
    """

    company: NotRequired[str | None]
    consent: NotRequired[bool]
    email: NotRequired[str | None]
    locale: NotRequired[str | None]
    message: str
    name: NotRequired[str | None]
    order_number: NotRequired[str | None]
    phone: NotRequired[str | None]
    session_id: str
    workspace: NotRequired[str | None]


class IdentitySecret(TypedDict):
    """
    What may be shown of an identity secret.
    """

    hint: str
    made_at: str
    made_by: str
    previous_expires_at: str | None


class IdentitySwitches(TypedDict):
    """
    How visitors are to be told apart.
    """

    enabled: bool
    enforced: bool


class Interval(TypedDict):
    """
    An interval of a date.
    """

    closes: str
    opens: str


class IntervalInput(TypedDict):
    """
    An interval of a date.
    """

    closes: str
    opens: str


class IssuedWebhook(TypedDict):
    """
    A webhook with its secret.
    """

    created_at: str
    description: str
    disabled_because: str | None
    enabled: bool
    events: list[str]
    id: str
    previous_secret_until: str | None
    refused_percent: int
    secret: str
    updated_at: str
    url: str


class KeyLimits(TypedDict):
    """
    Limits of one key; none = the configured default. Quotas count from midnight and from the first of the month, UTC.
    """

    burst: int | None
    max_streams: int | None
    messages_per_day: int | None
    messages_per_month: int | None
    per_ip_per_minute: int | None
    per_minute: int | None
    per_visitor_per_minute: int | None
    tokens_per_day: int | None
    tokens_per_month: int | None


class KeyLimitsInput(TypedDict):
    """
    Limits of one key; none = the configured default. Quotas count from midnight and from the first of the month, UTC.
    """

    burst: NotRequired[int | None]
    max_streams: NotRequired[int | None]
    messages_per_day: NotRequired[int | None]
    messages_per_month: NotRequired[int | None]
    per_ip_per_minute: NotRequired[int | None]
    per_minute: NotRequired[int | None]
    per_visitor_per_minute: NotRequired[int | None]
    tokens_per_day: NotRequired[int | None]
    tokens_per_month: NotRequired[int | None]


class KeyPatch(TypedDict):
    """
    What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default.
    """

    allow_app_origins: NotRequired[bool | None]
    allow_null_origin: NotRequired[bool | None]
    allowed_ips: NotRequired[list[str] | None]
    allowed_origins: NotRequired[list[str] | None]
    enabled: NotRequired[bool | None]
    expires_at: NotRequired[str | None]
    limits: NotRequired[KeyLimitsInput | None]
    name: NotRequired[str | None]
    proof_of_work: NotRequired[bool | None]
    scopes: NotRequired[list[str] | None]
    visitor_token: NotRequired[str | None]


KeyRotation = TypedDict(
    "KeyRotation",
    {
        "from": str,
        "grace_from": str,
        "grace_pending": bool,
        "grace_seconds": int,
    },
)


class KnowledgeQuery(TypedDict):
    """
    What to look for.
    """

    query: str
    score_threshold: NotRequired[float | None]
    top_n: NotRequired[int | None]
    workspace: NotRequired[str | None]


class LoginRequest(TypedDict):
    """
    Name and password of an AnythingLLM account.
    """

    password: str
    username: str


class Member(TypedDict):
    """
    A user whom the workspace is assigned to.
    """

    assigned_at: str | None
    role: str
    sees_every_workspace: bool
    user_id: int
    username: str


class MemberPage(TypedDict):
    """
    A page of members.
    """

    data: list[Member]
    has_more: bool
    next_cursor: str | None


class Money(TypedDict):
    """
    An amount of money.
    """

    amount: str
    currency: str


class NewIdentitySecret(TypedDict):
    """
    A new identity secret.
    """

    hint: str
    made_at: str
    made_by: str
    previous_expires_at: str | None
    secret: str


class NewKeyBody(TypedDict):
    """
    A key to be made.
    """

    allow_app_origins: NotRequired[bool]
    allow_null_origin: NotRequired[bool]
    allowed_ips: NotRequired[list[str]]
    allowed_origins: NotRequired[list[str]]
    enabled: NotRequired[bool]
    env: NotRequired[str | None]
    expires_at: NotRequired[str | None]
    kind: str
    limits: NotRequired[KeyLimitsInput]
    name: NotRequired[str]
    proof_of_work: NotRequired[bool]
    scopes: NotRequired[list[str]]
    visitor_token: NotRequired[str]
    workspace: NotRequired[str | None]


class NewStaffDocument(TypedDict):
    """
    A title and a text that answers are found in.
    """

    text: str
    title: str
    url: NotRequired[str | None]


class NewWebhook(TypedDict):
    """
    A new webhook.
    """

    description: NotRequired[str | None]
    events: list[str]
    refused_percent: NotRequired[int | None]
    url: str


class Nothing(TypedDict):
    """
    Nothing more is to be said.
    """


class OutOfReach(TypedDict):
    """
    A place that an erasure does not reach.
    """

    what: str
    why: str


PlatformName: TypeAlias = Literal["shopify", "woocommerce", "magento", "bigcommerce", "feed", "custom"]


Position: TypeAlias = Literal["bottom-right", "bottom-left", "inline"]


PrechatField: TypeAlias = Literal["name", "email", "phone", "order_number", "company"]


class PreviewBody(TypedDict):
    """
    Another list of origins.
    """

    allow_null_origin: NotRequired[bool | None]
    allowed_origins: list[str]
    days: NotRequired[int | None]


class PreviewedOrigin(TypedDict):
    """
    One origin.
    """

    allowed_now: bool
    allowed_then: bool
    origin: str
    requests: int


ProblemCode: TypeAlias = Literal[
    "bad_request",
    "body_too_large",
    "conflict",
    "expired_token",
    "forbidden",
    "forbidden_ip",
    "forbidden_origin",
    "headers_too_large",
    "insufficient_scope",
    "internal",
    "invalid_body",
    "invalid_credentials",
    "invalid_token",
    "key_disabled",
    "key_expired",
    "key_revoked",
    "login_throttled",
    "method_not_allowed",
    "not_found",
    "precondition_failed",
    "precondition_required",
    "quota_exceeded",
    "rate_limited",
    "request_timeout",
    "service_unavailable",
    "too_many_streams",
    "unauthenticated",
    "unsupported_media_type",
    "upstream_contract",
    "upstream_error",
    "upstream_timeout",
    "upstream_unavailable",
    "validation_failed",
]


class ProblemField(TypedDict):
    """
    A broken rule.
    """

    code: Literal[
        "required",
        "unknown",
        "type",
        "too_long",
        "too_short",
        "out_of_range",
        "format",
        "conflict",
        "exceeds",
    ]
    field: str
    message: str


ProductAvailability: TypeAlias = Literal["in_stock", "out_of_stock", "preorder", "backorder"]


class ProofChallenge(TypedDict):
    """
    A challenge, as ALTCHA's clients read it.
    """

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class PublicKey(TypedDict):
    """
    A public key (RFC 8037 section 2).
    """

    alg: str
    crv: str
    kid: str
    kty: str
    use: str
    x: str


class QuotaInForce(TypedDict):
    """
    A quota.
    """

    limit: int
    policy: str
    remaining: int
    resets_at: str
    used: int


class RateInForce(TypedDict):
    """
    A rate.
    """

    burst: int
    per_minute: int
    policy: str
    remaining: int | None
    reset_seconds: int | None


class RefreshRequest(TypedDict):
    """
    A refresh token.
    """

    refresh_token: str


class RemovalDocuments(TypedDict):
    """
    Documents in AnythingLLM.
    """

    kept: int | None
    left: int
    removed: int


class RevokeBody(TypedDict):
    """
    Why a key is revoked.
    """

    reason: NotRequired[str | None]


class RevokeRequest(TypedDict):
    """
    No more than it must be.
    """


class RotateBody(TypedDict):
    """
    How a key is to be rotated.
    """

    grace_from: NotRequired[str | None]
    grace_seconds: NotRequired[int | None]


class RotateIdentitySecret(TypedDict):
    """
    A new secret.
    """

    grace_seconds: NotRequired[int | None]


class RotateWebhookSecret(TypedDict):
    """
    Another secret.
    """

    grace_seconds: NotRequired[int | None]


class Session(TypedDict):
    """
    A session.
    """

    created_at: str
    current: bool
    device: str
    expires_at: str
    id: str
    ip_prefix: str
    last_used_at: str
    user_id: int
    username: str


class SessionPage(TypedDict):
    """
    A page of sessions.
    """

    data: list[Session]
    has_more: bool
    next_cursor: str | None


class SettingDrift(TypedDict):
    """
    A setting that has another value in AnythingLLM.
    """

    field: str
    upstream: Any
    vestibule: Any


class Snippet(TypedDict):
    """
    What to paste in one place.
    """

    code: str
    place: str
    platform: str


class StaffDocument(TypedDict):
    """
    A document that staff wrote, without its text.
    """

    characters: int
    created_at: str
    created_by: str
    id: str
    title: str
    url: str | None


class StaffDocumentPage(TypedDict):
    """
    A page of documents.
    """

    data: list[StaffDocument]
    has_more: bool
    next_cursor: str | None


class StoreCheck(TypedDict):
    """
    What a check has found.
    """

    checked_at: str | None
    code: str | None
    message: str
    status: str


class StoreCredentials(TypedDict):
    """
    Credentials of a shop. Never shown again.
    """

    access_token: NotRequired[str | None]
    consumer_key: NotRequired[str | None]
    consumer_secret: NotRequired[str | None]
    expires_at: NotRequired[str | None]
    header_name: NotRequired[str | None]
    header_value: NotRequired[str | None]
    password: NotRequired[str | None]
    refresh_expires_at: NotRequired[str | None]
    refresh_token: NotRequired[str | None]
    token: NotRequired[str | None]
    type: str
    username: NotRequired[str | None]
    webhook_secret: NotRequired[str | None]


class StoreCredentialsView(TypedDict):
    """
    What may be shown of credentials.
    """

    expires_at: str | None
    hint: str | None
    type: str


class StoreDelivery(TypedDict):
    """
    What became of a delivery.
    """

    result: str


class StoreSchedule(TypedDict):
    """
    When a catalogue is read by itself.
    """

    cron: str
    timezone: NotRequired[str | None]


class StoreScheduleView(TypedDict):
    """
    When a catalogue is read by itself.
    """

    cron: str
    timezone: str


class StreamsInForce(TypedDict):
    """
    Streams at the same time.
    """

    limit: int
    open: int
    per_ip: int | None
    per_visitor: int | None


class SyncError(TypedDict):
    """
    Something that went wrong with one record or product.
    """

    code: str
    message: str
    product: str | None
    record: int | None


class SyncOutcome(TypedDict):
    """
    What became of a record or a product.
    """

    byte: int | None
    code: str | None
    line: int | None
    message: str | None
    outcome: str
    product: str | None
    record: int | None


class SyncProducts(TypedDict):
    """
    Counts of products.
    """

    added: int
    done: int
    failed: int
    removed: int
    total: int
    unchanged: int
    updated: int


class SyncReportPage(TypedDict):
    """
    A page of outcomes.
    """

    data: list[SyncOutcome]
    has_more: bool
    next_cursor: int | None


class SyncRequest(TypedDict):
    """
    What a sync may do.
    """

    allow_mass_removal: NotRequired[bool]
    dry_run: NotRequired[bool]


class SyncRunError(TypedDict):
    """
    Why a run failed.
    """

    code: str
    message: str


SyncSide: TypeAlias = Literal["vestibule", "upstream"]


class SyncWithheld(TypedDict):
    """
    Products that are no longer in the feed and were not removed.
    """

    count: int
    products: list[str]
    reason: str


Theme: TypeAlias = Literal["light", "dark", "auto"]


Thumb: TypeAlias = Literal["up", "down"]


class TokenGeneration(TypedDict):
    """
    Which visitor tokens count from now on.
    """

    token_generation: int


class TranscriptHandover(TypedDict):
    """
    What a shopper wrote to people. Kept whether or not the workspace keeps transcripts.
    """

    at: str
    consented: bool
    contact: HandoverContact
    id: str
    key: str | None
    locale: str | None
    message: str
    origin: str | None


class TranscriptPatch(TypedDict):
    """
    What is noted; what is not given stays.
    """

    note: NotRequired[str | None]
    solved: NotRequired[bool | None]


class TranscriptSource(TypedDict):
    """
    A passage that an answer rested on.
    """

    score: float | None
    text: str | None
    title: str | None
    url: str | None


class TranscriptSummary(TypedDict):
    """
    A conversation, without what was said in it.
    """

    customer: str | None
    down: int
    exchanges: int
    failed: int
    handed_over_at: str | None
    handovers: int
    id: str
    key: str | None
    last_at: str
    locale: str | None
    note: str | None
    origin: str | None
    question: str | None
    refused: int
    solved: bool
    started_at: str
    up: int
    visitor: str | None


class UiLink(TypedDict):
    """
    A link into AnythingLLM.
    """

    expires_in: int
    url: str


class UpstreamHalf(TypedDict):
    """
    The workspace in AnythingLLM.
    """

    slug: str
    state: str | None
    written: list[str]


class Usage(TypedDict):
    """
    What an answer took. Fields that AnythingLLM does not report are null; tokens may be its estimates.
    """

    completion_tokens: int | None
    duration_ms: int
    model: str | None
    prompt_tokens: int | None
    total_tokens: int | None


class UsageGroup(TypedDict):
    """
    A group.
    """

    id: NotRequired[str]
    name: NotRequired[str]
    value: str | None


class UsagePercentiles(TypedDict):
    """
    Percentiles, each to within 1.6 %.
    """

    p50: float
    p95: float
    p99: float


class UserWorkspace(TypedDict):
    """
    A workspace the user can work in.
    """

    name: str
    slug: str


class Visitor(TypedDict):
    """
    Who is asking.
    """

    id: NotRequired[str | None]
    locale: NotRequired[str | None]


class VisitorSessionRequest(TypedDict):
    """
    What a page says about its visitor.
    """

    identity_token: NotRequired[str | None]
    proof: NotRequired[str | None]
    visitor_id: NotRequired[str | None]


class Webhook(TypedDict):
    """
    An address that is told what happens.
    """

    created_at: str
    description: str
    disabled_because: str | None
    enabled: bool
    events: list[str]
    id: str
    previous_secret_until: str | None
    refused_percent: int
    updated_at: str
    url: str


class WebhookDelivery(TypedDict):
    """
    A message to a webhook.
    """

    attempts: int
    created_at: str
    event: str
    finished_at: str | None
    id: str
    last_attempt_at: str | None
    last_error: str | None
    last_status: int | None
    message_id: str
    next_attempt_at: str | None
    payload: dict[str, Any]
    state: str


class WebhookDeliveryPage(TypedDict):
    """
    A page of messages.
    """

    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: str | None


class WebhookList(TypedDict):
    """
    All webhooks of a workspace.
    """

    data: list[Webhook]


class WebhookPatch(TypedDict):
    """
    What is to change of a webhook.
    """

    description: NotRequired[str | None]
    enabled: NotRequired[bool | None]
    events: NotRequired[list[str] | None]
    refused_percent: NotRequired[int | None]
    url: NotRequired[str | None]


class Weekly(TypedDict):
    """
    An interval of each week.
    """

    closes: str
    day: str
    opens: str


class WeeklyInput(TypedDict):
    """
    An interval of each week.
    """

    closes: str
    day: str
    opens: str


Widget: TypeAlias = Literal["vestibule", "anythingllm"]


class WidgetAbort(TypedDict):
    """
    An error on the widget's paths.
    """

    close: bool
    error: ProblemCode
    errorMsg: str
    id: str
    sources: list[str]
    textResponse: str | None
    type: str


class WidgetAppearance(TypedDict):
    """
    How a widget looks.
    """

    auto_open_secs: int | None
    avatar_url: str | None
    brand_color: str
    logo_url: str | None
    position: Position
    show_powered_by: bool
    show_sources: bool
    text_color: str
    theme: Theme


class WidgetBusinessHours(TypedDict):
    """
    Whether people are there.
    """

    closes_at: str | None
    label: str | None
    open: bool
    opens_at: str | None
    reason: str


class WidgetCapabilities(TypedDict):
    """
    What a widget may do besides asking.
    """

    feedback: bool
    handover: bool


class WidgetCards(TypedDict):
    """
    How products are shown.
    """

    cta: str
    fields: list[CardField]
    max: int
    utm: dict[str, str]


class WidgetMarket(TypedDict):
    """
    Where the shop sells.
    """

    country: str | None
    currency: str
    prices_include_tax: bool


class WidgetMessage1(TypedDict):
    """
    A question.
    """

    attachments: list[str]
    chatId: int
    content: str
    role: str
    sentAt: int


class WidgetMessage2(TypedDict):
    """
    An answer.
    """

    chatId: int
    content: str
    feedbackScore: bool | None
    role: str
    sentAt: int
    sources: list[str]
    type: str


WidgetMessage: TypeAlias = WidgetMessage1 | WidgetMessage2


class WidgetPrivacy(TypedDict):
    """
    What shoppers are to know and agree to.
    """

    consent_required: bool
    privacy_url: str | None


class WidgetRequest(TypedDict):
    """
    What the widget sends. Unknown fields are passed over: the widget comes from AnythingLLM, in whatever version that
    is.
    """

    message: str
    model: NotRequired[str | None]
    prompt: NotRequired[str | None]
    sessionId: str
    temperature: NotRequired[float | None]
    username: NotRequired[str | None]


class WidgetSupport(TypedDict):
    """
    How a person is reached.
    """

    after_hours: AfterHours
    after_refusals: int | None
    email: str | None
    handoff_mode: HandoffMode
    offline_message: str | None
    phone: str | None
    prechat_fields: list[PrechatField]
    url: str | None


class WidgetTranslation(TypedDict):
    """
    The widget's texts in another language; what is left out stays as it is.
    """

    ai_disclosure: NotRequired[str | None]
    card_cta: NotRequired[str | None]
    greeting: NotRequired[str | None]
    offline_message: NotRequired[str | None]
    placeholder: NotRequired[str | None]
    suggested: NotRequired[list[str] | None]
    tagline: NotRequired[str | None]
    title: NotRequired[str | None]


class WidgetTranslationInput(TypedDict):
    """
    The widget's texts in another language; what is left out stays as it is.
    """

    ai_disclosure: NotRequired[str | None]
    card_cta: NotRequired[str | None]
    greeting: NotRequired[str | None]
    offline_message: NotRequired[str | None]
    placeholder: NotRequired[str | None]
    suggested: NotRequired[list[str] | None]
    tagline: NotRequired[str | None]
    title: NotRequired[str | None]


class WorkspaceSettings(TypedDict):
    """
    The group `settings`. The first seven are known to AnythingLLM too: they are written through to it.
    """

    ai_disclosure: NotRequired[str]
    ai_disclosure_waiver: NotRequired[str | None]
    answer_cache_ttl_secs: NotRequired[int]
    cache_ttl_secs: NotRequired[int]
    chat_mode: NotRequired[ChatMode]
    consent_required: NotRequired[bool]
    country: NotRequired[str | None]
    currency: NotRequired[str]
    default_locale: NotRequired[str]
    history_messages: NotRequired[int | None]
    locales: NotRequired[list[str]]
    max_message_chars: NotRequired[int]
    max_stream_secs: NotRequired[int]
    prices_include_tax: NotRequired[bool]
    privacy_url: NotRequired[str | None]
    prompt: NotRequired[str | None]
    redact_pii_in_logs: NotRequired[bool]
    refusal_message: NotRequired[str | None]
    retention_days: NotRequired[int | None]
    score_threshold: NotRequired[float | None]
    store_transcripts: NotRequired[bool]
    temperature: NotRequired[float | None]
    timezone: NotRequired[str]
    top_n: NotRequired[int | None]


WorkspaceStatus: TypeAlias = Literal["draft", "active", "paused", "archived"]


class BusinessHoursException(TypedDict):
    """
    Other hours on one date.
    """

    date: str
    intervals: list[Interval]
    label: str | None


class BusinessHoursExceptionInput(TypedDict):
    """
    Other hours on one date.
    """

    date: str
    intervals: NotRequired[list[IntervalInput]]
    label: NotRequired[str | None]


class BusinessHoursInput(TypedDict):
    """
    [`BusinessHours`] as JSON has them.
    """

    exceptions: NotRequired[list[BusinessHoursExceptionInput]]
    timezone: NotRequired[str | None]
    weekly: NotRequired[list[WeeklyInput]]


class ChatDone(TypedDict):
    """
    Once, last, if all went well.
    """

    ai_generated: bool
    cached: NotRequired[bool]
    handover: NotRequired[bool]
    refused: bool
    usage: Usage


class ChatRequest(TypedDict):
    """
    A question.
    """

    message: str
    mode: NotRequired[ChatMode | None]
    session_id: NotRequired[str | None]
    stream: NotRequired[bool]
    visitor: NotRequired[Visitor | None]
    workspace: NotRequired[str | None]


class ChatStreamEvent4(TypedDict):
    """
    An event of a streamed answer, by its name and what its `data` holds.
    """

    data: ChatDone
    event: Literal["done"]


class Erasure(TypedDict):
    """
    An erasure: the order and, once it is finished, the receipt.
    """

    created_at: str
    created_by: str
    finished_at: str | None
    id: str
    kind: str
    out_of_reach: list[OutOfReach]
    remaining: list[str]
    removed: ErasureRemoved
    status: ErasureStatus


class Feedback(TypedDict):
    """
    What was kept.
    """

    id: str
    reason: str | None
    value: Thumb


class FeedbackRequest(TypedDict):
    """
    What a reader thinks of an answer.
    """

    reason: NotRequired[str | None]
    value: Thumb


class History(TypedDict):
    """
    What was said, the newest message last.
    """

    history: list[WidgetMessage]


class Identity(TypedDict):
    """
    Whether a shop says who its visitors are.
    """

    enabled: bool
    enforced: bool
    secret: IdentitySecret | None
    switched_at: str | None
    switched_by: str | None
    token_generation: int


class IssuedKey(TypedDict):
    """
    A key that was just made, with the key itself.
    """

    allow_any_origin: bool
    allow_app_origins: bool
    allow_null_origin: bool
    allowed_ips: list[str]
    allowed_origins: list[str]
    created_at: str
    created_by: str
    enabled: bool
    env: str
    expires_at: str | None
    grace_until: str | None
    id: str
    key: str
    kind: str
    last_four: str | None
    last_used_at: str | None
    limits: KeyLimits
    name: str
    proof_of_work: bool
    public_id: str
    replaced_by: str | None
    revoke_reason: str | None
    revoked_at: str | None
    revoked_by: str | None
    rotation: KeyRotation | None
    scopes: list[str]
    snippet: str | None
    status: str
    updated_at: str
    version: int
    visitor_token: str
    workspace: str | None


class Key(TypedDict):
    """
    A key, without the key itself.
    """

    allow_any_origin: bool
    allow_app_origins: bool
    allow_null_origin: bool
    allowed_ips: list[str]
    allowed_origins: list[str]
    created_at: str
    created_by: str
    enabled: bool
    env: str
    expires_at: str | None
    grace_until: str | None
    id: str
    kind: str
    last_four: str | None
    last_used_at: str | None
    limits: KeyLimits
    name: str
    proof_of_work: bool
    public_id: str
    replaced_by: str | None
    revoke_reason: str | None
    revoked_at: str | None
    revoked_by: str | None
    rotation: KeyRotation | None
    scopes: list[str]
    status: str
    updated_at: str
    version: int
    visitor_token: str
    workspace: str | None


class KeyLimitsInForce(TypedDict):
    """
    The limits in force for a key.
    """

    public_id: str
    quotas: list[QuotaInForce]
    rates: list[RateInForce]
    streams: StreamsInForce


class KeyPage(TypedDict):
    """
    A page of keys.
    """

    data: list[Key]
    has_more: bool
    next_cursor: str | None


class KeySet(TypedDict):
    """
    A key set (RFC 7517 section 5).
    """

    keys: list[PublicKey]


class ManagedSettings(TypedDict):
    """
    The settings with what differs from AnythingLLM's.
    """

    ai_disclosure: str
    ai_disclosure_waiver: str | None
    answer_cache_ttl_secs: int
    cache_ttl_secs: int
    chat_mode: ChatMode
    consent_required: bool
    country: str | None
    currency: str
    default_locale: str
    drift: list[SettingDrift] | None
    history_messages: int | None
    locales: list[str]
    max_message_chars: int
    max_stream_secs: int
    prices_include_tax: bool
    privacy_url: str | None
    prompt: str | None
    redact_pii_in_logs: bool
    refusal_message: str | None
    retention_days: int | None
    score_threshold: float | None
    store_transcripts: bool
    temperature: float | None
    timezone: str
    top_n: int | None


class OriginsPreview(TypedDict):
    """
    What it would have done.
    """

    days: int
    newly_allowed: int
    newly_refused: int
    origins: list[PreviewedOrigin]
    requests: int
    truncated: bool


class Problem(TypedDict):
    """
    A problem document (RFC 9457).
    """

    code: ProblemCode
    detail: str
    errors: NotRequired[list[ProblemField]]
    instance: str
    more_errors: NotRequired[int]
    request_id: str
    retry_after: NotRequired[int]
    status: int
    title: str
    type: str
    violated_policies: NotRequired[list[str]]


class Product(TypedDict):
    """
    What a shopper is shown of a product, as the shop's feed says it now.
    """

    availability: ProductAvailability | None
    brand: str | None
    id: str | None
    image_url: str | None
    price: Money | None
    price_from: bool
    regular_price: Money | None
    title: str
    url: str | None


class Removal(TypedDict):
    """
    What became of a removal.
    """

    documents: RemovalDocuments
    status: str


class Snippets(TypedDict):
    """
    What to paste.
    """

    placeholder: str
    public_id: str
    snippets: list[Snippet]
    widget: Widget
    works: bool


class Source(TypedDict):
    """
    A passage that an answer rests on.
    """

    id: str | None
    offer: NotRequired[str]
    product: NotRequired[Product]
    score: float | None
    text: str | None
    title: str | None
    url: str | None


class Store(TypedDict):
    """
    A store connection.
    """

    api_version: NotRequired[str | None]
    catalog_source: NotRequired[str | None]
    channel_ref: NotRequired[str | None]
    credentials: NotRequired[StoreCredentials | None]
    currency: NotRequired[str | None]
    decimal_separator: NotRequired[str | None]
    failure_threshold_percent: NotRequired[int | None]
    feed_encoding: NotRequired[str | None]
    feed_format: NotRequired[str | None]
    feed_url: NotRequired[str | None]
    include_out_of_stock: NotRequired[bool | None]
    locale: NotRequired[str | None]
    platform: str
    removal_threshold_percent: NotRequired[int | None]
    schedule: NotRequired[StoreSchedule | None]
    store_ref: NotRequired[str | None]
    store_url: str
    timezone: NotRequired[str | None]


class StoreConnection(TypedDict):
    """
    A store connection as it is stored.
    """

    api_version: str | None
    catalog_source: str
    channel_ref: str | None
    created_at: str
    credentials: StoreCredentialsView | None
    currency: str | None
    decimal_separator: str | None
    failure_threshold_percent: int
    feed_encoding: str | None
    feed_format: str | None
    feed_url: str | None
    include_out_of_stock: bool
    last_checked_at: str | None
    last_error_code: str | None
    locale: str | None
    platform: str
    removal_threshold_percent: int
    schedule: StoreScheduleView | None
    status: str
    store_ref: str | None
    store_url: str
    timezone: str | None
    updated_at: str
    webhook_path: str | None


class SupportSettingsInput(TypedDict):
    """
    The group `support`.
    """

    after_hours: NotRequired[AfterHours]
    after_refusals: NotRequired[int | None]
    business_hours: NotRequired[BusinessHoursInput]
    contact_email: NotRequired[str | None]
    contact_phone: NotRequired[str | None]
    contact_url: NotRequired[str | None]
    handoff_mode: NotRequired[HandoffMode]
    offline_message: NotRequired[str | None]
    prechat_fields: NotRequired[list[PrechatField]]
    trigger_phrases: NotRequired[list[str]]
    webhook_url: NotRequired[str | None]


class SyncBody(TypedDict):
    """
    Whose settings hold.
    """

    take: SyncSide


class SyncRun(TypedDict):
    """
    One run.
    """

    allow_mass_removal: bool
    bytes_read: int
    cancel_requested: bool
    created_at: str
    dry_run: bool
    error: SyncRunError | None
    finished_at: str | None
    id: str
    noted: int
    percentage: int | None
    phase: str
    products: SyncProducts
    products_per_minute: int | None
    records_read: int
    remaining_seconds: int | None
    removals_withheld: SyncWithheld | None
    scope: str
    source: str
    started_at: str | None
    status: str
    trigger: str


class SyncRunDetail(TypedDict):
    """
    One run with what went wrong in it.
    """

    allow_mass_removal: bool
    bytes_read: int
    cancel_requested: bool
    created_at: str
    dry_run: bool
    error: SyncRunError | None
    errors: list[SyncError]
    finished_at: str | None
    id: str
    noted: int
    percentage: int | None
    phase: str
    products: SyncProducts
    products_per_minute: int | None
    records_read: int
    remaining_seconds: int | None
    removals_withheld: SyncWithheld | None
    scope: str
    source: str
    started_at: str | None
    status: str
    trigger: str


class SyncRunPage(TypedDict):
    """
    A page of runs.
    """

    data: list[SyncRun]
    has_more: bool
    next_cursor: str | None


class TranscriptMessage(TypedDict):
    """
    A question with its answer.
    """

    ai_generated: bool
    answer: str | None
    answer_cut: bool
    at: str
    cached: bool
    code: str | None
    completion_tokens: int | None
    feedback: Thumb | None
    feedback_reason: str | None
    id: str
    key: str | None
    locale: str | None
    origin: str | None
    outcome: ExchangeOutcome
    prompt_tokens: int | None
    question: str | None
    question_cut: bool
    sources: list[TranscriptSource]


class TranscriptPage(TypedDict):
    """
    A page of conversations.
    """

    data: list[TranscriptSummary]
    has_more: bool
    next_cursor: str | None


class UsageGroupTotal(TypedDict):
    """
    A group over the whole span.
    """

    bytes_out: int
    cache_hits: int
    cache_misses: int
    completion_tokens: int
    failed: int
    first_byte_ms: UsagePercentiles | None
    gateway_ms: UsagePercentiles | None
    group: UsageGroup
    left: int
    nothing_found: int
    ok: int
    outcomes: dict[str, int]
    prompt_tokens: int
    refused: int
    requests: int
    tokens_estimated: int
    total_ms: UsagePercentiles | None
    total_tokens: int


class UsageLine(TypedDict):
    """
    A period.
    """

    bytes_out: int
    cache_hits: int
    cache_misses: int
    completion_tokens: int
    failed: int
    first_byte_ms: UsagePercentiles | None
    gateway_ms: UsagePercentiles | None
    group: NotRequired[UsageGroup]
    left: int
    nothing_found: int
    ok: int
    outcomes: dict[str, int]
    prompt_tokens: int
    refused: int
    requests: int
    start: str
    tokens_estimated: int
    total_ms: UsagePercentiles | None
    total_tokens: int


class UsageNumbers(TypedDict):
    """
    What was counted.
    """

    bytes_out: int
    cache_hits: int
    cache_misses: int
    completion_tokens: int
    failed: int
    first_byte_ms: UsagePercentiles | None
    gateway_ms: UsagePercentiles | None
    left: int
    nothing_found: int
    ok: int
    outcomes: dict[str, int]
    prompt_tokens: int
    refused: int
    requests: int
    tokens_estimated: int
    total_ms: UsagePercentiles | None
    total_tokens: int


UsageReport = TypedDict(
    "UsageReport",
    {
        "complete_until": str,
        "data": list[UsageLine],
        "from": str,
        "granularity": str,
        "group_by": str | None,
        "groups": list[UsageGroupTotal] | None,
        "to": str,
        "totals": UsageNumbers,
    },
)


class User(TypedDict):
    """
    A user.
    """

    id: int
    role: str
    username: str
    workspaces: list[UserWorkspace] | None


class WidgetConfig(TypedDict):
    """
    What a widget needs.
    """

    ai_disclosure: str | None
    appearance: WidgetAppearance
    business_hours: WidgetBusinessHours
    capabilities: WidgetCapabilities
    cards: WidgetCards
    greeting: str | None
    locale: str
    locales: list[str]
    market: WidgetMarket
    max_message_chars: int
    placeholder: str | None
    privacy: WidgetPrivacy
    suggested: list[str]
    support: WidgetSupport
    tagline: str | None
    title: str
    workspace: str


class WidgetSettings(TypedDict):
    """
    The group `widget`.
    """

    auto_open_secs: int | None
    avatar_url: str | None
    brand_color: str
    card_cta: str
    card_fields: list[CardField]
    greeting: str | None
    logo_url: str | None
    max_cards: int
    placeholder: str | None
    position: Position
    show_powered_by: bool
    show_sources: bool
    suggested: list[str]
    tagline: str | None
    text_color: str
    theme: Theme
    title: str
    translations: dict[str, WidgetTranslation]
    utm: dict[str, str]


class WidgetSettingsInput(TypedDict):
    """
    The group `widget`.
    """

    auto_open_secs: NotRequired[int | None]
    avatar_url: NotRequired[str | None]
    brand_color: NotRequired[str]
    card_cta: NotRequired[str]
    card_fields: NotRequired[list[CardField]]
    greeting: NotRequired[str | None]
    logo_url: NotRequired[str | None]
    max_cards: NotRequired[int]
    placeholder: NotRequired[str | None]
    position: NotRequired[Position]
    show_powered_by: NotRequired[bool]
    show_sources: NotRequired[bool]
    suggested: NotRequired[list[str]]
    tagline: NotRequired[str | None]
    text_color: NotRequired[str]
    theme: NotRequired[Theme]
    title: NotRequired[str]
    translations: NotRequired[dict[str, WidgetTranslationInput]]
    utm: NotRequired[dict[str, str]]


class WorkspacePatch(TypedDict):
    """
    What is to be different, as a JSON Merge Patch (RFC 7396): what is absent stays, null sets back to the default.
    """

    extra: NotRequired[dict[str, Any] | None]
    name: NotRequired[str | None]
    settings: NotRequired[WorkspaceSettings | None]
    status: NotRequired[WorkspaceStatus | None]
    support: NotRequired[SupportSettingsInput | None]
    widget: NotRequired[WidgetSettingsInput | None]


class BusinessHours(TypedDict):
    """
    [`BusinessHours`] as JSON has them.
    """

    exceptions: list[BusinessHoursException]
    timezone: str | None
    weekly: list[Weekly]


class ChatAnswer(TypedDict):
    """
    An answer.
    """

    ai_generated: bool
    answer: str
    cached: NotRequired[bool]
    created_at: str
    handover: NotRequired[bool]
    id: str
    mode: ChatMode
    refused: bool
    session_id: str
    sources: list[Source]
    usage: Usage
    workspace: str


class ChatSources(TypedDict):
    """
    At most once.
    """

    sources: list[Source]


class ChatStreamEvent3(TypedDict):
    """
    An event of a streamed answer, by its name and what its `data` holds.
    """

    data: ChatSources
    event: Literal["sources"]


class ChatStreamEvent5(TypedDict):
    """
    An event of a streamed answer, by its name and what its `data` holds.
    """

    data: Problem
    event: Literal["error"]


ChatStreamEvent: TypeAlias = (
    ChatStreamEvent1 | ChatStreamEvent2 | ChatStreamEvent3 | ChatStreamEvent4 | ChatStreamEvent5
)


class Grant(TypedDict):
    """
    Tokens.
    """

    access_token: str
    expires_in: int
    recovery_codes: NotRequired[list[str]]
    refresh_expires_in: int
    refresh_token: str
    token_type: str
    user: User


class KnowledgeResult(TypedDict):
    """
    A passage.
    """

    id: str | None
    offer: str | None
    product: NotRequired[Product]
    published: str | None
    score: float
    source: str | None
    text: str
    title: str | None
    url: str | None
    word_count: int | None


class Me(TypedDict):
    """
    The user and their session.
    """

    session: Session
    user: User


class Message(TypedDict):
    """
    One message.
    """

    ai_generated: bool
    content: str
    created_at: str
    feedback: NotRequired[Thumb]
    id: str
    refused: NotRequired[bool]
    role: str
    sources: NotRequired[list[Source]]


class MessagePage(TypedDict):
    """
    A page of a conversation.
    """

    data: list[Message]
    has_more: bool
    next_cursor: str | None


class NewWorkspace(TypedDict):
    """
    A workspace to be made.
    """

    extra: NotRequired[dict[str, Any] | None]
    name: str
    platform: NotRequired[PlatformName | None]
    settings: NotRequired[WorkspaceSettings | None]
    slug: NotRequired[str | None]
    status: NotRequired[WorkspaceStatus | None]
    support: NotRequired[SupportSettingsInput | None]
    upstream_slug: NotRequired[str | None]
    widget: NotRequired[WidgetSettingsInput | None]


class SupportSettings(TypedDict):
    """
    The group `support`.
    """

    after_hours: AfterHours
    after_refusals: int | None
    business_hours: BusinessHours
    contact_email: str | None
    contact_phone: str | None
    contact_url: str | None
    handoff_mode: HandoffMode
    offline_message: str | None
    prechat_fields: list[PrechatField]
    trigger_phrases: list[str]
    webhook_url: str | None


class Transcript(TypedDict):
    """
    A conversation with what was said in it.
    """

    customer: str | None
    down: int
    exchanges: int
    failed: int
    handed_over_at: str | None
    handovers: int
    handovers_written: list[TranscriptHandover]
    has_more: bool
    id: str
    key: str | None
    last_at: str
    locale: str | None
    messages: list[TranscriptMessage]
    note: str | None
    origin: str | None
    question: str | None
    refused: int
    solved: bool
    started_at: str
    up: int
    visitor: str | None


class VisitorSession(TypedDict):
    """
    A visitor who was let in.
    """

    config: WidgetConfig | None
    expires_in: int
    token: str
    visitor_id: str


class KnowledgeAnswer(TypedDict):
    """
    What was found.
    """

    results: list[KnowledgeResult]
    took_ms: int
    workspace: str


class ManagedWorkspace(TypedDict):
    """
    A workspace.
    """

    created_at: str
    extra: dict[str, Any]
    id: str
    name: str
    platform: PlatformName
    settings: ManagedSettings
    slug: str
    status: WorkspaceStatus
    support: SupportSettings
    updated_at: str
    upstream: UpstreamHalf
    version: int
    widget: WidgetSettings


class WorkspacePage(TypedDict):
    """
    A page of workspaces.
    """

    data: list[ManagedWorkspace]
    has_more: bool
    next_cursor: str | None


ErrorCode: TypeAlias = ProblemCode
"""Every `code` of a problem document."""
