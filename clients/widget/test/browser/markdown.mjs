// How a model's words are shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { script } from "../support/modules.mjs";

const ANSWER = `# Delivery

It takes **two** days, *mostly*. See [the page](https://shop.example/delivery) or [this](https://evil.example/x), or https://shop.example/faq.

1. First
2. Second \`code\`

- one
- two

  still two

\`\`\`js
const a = "<b>";

b();
\`\`\`
<img src=x onerror="window.bad=1"> <script>window.bad=1</script> [x](javascript:window.bad=1) ![p](https://evil.example/p.png)`;

export function markdown(scene) {
    test(
        "an answer is the same whether it comes at once or letter by letter, and nothing in it runs",
        scene(async ({ shopper, shop }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.add({ body: "<main id='here'></main>" }));
            await page.addScriptTag({ content: await script("view/markdown.ts", "markdown") });
            const [whole, grown, requests] = await page.evaluate((answer) => {
                const trust = (url) => url.startsWith("https://shop.example/");
                const [one, other] = [new markdown.MarkdownView(), new markdown.MarkdownView()];
                document.getElementById("here").append(one.element, other.element);
                one.update(answer, trust);
                for (let length = 1; length <= answer.length; length++) other.update(answer.slice(0, length), trust);
                return [
                    one.element.innerHTML,
                    other.element.innerHTML,
                    performance.getEntriesByType("resource").length,
                ];
            }, ANSWER);
            assert.equal(grown, whole);
            assert.equal(await page.evaluate(() => window.bad), undefined);
            assert.equal(requests, 0);
            for (const part of [
                "<strong>two</strong>",
                "<em>mostly</em>",
                '<a href="https://shop.example/delivery" class="said">the page</a>',
                '<a href="https://shop.example/faq" class="said">https://shop.example/faq</a>.',
                "this (https://evil.example/x)",
                "<li>Second <code",
                "&lt;img src=x",
                "&lt;b&gt;",
            ]) {
                assert.ok(whole.includes(part), `${part} is not in ${whole}`);
            }
            assert.doesNotMatch(whole, /<img|<script|href="(?!https:\/\/shop\.example)/);
            assert.deepEqual(
                await page.locator("#here > :first-child > *").evaluateAll((all) => all.map((each) => each.localName)),
                ["p", "p", "ol", "ul", "p", "pre", "p"].filter(Boolean),
            );
        }),
    );

    test(
        "a long answer costs no more for each piece than a short one",
        scene(async ({ shopper, shop }) => {
            const page = await (await shopper()).newPage();
            await page.goto(shop.add({ body: "" }));
            await page.addScriptTag({ content: await script("view/markdown.ts", "markdown") });
            const took = await page.evaluate(() => {
                const view = new markdown.MarkdownView();
                let text = "";
                const began = performance.now();
                for (let n = 0; n < 2000; n++)
                    view.update(
                        (text += `Paragraph **${n}** with [[[[[ and \`\`\` and ** and some words.\n\n`.replace(
                            "```",
                            "``",
                        )),
                        () => false,
                    );
                return performance.now() - began;
            });
            assert.ok(took < 3000, `${took} ms`);
        }),
    );
}
