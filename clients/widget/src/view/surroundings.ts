// What all parts of the view need to know.
import type { VestibuleEvents } from "../../types/public.d.ts";
import type { WidgetConfig } from "../gateway/wire.ts";
import type { Texts } from "../text/texts.ts";

export interface Surroundings {
    texts: Texts;
    config: WidgetConfig;
    emit<Name extends keyof VestibuleEvents>(name: Name, detail: VestibuleEvents[Name]): void;
}

/** For keys that may not read the shop's settings, and until those are there. */
export function plainConfig(texts: Texts): WidgetConfig {
    return {
        locale: texts.locale,
        title: "Chat",
        tagline: null,
        greeting: null,
        placeholder: null,
        suggested: [],
        ai_disclosure: texts.get("disclosure"),
        max_message_chars: 4000,
        appearance: {
            avatar_url: null,
            logo_url: null,
            brand_color: "#1F6FEB",
            text_color: "#FFFFFF",
            theme: "auto",
            position: "bottom-right",
            auto_open_secs: null,
            show_sources: false,
            show_powered_by: false,
        },
        cards: { fields: ["title", "image", "price", "availability"], max: 3, cta: "", utm: {} },
        privacy: { consent_required: false, privacy_url: null },
        support: {
            handoff_mode: "off",
            email: null,
            phone: null,
            url: null,
            prechat_fields: [],
            after_refusals: null,
            after_hours: "chat",
            offline_message: null,
        },
        business_hours: { open: true, reason: "not_configured", label: null, opens_at: null, closes_at: null },
    };
}
