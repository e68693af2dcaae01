// What the tabs of one shop tell each other about the conversation that they share.
import type { Turn } from "./turn.ts";

export type Told =
    /** Asked, or answered: not every word in between. */
    | { kind: "turn"; turn: Turn; visitor: string | undefined; conversation: string | undefined }
    /** The conversation was started anew, or the visitor is another one. */
    | { kind: "restart" };

export class Tabs {
    readonly #channel: BroadcastChannel;

    constructor(name: string, hear: (told: Told) => void) {
        this.#channel = new BroadcastChannel(`vestibule:${name}`);
        this.#channel.addEventListener("message", ({ data }: MessageEvent<Told>) => hear(data));
    }

    tell(told: Told): void {
        this.#channel.postMessage(told);
    }

    close(): void {
        this.#channel.close();
    }
}
