// An answer as elements. Of Markdown what models use in short answers: paragraphs, lists, headings, code, bold, italic
// and links. No images and no markup of any kind: an answer is a model's words, and may quote whoever wrote the
// documents.
import { h } from "./dom.ts";

/** Decides whether an address that a model wrote may be opened by a click. */
export type Trust = (url: string) => boolean;

/** Shows a growing text. What is complete is made once; only the last block is made again with each piece. */
export class MarkdownView {
    readonly element = h("div", { class: "text", dir: "auto" });
    #text = "";
    /** How much of the text is in blocks that will not change. */
    #settled = 0;
    #growing: Node[] = [];

    update(text: string, trust: Trust): void {
        if (text === this.#text) return;
        if (!text.startsWith(this.#text)) {
            this.element.replaceChildren();
            this.#settled = 0;
            this.#growing = [];
        }
        this.#text = text;
        for (const node of this.#growing) (node as ChildNode).remove();
        const end = lastBreak(text, this.#settled);
        if (end > this.#settled) this.element.append(...blocks(text.slice(this.#settled, end), trust));
        this.#settled = end;
        this.#growing = blocks(text.slice(end), trust);
        this.element.append(...this.#growing);
    }
}

/** Behind the last blank line that ends a block for good: not in code, and not in a list, which may go on after it. */
function lastBreak(text: string, from: number): number {
    let found = from;
    let inCode = false;
    for (
        let start = from, end = text.indexOf("\n", start);
        end >= 0;
        start = end + 1, end = text.indexOf("\n", start)
    ) {
        if (text.startsWith("```", start)) inCode = !inCode;
        const next = text.charAt(end + 1);
        if (end === start && !inCode && next !== "" && !/[\s\-*+\d]/.test(next)) found = end + 1;
    }
    return found;
}

const FENCE = /^```/;
const HEADING = /^#{1,6}\s+(.*)$/;
const BULLET = /^\s*[-*+•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,4})[.)]\s+(.*)$/;

function blocks(text: string, trust: Trust): Node[] {
    const made: Node[] = [];
    let paragraph: string[] = [];
    let list: HTMLOListElement | HTMLUListElement | null = null;
    const endParagraph = () => {
        if (paragraph.length > 0) made.push(h("p", {}, inline(paragraph.join("\n"), trust)));
        paragraph = [];
    };
    const item = (tag: "ol" | "ul", words: string, start?: number) => {
        endParagraph();
        if (list?.localName !== tag) made.push((list = h(tag, { start })));
        list.append(h("li", {}, inline(words, trust)));
    };
    const lines = text.split("\n");
    for (let place = 0; place < lines.length; place++) {
        const line = lines[place] ?? "";
        const bullet = BULLET.exec(line);
        const number = NUMBER.exec(line);
        const heading = HEADING.exec(line);
        if (FENCE.test(line)) {
            endParagraph();
            const code: string[] = [];
            while (++place < lines.length && !FENCE.test(lines[place] ?? "")) code.push(lines[place] ?? "");
            made.push(h("pre", { tabindex: 0 }, [h("code", { dir: "ltr" }, code.join("\n"))]));
            list = null;
        } else if (bullet) item("ul", bullet[1] ?? "");
        else if (number) item("ol", number[2] ?? "", Number(number[1]));
        else if (heading) {
            endParagraph();
            list = null;
            made.push(h("p", {}, [h("strong", {}, inline(heading[1] ?? "", trust))]));
        } else if (line.trim() === "") endParagraph();
        else {
            if (!/^\s/.test(line)) list = null;
            paragraph.push(line);
        }
    }
    endParagraph();
    return made;
}

const INLINE = new RegExp(
    [
        "`([^`\\n]+)`",
        "\\*\\*([^*\\n]+)\\*\\*",
        "(?<![\\w*])\\*([^*\\s][^*\\n]*)\\*",
        "\\[([^\\]\\n]{1,300})\\]\\((https?://[^\\s)]{1,2000})\\)",
        "(https?://[^\\s<>\"')\\]]{1,2000})",
    ].join("|"),
    "g",
);

function inline(text: string, trust: Trust): (Node | string)[] {
    const made: (Node | string)[] = [];
    let from = 0;
    for (const match of text.matchAll(INLINE)) {
        made.push(text.slice(from, match.index));
        from = match.index + match[0].length;
        const [whole, code, bold, italic, label, labelled, plain] = match;
        if (code) made.push(h("code", { dir: "ltr" }, code));
        else if (bold) made.push(h("strong", {}, bold));
        else if (italic) made.push(h("em", {}, italic));
        else if (labelled) made.push(link(labelled, label ?? labelled, trust));
        else if (plain) {
            const url = plain.replace(/[.,;:!?]+$/, "");
            made.push(link(url, url, trust), plain.slice(url.length));
        } else made.push(whole);
    }
    made.push(text.slice(from));
    return made;
}

/** An address that is not trusted stays readable, and is not hidden behind other words. */
function link(url: string, label: string, trust: Trust): Node | string {
    if (trust(url)) return h("a", { href: url, class: "said" }, label);
    return label === url ? url : `${label} (${url})`;
}
