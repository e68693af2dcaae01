// A question with its answer.
import type { Message, Source, Thumb } from "../gateway/wire.ts";

export type Progress =
    /** Sent, or waiting to be. */
    | "waiting"
    /** No network: goes out once there is one. */
    | "offline"
    | "writing"
    | "done"
    /** By the shopper. */
    | "stopped"
    /** Broke off; what came before stays. */
    | "cut"
    | "failed";

export interface Turn {
    /** In this browser; of the question in the history where it comes from there. */
    id: string;
    question: string;
    suggested: boolean;
    askedAt: number;
    progress: Progress;
    answer: string;
    sources: Source[];
    refused: boolean;
    /** Of the answer, at the gateway. */
    answerId: string | null;
    /** The code of what went wrong. */
    code: string | null;
    /** When it is tried again by itself. */
    retryAt: number | null;
    feedback: Thumb | null;
    /** It is being answered in another tab. */
    elsewhere: boolean;
}

export function newTurn(question: string, suggested = false): Turn {
    return {
        id: randomId(),
        question,
        suggested,
        askedAt: Date.now(),
        progress: "waiting",
        answer: "",
        sources: [],
        refused: false,
        answerId: null,
        code: null,
        retryAt: null,
        feedback: null,
        elsewhere: false,
    };
}

export const isRunning = (turn: Turn) =>
    turn.progress === "waiting" || turn.progress === "writing" || turn.progress === "offline";

/** Messages, oldest first, as turns. */
export function turnsOf(messages: readonly Message[]): Turn[] {
    const turns: Turn[] = [];
    for (const message of messages) {
        const last = turns.at(-1);
        if (message.role === "user" || !last || last.answer !== "") {
            const turn = newTurn(message.role === "user" ? message.content : "");
            turns.push({ ...turn, id: message.id, askedAt: Date.parse(message.created_at), progress: "done" });
        }
        const turn = turns.at(-1);
        if (message.role === "assistant" && turn) {
            turn.answer = message.content;
            // A refusal has no id there that can be rated, unless it was.
            turn.answerId = message.refused && !message.feedback ? null : message.id;
            turn.sources = message.sources ?? [];
            turn.refused = message.refused ?? false;
            turn.feedback = message.feedback ?? null;
        }
    }
    return turns;
}

/** Nobody guesses it. `crypto.randomUUID` is only there on pages with TLS. */
export function randomId(): string {
    return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
