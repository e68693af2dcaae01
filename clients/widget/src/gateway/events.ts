// Server-sent events out of pieces of text that end anywhere (HTML standard, section 9.2.6).

export class EventParser {
    #rest = "";
    #name = "";
    #data: string[] = [];

    /** The events that are whole with this piece. Comments are the gateway's heartbeat and no events. */
    *push(piece: string): Generator<{ name: string; data: string }> {
        const lines = (this.#rest + piece).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const raw of lines) {
            const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
            if (line === "") {
                if (this.#data.length > 0) yield { name: this.#name || "message", data: this.#data.join("\n") };
                this.#name = "";
                this.#data = [];
                continue;
            }
            const colon = line.indexOf(":");
            const field = colon < 0 ? line : line.slice(0, colon);
            const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
            if (field === "event") this.#name = value;
            else if (field === "data") this.#data.push(value);
        }
    }
}
