// What the gateway says, as docs/openapi.json has it. Fields that are not used here are left out.

export interface WidgetConfig {
    locale: string;
    title: string;
    tagline: string | null;
    greeting: string | null;
    placeholder: string | null;
    suggested: string[];
    /** Null only where staff has written down why. */
    ai_disclosure: string | null;
    max_message_chars: number;
    appearance: {
        avatar_url: string | null;
        logo_url: string | null;
        brand_color: string;
        text_color: string;
        theme: Theme;
        position: Position;
        auto_open_secs: number | null;
        show_sources: boolean;
        show_powered_by: boolean;
    };
    cards: { fields: CardField[]; max: number; cta: string; utm: Record<string, string> };
    privacy: { consent_required: boolean; privacy_url: string | null };
    support: Support;
    business_hours: BusinessHours;
    /** What this gateway can do besides; a gateway that says nothing can do none of it. */
    capabilities?: { feedback?: boolean; handover?: boolean };
}

export type Theme = "light" | "dark" | "auto";
export type Position = "bottom-right" | "bottom-left" | "inline";
export type CardField =
    "title" | "image" | "price" | "sale_price" | "availability" | "rating" | "brand" | "variant" | "sku" | "url";
export type ContactField = "name" | "email" | "phone" | "order_number" | "company";

export interface Support {
    handoff_mode: "off" | "contact_form" | "email" | "webhook" | "url";
    email: string | null;
    phone: string | null;
    url: string | null;
    prechat_fields: ContactField[];
    after_refusals: number | null;
    after_hours: "chat" | "contact_form" | "hide";
    offline_message: string | null;
}

export interface BusinessHours {
    open: boolean;
    reason: string;
    label: string | null;
    opens_at: string | null;
    closes_at: string | null;
}

export interface Source {
    id: string | null;
    title: string | null;
    url: string | null;
    text: string | null;
    score: number | null;
    /** What the product that the document is about costs, in words. Histories have none. */
    offer?: string | null;
    /** Of a product's document. A gateway that does not tell it yet has the same in `text` and `offer`. */
    product?: WireProduct | null;
}

export type Availability = "in_stock" | "out_of_stock" | "preorder" | "backorder";

export interface WireProduct {
    id: string | null;
    title: string;
    url: string | null;
    image_url: string | null;
    /** Such as `149.00`, with a currency of ISO 4217. */
    price: { amount: string; currency: string } | null;
    regular_price: { amount: string; currency: string } | null;
    /** `price` is the least of several variants. */
    price_from: boolean;
    availability: Availability | null;
    brand: string | null;
}

export interface Message {
    id: string;
    role: "user" | "assistant";
    content: string;
    sources?: Source[] | null;
    /** Of answers: nothing was found, and this is the shop's own sentence for that. */
    refused?: boolean;
    /** Of answers: what the shopper thinks of it, on whatever device it was said. */
    feedback?: Thumb;
    created_at: string;
}

export type Thumb = "up" | "down";

export interface Page<Item> {
    data: Item[];
    has_more: boolean;
    next_cursor: string | null;
}

export interface ConversationSummary {
    session_id: string;
    last_at: string;
}

export interface VisitorSessionAnswer {
    token: string;
    expires_in: number;
    visitor_id: string;
    config: WidgetConfig | null;
}

export interface Challenge {
    algorithm: string;
    challenge: string;
    maxnumber: number;
    salt: string;
    signature: string;
}

export interface ProblemDocument {
    code: string;
    detail: string;
    request_id: string;
    retry_after?: number;
    errors?: { field: string }[];
}

/** Events of a streamed answer. */
export type StreamEvent =
    | { name: "start"; data: { id: string; session_id: string } }
    | { name: "delta"; data: { text: string; kind?: string } }
    | { name: "sources"; data: { sources: Source[] } }
    | { name: "done"; data: { refused: boolean; handover?: boolean } }
    | { name: "error"; data: ProblemDocument };
