// The conversation: what was asked and answered, and what happens when the network, the gateway or another tab
// interferes. Knows nothing of how it is shown.
import { CUT, Failure, UNREACHABLE } from "../gateway/failure.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Store } from "../store.ts";
import { Tabs, type Told } from "./tabs.ts";
import { type Turn, isRunning, newTurn, turnsOf } from "./turn.ts";

/** Pauses before a question that reached nobody is sent again, in milliseconds. */
const AGAIN = [1000, 4000];
/** A gateway that asks for patience gets it, up to this many seconds; beyond, the shopper decides. */
const PATIENT = 15;
/** When to look whether an answer that broke off here was completed there. */
const LOOK_AGAIN = [1500, 5000];

export interface ConversationEvents {
    /** All of it is another one. */
    reset(): void;
    /** Older turns were put before the others. */
    earlier(turns: readonly Turn[]): void;
    turn(turn: Turn): void;
    settled(turn: Turn, milliseconds: number, handover: boolean): void;
}

export class Conversation {
    readonly turns: Turn[] = [];
    /** For the page before; null when there is none. */
    cursor: string | null = null;
    readonly #gateway: Gateway;
    readonly #store: Store;
    readonly #events: ConversationEvents;
    readonly #tabs: Tabs;
    readonly #gone = new AbortController();
    #running: { turn: Turn; stop: AbortController } | null = null;

    constructor(name: string, gateway: Gateway, store: Store, events: ConversationEvents) {
        this.#gateway = gateway;
        this.#store = store;
        this.#events = events;
        this.#tabs = new Tabs(name, (told) => this.#hear(told));
        const { signal } = this.#gone;
        window.addEventListener("pagehide", () => this.#leave(), { signal });
        // A page that comes back as it was left has not heard what was said on the pages after it.
        window.addEventListener(
            "pageshow",
            ({ persisted }) => persisted && !this.#running && void this.resume().catch(() => {}),
            { signal },
        );
    }

    get running(): Turn | null {
        return this.#running?.turn ?? null;
    }

    /** Refusals in a row, up to the last answer. */
    get refusals(): number {
        let count = 0;
        for (let place = this.turns.length - 1; this.turns[place]?.refused; place--) count++;
        return count;
    }

    /** Reads what was said before, here or on another device. */
    async resume(): Promise<void> {
        const { identified } = this.#store.shared;
        let { conversation } = this.#store.shared;
        if (conversation === undefined && identified) {
            conversation = (await this.#gateway.latestConversation().catch(() => null))?.session_id;
            this.#store.remember({ conversation });
        }
        if (conversation !== undefined) await this.#read(conversation);
        const { pending } = this.#store.tab;
        if (pending === undefined || this.#running) return;
        // The page was left before the answer was there: there may be none, or its beginning.
        const last = this.turns.at(-1);
        if (last?.question === pending) this.#change(last, { progress: "cut", code: CUT });
        else this.#put({ ...newTurn(pending), progress: "failed", code: CUT });
    }

    async earlier(): Promise<void> {
        const { conversation } = this.#store.shared;
        if (conversation === undefined || this.cursor === null) return;
        const page = await this.#gateway.messages(conversation, this.cursor);
        const turns = turnsOf(page.data);
        this.cursor = page.has_more ? page.next_cursor : null;
        this.turns.unshift(...turns);
        this.#events.earlier(turns);
    }

    /** Resolves when there is an answer or none will come. */
    async ask(question: string, locale: string, suggested = false): Promise<void> {
        if (this.#running) return;
        await this.#run(newTurn(question, suggested), locale);
    }

    async retry(turn: Turn, locale: string): Promise<void> {
        if (this.#running) return;
        this.turns.splice(0, this.turns.length, ...this.turns.filter((each) => each !== turn));
        Object.assign(turn, {
            answer: "",
            sources: [],
            code: null,
            progress: "waiting",
            askedAt: Date.now(),
            answerId: null,
            elsewhere: false,
        });
        await this.#run(turn, locale);
    }

    stop(): void {
        this.#running?.stop.abort();
    }

    /** Forgets what was said, here and for the next question. */
    async restart(): Promise<void> {
        this.stop();
        const { conversation } = this.#store.shared;
        if (conversation !== undefined) await this.#gateway.forgetConversation(conversation);
        this.leave();
    }

    /** Begins with nothing in this browser, in every tab; the gateway keeps what it has. */
    leave(): void {
        this.#clear();
        this.#tabs.tell({ kind: "restart" });
    }

    #clear(): void {
        this.stop();
        this.#running = null;
        this.#store.remember({ conversation: undefined });
        this.#store.rememberInTab({ pending: undefined });
        this.turns.length = 0;
        this.cursor = null;
        this.#events.reset();
    }

    close(): void {
        this.#leave();
        this.#gone.abort();
        this.stop();
        this.#tabs.close();
    }

    // ---------------------------------------------------------------- asking

    async #run(turn: Turn, locale: string): Promise<void> {
        const stop = new AbortController();
        this.#running = { turn, stop };
        this.#store.rememberInTab({ pending: turn.question });
        this.#put(turn);
        this.#tell(turn);
        let handover = false;
        try {
            handover = await this.#persist(turn, locale, stop.signal);
        } catch (error) {
            await this.#fail(turn, Failure.from(error), stop.signal);
        }
        if (!this.turns.includes(turn)) return; // started anew meanwhile
        this.#running = null;
        // A turn that failed keeps its question for the next page.
        if (turn.progress === "done" || turn.progress === "stopped") this.#store.rememberInTab({ pending: undefined });
        this.#tell(turn);
        this.#events.settled(turn, Date.now() - turn.askedAt, handover);
        this.#events.turn(turn);
    }

    /** Asks until the gateway has the question, or it makes no sense any more. */
    async #persist(turn: Turn, locale: string, signal: AbortSignal): Promise<boolean> {
        for (let attempt = 0; ; attempt++) {
            try {
                return await this.#stream(turn, locale, signal);
            } catch (error) {
                const failure = Failure.from(error);
                const pause = this.#pause(turn, failure, attempt);
                if (pause === null || signal.aborted) throw failure;
                this.#change(turn, { progress: navigator.onLine ? "waiting" : "offline", retryAt: Date.now() + pause });
                await rest(pause, signal);
                if (signal.aborted) throw failure;
                this.#change(turn, { progress: "waiting", retryAt: null });
            }
        }
    }

    /** How long to wait before the next attempt; null for none. */
    #pause(turn: Turn, { code, retryAfter }: Failure, attempt: number): number | null {
        if (turn.progress === "writing") return null; // the gateway had it: asking again would be a second question
        if (code === UNREACHABLE) return navigator.onLine ? (AGAIN[attempt] ?? null) : 0;
        const asksForPatience = retryAfter !== null && retryAfter <= PATIENT && code !== "quota_exceeded";
        return asksForPatience && attempt === 0 ? retryAfter * 1000 : null;
    }

    async #stream(turn: Turn, locale: string, signal: AbortSignal): Promise<boolean> {
        for await (const event of this.#gateway.ask(turn.question, this.#store.shared.conversation, locale, signal)) {
            switch (event.name) {
                case "start":
                    this.#store.remember({ conversation: event.data.session_id });
                    this.#change(turn, { progress: "writing", answerId: event.data.id });
                    break;
                case "delta": // a model that thinks aloud is not quoted
                    if (event.data.kind === undefined) this.#change(turn, { answer: turn.answer + event.data.text });
                    break;
                case "sources":
                    turn.sources = event.data.sources;
                    break;
                case "done":
                    this.#change(turn, { progress: "done", refused: event.data.refused });
                    return event.data.handover === true;
                case "error":
                    break; // thrown where it is read
            }
        }
        return false;
    }

    async #fail(turn: Turn, failure: Failure, signal: AbortSignal): Promise<void> {
        if (signal.aborted) return this.#change(turn, { progress: "stopped", retryAt: null });
        if (failure.code !== CUT) {
            console.warn(`vestibule: ${failure.code}: ${failure.message}`);
            return this.#change(turn, { progress: turn.answer ? "cut" : "failed", code: failure.code, retryAt: null });
        }
        // The gateway may not have noticed that nobody reads, and have the whole answer.
        this.#change(turn, { progress: "waiting", retryAt: null });
        for (const pause of LOOK_AGAIN) {
            await rest(pause, signal);
            if (signal.aborted) break;
            if (await this.#recover(turn).catch(() => false)) return;
        }
        this.#change(turn, signal.aborted ? { progress: "stopped" } : { progress: "cut", code: CUT });
    }

    async #recover(turn: Turn): Promise<boolean> {
        const { conversation } = this.#store.shared;
        if (conversation === undefined) return false;
        const kept = turnsOf((await this.#gateway.messages(conversation)).data).at(-1);
        if (kept?.question !== turn.question || kept.answer.length <= turn.answer.length) return false;
        // AnythingLLM also keeps answers that were ended early, and does not say which they are.
        this.#change(turn, {
            answer: kept.answer,
            sources: kept.sources,
            answerId: kept.answerId,
            progress: "cut",
            code: CUT,
        });
        return true;
    }

    // ---------------------------------------------------------------- what is known

    async #read(conversation: string): Promise<void> {
        const page = await this.#gateway.messages(conversation);
        this.turns.splice(0, this.turns.length, ...turnsOf(page.data));
        this.cursor = page.has_more ? page.next_cursor : null;
        this.#events.reset();
    }

    #put(turn: Turn): void {
        const place = this.turns.findIndex((each) => each.id === turn.id);
        if (place < 0) this.turns.push(turn);
        else this.turns[place] = turn;
        this.#events.turn(turn);
    }

    #change(turn: Turn, change: Partial<Turn>): void {
        Object.assign(turn, change);
        if (this.turns.includes(turn)) this.#events.turn(turn);
    }

    // ---------------------------------------------------------------- other tabs

    #tell(turn: Turn): void {
        const { visitorId: visitor, conversation } = this.#store.shared;
        this.#tabs.tell({ kind: "turn", turn: { ...turn, elsewhere: true }, visitor, conversation });
    }

    #hear(told: Told): void {
        if (told.kind === "restart") {
            if (!this.#running) this.#clear();
            return;
        }
        const { visitorId, conversation } = this.#store.shared;
        if (told.visitor !== visitorId || (told.conversation ?? conversation) !== conversation) return;
        this.#put(told.turn);
    }

    /** The page goes away, and with it what is being written. */
    #leave(): void {
        if (this.#running) this.#tell({ ...this.#running.turn, progress: "cut", code: CUT });
    }
}

export { isRunning };

/** So long, and then until there is a network; no longer than the signal lets it. */
function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const end = () => {
            if (navigator.onLine || signal.aborted) resolve();
            else window.addEventListener("online", end, { once: true, signal });
        };
        setTimeout(end, milliseconds);
        signal.addEventListener("abort", () => resolve());
    });
}
