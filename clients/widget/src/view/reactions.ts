// Whether an answer helped. Only where the gateway takes it.
import type { Turn } from "../chat/turn.ts";
import { button, h, pill, set } from "./dom.ts";
import type { Surroundings } from "./surroundings.ts";

/** The gateway keeps them as they are; people read them in the shop's own language there. */
const REASONS = { reasonWrong: "incorrect", reasonIncomplete: "incomplete", reasonOff: "off_topic" } as const;

export type Send = (answer: string, value: "up" | "down", reason?: string) => Promise<void>;

export function reactions({ texts, emit }: Surroundings, turn: Turn, send: Send): HTMLElement | null {
    const id = turn.answerId;
    if (id === null) return null;
    const said = h("span", { class: "note", role: "status" });
    const reasons = h("div", { class: "pills", role: "group", "aria-label": texts.get("reason"), hidden: true });
    const tell = async (value: "up" | "down", reason?: string) => {
        turn.feedback = value;
        set(up, { "aria-pressed": String(value === "up") });
        set(down, { "aria-pressed": String(value === "down") });
        reasons.hidden = value === "up" || reason !== undefined;
        if (reason === undefined) emit("vestibule:feedback", { id, value });
        try {
            await send(id, value, reason);
            said.textContent = reasons.hidden ? texts.get("thanks") : texts.get("reason");
        } catch {
            said.textContent = texts.get("notSent");
        }
        reasons.scrollIntoView({ block: "nearest" });
    };
    const press = (value: "up" | "down") => void tell(value);
    const up = button(texts.get("helpful"), "up", () => press("up"), { "aria-pressed": "false" });
    const down = button(texts.get("notHelpful"), "thumbDown", () => press("down"), { "aria-pressed": "false" });
    for (const [name, reason] of Object.entries(REASONS)) {
        reasons.append(pill(texts.get(name as keyof typeof REASONS), () => void tell("down", reason)));
    }
    return h("div", { class: "reactions" }, [up, down, said, reasons]);
}
