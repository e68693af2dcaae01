// A question with its answer, as it grows.
import { readableTitle } from "../chat/products.ts";
import { type Turn, isRunning } from "../chat/turn.ts";
import { CUT } from "../gateway/failure.ts";
import type { Name } from "../text/texts.ts";
import { productCards, sourceList, turnProducts } from "./cards.ts";
import { h, pill } from "./dom.ts";
import { sameSite } from "./links.ts";
import { MarkdownView } from "./markdown.ts";
import { type Send, reactions } from "./reactions.ts";
import type { Surroundings } from "./surroundings.ts";

/** After this many milliseconds without a word, the shopper is told that it takes longer. */
const SLOW = 8000;

export interface TurnActions {
    retry(turn: Turn): void;
    feedback: Send;
}

const TEXTS: Record<string, Name> = {
    [CUT]: "cut",
    rate_limited: "busy",
    too_many_streams: "busy",
    quota_exceeded: "quota",
    validation_failed: "invalid",
    invalid_body: "invalid",
    body_too_large: "invalid",
};
const TEMPORARY = /^(upstream_|service_|internal|request_timeout|unreachable|aborted)/;

/** What the shopper is told of a failure with this code; an answer that had begun broke off. */
export const failureText = (code: string | null, answer = ""): Name =>
    TEXTS[code ?? ""] ?? (TEMPORARY.test(code ?? "") ? (answer ? "cut" : "unavailable") : "notHere");

export class TurnView {
    readonly element: HTMLElement;
    turn: Turn;
    readonly #around: Surroundings;
    readonly #actions: TurnActions;
    readonly #answer = new MarkdownView();
    readonly #bubble = h("div", { class: "bubble" }, [this.#answer.element]);
    readonly #dots = h("div", { class: "dots", "aria-hidden": "true" }, [h("i"), h("i"), h("i")]);
    readonly #note = h("p", { class: "note" });
    readonly #extras = h("div", { class: "theirs" });
    #slow: ReturnType<typeof setTimeout> | undefined;
    #shown = "";

    constructor(around: Surroundings, turn: Turn, actions: TurnActions) {
        this.#around = around;
        this.#actions = actions;
        this.turn = turn;
        const { texts } = around;
        const mine =
            turn.question &&
            h("div", { class: "mine" }, [
                h("span", { class: "sr" }, `${texts.get("you")}: `),
                h("div", { dir: "auto" }, turn.question),
            ]);
        const theirs = h("div", { class: "theirs" }, [
            h("span", { class: "sr" }, `${texts.get("assistant")}: `),
            this.#bubble,
            this.#note,
            this.#extras,
        ]);
        this.#bubble.append(this.#dots);
        this.element = h("article", { class: "turn" }, [mine, theirs]);
        this.update(turn);
    }

    update(turn: Turn): void {
        this.turn = turn;
        const waits = isRunning(turn) && turn.answer === "";
        this.#answer.update(turn.answer, (url) => this.#trusts(url));
        this.#dots.hidden = !waits;
        this.#bubble.hidden = !waits && turn.answer === "";
        const state = [turn.progress, turn.code, turn.retryAt, turn.answerId, waits, turn.elsewhere].join();
        if (state === this.#shown) return;
        this.#shown = state;
        this.element.dataset["state"] = turn.progress;
        clearTimeout(this.#slow);
        if (waits) this.#slow = setTimeout(() => (this.#note.textContent ||= this.#around.texts.get("slow")), SLOW);
        const note = this.#noteName(waits);
        this.#note.textContent = note ? this.#around.texts.get(note) : "";
        this.#note.className = turn.code === null ? "note" : "note bad";
        this.#showExtras();
    }

    close(): void {
        clearTimeout(this.#slow);
    }

    /** Only what the answer rests on, and the shop itself: a document may have been written by anybody. */
    #trusts(url: string): boolean {
        return (
            sameSite(url, location.href) ||
            this.turn.sources.some((source) => source.url !== null && sameSite(source.url, url))
        );
    }

    #noteName(waits: boolean): Name | null {
        const { progress, code, retryAt, elsewhere, answer } = this.turn;
        if (progress === "offline") return "offline";
        if (progress === "stopped") return "stopped";
        if (code !== null) return failureText(code, answer);
        if (retryAt !== null) return "again";
        return waits && elsewhere ? "elsewhere" : null;
    }

    #showExtras(): void {
        const { turn } = this;
        const { texts, config } = this.#around;
        const extras: (HTMLElement | null)[] = [];
        if (turn.progress === "done") {
            // Sources come after the text: links that were not trusted before may be now.
            this.#answer.update("", () => false);
            this.#answer.update(turn.answer, (url) => this.#trusts(url));
            extras.push(productCards(this.#around, turnProducts(this.#around, turn)));
            if (config.appearance.show_sources) extras.push(sourceList(this.#around, turn.sources));
            if (config.capabilities?.feedback) extras.push(reactions(this.#around, turn, this.#actions.feedback));
        }
        const final = turn.code !== null && ["notHere", "invalid"].includes(failureText(turn.code));
        if ((turn.progress === "cut" || turn.progress === "failed") && !final) {
            extras.push(pill(texts.get("retry"), () => this.#actions.retry(this.turn)));
        }
        this.#extras.replaceChildren(...extras.filter((extra) => extra !== null));
        this.#extras.hidden = this.#extras.childElementCount === 0;
    }
}

/** The turn in words, for a file. */
export function turnAsText({ texts }: Surroundings, turn: Turn): string {
    const ended = turn.progress === "stopped" ? "stopped" : turn.code && failureText(turn.code, turn.answer);
    const sources = turn.sources.map((source) => `  - ${readableTitle(source)}${source.url ? ` <${source.url}>` : ""}`);
    return [
        `${texts.get("you")} (${texts.dateAndTime(new Date(turn.askedAt))}):\n${turn.question}`,
        turn.answer && `${texts.get("assistant")}:\n${turn.answer}`,
        ended && `(${texts.get(ended)})`,
        sources.length > 0 && [texts.count("sources", sources.length), ...sources].join("\n"),
    ]
        .filter(Boolean)
        .join("\n\n");
}
