// The calls that a chat makes.
import { EventParser } from "./events.ts";
import { CUT, Failure } from "./failure.ts";
import { type Call, call } from "./http.ts";
import type { Visitor } from "./visitor.ts";
import type { ConversationSummary, Message, Page, StreamEvent, Thumb, WidgetConfig } from "./wire.ts";

/** The gateway says something at least every 15 seconds. */
const SILENCE = 40_000;

export class Gateway {
    readonly #server: string;
    readonly #visitor: Visitor;

    constructor(server: string, visitor: Visitor) {
        this.#server = server;
        this.#visitor = visitor;
    }

    /** The shop's settings: they come with a new token. Null for keys that may not read them. */
    async config(locale: string, afresh = false): Promise<WidgetConfig | null> {
        await this.#visitor.token();
        if (this.#visitor.config && !afresh) return this.#visitor.config;
        try {
            const answer = await this.#call(`/widget/config?locale=${encodeURIComponent(locale)}`);
            this.#visitor.config = (await answer.json()) as WidgetConfig;
        } catch (error) {
            if (Failure.from(error).code !== "insufficient_scope") throw error;
        }
        return this.#visitor.config;
    }

    async messages(conversation: string, cursor?: string | null): Promise<Page<Message>> {
        const before = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
        const answer = await this.#call(`/messages?session_id=${encodeURIComponent(conversation)}&limit=20${before}`);
        return (await answer.json()) as Page<Message>;
    }

    /** The one that went on last, on whatever device. */
    async latestConversation(): Promise<ConversationSummary | null> {
        const page = (await (await this.#call("/conversations?limit=20")).json()) as Page<ConversationSummary>;
        return page.data.reduce<ConversationSummary | null>(
            (latest, each) => (latest === null || each.last_at > latest.last_at ? each : latest),
            null,
        );
    }

    async forgetConversation(conversation: string): Promise<void> {
        await this.#call(`/messages?session_id=${encodeURIComponent(conversation)}`, { method: "DELETE" });
    }

    async feedback(message: string, value: Thumb, reason?: string): Promise<void> {
        await this.#call(`/messages/${encodeURIComponent(message)}/feedback`, { body: { value, reason } });
    }

    /** Asks for a person. */
    async handover(body: Record<string, string | boolean>): Promise<void> {
        await this.#call("/widget/handover", { body });
    }

    /** The answer as it is written; ends after `done`, and with a failure in any other case. */
    async *ask(
        message: string,
        conversation: string | undefined,
        locale: string,
        signal: AbortSignal,
    ): AsyncGenerator<StreamEvent> {
        const quiet = new AbortController();
        const stop = () => quiet.abort();
        signal.addEventListener("abort", stop);
        let watch: ReturnType<typeof setTimeout> | undefined;
        try {
            const answer = await this.#call("/chat", {
                body: { message, session_id: conversation, stream: true, visitor: { locale } },
                signal: quiet.signal,
                stream: true,
            });
            const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
            const parser = new EventParser();
            while (reader) {
                watch = setTimeout(stop, SILENCE);
                const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
                clearTimeout(watch);
                if (done) break;
                for (const { name, data } of parser.push(value ?? "")) {
                    const event = { name, data: JSON.parse(data) as unknown } as StreamEvent;
                    if (event.name === "error") throw new Failure(event.data.code, 0, event.data);
                    yield event;
                    if (event.name === "done") return;
                }
            }
            throw new Failure(signal.aborted ? "aborted" : CUT);
        } finally {
            clearTimeout(watch);
            signal.removeEventListener("abort", stop);
            stop();
        }
    }

    /** With a token that works: one that ran out or was withdrawn in the meantime is replaced, once. */
    async #call(path: string, options: Call = {}): Promise<Response> {
        const url = `${this.#server}/api/v1${path}`;
        const token = await this.#visitor.token();
        try {
            return await call(url, token, options);
        } catch (error) {
            if (Failure.from(error).status !== 401) throw error;
            return call(url, await this.#visitor.token(token), options);
        }
    }
}
