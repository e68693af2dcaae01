// How a person is reached: addresses, or a form.
import { webAddress } from "../chat/products.ts";
import type { VestibuleEvents } from "../../types/public.d.ts";
import { Failure } from "../gateway/failure.ts";
import type { ContactField, Support, WidgetConfig } from "../gateway/wire.ts";
import type { Name } from "../text/texts.ts";
import { type Icon, h, icon, set } from "./dom.ts";
import { leadTo } from "./links.ts";
import type { Surroundings } from "./surroundings.ts";

type Reason = VestibuleEvents["vestibule:handover"]["by"];
type Submit = (fields: Record<string, string | boolean>) => Promise<void>;

/** Its name, what browsers fill it with, and its kind if it is no plain text. */
const FIELDS: Record<ContactField, [label: Name, autocomplete: string, type?: string]> = {
    name: ["name", "name"],
    email: ["email", "email", "email"],
    phone: ["phone", "tel", "tel"],
    order_number: ["orderNumber", "off"],
    company: ["company", "organization"],
};

/** Whether there is a form: the gateway takes what is written in it. */
const hasForm = ({ capabilities }: WidgetConfig) => capabilities?.handover === true;

/** Nobody answers now, not even the assistant: the shop wants it so. */
export const isClosed = ({ support, business_hours }: WidgetConfig) =>
    !business_hours.open && support.after_hours !== "chat";

export function canReachPerson(config: WidgetConfig): boolean {
    const { handoff_mode, email, phone, url } = config.support;
    return handoff_mode !== "off" && (hasForm(config) || email !== null || phone !== null || url !== null);
}

export function contact(around: Surroundings, by: Reason, submit: Submit): HTMLElement {
    const { texts, config, emit } = around;
    const { email, phone, url } = config.support;
    emit("vestibule:handover", { by, way: "shown" });
    const way = (name: "email" | "phone" | "url", picture: Icon, label: string, href: string) => {
        const link = h("a", { class: "pill", href }, [icon(picture), label]);
        link.addEventListener("click", () => emit("vestibule:handover", { by, way: name }));
        return link;
    };
    const page = webAddress(url);
    const form = hasForm(config);
    const ways = [
        email !== null && !form && way("email", "mail", texts.get("byEmail"), `mailto:${encodeURIComponent(email)}`),
        phone !== null &&
            way(
                "phone",
                "phone",
                texts.get("byPhone", { number: `\u2066${phone}\u2069` }),
                `tel:${phone.replace(/[^+\d]/g, "")}`,
            ),
        page !== null && leadTo(way("url", "link", texts.get("byPage"), page), page, texts.get("newWindow")),
    ];
    return h("div", { class: "box" }, [
        h("p", {}, teamText(around)),
        ways.some(Boolean) && h("div", { class: "pills" }, ways),
        form && contactForm(around, by, submit),
    ]);
}

/** What is said above it: outside the hours the shop's own sentence. */
function teamText({ texts, config }: Surroundings): string {
    const { offline_message } = config.support;
    return (config.business_hours.open ? null : offline_message) ?? texts.get("contact");
}

function contactForm({ texts, config, emit }: Surroundings, by: Reason, submit: Submit): HTMLElement {
    const fields = wanted(config.support).map((field) => {
        const [label, autocomplete, type] = FIELDS[field];
        return h("label", {}, [
            texts.get(label),
            h("input", {
                class: "field",
                name: field,
                type,
                autocomplete,
                required: true,
                maxlength: 200,
                dir: "auto",
            }),
        ]);
    });
    const message = h("label", {}, [
        texts.get("message"),
        h("textarea", { class: "field", name: "message", required: true, maxlength: 4000, dir: "auto" }),
    ]);
    const agree =
        config.privacy.consent_required &&
        h("label", { class: "tick" }, [
            h("input", { type: "checkbox", name: "consent", required: true }),
            h("span", {}, texts.get("agree")),
        ]);
    const note = h("p", { class: "note", role: "status" });
    const send = h("button", { type: "submit", class: "pill main" }, texts.get("send"));
    const form = h("form", {}, [...fields, message, agree, h("div", {}, [send]), note]);
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const { consent, ...given } = Object.fromEntries(new FormData(form)) as Record<string, string>;
        send.disabled = true;
        submit({ ...given, consent: consent !== undefined }).then(
            () => {
                for (const part of [...form.children]) if (part !== note) part.remove();
                note.className = "";
                note.textContent = texts.get("sent");
                emit("vestibule:handover", { by, way: "form" });
            },
            (cause: unknown) => {
                send.disabled = false;
                const { code, fields: wrong } = Failure.from(cause);
                const inputs = [...form.querySelectorAll<HTMLInputElement>("[name]")];
                for (const input of inputs) set(input, { "aria-invalid": wrong.includes(input.name) && "true" });
                inputs.find((input) => wrong.includes(input.name))?.focus();
                const why = code === "rate_limited" ? "busy" : wrong.length > 0 ? "notValid" : "notSent";
                note.textContent = texts.get(why);
            },
        );
    });
    return form;
}

/** Without a way to answer, a message is of no use. */
const wanted = ({ prechat_fields }: Support): readonly ContactField[] =>
    prechat_fields.includes("email") || prechat_fields.includes("phone")
        ? prechat_fields
        : [...prechat_fields, "email"];
