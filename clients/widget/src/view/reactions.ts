// Whether an answer helped. Only where the gateway takes it.
import type { Turn } from "../chat/turn.ts";
import type { Thumb } from "../gateway/wire.ts";
import { button, h, pill, set } from "./dom.ts";
import type { Surroundings } from "./surroundings.ts";

/** The gateway keeps them as they are; people read them in the shop's own language there. */
const REASONS = { reasonWrong: "incorrect", reasonIncomplete: "incomplete", reasonOff: "off_topic" } as const;

export type Send = (answer: string, value: Thumb, reason?: string) => Promise<void>;

export function reactions({ texts, emit }: Surroundings, turn: Turn, send: Send): HTMLElement | null {
    const id = turn.answerId;
    if (id === null) return null;
    const said = h("span", { class: "note", role: "status" });
    const reasons = h("div", { class: "pills", role: "group", "aria-label": texts.get("reason"), hidden: true });
    const tell = async (value: Thumb, reason?: string) => {
        const before = turn.feedback;
        turn.feedback = value;
        show();
        reasons.hidden = value === "up" || reason !== undefined;
        if (reason === undefined) emit("vestibule:feedback", { id, value });
        try {
            await send(id, value, reason);
            said.textContent = reasons.hidden ? texts.get("thanks") : texts.get("reason");
        } catch {
            // It is what the next page would show.
            turn.feedback = before;
            show();
            reasons.hidden = reason === undefined;
            said.textContent = texts.get("notSent");
        }
        reasons.scrollIntoView({ block: "nearest" });
    };
    const up = button(texts.get("helpful"), "up", () => void tell("up"));
    const down = button(texts.get("notHelpful"), "thumbDown", () => void tell("down"));
    const show = () => {
        set(up, { "aria-pressed": String(turn.feedback === "up") });
        set(down, { "aria-pressed": String(turn.feedback === "down") });
    };
    show();
    for (const [name, reason] of Object.entries(REASONS)) {
        reasons.append(pill(texts.get(name as keyof typeof REASONS), () => void tell("down", reason)));
    }
    return h("div", { class: "reactions" }, [up, down, said, reasons]);
}
