// Server-sent events, as the HTML standard reads them, from text that may be cut anywhere.

export interface ServerSentEvent {
    event: string;
    data: string;
}

/** Takes text as it comes and gives the events that are complete. Time and memory grow with the text and no faster. */
export class EventParser {
    #line: string[] = []; // a line that has not ended, in the pieces in which it came
    #event = "";
    #data: string[] = [];
    #afterReturn = false; // the line feed of a CR LF may be in the next piece
    #begun = false;

    push(text: string): ServerSentEvent[] {
        const events: ServerSentEvent[] = [];
        let from = 0;
        if (!this.#begun && text) {
            this.#begun = true;
            if (text.startsWith("\uFEFF")) from = 1;
        }
        const ends = /\r\n|\r|\n/g;
        if (this.#afterReturn && text) {
            this.#afterReturn = false;
            if (text[from] === "\n") from += 1;
        }
        ends.lastIndex = from;
        for (let end = ends.exec(text); end; end = ends.exec(text)) {
            this.#line.push(text.slice(from, end.index));
            const line = this.#line.join("");
            this.#line = [];
            const event = this.#take(line);
            if (event) events.push(event);
            from = ends.lastIndex;
            this.#afterReturn = end[0] === "\r" && from === text.length;
        }
        if (from < text.length) this.#line.push(text.slice(from));
        return events;
    }

    #take(line: string): ServerSentEvent | undefined {
        if (line === "") {
            const event = { event: this.#event || "message", data: this.#data.join("\n") };
            const complete = this.#data.length > 0;
            this.#event = "";
            this.#data = [];
            return complete ? event : undefined;
        }
        const colon = line.indexOf(":");
        if (colon === 0) return undefined; // a comment: the stream is alive
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "event") this.#event = value;
        else if (field === "data") this.#data.push(value);
        return undefined;
    }
}
